/** Checks of the prose of the whole body: phrasings that talk down to the reader, and paragraphs too long to read. */
import { countWords, skipSpace, skipSpaceBack } from "../unit/characters.ts";
import { Excerpt } from "../unit/excerpt.ts";
import type { Unit } from "../unit/unit.ts";
import { prohibitedPhrases } from "./prohibited-phrases.ts";
import type { Defect, Report } from "./report.ts";

export function checkPhrasing(report: Report, unit: Unit): void {
  const prose = Excerpt.whole(unit.body).without(unit.fences);
  report.check(
    "no prohibited phrasings (obviously/clearly/etc.)",
    prohibitedPhrases(prose.text).map(({ from, to }) => ({
      at: unit.bodyAt + prose.originOf(from),
      what: "a phrase that tells the reader what to find easy",
      text: prose.text.slice(from, to),
      mend: "say why instead, or leave the phrase out",
    })),
  );
}

const MAX_PARAGRAPH = 250;

export function checkParagraphs(report: Report, unit: Unit): void {
  const { body } = unit;
  const defects: Defect[] = [];
  eachLongParagraph(body, MAX_PARAGRAPH, (from, to, words) => {
    const paragraph = body.slice(from, to);
    if (paragraph.startsWith("#") || paragraph.startsWith("---") || paragraph.includes("```")) return;
    defects.push(longParagraph(unit.bodyAt + from, paragraph, words, MAX_PARAGRAPH));
  });
  report.check("no paragraph exceeds 250 words", defects);
}

/**
 * Gives the paragraphs of a text that have more words than the limit: what lies between blank lines, without the white
 * space around it.
 */
export function eachLongParagraph(
  text: string,
  limit: number,
  give: (from: number, to: number, words: number) => void,
): void {
  for (let at = 0; at < text.length; ) {
    const blank = text.indexOf("\n\n", at);
    const end = blank === -1 ? text.length : blank;
    // Words have a character each and one between them, so a short paragraph needs no counting.
    const words = end - at > 2 * limit ? countWords(text, at, end) : 0;
    if (words > limit) {
      const from = skipSpace(text, at, end);
      give(from, skipSpaceBack(text, from, end), words);
    }
    at = end + 1;
  }
}

export const longParagraph = (at: number, text: string, words: number, limit: number): Defect => ({
  at,
  what: `the paragraph has ${words} words, more than ${limit}`,
  text: text.split("\n", 1)[0] ?? "",
  mend: `split the paragraph into parts of at most ${limit} words`,
});
