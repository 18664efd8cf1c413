/** Checks of the Beginner tier: short paragraphs, no proofs, no advanced notation, and a picture. */
import { asides, codeFences, Excerpt } from "../unit/excerpt.ts";
import type { Heading } from "../unit/headings.ts";
import type { Unit } from "../unit/unit.ts";
import { decode, encode, isWordAt, skipSpace, skipSpaceBack } from "../unit/utf8.ts";
import { describeLong, longParagraphs } from "./prose.ts";
import { lineOf, type Report } from "./report.ts";

/** Runs the four checks; none of them is reported where the Beginner sections are blank. */
export function checkBeginner(report: Report, unit: Unit): void {
  const sections = unit.headings.filter((heading) => heading.tiers.includes("beginner"));
  const ranges = sections.map((heading) => ({ from: heading.lineEnd, to: heading.end }));
  const text = Excerpt.parts(unit.body, ranges, "\n");
  if (skipSpace(text.text, 0, text.text.length) === text.text.length) return;
  checkLength(report, unit, text);
  const outside = text.without(asides(text.text));
  checkProofs(report, unit, outside);
  checkNotation(report, unit, outside);
  checkPicture(report, unit, text);
}

const MAX_PARAGRAPH = 120;
const STRUCTURAL = /^<\/?(?:aside|details|summary|div|figure|figcaption|ol|ul|li|p|table|tr|td|th)/i;

function checkLength(report: Report, unit: Unit, text: Excerpt): void {
  const long = longParagraphs(text.text, MAX_PARAGRAPH).filter(({ from, to }) => isProse(text.text.slice(from, to)));
  report.check("Beginner paragraphs ≤ 120 words", long, (paragraph) =>
    describeLong(unit.bodyAt + text.originOf(paragraph.from), text.text, paragraph, MAX_PARAGRAPH),
  );
}

const NOT_PROSE = ["#", ":::", "```", "$$", "|", "![", ">"];

function isProse(paragraph: string): boolean {
  if (NOT_PROSE.some((start) => paragraph.startsWith(start))) return false;
  if (paragraph.startsWith("$") && paragraph.endsWith("$") && !paragraph.includes("\n")) return false;
  return !isStructural(paragraph);
}

function isStructural(paragraph: string): boolean {
  const tag = STRUCTURAL.exec(paragraph)?.[0];
  return tag !== undefined && !isWordAt(paragraph, tag.length);
}

const PROOF_LANGUAGE = ["Proof.", "QED", "∎", "It follows that", "Hence,", "Hence "].map(encode);

function checkProofs(report: Report, unit: Unit, outside: Excerpt): void {
  const prose = outside.without(codeFences(outside.text));
  const found = PROOF_LANGUAGE.flatMap((phrase) => occurrences(prose.text, phrase).map((at) => ({ phrase, at })));
  report.check("Beginner has no proof language", found, ({ phrase, at }) => ({
    at: unit.bodyAt + prose.originOf(at),
    what: "the Beginner tier uses the language of proofs",
    text: decode(phrase).trim(),
    mend: "explain it in plain words, or move it to the Intermediate tier",
  }));
}

function occurrences(text: string, phrase: string): readonly number[] {
  const found: number[] = [];
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, at + phrase.length)) found.push(at);
  return found;
}

const ADVANCED = /\\(?:nabla|otimes|sum|int|prod|partial|forall|exists)/g;

function checkNotation(report: Report, unit: Unit, outside: Excerpt): void {
  report.check("Beginner uses no advanced formal notation", [...outside.text.matchAll(ADVANCED)], (found) => ({
    at: unit.bodyAt + outside.originOf(found.index),
    what: "the Beginner tier uses advanced notation",
    text: found[0],
    mend: "write it in words, or move it to the Intermediate tier",
  }));
}

function checkPicture(report: Report, unit: Unit, text: Excerpt): void {
  report.require("Beginner has at least one image/diagram reference", hasImage(text.text) || hasDiagram(unit), () => {
    const first = unit.headings.find((heading) => heading.tiers.includes("beginner"));
    return {
      at: unit.bodyAt + (first?.at ?? 0),
      what: "the Beginner tier shows no picture",
      text: first === undefined ? "" : lineOf(unit, unit.bodyAt + first.at),
      mend: "add ![what it shows](file), or a code fence or a table under a heading ## Visual [Beginner]",
    };
  });
}

/** Whether there is an `![…](…)` with a target, in one pass whatever the text. */
function hasImage(text: string): boolean {
  let close = -1;
  let lastParenthesis: number | undefined;
  for (let at = text.indexOf("!["); at !== -1; at = text.indexOf("![", at + 2)) {
    if (close < at + 2) close = text.indexOf("]", at + 2);
    if (close === -1) return false;
    if (!text.startsWith("](", close)) continue;
    lastParenthesis ??= text.lastIndexOf(")");
    if (text.charAt(close + 2) !== ")" && lastParenthesis > close + 2) return true;
  }
  return false;
}

/** Whether a level-2 Visual section for beginners holds a code fence or a table row. */
function hasDiagram(unit: Unit): boolean {
  const level2 = unit.headings.filter((heading) => heading.level === 2);
  return level2.some((heading, i) => {
    if (!isVisual(heading)) return false;
    const section = unit.body.slice(heading.lineEnd, level2[i + 1]?.at ?? unit.body.length);
    return section.includes("```") || hasTableRow(section);
  });
}

const isVisual = (heading: Heading): boolean => heading.title.includes("visual") && heading.tiers.includes("beginner");

function hasTableRow(section: string): boolean {
  for (let at = 0; at < section.length; ) {
    const newline = section.indexOf("\n", at);
    const end = newline === -1 ? section.length : newline;
    const from = skipSpace(section, at, end);
    const to = skipSpaceBack(section, from, end);
    if (to - from >= 3 && section.charAt(from) === "|" && section.charAt(to - 1) === "|") return true;
    at = end + 1;
  }
  return false;
}
