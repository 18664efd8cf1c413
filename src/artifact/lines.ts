/**
 * Line endings and blank lines: the two things about a fragment's surroundings that are not part of the fragment.
 */

/** `\r\n` where most of a text's lines end so, else `\n`. */
export function lineEndingOf(text: string): "\n" | "\r\n" {
  const crlf = text.split("\r\n").length - 1;
  return crlf > 0 && crlf * 2 >= text.split("\n").length - 1 ? "\r\n" : "\n";
}

/** The text with every line ending written as `ending`. */
export const withLineEnding = (text: string, ending: "\n" | "\r\n"): string => text.replace(/\r\n|\n|\r/g, ending);

/**
 * The span between the blank lines at both ends of `[start, end)`, without the last line's ending. A blank line is
 * one of only spaces and tabs; the first line's indentation and the last line's trailing spaces belong to the text.
 */
export function core(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  let first = start;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) first = at + 1;
    else if (code !== 32 && code !== 9) break;
    if (at === end - 1) return { start, end: start };
  }
  let last = end;
  for (let at = end - 1; at >= first; at--) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) last = at;
    else if (code !== 32 && code !== 9) break;
  }
  return { start: first, end: last };
}

/** The text without the blank lines around it, with `\n` line endings: what a fragment's digest is taken of. */
export function bare(text: string): string {
  const span = core(text, 0, text.length);
  return withLineEnding(text.slice(span.start, span.end), "\n");
}
