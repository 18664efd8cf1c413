/** A fault as a person is told of it: what, where, and how to mend it. */
import type { Fault } from "../../fault.ts";
import type { Terminal } from "../terminal.ts";

export function printFault(terminal: Terminal, { what, where, mend }: Fault): void {
  terminal.err(`${terminal.colours.red("codex:")} ${what}`);
  if (where) terminal.err(`  at ${where}`);
  if (mend) terminal.err(`  ${mend}`);
}
