/** Text in columns of a terminal: how wide it is, and cut to what there is room for. */
import stringWidth from "string-width";

/** Characters of one column that are met at every turn, so that a frame need not take them apart: ASCII, Latin, Greek, our signs. */
const SIMPLE = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u0391-\u03c9→…✓✗█░§–]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
const COLOURS = /\u001b\[[\d;]*m/g;

/** Columns that a line takes. Colours take none. */
export function widthOf(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  const bare = text.replace(COLOURS, "");
  return SIMPLE.test(bare) ? bare.length : stringWidth(bare);
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Cuts text without colours to at most `columns`; what is cut is shown by `mark`, whose width is one. */
export function cut(text: string, columns: number, mark: string): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return "";
  let taken = "";
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    const wide = widthOf(segment);
    if (width + wide > columns - 1) break;
    taken += segment;
    width += wide;
  }
  return taken + mark;
}

/** The same from the middle: an address is told by its beginning and its end. */
export function cutMiddle(text: string, columns: number, mark: string): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 5) return cut(text, columns, mark);
  const all = [...graphemes.segment(text)].map(({ segment }) => segment);
  const head = Math.floor((columns - 1) / 3);
  let end = "";
  for (let i = all.length - 1; i >= 0 && widthOf(end + all[i]) <= columns - 1 - head; i--) end = all[i] + end;
  return cut(text, columns - widthOf(end), mark) + end;
}

export const padEnd = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - widthOf(text)));
export const padStart = (text: string, columns: number): string =>
  " ".repeat(Math.max(0, columns - widthOf(text))) + text;
