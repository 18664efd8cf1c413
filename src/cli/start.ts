/**
 * Where every command starts: most builds find that nothing is to do, and for these nothing else is loaded. Whatever
 * this file is not sure of, it leaves to the whole program.
 */
import * as fs from "node:fs";
import { knownNullBuild } from "../cache/null-build.ts";
import { EXIT } from "./exit.ts";
import { summaryLines } from "./view/plain.ts";

/** Whether the command was `codex build` (or its dry run) and has been answered. */
export function answered(argv: readonly string[]): boolean {
  const started = performance.now();
  const asked = parse(argv);
  if (asked === undefined) return false;
  const known = knownNullBuild(fs, process.cwd(), CODEX_BUILD, process.env, asked.goals);
  if (known === undefined) return false;
  const seconds = (performance.now() - started) / 1000;
  const nothing = { ran: 0, restored: 0, failed: 0, waiting: 0, blocked: 0, usd: 0 };
  const lines = asked.dryRun ? known.plan : summaryLines({ ...nothing, fresh: known.fresh, seconds });
  print(`${lines.join("\n")}\n`);
  process.exitCode = EXIT.done;
  return true;
}

/** The command line, where it is one that is answered here; dry runs are coloured on a terminal, and left alone there. */
function parse([command, ...words]: readonly string[]): { goals: readonly string[]; dryRun: boolean } | undefined {
  if (command !== "build") return undefined;
  const goals = words.filter((word) => !word.startsWith("-"));
  const flags = new Set(words.filter((word) => word.startsWith("-")));
  const dryRun = flags.delete("-n") || flags.delete("--dry-run") || flags.delete("--check");
  if (!dryRun) for (const quiet of ["-q", "--quiet"]) flags.delete(quiet);
  if (flags.size > 0 || (dryRun && process.stdout.isTTY)) return undefined;
  return { goals: goals.length === 0 ? ["all"] : goals, dryRun };
}

/** Written at once: the streams of `process` take longer to load than all of the rest. */
function print(text: string): void {
  try {
    fs.writeSync(1, text);
  } catch (error) {
    // A reader that went away is no error; one that is slow is left to those who can wait.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EAGAIN") process.stdout.write(text);
    else if (code !== "EPIPE") throw error;
  }
}
