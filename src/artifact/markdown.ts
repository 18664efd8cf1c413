/**
 * Where the headings of a Markdown file are. Sections are what Codex's passes own and depend on, so this file decides
 * what a section is: CommonMark's block structure, found by markdown-it without its inline half (which costs most of the
 * time and cannot make a heading).
 */
import MarkdownIt, { type MarkdownIt as Parser } from "markdown-it";

export interface Heading {
  /** 1 to 6. */
  readonly level: number;
  /** The heading's source text without its `#`s and without its number; lines of a setext heading joined by a space. */
  readonly title: string;
  /** The outline number that the heading starts with, as written: "1", "2.8", "03.09.11". */
  readonly number: string | undefined;
  /** UTF-16 offset of the start of the heading's first line. */
  readonly start: number;
  /** UTF-16 offset just after the heading's last line: its section's own text begins here. */
  readonly bodyStart: number;
  /** UTF-16 offset of the next heading of the same or a higher level, or the text's length. */
  readonly end: number;
  /** 1-based line of the heading in the whole text. */
  readonly line: number;
}

/** A YAML block at the top of a file. Offsets are UTF-16. */
export interface Frontmatter {
  /** Start of the opening fence: 0, or 1 after a byte-order mark. */
  readonly start: number;
  /** Start of the YAML text, just after the opening fence's line. */
  readonly contentStart: number;
  /** Start of the closing fence's line. */
  readonly contentEnd: number;
  /** Just after the closing fence's line: where the body starts. */
  readonly end: number;
}

const OPENING_FENCE = /^\uFEFF?---[ \t]*(?:\r\n|\n|\r)/;
const CLOSING_FENCE = /^(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|$)/gm;

/** The frontmatter of a text, or undefined where it has none (an opening fence that is never closed is none). */
export function frontmatter(text: string): Frontmatter | undefined {
  const opening = OPENING_FENCE.exec(text);
  if (!opening) return undefined;
  const contentStart = opening[0].length;
  CLOSING_FENCE.lastIndex = contentStart;
  const closing = CLOSING_FENCE.exec(text);
  if (!closing) return undefined;
  return {
    start: text.startsWith("\uFEFF") ? 1 : 0,
    contentStart,
    contentEnd: closing.index,
    end: closing.index + closing[0].length,
  };
}

/** Where the Markdown of a text starts: after its frontmatter and its byte-order mark. */
export function bodyStart(text: string): number {
  return frontmatter(text)?.end ?? (text.startsWith("\uFEFF") ? 1 : 0);
}

let parser: Parser | undefined;

/** The block parser, made on first use: a null build never parses anything. */
function blockParser(): Parser {
  if (!parser) {
    parser = new MarkdownIt("commonmark");
    parser.core.ruler.enableOnly(["normalize", "block"]);
  }
  return parser;
}

/**
 * The headings of a text, in order. Headings inside fenced code, HTML blocks, block quotes and list items are not
 * section headings: the first two are not headings at all, and a section cannot end in the middle of the others.
 */
export function headings(text: string): readonly Heading[] {
  const from = bodyStart(text);
  const starts = lineStarts(text, from);
  const linesBefore = from === 0 ? 0 : lineStarts(text.slice(0, from), 0).length - 1;
  const tokens = blockParser().parse(text.slice(from), {});
  const offsetOf = (line: number): number => starts[line] ?? text.length;

  const open: Omit<Heading, "end">[] = [];
  tokens.forEach((token, index) => {
    if (token.type !== "heading_open" || token.level !== 0 || !token.map) return;
    const source = (tokens[index + 1]?.content ?? "").replace(/[ \t]*\n[ \t]*/g, " ");
    open.push({
      level: Number(token.tag.slice(1)),
      ...numbered(source),
      start: offsetOf(token.map[0]),
      bodyStart: offsetOf(token.map[1]),
      line: linesBefore + token.map[0] + 1,
    });
  });
  return withEnds(open, text.length);
}

// `§1. Book audit`, `1.1 Table of contents`, `§2.1 Theorem coverage`, `03.09.11 Clifford chessboard`, `§3 — Gap`.
const NUMBER = /^(§[ \t]*)?(\d+(?:\.\d+)*)([.):]?)(?:\s+(?:[—–-]\s+)?|$)/;
// Without a mark of numbering, four digits or more open a title as a year or a quantity would.
const LONGEST_BARE_NUMBER = 3;

/** Splits a heading's text into its number and the rest. */
export function numbered(text: string): { readonly number: string | undefined; readonly title: string } {
  const match = NUMBER.exec(text);
  const number = match?.[2];
  if (!match || number === undefined) return { number: undefined, title: text };
  const bare = !match[1] && !match[3] && !number.includes(".");
  if (bare && number.length > LONGEST_BARE_NUMBER) return { number: undefined, title: text };
  return { number, title: text.slice(match[0].length) };
}

/** Gives each heading its section's end, walking backwards with the nearest later start of each level. */
function withEnds(open: readonly Omit<Heading, "end">[], length: number): readonly Heading[] {
  const nextAtOrAbove = new Array<number>(7).fill(length);
  const closed: Heading[] = new Array(open.length);
  for (let index = open.length - 1; index >= 0; index--) {
    const heading = open[index]!;
    closed[index] = { ...heading, end: nextAtOrAbove[heading.level]! };
    nextAtOrAbove.fill(heading.start, heading.level);
  }
  return closed;
}

/** Offsets at which lines start, from `from` on; `\n`, `\r\n` and a lone `\r` end a line, as in CommonMark. */
export function lineStarts(text: string, from: number): number[] {
  const starts = [from];
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) starts.push(at + 1);
    else if (code === 13) {
      if (text.charCodeAt(at + 1) === 10) at++;
      starts.push(at + 1);
    }
  }
  return starts;
}
