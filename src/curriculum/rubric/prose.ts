/** Checks of the prose of the whole body: phrasings that talk down to the reader, and paragraphs too long to read. */
import { countWords, skipSpace, skipSpaceBack, WORD } from "../unit/characters.ts";
import { codeFences, Excerpt } from "../unit/excerpt.ts";
import { Needles } from "../unit/needles.ts";
import type { Unit } from "../unit/unit.ts";
import type { Defect, Report } from "./report.ts";

const PHRASES = "obviously|clearly|it is easy to see|as we will see|trivial(?:ly)?|now,?\\s+let'?s\\s+consider";
const PROHIBITED = new RegExp(`(?<!${WORD})(?:${PHRASES})(?!${WORD})`, "giu");

/** Each phrase contains one of these; the expression is slow and tried only where one occurs. */
const CORES = new Needles(["obviously", "clearly", "easy to see", "we will see", "trivial", "consider"]);

/** Whether a prohibited phrase could be in the text. */
function isSuspect(text: string): boolean {
  return CORES.endsIn(text).some((end) => {
    if (!/r/i.test(text.charAt(end - 1))) return true;
    // The common word “consider” matters only behind “let's”.
    const before = skipSpaceBack(text, 0, end - "consider".length);
    return /s/i.test(text.charAt(before - 1));
  });
}

export function checkPhrasing(report: Report, unit: Unit): void {
  const prose = Excerpt.whole(unit.body).without(codeFences(unit.body));
  const defects: Defect[] = [];
  const found = isSuspect(prose.text) ? prose.text.matchAll(PROHIBITED) : [];
  for (const phrase of found) {
    defects.push({
      at: unit.bodyAt + prose.originOf(phrase.index),
      what: "a phrase that tells the reader what to find easy",
      text: phrase[0],
      mend: "say why instead, or leave the phrase out",
    });
  }
  report.check("no prohibited phrasings (obviously/clearly/etc.)", defects);
}

const MAX_PARAGRAPH = 250;

export function checkParagraphs(report: Report, unit: Unit): void {
  const { body } = unit;
  const defects: Defect[] = [];
  for (const { from, to } of paragraphsOf(body)) {
    if (body.startsWith("#", from) || body.startsWith("---", from)) continue;
    // A word takes two characters at least, so short paragraphs need no counting.
    if (to - from < 2 * MAX_PARAGRAPH) continue;
    const words = countWords(body, from, to);
    if (words <= MAX_PARAGRAPH || body.slice(from, to).includes("```")) continue;
    defects.push(longParagraph(unit.bodyAt + from, body.slice(from, to), words, MAX_PARAGRAPH));
  }
  report.check("no paragraph exceeds 250 words", defects);
}

/** The paragraphs of a text: what lies between blank lines, without the white space around it. */
export function* paragraphsOf(text: string): Generator<{ from: number; to: number }> {
  let at = 0;
  while (at < text.length) {
    const blank = text.indexOf("\n\n", at);
    const end = blank === -1 ? text.length : blank;
    const from = skipSpace(text, at, end);
    const to = skipSpaceBack(text, from, end);
    if (to > from) yield { from, to };
    at = end + 1;
  }
}

export const longParagraph = (at: number, text: string, words: number, limit: number): Defect => ({
  at,
  what: `the paragraph has ${words} words, more than ${limit}`,
  text: text.split("\n", 1)[0] ?? "",
  mend: `split the paragraph into parts of at most ${limit} words`,
});
