/** Checks of the prose of the whole body: phrasings that talk down to the reader, and paragraphs too long to read. */
import { Excerpt, type Range } from "../unit/excerpt.ts";
import type { Unit } from "../unit/unit.ts";
import { countWords, decode, skipSpace, skipSpaceBack, type Utf8 } from "../unit/utf8.ts";
import { prohibitedPhrases } from "./prohibited-phrases.ts";
import type { Defect, Report } from "./report.ts";

export function checkPhrasing(report: Report, unit: Unit): void {
  const prose = Excerpt.whole(unit.body).without(unit.fences);
  report.check("no prohibited phrasings (obviously/clearly/etc.)", prohibitedPhrases(prose.text), ({ from, to }) => ({
    at: unit.bodyAt + prose.originOf(from),
    what: "a phrase that tells the reader what to find easy",
    text: decode(prose.text.slice(from, to)),
    mend: "say why instead, or leave the phrase out",
  }));
}

const MAX_PARAGRAPH = 250;

export function checkParagraphs(report: Report, unit: Unit): void {
  const { body } = unit;
  const long = longParagraphs(body, MAX_PARAGRAPH).filter(({ from, to }) => {
    const paragraph = body.slice(from, to);
    return !paragraph.startsWith("#") && !paragraph.startsWith("---") && !paragraph.includes("```");
  });
  report.check("no paragraph exceeds 250 words", long, (paragraph) =>
    describeLong(unit.bodyAt + paragraph.from, body, paragraph, MAX_PARAGRAPH),
  );
}

interface Paragraph extends Range {
  readonly words: number;
}

/**
 * The paragraphs of a text that have more words than the limit: what lies between blank lines, without the white space
 * around it.
 */
export function longParagraphs(text: Utf8, limit: number): readonly Paragraph[] {
  const long: Paragraph[] = [];
  for (let at = 0; at < text.length; ) {
    const blank = text.indexOf("\n\n", at);
    const end = blank === -1 ? text.length : blank;
    const words = mayExceed(text, at, end, limit) ? countWords(text, at, end) : 0;
    if (words > limit) {
      const from = skipSpace(text, at, end);
      long.push({ from, to: skipSpaceBack(text, from, end), words });
    }
    at = end + 1;
  }
  return long;
}

/**
 * Whether a range may have more words than the limit. A word and the space behind it take two characters at least, so what
 * has been counted soon says that the rest cannot be enough; most paragraphs are short, and are not read to their ends.
 */
function mayExceed(text: Utf8, from: number, to: number, limit: number): boolean {
  let words = 0;
  for (let at = from; words + Math.ceil(Math.max(0, to - at) / 2) > limit; at += CHUNK) {
    if (at >= to) return true;
    // A word that is cut counts twice: too many are harmless here.
    words += countWords(text, at, Math.min(to, at + CHUNK));
  }
  return false;
}

const CHUNK = 256;

/** @param at where the paragraph stands in the unit's file */
export const describeLong = (at: number, text: Utf8, { from, to, words }: Paragraph, limit: number): Defect => ({
  at,
  what: `the paragraph has ${words} words, more than ${limit}`,
  text: decode(text.slice(from, to)).split("\n", 1)[0] ?? "",
  mend: `split the paragraph into parts of at most ${limit} words`,
});
