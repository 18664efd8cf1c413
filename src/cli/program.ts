/** What each word of the command line means, and what `--help` says of it. A command is loaded when it is called. */
import { Argument, Command, Option } from "commander";
import { examplesOf } from "./examples.ts";
import type { Terminal } from "./terminal.ts";

/** What a command is given: where to print, then what was typed: arguments, and last the options. */
type Run = (terminal: Terminal, ...typed: never[]) => number | Promise<number>;

/** How something is printed; the first format is the one that is meant where none is typed. */
const format = (...choices: readonly [string, ...string[]]): Option =>
  new Option("-f, --format <format>", "how to print it").choices(choices).default(choices[0]);

/**
 * The whole command line.
 * @param done told how the command that was called has ended, as an exit code.
 */
export function program(terminal: Terminal, done: (code: number) => void): Command {
  // Commander gives the command itself as well, last of all.
  const run =
    (load: () => Promise<Run>) =>
    async (...given: unknown[]): Promise<void> =>
      done(await (await load())(terminal, ...(given.slice(0, -1) as never[])));

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
    .action(run(async () => (await import("./commands/build.ts")).buildCommand));

  codex
    .command("watch")
    .description("build whenever a file is saved")
    .argument("[address...]", "what to keep up to date; all targets where none is given")
    .option("--dry", "say what would run at each save; run nothing, write nothing")
    .option("--budget <usd>", "what may be spent in all, in US dollars; needed where answers cost money")
    .option("-j, --jobs <n>", "targets that run at once over all pools")
    .option("--json", "print events as JSON lines")
    .option("-q, --quiet", "print failures and summaries only")
    .action(run(async () => (await import("./commands/watch.ts")).watchCommand));

  codex
    .command("record")
    .description("build targets with live agents, and keep what these say as recordings")
    .argument("<address...>", "the targets to record")
    .option("--force", "ask again for targets that are fresh, at the price of that")
    .option("--replace", "write recordings anew that are there already")
    .option("--budget <usd>", "what this run may spend, in US dollars")
    .option("-j, --jobs <n>", "targets that run at once over all pools")
    .option("-q, --quiet", "print failures and the summary only")
    .action(run(async () => (await import("./commands/record.ts")).recordCommand));

  codex
    .command("graph")
    .description("print the graph and the state of each target")
    .argument("[address...]", "what to draw, with all that it needs", ["all"])
    .addOption(format("text", "mermaid", "dot", "json", "html"))
    .option("-o, --output <file>", "write it to a file")
    .action(run(async () => (await import("./commands/graph.ts")).graphCommand));

  codex
    .command("why")
    .description("explain the state of a target")
    .argument("<address>", "a target, or several by a prefix")
    .option("--json", "print one JSON object")
    .action(run(async () => (await import("./commands/why.ts")).whyCommand));

  codex
    .command("status")
    .description("the books and their passes at a glance, money, and what waits for you")
    .addOption(format("text", "json", "md"))
    .action(run(async () => (await import("./commands/status.ts")).statusCommand));

  codex
    .command("cost")
    .description("what was spent, retries and lost calls included, and what is left below the ceilings")
    .addOption(new Option("--by <what>", "sums by").choices(["book", "pass", "model", "day", "target"]).default("book"))
    .option("--since <when>", "only calls since: 12h, 7d, or a date such as 2026-11-01")
    .addOption(format("text", "json", "md"))
    .action(run(async () => (await import("./commands/cost.ts")).costCommand));

  codex
    .command("log")
    .description("what has happened in the campaign: every transition, who made it and why")
    .argument("[address...]", "only of these; prefixes and globs will do")
    .option("-F, --follow", "go on printing what is added")
    .option("--since <time>", "only what is newer: 90min, 2h, 3d, or a date such as 2026-03-01")
    .addOption(format("text", "json"))
    .action(run(async () => (await import("./commands/log.ts")).logCommand));

  codex
    .command("validate")
    .description("judge units by the rubric")
    .argument("[path...]", "units; all under content/ where none is given")
    .option("--advisory", "also apply the advisory checks")
    .option("--whole", "also check ids, concepts, prerequisites and edges over the whole, and flows")
    .addOption(format("text", "json", "sarif", "github"))
    .action(run(async () => (await import("./commands/validate.ts")).validateCommand));

  codex
    .command("continuity")
    .description("measure continuity over units and flows, against the campaign's thresholds")
    .option("-b, --batch <unit...>", "only these units: ids, paths or folders")
    .addOption(format("text", "json", "md"))
    .option("-w, --write", "also write manifests/continuity_report.md")
    .option("--accept", "let integration go on where a fall of continuity has stopped it")
    .option("--why <text>", "of --accept: the reason, for the log")
    .action(run(async () => (await import("./commands/continuity.ts")).continuityCommand));

  codex
    .command("approve")
    .description("answer gates: approve what was written")
    .argument("<address...>", "waiting gates, e.g. book/lawson-michelsohn/P2_gap.gate, or book/*/P2_gap.gate")
    .option("--shown <digest>", "only if it is what the inbox showed")
    .action(run(async () => (await import("./commands/approve.ts")).approveCommand));

  codex
    .command("inbox")
    .description("what waits for you, and the commands that answer it")
    .argument("[address...]", "only these targets")
    .addOption(format("text", "json", "md"))
    .action(run(async () => (await import("./commands/inbox.ts")).inboxCommand));

  codex
    .command("reject")
    .description("answer gates: have what was written made again, told why")
    .argument("<address...>", "gates, waiting or approved")
    .requiredOption("-w, --why <text>", "what is wrong: the next attempt gets it as a defect")
    .option("--shown <digest>", "only if it is what the inbox showed")
    .action(run(async () => (await import("./commands/reject.ts")).rejectCommand));

  codex
    .command("answer")
    .description("tell a target that gave up how to go on, or give what it should have made")
    .argument("<address>", "a target whose attempts all failed")
    .argument("[words]", "what the next attempt is told")
    .option("-o, --output <name=file...>", "the outputs themselves, written by you")
    .option("--shown <digest>", "only if it is what the inbox showed")
    .action(run(async () => (await import("./commands/answer.ts")).answerCommand));

  codex
    .command("defer")
    .description("go on without a unit or a whole book")
    .argument("<address...>", "e.g. book/lawson-michelsohn/P4_production/03.09.14, or book/lawson-michelsohn")
    .requiredOption("-w, --why <text>", "the reason, for the record")
    .option("--undo", "take it up again")
    .action(run(async () => (await import("./commands/defer.ts")).deferCommand));

  codex
    .command("converge")
    .description("how far the campaign is from its releases, criterion by criterion")
    .addOption(new Option("-r, --release <release>", "only this one").choices(["v0.7", "v0.9", "v1.0"]))
    .addOption(format("text", "json"))
    .action(run(async () => (await import("./commands/converge.ts")).convergeCommand));

  codex
    .command("pilot")
    .description("a book's run as a trial of the protocol")
    .command("report")
    .description("whether it met the success criteria")
    .argument("[book]", "its address", "book/lawson-michelsohn")
    .addOption(format("text", "json"))
    .action(run(async () => (await import("./commands/pilot.ts")).pilotReportCommand));

  const sample = codex.command("sample").description("have a sample of what shipped read again, and report");
  sample
    .command("draw", { isDefault: true })
    .description("draw the day's sample, build it, write manifests/quality_report.md")
    .option("-d, --date <day>", "the day that the sample ends with, and its seed; today where left out")
    .option("--rate <percent>", "how much of what shipped", "5")
    .option("--days <n>", "how many days back", "7")
    .option("-n, --dry-run", "only say which units would be read")
    .action(run(async () => (await import("./commands/sample.ts")).sampleCommand));
  sample
    .command("rework")
    .description("approve the rework of flagged units; without units, list what is flagged")
    .argument("[unit...]", "ids, e.g. 03.09.14")
    .action(run(async () => (await import("./commands/sample.ts")).reworkCommand));

  codex
    .command("mcp")
    .description("serve the campaign to a conversational operator (Model Context Protocol, standard input and output)")
    .option("--allow-build", "also build, and answer what waits; without it the operator can only read")
    .action(run(async () => (await import("./commands/mcp.ts")).mcpCommand));

  codex
    .command("watchdog")
    .description("look for stuck books and drift; write manifests/watchdog_report.md")
    .option("--act", "also do what is safe: let dead owners go, build weaving that was forgotten")
    .addOption(format("text", "json"))
    .action(run(async () => (await import("./commands/watchdog.ts")).watchdogCommand));

  const proposals = codex.command("proposals").description("connections that wait for a person's decision");
  proposals
    .command("list", { isDefault: true })
    .description("print them")
    .option("-a, --all", "also those that are decided")
    .action(run(async () => (await import("./commands/proposals.ts")).listProposals));
  proposals
    .command("approve")
    .description("register the connections, and name them in the units")
    .argument("<id...>", "e.g. conn:proposal:014, or 14")
    .option("-w, --why <text>", "a note for the record", "")
    .action(run(async () => (await import("./commands/proposals.ts")).approveProposals));
  proposals
    .command("reject")
    .description("leave them out of the registry")
    .argument("<id...>", "e.g. conn:proposal:014, or 14")
    .requiredOption("-w, --why <text>", "the reason, for the record")
    .action(run(async () => (await import("./commands/proposals.ts")).rejectProposals));

  codex
    .command("accept")
    .description("take a person's edits over: they count as what the targets left, and later runs merge them in")
    .argument("<address...>", "targets whose outputs were edited, or whose merge was resolved")
    .requiredOption("--why <text>", "the reason, for the records")
    .action(run(async () => (await import("./commands/accept.ts")).acceptCommand));

  codex
    .command("adopt")
    .description("take work that is there already as if it had been built; runs nothing")
    .argument("[address...]", "targets; all that were never built where none is given")
    .option("--why <text>", "the reason, for the records; needed unless it is a dry run")
    .option("-n, --dry-run", "say what would be adopted; write nothing")
    .option("--without <glob...>", "outputs that the work never had, e.g. reports: their absence is adopted too")
    .option("--despite-checks", "also adopt what the rules' checks object to")
    .action(run(async () => (await import("./commands/adopt.ts")).adoptCommand));

  codex
    .command("clean")
    .description("remove what targets wrote, except edited files; the store keeps it")
    .argument("<address...>", "whose outputs to remove")
    .option("-n, --dry-run", "say what would be removed")
    .action(run(async () => (await import("./commands/clean.ts")).cleanCommand));

  const cache = codex.command("cache").description("what is kept under .codex: room, soundness, bytes");
  cache
    .command("gc")
    .description("remove what is old and not needed")
    .option("--max-age <age>", "what is not needed and older goes: 12h, 30d, 8w (default: 30d)")
    .option("--max-size <size>", "then, while it is larger, more of it, oldest first: 500M, 2G (default: 2G)")
    .option("-n, --dry-run", "say what would be removed")
    .action(run(async () => (await import("./commands/cache.ts")).cacheGcCommand));
  cache
    .command("verify")
    .description("hash everything again and list what is damaged")
    .option("--repair", "mend it from the workspace, or remove it where it can be made again")
    .action(run(async () => (await import("./commands/cache.ts")).cacheVerifyCommand));
  cache
    .command("cat")
    .description("print the bytes of a digest")
    .argument("<digest>", "64 digits, or enough of the first to tell it")
    .action(run(async () => (await import("./commands/cache.ts")).cacheCatCommand));

  const ledger = codex.command("ledger").description("whether the campaign's records agree, and what mends them");
  ledger
    .command("verify")
    .description("rebuild all records from traces, log and workspace, and compare; writes nothing")
    .addOption(format("text", "json"))
    .action(run(async () => (await import("./commands/ledger.ts")).ledgerVerifyCommand));
  ledger
    .command("rebuild")
    .description("write campaign.json and other projections anew; take note of damages of the log")
    .action(run(async () => (await import("./commands/ledger.ts")).ledgerRebuildCommand));
  ledger
    .command("merge")
    .description("make one log of two that git has put together")
    .action(run(async () => (await import("./commands/ledger.ts")).ledgerMergeCommand));

  codex
    .command("init")
    .description("make this folder a campaign: look at what is there, write what is missing, overwrite nothing")
    .option("-n, --dry-run", "say what would be written")
    .action(run(async () => (await import("./commands/init.ts")).initCommand));

  codex
    .command("doctor")
    .description("check that everything is there that a build needs, and say what mends it")
    .addOption(format("text", "json"))
    .action(run(async () => (await import("./commands/doctor.ts")).doctorCommand));

  codex
    .command("completion")
    .description("print the script that lets a shell complete commands, options and addresses")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .action(run(async () => (await import("./commands/completion.ts")).completionCommand));

  // What those scripts ask.
  codex
    .command("complete", { hidden: true })
    .argument("[word...]")
    .action(
      run(async () => {
        const { completeCommand } = await import("./commands/completion.ts");
        return (to: Terminal, words: readonly string[]) => completeCommand(to, codex, words);
      }),
    );

  for (const command of codex.commands) command.addHelpText("after", examplesOf(command.name()));
  return codex;
}
