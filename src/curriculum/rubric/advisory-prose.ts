/** Advice on prose: phrases that the Master tier does without, and how hard the Beginner tier is to read. */
import { asides, Excerpt } from "../unit/excerpt.ts";
import { Needles } from "../unit/needles.ts";
import type { Unit } from "../unit/unit.ts";
import { decode } from "../unit/utf8.ts";
import type { Report } from "./report.ts";

const PHRASES = new Needles([
  "we will see",
  "we will rely on",
  "we do not state",
  "a subtlety worth noting",
  "the right organising principle",
  "the structural fact that organises",
  "the philosophical point is",
  "the deeper philosophical content",
]);

export function adviseMasterPhrases(report: Report, unit: Unit): void {
  const sections = unit.headings
    .filter(({ tiers }) => tiers.length === 1 && tiers[0] === "master")
    .map(({ lineEnd, end }) => ({ from: lineEnd, to: end }));
  const text = Excerpt.parts(unit.body, sections, "\n");
  report.advise(
    "phrases that the Master tier does without",
    "QUALITY_RUBRIC.md §0, automated: hedged futures and apologies for omission",
    PHRASES.in(text.text),
    ({ from, to }) => ({
      at: unit.bodyAt + text.originOf(from),
      what: "the phrase announces or apologises instead of stating",
      text: text.text.slice(from, to),
      mend: "state it, or leave it out",
    }),
  );
}

const MAX_GRADE = 10;
/** Shorter texts give no meaningful grade. */
const MIN_WORDS = 100;

export function adviseReadingGrade(report: Report, unit: Unit): void {
  const first = unit.headings.find(({ tiers }) => tiers.includes("beginner"));
  if (first === undefined) return;
  const sections = unit.headings
    .filter(({ tiers }) => tiers.includes("beginner"))
    .map(({ lineEnd, end }) => ({ from: lineEnd, to: end }));
  const joined = Excerpt.parts(unit.body, sections, "\n\n");
  const grade = readingGrade(decode(joined.without(asides(joined.text)).text)) ?? 0;
  report.advise(
    "reading grade of the Beginner tier",
    "QUALITY_RUBRIC.md §B, automated: reading level",
    grade > MAX_GRADE ? [first] : [],
    ({ at }) => ({
      at: unit.bodyAt + at,
      what: `the Flesch–Kincaid grade is ${grade.toFixed(1)}, above ${MAX_GRADE}`,
      text: "",
      mend: "use shorter sentences and plainer words",
    }),
  );
}

/** What is no sentence: fences, images, tables, headings, HTML tags, formulas and emphasis. */
const NOT_SENTENCES =
  /```[^`]*```|!\[[^[\]\n]*\]\([^()\n]*\)|^[ \t]*[|#].*$|<[^<>\n]*>|\$\$[^$]*\$\$|\$[^$\n]*\$|[*_`]/gm;
const SENTENCE_END = /[.!?](?=\s|$)|\n[ \t]*\n/;
const WORD = /[A-Za-z][A-Za-z'’-]*/g;

/** The Flesch–Kincaid grade of English prose in Markdown; undefined where there is too little of it. */
export function readingGrade(markdown: string): number | undefined {
  const sentences = markdown
    .replace(NOT_SENTENCES, " ")
    .split(SENTENCE_END)
    .map((sentence) => sentence.match(WORD) ?? [])
    .filter((words) => words.length > 0);
  const words = sentences.flat();
  if (words.length < MIN_WORDS) return undefined;
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  return 0.39 * (words.length / sentences.length) + 11.8 * (syllables / words.length) - 15.59;
}

/** A common estimate: groups of vowels, without a silent `e` at the end. */
function syllablesOf(word: string): number {
  const groups = word.toLowerCase().match(/[aeiouy]+/g)?.length ?? 0;
  const silent = /[^aeiouyl]e$/i.test(word) ? 1 : 0;
  return Math.max(1, groups - silent);
}
