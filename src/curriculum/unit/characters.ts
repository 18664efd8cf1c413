/**
 * White space, words and word characters as the campaign's validator (Python's `str` and `re`) sees them. JavaScript's
 * `\s`, `\w` and `trim()` draw these lines elsewhere (U+FEFF, U+0085, U+001C–U+001F, letters outside ASCII), and one
 * word more or less decides a check.
 */

/** Whether a UTF-16 code unit is white space in Python's sense. All of white space lies in the basic plane. */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f);
  if (code < 0x85) return false;
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** The first offset in `[from, to)` that is not white space, or `to`. */
export function skipSpace(text: string, from: number, to: number): number {
  let i = from;
  while (i < to && isSpace(text.charCodeAt(i))) i += 1;
  return i;
}

/** One past the last offset in `[from, to)` that is not white space, or `from`. */
export function skipSpaceBack(text: string, from: number, to: number): number {
  let i = to;
  while (i > from && isSpace(text.charCodeAt(i - 1))) i -= 1;
  return i;
}

/** The text without white space at both ends. */
export function strip(text: string): string {
  const start = skipSpace(text, 0, text.length);
  return text.slice(start, skipSpaceBack(text, start, text.length));
}

/** 1 for ASCII white space. */
const ASCII_SPACE = Uint8Array.from({ length: 128 }, (_, code) => (isSpace(code) ? 1 : 0));

/** How many words, separated by white space, lie in `[from, to)`. */
export function countWords(text: string, from = 0, to = text.length): number {
  let words = 0;
  let before = 1;
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    const space = code < 128 ? ASCII_SPACE[code]! : isSpace(code) ? 1 : 0;
    // Arithmetic, because a branch at the end of every word is one that the processor guesses wrong.
    words += before & (1 - space);
    before = space;
  }
  return words;
}

/** The length in Unicode code points, in which all of the campaign's limits are given. */
export function codePoints(text: string): number {
  let length = text.length;
  for (let i = 1; i < text.length; i += 1) {
    const low = text.charCodeAt(i);
    if (low < 0xdc00 || low > 0xdfff) continue;
    const high = text.charCodeAt(i - 1);
    if (high >= 0xd800 && high <= 0xdbff) length -= 1;
  }
  return length;
}

/** The source of a regular-expression class for a word character (use with the `u` flag). */
export const WORD = "[\\p{L}\\p{N}_]";
