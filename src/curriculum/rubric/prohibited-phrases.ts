/** Finds the phrasings that the rubric prohibits: whole words, in any letter case. */
import type { Range } from "../unit/excerpt.ts";
import { Needles, type Occurrence } from "../unit/needles.ts";
import { isWordAt, isWordBefore, skipSpaceBack, type Utf8 } from "../unit/utf8.ts";

/** The last words of the phrases; `consider` counts only behind “now let's”. */
const NEEDLES = new Needles(["obviously", "clearly", "it is easy to see", "as we will see", "trivial", "consider"]);

/** The ranges of all prohibited phrases in a text, ascending. */
export function prohibitedPhrases(text: Utf8): readonly Range[] {
  return NEEDLES.in(text).flatMap((occurrence) => phraseOf(text, occurrence) ?? []);
}

function phraseOf(text: Utf8, { needle, from: core, to: end }: Occurrence): Range | undefined {
  const from = needle === "consider" ? nowLetUs(text, core) : core;
  if (from === undefined || isWordBefore(text, from)) return undefined;
  const to = needle === "trivial" && text.slice(end, end + 2).toLowerCase() === "ly" ? end + 2 : end;
  return isWordAt(text, to) ? undefined : { from, to };
}

/** The start of “now, let's ” before an offset; the comma and the apostrophe may be missing. */
function nowLetUs(text: Utf8, before: number): number | undefined {
  const gap = skipSpaceBack(text, 0, before);
  const lets = /let'?s$/i.exec(text.slice(Math.max(0, gap - 5), gap));
  if (gap === before || lets === null) return undefined;
  const start = gap - lets[0].length;
  const now = skipSpaceBack(text, 0, start);
  const found = now === start ? null : /now,?$/i.exec(text.slice(Math.max(0, now - 4), now));
  return found === null ? undefined : now - found[0].length;
}
