/** The command line: what each word means, and the one place where a fault is printed. Commands are loaded when they are called. */
import { Command, CommanderError, Option } from "commander";
import { FaultError } from "../fault.ts";
import type { BuildFlags } from "./commands/build.ts";
import type { ContinuityFlags } from "./commands/continuity.ts";
import type { GraphFormat } from "./commands/graph.ts";
import type { StatusFormat } from "./commands/status.ts";
import type { ValidateFlags } from "./commands/validate.ts";
import { EXIT } from "./exit.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

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

Exit codes: 0 done · 1 a target failed · 2 usage or configuration · 3 --check found stale targets · 4 waiting for a person · 130 interrupted`,
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
    .option("--overwrite-edits", "let rules overwrite what a person changed")
    .option("--json", "print events as JSON lines")
    .option("-q, --quiet", "print failures and the summary only")
    .action(async (addresses: string[], flags: BuildFlags) =>
      done(await (await import("./commands/build.ts")).buildCommand(terminal, addresses, flags)),
    );

  codex
    .command("graph")
    .description("print the graph and the state of each target")
    .argument("[address...]", "what to draw, with all that it needs", ["all"])
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "mermaid", "dot", "json"]).default("text"))
    .action(async (addresses: string[], flags: { format: GraphFormat }) =>
      done(await (await import("./commands/graph.ts")).graphCommand(terminal, addresses, flags)),
    );

  codex
    .command("why")
    .description("explain the state of a target")
    .argument("<address>", "a target, or several by a prefix")
    .action(async (address: string) => done(await (await import("./commands/why.ts")).whyCommand(terminal, address)));

  codex
    .command("status")
    .description("the books and their passes at a glance")
    .addOption(new Option("-f, --format <format>", "how").choices(["text", "json"]).default("text"))
    .action(async (flags: { format: StatusFormat }) =>
      done(await (await import("./commands/status.ts")).statusCommand(terminal, flags)),
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
    .argument("<address...>", "waiting gates, e.g. book/lawson-michelsohn/P2_gap.gate")
    .action(async (addresses: string[]) =>
      done(await (await import("./commands/approve.ts")).approveCommand(terminal, addresses)),
    );

  codex
    .command("clean")
    .description("remove what targets wrote, except edited files; the store keeps it")
    .argument("<address...>", "whose outputs to remove")
    .option("-n, --dry-run", "say what would be removed")
    .action(async (addresses: string[], flags: { dryRun?: boolean }) =>
      done(await (await import("./commands/clean.ts")).cleanCommand(terminal, addresses, flags)),
    );

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
    if (!(error instanceof FaultError)) throw error;
    const { what, where, mend, exit } = error.fault;
    terminal.err(`${terminal.colours.red("codex:")} ${what}`);
    if (where) terminal.err(`  at ${where}`);
    if (mend) terminal.err(`  ${mend}`);
    return exit;
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
