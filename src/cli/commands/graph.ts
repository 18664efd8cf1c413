/** `codex graph`: what needs what, and in which state it is. Reads only; writes the one file that `-o` names. */
import { resolve } from "node:path";
import { encodeUtf8 } from "../../artifact/utf8.ts";
import { replaceFile } from "../../artifact/write.ts";
import { snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { DEFAULT_POLICY, type Status } from "../../graph/evaluate.ts";
import { type Picture, printDot, printJson, printMermaid, printText } from "../../graph/printers.ts";
import { unreachable } from "../../result.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

const PRINTERS = { text: printText, mermaid: printMermaid, dot: printDot, json: printJson } as const;
export type GraphFormat = keyof typeof PRINTERS | "html";

export interface GraphFlags {
  readonly format: GraphFormat;
  /** A file to write to, relative to the current folder. */
  readonly output?: string;
}

export async function graphCommand(
  terminal: Terminal,
  goals: readonly string[],
  { format, output }: GraphFlags,
): Promise<number> {
  if (format === "html" && output === undefined && process.stdout.isTTY === true)
    throw new FaultError(
      usageFault("a page is for a browser, not for a terminal", "--format html", "add -o graph.html"),
    );
  const { engine, host } = await openWorkspace();
  const snapshot = snapshotOf(layOut(engine.expand), engine, goals, DEFAULT_POLICY);
  const { colours } = terminal;
  const picture: Picture = {
    ...snapshot,
    status: (id) => snapshot.evaluation.status(id),
    undecidable: (id) => {
      const fault = snapshot.tasks.get(id)?.placeholder?.fault;
      return fault && `${fault.where}: ${fault.what}`;
    },
    last: (id) => engine.world.trace(id)?.run,
    ...(output === undefined ? { paint: (name, status) => painter(colours, status)(name) } : {}),
  };
  let text: string;
  if (format === "html") {
    const { graphPage } = await import("../view/graph-page.ts");
    const page = await graphPage(picture, `Codex: ${goals.join(" ")}`);
    if (page.listed > 0)
      terminal.err(`${plural(picture.ids.length, "target")}: ${page.listed} of them are listed and not drawn.`);
    text = page.html.trimEnd();
  } else text = PRINTERS[format](picture);
  if (output === undefined) {
    terminal.out(text);
    return EXIT.done;
  }
  const path = resolve(output);
  try {
    replaceFile(host.fs, path, encodeUtf8(`${text}\n`));
  } catch (error) {
    throw new FaultError(
      usageFault(`the file cannot be written: ${(error as Error).message}`, output, "name another file with -o"),
    );
  }
  terminal.out(`Wrote ${output}: ${plural(picture.ids.length, "target")}.`);
  return EXIT.done;
}

/** The colour of a state. */
function painter(colours: Terminal["colours"], status: Status): (text: string) => string {
  switch (status.kind) {
    case "fresh":
      return status.edited.length > 0 ? colours.cyan : colours.green;
    case "stale":
    case "pending":
      return colours.yellow;
    case "waiting":
      return colours.magenta;
    case "failed":
    case "blockedByEdit":
      return colours.red;
    case "blocked":
    case "unknown":
      return colours.dim;
    default:
      return unreachable(status);
  }
}
