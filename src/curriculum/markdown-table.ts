/**
 * Pipe tables, as GitHub's Markdown has them, with the line and the offsets of every row. Plans keep their data in such
 * tables, so a row that does not fit its header is reported and not guessed at.
 *
 * One liberty: a row with more cells than its header is split again with the pipes inside `$…$` and code spans taken as
 * text, because authors of mathematics write `$|x|$` in tables and mean it.
 */

export interface SourceLine {
  /** Without its ending. */
  readonly text: string;
  /** UTF-16 offset of its first character. */
  readonly start: number;
  /** From 1. */
  readonly number: number;
}

export interface TableRow {
  /** As many as the header has; the missing ones of a short row are empty. */
  readonly cells: readonly string[];
  readonly line: number;
  /** UTF-16 offsets of the row's line, without its ending. */
  readonly start: number;
  readonly end: number;
}

export interface Table {
  readonly header: readonly string[];
  /** Line of the header, from 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly rows: readonly TableRow[];
  /** Rows that have more cells than the header, however they are split. */
  readonly misfits: readonly { readonly line: number; readonly text: string; readonly cells: number }[];
}

/** The lines of a text. `\n`, `\r\n` and a lone `\r` end a line. */
export function sourceLines(text: string): readonly SourceLine[] {
  const lines: SourceLine[] = [];
  const ending = /\r\n|\n|\r/g;
  let start = 0;
  for (let match = ending.exec(text); match; match = ending.exec(text)) {
    lines.push({ text: text.slice(start, match.index), start, number: lines.length + 1 });
    start = ending.lastIndex;
  }
  if (start < text.length) lines.push({ text: text.slice(start), start, number: lines.length + 1 });
  return lines;
}

/** The tables of a text, in order; a table inside fenced code is none. */
export function tables(text: string): readonly Table[] {
  const lines = sourceLines(text);
  const found: Table[] = [];
  let fence: Fence | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index]!.text;
    fence = fenceAfter(fence, line);
    const table = fence ? undefined : tableAt(lines, index);
    if (!table) continue;
    found.push(table);
    index += 1 + table.rows.length + table.misfits.length;
  }
  return found;
}

/** An open code fence: its character and length decide what closes it. */
export interface Fence {
  readonly mark: string;
  readonly length: number;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** The fence that is open after a line, given the one that was open before it. */
export function fenceAfter(open: Fence | undefined, line: string): Fence | undefined {
  const match = FENCE.exec(line);
  if (!match) return open;
  const [, run = "", rest = ""] = match;
  const mark = run.charAt(0);
  if (!open) return mark === "`" && rest.includes("`") ? undefined : { mark, length: run.length };
  return mark === open.mark && run.length >= open.length && rest.trim() === "" ? undefined : open;
}

const DELIMITER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const OTHER_BLOCK = /^ {0,3}(?:#{1,6}(?:[ \t]|$)|`{3}|~{3}|>|(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$))/;

/** The table whose header is the line at that index, or undefined where there is none. */
export function tableAt(lines: readonly SourceLine[], index: number): Table | undefined {
  const head = lines[index];
  const delimiter = lines[index + 1];
  if (!head?.text.includes("|") || !delimiter?.text.includes("-") || /^(?: {4}|\t)/.test(head.text)) return undefined;
  if (!DELIMITER.test(delimiter.text)) return undefined;
  const header = cells(head.text, atPipes);
  if (cells(delimiter.text, atPipes).length !== header.length) return undefined;

  const rows: TableRow[] = [];
  const misfits: { line: number; text: string; cells: number }[] = [];
  let last = delimiter;
  for (const line of lines.slice(index + 2, endOfRows(lines, index + 2))) {
    last = line;
    const fitted = fittedCells(line.text, header.length);
    const end = line.start + line.text.length;
    if (typeof fitted === "number") misfits.push({ line: line.number, text: line.text, cells: fitted });
    else rows.push({ cells: fitted, line: line.number, start: line.start, end });
  }
  return { header, line: head.number, start: head.start, end: last.start + last.text.length, rows, misfits };
}

function endOfRows(lines: readonly SourceLine[], from: number): number {
  let index = from;
  while (index < lines.length && lines[index]!.text.trim() !== "" && !OTHER_BLOCK.test(lines[index]!.text)) index += 1;
  return index;
}

/** The row's cells, as many as the header has, or how many there are where they are too many. */
function fittedCells(line: string, width: number): readonly string[] | number {
  const plain = cells(line, atPipes);
  if (plain.length <= width) return [...plain, ...new Array<string>(width - plain.length).fill("")];
  const shielded = cells(line, atBarePipes);
  return shielded.length === width ? shielded : plain.length;
}

function cells(line: string, split: (text: string) => readonly string[]): readonly string[] {
  let inner = line.trim();
  if (inner.startsWith("|")) inner = inner.slice(1);
  if (inner.endsWith("|") && !inner.endsWith("\\|")) inner = inner.slice(0, -1);
  return split(inner).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

const atPipes = (text: string): readonly string[] => text.split(/(?<!\\)\|/);

/** Splits at the pipes that stand neither in `$…$` nor in a code span of one backtick. */
function atBarePipes(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  let open = "";
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charAt(at);
    if (mark === "\\") at += 1;
    else if (mark === "$" || mark === "`") open = open === mark ? "" : open || mark;
    else if (mark === "|" && open === "") {
      pieces.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...pieces, text.slice(from)];
}
