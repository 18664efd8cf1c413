/**
 * A plan's text as the blocks that can hold data: headings, tables, list items and paragraphs, each with its place.
 * Where sections begin and end is `src/artifact/markdown.ts`'s business; this file only cuts what lies between.
 */
import { bodyStart, type Heading, headings } from "../../artifact/markdown.ts";
import { type Fence, fenceAfter, type SourceLine, sourceLines, type Table, tableAt } from "../markdown-table.ts";

/** UTF-16 offsets, and the line from 1 on which it starts. */
export interface Range {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** A top-level list item with everything that is indented below it. */
export interface Item extends Range {
  readonly kind: "item";
  /** Its number, where the list is numbered. */
  readonly ordinal: number | undefined;
  /** Without its marker, lines joined by single spaces. */
  readonly text: string;
}

export type Block =
  | (Range & { readonly kind: "heading"; readonly heading: Heading })
  | (Range & { readonly kind: "table"; readonly table: Table })
  | Item
  | (Range & { readonly kind: "paragraph"; readonly text: string });

// At most 9 digits, as in CommonMark; white space or nothing after the marker.
const MARKER = /^( {0,1})(?:([-*+])|(\d{1,9})[.)])(?:[ \t]+|$)/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const INDENTED = /^(?: {2}|\t)/;

/** The blocks of a text in order. Frontmatter, rules and fenced code that stands by itself are none. */
export function blocks(text: string): readonly Block[] {
  const from = bodyStart(text);
  const lines = sourceLines(text);
  const byLine = new Map(headings(text).map((heading) => [heading.line, heading]));
  const found: Block[] = [];
  let index = 0;
  let fence: Fence | undefined;
  while (index < lines.length) {
    const line = lines[index]!;
    const heading = byLine.get(line.number);
    if (line.start < from) {
      index += 1;
    } else if (heading) {
      found.push({ kind: "heading", heading, line: line.number, start: heading.start, end: heading.bodyStart });
      while (index < lines.length && lines[index]!.start < heading.bodyStart) index += 1;
    } else if (fence || fenceAfter(undefined, line.text)) {
      fence = fenceAfter(fence, line.text);
      index += 1;
    } else if (line.text.trim() === "" || RULE.test(line.text)) {
      index += 1;
    } else {
      const [block, next] = blockAt(lines, index, byLine);
      found.push(block);
      index = next;
    }
  }
  return found;
}

type HeadingLines = ReadonlyMap<number, Heading>;

function blockAt(lines: readonly SourceLine[], index: number, headingLines: HeadingLines): readonly [Block, number] {
  const table = tableAt(lines, index);
  if (table) {
    const block = { kind: "table" as const, table, line: table.line, start: table.start, end: table.end };
    return [block, index + 2 + table.rows.length + table.misfits.length];
  }
  const marker = MARKER.exec(lines[index]!.text);
  const next = marker ? endOfItem(lines, index, headingLines) : endOfParagraph(lines, index, headingLines);
  const own = lines.slice(index, next);
  const text = own
    .map((line, at) => (at === 0 && marker ? line.text.slice(marker[0].length) : line.text).trim())
    .filter((line) => line !== "")
    .join(" ");
  const first = lines[index]!;
  const last = own.findLast((line) => line.text.trim() !== "") ?? first;
  const range = { line: first.number, start: first.start, end: last.start + last.text.length, text };
  const ordinal = marker?.[3] === undefined ? undefined : Number(marker[3]);
  return [marker ? { kind: "item", ordinal, ...range } : { kind: "paragraph", ...range }, next];
}

/** An item goes on through indented lines, blank lines before those, and unindented lines that start nothing. */
function endOfItem(lines: readonly SourceLine[], index: number, headingLines: HeadingLines): number {
  let end = index + 1;
  let blank = false;
  let fence: Fence | undefined;
  for (let at = index + 1; at < lines.length; at += 1) {
    const { text, number } = lines[at]!;
    if (text.trim() === "" && !fence) {
      blank = true;
      continue;
    }
    const goesOn = fence !== undefined || INDENTED.test(text) || (!blank && !startsBlock(lines, at));
    if (!goesOn || headingLines.has(number)) break;
    fence = fenceAfter(fence, text.trimStart());
    blank = false;
    end = at + 1;
  }
  return end;
}

function endOfParagraph(lines: readonly SourceLine[], index: number, headingLines: HeadingLines): number {
  let end = index + 1;
  while (
    end < lines.length &&
    lines[end]!.text.trim() !== "" &&
    !headingLines.has(lines[end]!.number) &&
    !startsBlock(lines, end)
  ) {
    end += 1;
  }
  return end;
}

const startsBlock = (lines: readonly SourceLine[], index: number): boolean => {
  const { text } = lines[index]!;
  return MARKER.test(text) || RULE.test(text) || fenceAfter(undefined, text) !== undefined || isTable(lines, index);
};

// Only a line with a pipe can be a table's header: asking costs reading the whole table.
const isTable = (lines: readonly SourceLine[], index: number): boolean =>
  lines[index]!.text.includes("|") && tableAt(lines.slice(index, index + 3), 0) !== undefined;
