/** The command line: what each word means, and the one place where a fault is printed. Commands are loaded when they are called. */
import { Argument, Command, CommanderError, Option } from "commander";
import { diskFault } from "../artifact/disk-fault.ts";
import { FaultError } from "../fault.ts";
import type { AdoptFlags } from "./commands/adopt.ts";
import type { AnswerFlags } from "./commands/answer.ts";
import type { ApproveFlags } from "./commands/approve.ts";
import type { BuildFlags } from "./commands/build.ts";
import type { GcFlags } from "./commands/cache.ts";
import type { ContinuityFlags } from "./commands/continuity.ts";
import type { ConvergeFlags } from "./commands/converge.ts";
import type { CostFlags } from "./commands/cost.ts";
import type { DeferFlags } from "./commands/defer.ts";
import type { GraphFlags } from "./commands/graph.ts";
import type { InboxFlags } from "./commands/inbox.ts";
import type { LedgerFormat } from "./commands/ledger.ts";
import type { LogFlags } from "./commands/log.ts";
import type { McpFlags } from "./commands/mcp.ts";
import type { PilotFlags } from "./commands/pilot.ts";
import type { RecordFlags } from "./commands/record.ts";
import type { RejectFlags } from "./commands/reject.ts";
import type { SampleFlags } from "./commands/sample.ts";
import type { StatusFormat } from "./commands/status.ts";
import type { ValidateFlags } from "./commands/validate.ts";
import type { WatchFlags } from "./commands/watch.ts";
import type { WatchdogFlags } from "./commands/watchdog.ts";
import type { WhyFlags } from "./commands/why.ts";
import { examplesOf } from "./examples.ts";
import { EXIT } from "./exit.ts";
import { processTerminal, type Terminal } from "./terminal.ts";
import { printFault } from "./view/fault.ts";

function program(terminal: Terminal, done: (code: number) => void): Command {
  const codex = new Command("codex")
    .description("Make for agents: builds what is stale, and nothing else.")
    .version(CODEX_VERSION, "-V, --version", "print the version")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .addHelpText(
      "after",
      `
Examples:
  codex build book/lawson-michelsohn        bring a book up to date (a unique prefix of its slug will do)
  codex build -n all                        what would run and why; writes nothing
  codex why book/lawson-michelsohn/P2_gap   why a target is in its state
  codex graph tier/alpha --format mermaid   the graph, for a README or a CI summary
  codex watch                               build whenever a file is saved
  codex init                                make this folder a campaign; codex doctor: what is missing?

Exit codes: 0 done · 1 a target failed · 2 usage or configuration · 3 --check found stale targets · 4 waiting for a person · 5 stopped by a budget · 130 interrupted`,
    );

  codex
    .command("build")
    .description("bring targets up to date")
    .argument("[address...]", "targets, groups, prefixes or globs; all targets where none is given")
    .option("-n, --dry-run", "say what would run and why; write nothing")
    .option("--check", "a dry run that exits with 3 where anything is stale")
    .option("-j, --jobs <n>", "targets that run at once over all pools")
    .addOption(
      new Option("--fail <mode>", "after a failure").choices(["continue", "no-new", "stop"]).default("continue"),
    )
    .option("--force", "rebuild the named targets whatever their state")
    .option("--refresh", "rebuild what has drifted (prompt, model)")
    .option("--budget <usd>", "what this run may spend, in US dollars")
    .option("--batch", "ask what needs no tools in message batches: half the price, up to a day")
    .option("--overwrite-edits", "let rules overwrite what a person changed")
    .option("--until <release>", "build on as people answer, until e.g. release/v0.7 has converged")
    .option("--yes <gates>", "approve these gates without asking, e.g. P2_gap,P3_plan")
    .option("--profile <file>", "write where the time went: for Perfetto or Chrome, with a summary beside it")
    .option("--json", "print events as JSON lines")
    .option("-q, --quiet", "print failures and the summary only")
    .action(async (addresses: string[], flags: BuildFlags) =>
      done(await (await import("./commands/build.ts")).buildCommand(terminal, addresses, flags)),
    );

  codex
    .command("watch")
    .description("build whenever a file is saved")
    .argument("[address...]", "what to keep up to date; all targets where none is given")
    .option("--dry", "say what would run at each save; run nothing, write nothing")
    .option("--budget <usd>", "what may be spent in all, in US dollars; needed where answers cost money")
    .option("-j, --jobs <n>", "targets that run at once over all pools")
    .option("--json", "print events as JSON lines")
    .option("-q, --quiet", "print failures and summaries only")
    .action(async (addresses: string[], flags: WatchFlags) =>
      done(await (await import("./commands/watch.ts")).watchCommand(terminal, addresses, flags)),
    );

  codex
    .command("record")
    .description("build targets with live agents, and keep what these say as recordings")
    .argument("<address...>", "the targets to record")
    .option("--force", "ask again for targets that are fresh, at the price of that")
    .option("--replace", "write recordings anew that are there already")
    .option("--budget <usd>", "what this run may spend, in US dollars")
    .option("-j, --jobs <n>", "targets that run at once over all pools")
    .option("-q, --quiet", "print failures and the summary only")
    .action(async (addresses: string[], flags: RecordFlags) =>
      done(await (await import("./commands/record.ts")).recordCommand(terminal, addresses, flags)),
    );

  codex
    .command("graph")
    .description("print the graph and the state of each target")
    .argument("[address...]", "what to draw, with all that it needs", ["all"])
    .addOption(
      new Option("-f, --format <format>", "how").choices(["text", "mermaid", "dot", "json", "html"]).default("text"),
    )
    .option("-o, --output <file>", "write it to a file")
    .action(async (addresses: string[], flags: GraphFlags) =>
      done(await (await import("./commands/graph.ts")).graphCommand(terminal, addresses, flags)),
    );

  codex
    .command("why")
    .description("explain the state of a target")
    .argument("<address>", "a target, or several by a prefix")
    .option("--json", "print one JSON object")
    .action(async (address: string, flags: WhyFlags) =>
      done(await (await import("./commands/why.ts")).whyCommand(terminal, address, flags)),
    );

  codex
    .command("status")
    .description("the books and their passes at a glance, money, and what waits for you")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json", "md"]).default("text"))
    .action(async (flags: { format: StatusFormat }) =>
      done(await (await import("./commands/status.ts")).statusCommand(terminal, flags)),
    );

  codex
    .command("cost")
    .description("what was spent, retries and lost calls included, and what is left below the ceilings")
    .addOption(new Option("--by <what>", "sums by").choices(["book", "pass", "model", "day", "target"]).default("book"))
    .option("--since <when>", "only calls since a day (2026-11-01), or so many days or hours ago (7d, 12h)")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json", "md"]).default("text"))
    .action(async (flags: CostFlags) => done(await (await import("./commands/cost.ts")).costCommand(terminal, flags)));

  codex
    .command("log")
    .description("what has happened in the campaign: every transition, who made it and why")
    .argument("[address...]", "only of these; prefixes and globs will do")
    .option("-F, --follow", "go on printing what is added")
    .option("--since <time>", "only what is newer: 90min, 2h, 3d, or a date such as 2026-03-01")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (addresses: string[], flags: LogFlags) =>
      done(await (await import("./commands/log.ts")).logCommand(terminal, addresses, flags)),
    );

  codex
    .command("validate")
    .description("judge units by the rubric")
    .argument("[path...]", "units; all under content/ where none is given")
    .option("--advisory", "also apply the advisory checks")
    .option("--whole", "also check ids, concepts, prerequisites and edges over the whole, and flows")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json", "sarif", "github"]).default("text"))
    .action(async (paths: string[], flags: ValidateFlags) =>
      done(await (await import("./commands/validate.ts")).validateCommand(terminal, paths, flags)),
    );

  codex
    .command("continuity")
    .description("measure continuity over units and flows, against the campaign's thresholds")
    .option("-b, --batch <unit...>", "only these units: ids, paths or folders")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json", "md"]).default("text"))
    .option("-w, --write", "also write manifests/continuity_report.md")
    .action(async (flags: ContinuityFlags) =>
      done(await (await import("./commands/continuity.ts")).continuityCommand(terminal, flags)),
    );

  codex
    .command("approve")
    .description("answer gates: approve what was written")
    .argument("<address...>", "waiting gates, e.g. book/lawson-michelsohn/P2_gap.gate, or book/*/P2_gap.gate")
    .option("--shown <digest>", "only if it is what the inbox showed")
    .action(async (addresses: string[], flags: ApproveFlags) =>
      done(await (await import("./commands/approve.ts")).approveCommand(terminal, addresses, flags)),
    );

  codex
    .command("inbox")
    .description("what waits for you, and the commands that answer it")
    .argument("[address...]", "only these targets")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json", "md"]).default("text"))
    .action(async (addresses: string[], flags: InboxFlags) =>
      done(await (await import("./commands/inbox.ts")).inboxCommand(terminal, addresses, flags)),
    );

  codex
    .command("reject")
    .description("answer gates: have what was written made again, told why")
    .argument("<address...>", "gates, waiting or approved")
    .requiredOption("-w, --why <text>", "what is wrong: the next attempt gets it as a defect")
    .option("--shown <digest>", "only if it is what the inbox showed")
    .action(async (addresses: string[], flags: RejectFlags) =>
      done(await (await import("./commands/reject.ts")).rejectCommand(terminal, addresses, flags)),
    );

  codex
    .command("answer")
    .description("tell a target that gave up how to go on, or give what it should have made")
    .argument("<address>", "a target whose attempts all failed")
    .argument("[words]", "what the next attempt is told")
    .option("-o, --output <name=file...>", "the outputs themselves, written by you")
    .option("--shown <digest>", "only if it is what the inbox showed")
    .action(async (address: string, words: string | undefined, flags: AnswerFlags) =>
      done(await (await import("./commands/answer.ts")).answerCommand(terminal, address, words, flags)),
    );

  codex
    .command("defer")
    .description("go on without a unit or a whole book")
    .argument("<address...>", "e.g. book/lawson-michelsohn/P4_production/03.09.14, or book/lawson-michelsohn")
    .requiredOption("-w, --why <text>", "the reason, for the record")
    .option("--undo", "take it up again")
    .action(async (addresses: string[], flags: DeferFlags) =>
      done(await (await import("./commands/defer.ts")).deferCommand(terminal, addresses, flags)),
    );

  codex
    .command("converge")
    .description("how far the campaign is from its releases, criterion by criterion")
    .addOption(new Option("-r, --release <release>", "only this one").choices(["v0.7", "v0.9", "v1.0"]))
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (flags: ConvergeFlags) =>
      done(await (await import("./commands/converge.ts")).convergeCommand(terminal, flags)),
    );

  codex
    .command("pilot")
    .description("a book's run as a trial of the protocol")
    .command("report")
    .description("whether it met the success criteria")
    .argument("[book]", "its address", "book/lawson-michelsohn")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (book: string, flags: PilotFlags) =>
      done(await (await import("./commands/pilot.ts")).pilotReportCommand(terminal, book, flags)),
    );

  const sample = codex.command("sample").description("have a sample of what shipped read again, and report");
  sample
    .command("draw", { isDefault: true })
    .description("draw the day's sample, build it, write manifests/quality_report.md")
    .option("-d, --date <day>", "the day that the sample ends with, and its seed; today where left out")
    .option("--rate <percent>", "how much of what shipped", "5")
    .option("--days <n>", "how many days back", "7")
    .option("-n, --dry-run", "only say which units would be read")
    .action(async (flags: SampleFlags) =>
      done(await (await import("./commands/sample.ts")).sampleCommand(terminal, flags)),
    );
  sample
    .command("rework")
    .description("approve the rework of flagged units; without units, list what is flagged")
    .argument("[unit...]", "ids, e.g. 03.09.14")
    .action(async (units: string[]) =>
      done(await (await import("./commands/sample.ts")).reworkCommand(terminal, units)),
    );

  codex
    .command("mcp")
    .description("serve the campaign to a conversational operator (Model Context Protocol, standard input and output)")
    .option("--allow-build", "also build, and answer what waits; without it the operator can only read")
    .action(async (flags: McpFlags) => done(await (await import("./commands/mcp.ts")).mcpCommand(flags)));

  codex
    .command("watchdog")
    .description("look for stuck books and drift; write manifests/watchdog_report.md")
    .option("--act", "also do what is safe: let dead owners go, build weaving that was forgotten")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (flags: WatchdogFlags) =>
      done(await (await import("./commands/watchdog.ts")).watchdogCommand(terminal, flags)),
    );

  const proposals = codex.command("proposals").description("connections that wait for a person's decision");
  proposals
    .command("list", { isDefault: true })
    .description("print them")
    .option("-a, --all", "also those that are decided")
    .action(async (flags: { all?: boolean }) =>
      done(await (await import("./commands/proposals.ts")).listProposals(terminal, flags)),
    );
  proposals
    .command("approve")
    .description("register the connections, and name them in the units")
    .argument("<id...>", "e.g. conn:proposal:014, or 14")
    .option("-w, --why <text>", "a note for the record", "")
    .action(async (ids: string[], flags: { why: string }) =>
      done(await (await import("./commands/proposals.ts")).decideCommand(terminal, "approved", ids, flags.why)),
    );
  proposals
    .command("reject")
    .description("leave them out of the registry")
    .argument("<id...>", "e.g. conn:proposal:014, or 14")
    .requiredOption("-w, --why <text>", "the reason, for the record")
    .action(async (ids: string[], flags: { why: string }) =>
      done(await (await import("./commands/proposals.ts")).decideCommand(terminal, "rejected", ids, flags.why)),
    );

  codex
    .command("accept")
    .description("take a person's edits over: they count as what the targets left, and later runs merge them in")
    .argument("<address...>", "targets whose outputs were edited, or whose merge was resolved")
    .requiredOption("--why <text>", "the reason, for the records")
    .action(async (addresses: string[], flags: { why: string }) =>
      done(await (await import("./commands/accept.ts")).acceptCommand(terminal, addresses, flags)),
    );

  codex
    .command("adopt")
    .description("take work that is there already as if it had been built; runs nothing")
    .argument("[address...]", "targets; all that were never built where none is given")
    .option("--why <text>", "the reason, for the records; needed unless it is a dry run")
    .option("-n, --dry-run", "say what would be adopted; write nothing")
    .option("--without <glob...>", "outputs that the work never had, e.g. reports: their absence is adopted too")
    .option("--despite-checks", "also adopt what the rules' checks object to")
    .action(async (addresses: string[], flags: AdoptFlags) =>
      done(await (await import("./commands/adopt.ts")).adoptCommand(terminal, addresses, flags)),
    );

  codex
    .command("clean")
    .description("remove what targets wrote, except edited files; the store keeps it")
    .argument("<address...>", "whose outputs to remove")
    .option("-n, --dry-run", "say what would be removed")
    .action(async (addresses: string[], flags: { dryRun?: boolean }) =>
      done(await (await import("./commands/clean.ts")).cleanCommand(terminal, addresses, flags)),
    );

  const cache = codex.command("cache").description("what is kept under .codex: room, soundness, bytes");
  cache
    .command("gc")
    .description("remove what is old and not needed")
    .option("--max-age <age>", "what is not needed and older goes: 12h, 30d, 8w (default: 30d)")
    .option("--max-size <size>", "then, while it is larger, more of it, oldest first: 500M, 2G (default: 2G)")
    .option("-n, --dry-run", "say what would be removed")
    .action(async (flags: GcFlags) =>
      done(await (await import("./commands/cache.ts")).cacheGcCommand(terminal, flags)),
    );
  cache
    .command("verify")
    .description("hash everything again and list what is damaged")
    .option("--repair", "mend it from the workspace, or remove it where it can be made again")
    .action(async (flags: { repair?: boolean }) =>
      done(await (await import("./commands/cache.ts")).cacheVerifyCommand(terminal, flags)),
    );
  cache
    .command("cat")
    .description("print the bytes of a digest")
    .argument("<digest>", "64 digits, or enough of the first to tell it")
    .action(async (digest: string) => done(await (await import("./commands/cache.ts")).cacheCatCommand(digest)));

  const ledger = codex.command("ledger").description("whether the campaign's records agree, and what mends them");
  ledger
    .command("verify")
    .description("rebuild all records from traces, log and workspace, and compare; writes nothing")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (flags: { format: LedgerFormat }) =>
      done(await (await import("./commands/ledger.ts")).ledgerVerifyCommand(terminal, flags)),
    );
  ledger
    .command("rebuild")
    .description("write campaign.json and other projections anew; take note of damages of the log")
    .action(async () => done(await (await import("./commands/ledger.ts")).ledgerRebuildCommand(terminal)));
  ledger
    .command("merge")
    .description("make one log of two that git has put together")
    .action(async () => done(await (await import("./commands/ledger.ts")).ledgerMergeCommand(terminal)));

  codex
    .command("init")
    .description("make this folder a campaign: look at what is there, write what is missing, overwrite nothing")
    .option("-n, --dry-run", "say what would be written")
    .action(async (flags: { dryRun?: boolean }) =>
      done(await (await import("./commands/init.ts")).initCommand(terminal, flags)),
    );

  codex
    .command("doctor")
    .description("check that everything is there that a build needs, and say what mends it")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (flags: { format: "text" | "json" }) =>
      done(await (await import("./commands/doctor.ts")).doctorCommand(terminal, flags)),
    );

  codex
    .command("completion")
    .description("print the script that lets a shell complete commands, options and addresses")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .action(async (shell: string) =>
      done((await import("./commands/completion.ts")).completionCommand(terminal, shell)),
    );

  // What those scripts ask.
  codex
    .command("complete", { hidden: true })
    .argument("[word...]")
    .action(async (words: string[]) =>
      done(await (await import("./commands/completion.ts")).completeCommand(codex, words)),
    );

  for (const command of codex.commands) command.addHelpText("after", examplesOf(command.name()));
  return codex;
}

async function main(): Promise<number> {
  const terminal = processTerminal();
  let code: number = EXIT.done;
  try {
    await program(terminal, (result) => {
      code = result;
    }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const fault = error instanceof FaultError ? error.fault : diskFault(error);
    if (fault === undefined) throw error;
    printFault(terminal, fault);
    return fault.exit;
  }
  return code;
}

// A reader that goes away (`codex graph | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) =>
  process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.failed),
);

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    process.stderr.write(`codex: a mistake in Codex itself: ${error.stack ?? error.message}\n`);
    process.exitCode = EXIT.failed;
  },
);
