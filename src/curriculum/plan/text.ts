/** Small readings of a plan's cells and sentences: ids, bold starts, numbers, columns. */

const UNIT_ID = /(?<![\w.])\d{2}\.\d{2}\.(?:\d{2}|E\d{1,2})(?![\w])/g;
// `03.15.01`–`03.15.05`, with or without code marks. The dash is an en dash; a hyphen may be part of a slug.
const ID_RANGE = /(\d{2}\.\d{2}\.)(\d{2})`?\s?–\s?`?\1(\d{2})(?![\w.])/g;

/** Ranges of more units than this are taken as their two ends: no plan means a whole chapter by one. */
const LONGEST_RANGE = 40;

/** The unit ids in a text, ranges expanded, each once, in order. */
export function unitIds(text: string): readonly string[] {
  const expanded = text.replace(ID_RANGE, (all, chapter: string, first: string, last: string) => {
    const span = Number(last) - Number(first);
    if (span < 0 || span > LONGEST_RANGE) return all;
    return Array.from({ length: span + 1 }, (_, step) => chapter + String(Number(first) + step).padStart(2, "0")).join(
      " ",
    );
  });
  return [...new Set(expanded.match(UNIT_ID))];
}

/** A cell without emphasis and code marks. */
export const plain = (text: string): string => text.replaceAll("**", "").replaceAll("`", "").trim();

/** What a cell says, or undefined where it is empty or a dash. */
export const stated = (text: string | undefined): string | undefined => {
  const value = plain(text ?? "");
  return value === "" || /^[-–—]$/.test(value) ? undefined : value;
};

/**
 * The bold words at the start of a text and what follows them. Asterisks in code spans and mathematics close nothing.
 */
export function leadingBold(text: string): { readonly bold: string; readonly rest: string } | undefined {
  if (!text.startsWith("**")) return undefined;
  let open = "";
  for (let at = 2; at < text.length; at += 1) {
    const mark = text.charAt(at);
    if (mark === "$" || mark === "`") open = open === mark ? "" : open || mark;
    else if (open === "" && text.startsWith("**", at))
      return { bold: text.slice(2, at), rest: text.slice(at + 2).trim() };
  }
  return undefined;
}

/** The number that a cell comes to: of `34 + 19.5 = 53.5` the last, of `~30 (est.)` the first. */
export function numberIn(text: string): number | undefined {
  const sum = text.slice(text.lastIndexOf("=") + 1);
  const match = /\d+(?:\.\d+)?/.exec(sum.replaceAll(",", ""));
  return match ? Number(match[0]) : undefined;
}

/** The first percentage in a text; a bare number is taken as one where the column says per cent. */
export function percentIn(text: string): number | undefined {
  const match = /(\d+(?:\.\d+)?)\s?%/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** Index of the first header that matches, or -1. */
export const column = (header: readonly string[], pattern: RegExp): number =>
  header.findIndex((name) => pattern.test(plain(name)));

/** The cell of a column that may be absent. */
export const cellAt = (cells: readonly string[], index: number): string | undefined =>
  index < 0 ? undefined : cells[index];

/** A line as it is quoted to a person: one line, not too long. */
export const quoted = (text: string): string => {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 160 ? line : `${line.slice(0, 159)}…`;
};
