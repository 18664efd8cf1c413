/**
 * `codex completion <shell>` prints what the shell must be told; from then on it asks `codex complete -- <words>` at each
 * press of the key. Commands, options and their choices come from the command line itself, addresses from the graph.
 */
import type { Command } from "commander";
import { layOut } from "../../exec/engine.ts";
import { FaultError } from "../../fault.ts";
import { complete, type Named } from "../completing.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import { COMPLETION_SCRIPTS, type Shell } from "../shell-scripts.ts";
import type { Terminal } from "../terminal.ts";

export function completionCommand(terminal: Terminal, shell: Shell): number {
  terminal.out(COMPLETION_SCRIPTS[shell].trimEnd());
  return EXIT.done;
}

/**
 * Answers a shell: a line for each candidate, with what it means after a tab; then `:files` where names of files may stand.
 * @param words what was typed after `codex`; the last one is being typed.
 */
export async function completeCommand(terminal: Terminal, codex: Command, words: readonly string[]): Promise<number> {
  const { candidates, files } = await complete(codex, words, namesHere);
  for (const { value, says } of candidates) terminal.out(says === "" ? value : `${value}\t${says}`);
  if (files) terminal.out(":files");
  return EXIT.done;
}

async function namesHere(): Promise<Iterable<Named>> {
  try {
    const { engine } = await openWorkspace();
    return layOut(engine.expand).graph.targets.values();
  } catch (error) {
    // A shell that asks for names is no place to be told of a faulty configuration.
    if (error instanceof FaultError) return [];
    throw error;
  }
}
