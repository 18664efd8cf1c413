/**
 * Section headings as the rubric defines them: lines of two to four `#`, white space and a title. The rubric knows
 * nothing of code fences or comments, so neither does this; `hygiene.ts` points such lines out.
 */
import { strip, WORD } from "./characters.ts";
import { type Tier, tiersOf } from "./tiers.ts";
import { decode, spaceAt, type Utf8 } from "./utf8.ts";

export interface Heading {
  /** 2, 3 or 4. */
  readonly level: number;
  /** The title without its marker, lower-cased: every rule about titles ignores case. */
  readonly title: string;
  /** `Beginner` of a title that ends in ` [Beginner]`. */
  readonly marker: string | undefined;
  readonly tiers: readonly Tier[];
  /** Offset of the first `#`; this and the others are byte offsets in the body. */
  readonly at: number;
  /** The end of the heading's line; the section's text starts here. */
  readonly lineEnd: number;
  /** The next heading, or the body's length: the section's text ends here. */
  readonly end: number;
}

const MARKER = new RegExp(`^${WORD}+\\+?$`, "u");

/** All headings of a body whose lines end in `\n`, in order. */
export function headingsOf(body: Utf8): readonly Heading[] {
  const found: { -readonly [Key in keyof Heading]: Heading[Key] }[] = [];
  let at = body.startsWith("##") ? 0 : next(body, 0);
  while (at !== -1) {
    const newline = body.indexOf("\n", at);
    const lineEnd = newline === -1 ? body.length : newline;
    const heading = headingAt(body, at, lineEnd);
    if (heading !== undefined) {
      const last = found.at(-1);
      if (last !== undefined) last.end = at;
      found.push(heading);
    }
    at = next(body, lineEnd);
  }
  return found;
}

/** The offset of the next line that starts with two `#`, or -1. */
function next(body: Utf8, from: number): number {
  const newline = body.indexOf("\n##", from);
  return newline === -1 ? -1 : newline + 1;
}

/** The heading of a line, as if it were the last. */
function headingAt(body: Utf8, at: number, lineEnd: number): Heading | undefined {
  let level = 2;
  while (body.charCodeAt(at + level) === 0x23) level += 1;
  if (level > 4 || at + level >= lineEnd || spaceAt(body, at + level) === 0) return undefined;
  const whole = strip(decode(body.slice(at + level, lineEnd)));
  if (whole === "") return undefined;
  const marker = markerOf(whole);
  const title = marker === undefined ? whole : strip(whole.slice(0, -marker.length - 2));
  return { level, title: title.toLowerCase(), marker, tiers: tiersOf(marker), at, lineEnd, end: body.length };
}

/** The word of the marker that ends a title; a title that is nothing but a marker has none. */
function markerOf(title: string): string | undefined {
  if (!title.endsWith("]")) return undefined;
  const open = title.lastIndexOf("[");
  if (open < 1) return undefined;
  const word = title.slice(open + 1, -1);
  return MARKER.test(word) ? word : undefined;
}
