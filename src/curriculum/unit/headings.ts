/**
 * Section headings as the rubric defines them: lines of two to four `#`, white space and a title. The rubric knows
 * nothing of code fences or comments, so neither does this; `hygiene.ts` points such lines out.
 */
import { isSpace, skipSpace, skipSpaceBack, WORD } from "./characters.ts";
import { type Tier, tiersOf } from "./tiers.ts";

export interface Heading {
  /** 2, 3 or 4. */
  readonly level: number;
  /** The title without its marker, lower-cased: every rule about titles ignores case. */
  readonly title: string;
  /** `Beginner` of a title that ends in ` [Beginner]`. */
  readonly marker: string | undefined;
  readonly tiers: readonly Tier[];
  /** Offset in the body of the first `#`. */
  readonly at: number;
  /** Offset in the body of the end of the heading's line; the section's text starts here. */
  readonly lineEnd: number;
  /** Offset in the body of the next heading, or the body's length: the section's text ends here. */
  readonly end: number;
}

const MARKER = new RegExp(`^${WORD}+\\+?$`, "u");

/** All headings of a body whose lines end in `\n`, in order. */
export function headingsOf(body: string): readonly Heading[] {
  const found: Omit<Heading, "end">[] = [];
  let at = body.startsWith("##") ? 0 : next(body, 0);
  while (at !== -1) {
    const newline = body.indexOf("\n", at);
    const lineEnd = newline === -1 ? body.length : newline;
    const heading = headingAt(body, at, lineEnd);
    if (heading !== undefined) found.push(heading);
    at = next(body, lineEnd);
  }
  return found.map((heading, i) => ({ ...heading, end: found[i + 1]?.at ?? body.length }));
}

/** The offset of the next line that starts with two `#`, or -1. */
function next(body: string, from: number): number {
  const newline = body.indexOf("\n##", from);
  return newline === -1 ? -1 : newline + 1;
}

function headingAt(body: string, at: number, lineEnd: number): Omit<Heading, "end"> | undefined {
  let level = 2;
  while (body.charCodeAt(at + level) === 0x23) level += 1;
  if (level > 4 || at + level >= lineEnd || !isSpace(body.charCodeAt(at + level))) return undefined;
  const start = skipSpace(body, at + level, lineEnd);
  const stop = skipSpaceBack(body, start, lineEnd);
  if (start === stop) return undefined;
  const whole = body.slice(start, stop);
  const marker = markerOf(whole);
  const title =
    marker === undefined ? whole : whole.slice(0, skipSpaceBack(whole, 0, whole.length - marker.length - 2));
  return { level, title: title.toLowerCase(), marker, tiers: tiersOf(marker), at, lineEnd };
}

/** The word of the marker that ends a title; a title that is nothing but a marker has none. */
function markerOf(title: string): string | undefined {
  if (!title.endsWith("]")) return undefined;
  const open = title.lastIndexOf("[");
  if (open < 1) return undefined;
  const word = title.slice(open + 1, -1);
  return MARKER.test(word) ? word : undefined;
}
