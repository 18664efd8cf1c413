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

/** The text without white space at both ends. */
export function strip(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isSpace(text.charCodeAt(from))) from += 1;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
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
