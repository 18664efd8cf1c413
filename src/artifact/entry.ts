/**
 * Entries: the heading-section, list item or table row that a label names. A unit's own place in a plan is one, so
 * that a change to its neighbour in the same list leaves it fresh. Both plan forms occur in practice: a heading a
 * unit, and items like ``1. **`03.12.11` Title.** …``.
 */
import MarkdownIt, { type MarkdownIt as Parser } from "markdown-it";
import type { Fault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { bodyStart, type Heading, lineStarts } from "./markdown.ts";
import { ambiguous, highest } from "./outline.ts";

/** A list item or a table row with the texts that may name it. Offsets are UTF-16, `line` is 1-based. */
export interface Item {
  readonly kind: "item" | "row";
  readonly labels: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

let parser: Parser | undefined;

/** As the heading parser, plus tables, which are no part of CommonMark. */
function tableParser(): Parser {
  if (!parser) {
    parser = new MarkdownIt("commonmark").enable("table");
    parser.core.ruler.enableOnly(["normalize", "block"]);
  }
  return parser;
}

/** The list items and table rows of a text, in order, nested items included; none inside block quotes. */
export function items(text: string): readonly Item[] {
  const from = bodyStart(text);
  const starts = lineStarts(text, from);
  const linesBefore = lineStarts(text.slice(0, from), 0).length - 1;
  const tokens = tableParser().parse(text.slice(from), {});
  const found: Item[] = [];
  let quotes = 0;
  let inHead = false;
  const add = (kind: Item["kind"], labels: readonly string[], map: readonly [number, number]): void => {
    const [first, end] = map;
    found.push({
      kind,
      labels,
      start: starts[first] ?? text.length,
      end: starts[end] ?? text.length,
      line: linesBefore + first + 1,
    });
  };
  tokens.forEach((token, index) => {
    if (token.type === "blockquote_open") quotes++;
    else if (token.type === "blockquote_close") quotes--;
    else if (token.type === "thead_open") inHead = true;
    else if (token.type === "thead_close") inHead = false;
    else if (quotes > 0 || !token.map) return;
    else if (token.type === "list_item_open") {
      const opening = tokens[index + 1]?.type === "paragraph_open" ? tokens[index + 2]?.content : undefined;
      if (opening !== undefined) add("item", marked(opening), token.map);
    } else if (token.type === "tr_open" && !inHead) {
      const cells: string[] = [];
      for (let at = index + 1; tokens[at] && tokens[at]!.type !== "tr_close"; at++) {
        if (tokens[at]!.type === "inline") cells.push(tokens[at]!.content);
      }
      const labels = marked(cells.join(" | "));
      add("row", cells[0] === undefined ? labels : [cells[0], ...labels], token.map);
    }
  });
  return found;
}

const MARKED = /(?<code>`+)(?<inCode>.+?)\k<code>(?!`)|(?<bold>\*\*|__)(?<inBold>.+?)\k<bold>/s;

/** The first code span or bold text of a line of Markdown, and the code span that opens the bold text. */
function marked(text: string): readonly string[] {
  const groups = MARKED.exec(text)?.groups;
  if (!groups) return [];
  if (groups.inCode !== undefined) return [groups.inCode.trim()];
  const bold = groups.inBold ?? "";
  const inner = MARKED.exec(bold);
  return inner?.index === 0 && inner.groups?.inCode !== undefined ? [bold, inner.groups.inCode.trim()] : [bold];
}

/** Whether a text names the label: it is the label, or starts with it (`03.12.11 Title`, `03.12.11. Title`). */
const names = (text: string, label: string): boolean =>
  text === label || (text.startsWith(label) && /^[.:,;)]?(?:\s|$)/.test(text.slice(label.length)));

/**
 * The place labelled so, of headings before list items before table rows; undefined where there is none. Looks only
 * between `from` and `to`.
 */
export function findEntry(
  label: string,
  headings: readonly Heading[],
  listed: readonly Item[],
  from: number,
  to: number,
): Result<{ readonly start: number; readonly end: number } | undefined, Fault> {
  const name = `entry ${JSON.stringify(label)}`;
  const heading = highest(
    headings.filter(
      (candidate) =>
        candidate.start >= from &&
        candidate.end <= to &&
        (candidate.number === label ||
          candidate.title === label ||
          marked(candidate.title).some((text) => names(text, label))),
    ),
    name,
  );
  if (!heading.ok || heading.value) return heading;
  for (const kind of ["item", "row"] as const) {
    const [first, second] = listed.filter(
      (item) =>
        item.kind === kind && item.start >= from && item.end <= to && item.labels.some((text) => names(text, label)),
    );
    if (second) return err(ambiguous(name, first!.line, second.line));
    if (first) return ok(first);
  }
  return ok(undefined);
}
