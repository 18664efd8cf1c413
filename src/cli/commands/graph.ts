/** `codex graph`: what needs what, and in which state it is. Reads only. */

import { snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { printDot, printJson, printMermaid, printText } from "../../graph/printers.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";

export const GRAPH_FORMATS = { text: printText, mermaid: printMermaid, dot: printDot, json: printJson } as const;
export type GraphFormat = keyof typeof GRAPH_FORMATS;

export async function graphCommand(
  terminal: Terminal,
  goals: readonly string[],
  options: { readonly format: GraphFormat },
): Promise<number> {
  const { engine } = await openWorkspace();
  const snapshot = snapshotOf(layOut(engine.expand), engine, goals, DEFAULT_POLICY);
  terminal.out(GRAPH_FORMATS[options.format]({ ...snapshot, status: (id) => snapshot.evaluation.status(id) }));
  return EXIT.done;
}
