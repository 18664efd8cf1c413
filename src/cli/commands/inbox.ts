/** `codex inbox`: everything that waits for a person, with what to read and the commands that answer. Reads only. */
import { snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { unreachable } from "../../result.ts";
import { EXIT } from "../exit.ts";
import { type InboxItem, inboxItems } from "../inbox.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

export type InboxFormat = "text" | "json" | "md";

export interface InboxFlags {
  readonly format: InboxFormat;
}

/** @param typed which targets; all where none is named. */
export async function inboxCommand(terminal: Terminal, typed: readonly string[], flags: InboxFlags): Promise<number> {
  const { engine } = await openWorkspace();
  const goals = typed.length === 0 ? ["all"] : typed;
  const items = inboxItems(snapshotOf(layOut(engine.expand), engine, goals, DEFAULT_POLICY), engine);
  switch (flags.format) {
    case "json":
      terminal.out(JSON.stringify({ version: 1, items }, null, 2));
      break;
    case "md":
      terminal.out(inboxMarkdown(items));
      break;
    case "text":
      for (const line of textLines(items, terminal.colours)) terminal.out(line);
      break;
    default:
      return unreachable(flags.format);
  }
  return EXIT.done;
}

function textLines(items: readonly InboxItem[], colours: Terminal["colours"]): string[] {
  if (items.length === 0) return ["Nothing waits for you."];
  return [
    ...items.flatMap((item) => [
      `${colours.bold(item.address)} ${colours.dim(`(${item.kind}, shown ${item.shown}${item.since === undefined ? "" : `, since ${item.since}`})`)}`,
      `  ${item.asks}`,
      ...item.shows.map((each) => `  read: ${each}`),
      ...item.details.map((each) => `  ${each}`),
      ...item.answers.map(({ command, does }) => `  ${colours.cyan(command)}  ${colours.dim(does)}`),
      "",
    ]),
    `${plural(items.length, "answer is", "answers are")} needed.`,
  ];
}

/** The inbox as a Markdown list, for a CI summary or a message. */
function inboxMarkdown(items: readonly InboxItem[]): string {
  if (items.length === 0) return "Nothing waits for you.";
  return items
    .map((item) =>
      [
        `- **${item.address}** (${item.kind}, shown \`${item.shown}\`): ${item.asks}`,
        ...item.shows.map((each) => `  - read \`${each}\``),
        ...item.details.map((each) => `  - ${each}`),
        ...item.answers.map(({ command, does }) => `  - \`${command}\`: ${does}`),
      ].join("\n"),
    )
    .join("\n");
}
