/** Advice on a unit's exercises: how many, how hard, and of which kinds. */
import type { Heading } from "../unit/headings.ts";
import type { Unit } from "../unit/unit.ts";
import { type Defect, lineOf, type Report } from "./report.ts";

const INTERMEDIATE = "QUALITY_RUBRIC.md §I, automated: exercises";
const BEGINNER = "QUALITY_RUBRIC.md §B, automated: check your understanding";

interface Exercise {
  /** Offset in the body. */
  readonly at: number;
  readonly difficulty: string;
  readonly type: string;
}

const ASIDE = /<aside\b[^>\n]*\bclass="exercise"[^>\n]*>/gi;

/** The exercises that start within a range of the body. */
function exercisesIn(unit: Unit, from: number, to: number): readonly Exercise[] {
  return [...unit.body.slice(from, to).matchAll(ASIDE)].map((tag) => ({
    at: from + tag.index,
    difficulty: attribute(tag[0], "data-difficulty"),
    type: attribute(tag[0], "data-type"),
  }));
}

const attribute = (tag: string, name: string): string => new RegExp(`\\b${name}="([^"]*)"`, "i").exec(tag)?.[1] ?? "";

/** A heading's section with its subsections. */
function sectionEnd(unit: Unit, heading: Heading): number {
  const next = unit.headings.find(({ at, level }) => at > heading.at && level <= heading.level);
  return next?.at ?? unit.body.length;
}

const MIN_EXERCISES = 5;
const MAX_EXERCISES = 10;
const SPREAD = { easy: 2, medium: 3, hard: 2 } as const;

export function adviseExercises(report: Report, unit: Unit): void {
  const headings = unit.headings.filter(({ title }) => title.includes("exercise"));
  const heading = headings.find(({ level }) => level === 2) ?? headings[0];
  if (heading === undefined) return;
  const at = unit.bodyAt + heading.at;
  const exercises = exercisesIn(unit, heading.lineEnd, sectionEnd(unit, heading));
  const defect = (what: string, mend: string): Defect => ({ at, what, text: lineOf(unit, at), mend });
  const count = exercises.length;
  if (count < MIN_EXERCISES || count > MAX_EXERCISES) {
    const mend = `have ${MIN_EXERCISES} to ${MAX_EXERCISES} exercises`;
    report.advise("number of exercises", INTERMEDIATE, [defect(`the section has ${count} exercises`, mend)]);
  }
  const lacking = Object.entries(SPREAD).flatMap(([difficulty, least]) => {
    const found = exercises.filter((exercise) => exercise.difficulty === difficulty).length;
    const what = `${found} of the exercises are ${difficulty}, fewer than ${least}`;
    return found < least ? [defect(what, `add ${least - found} with data-difficulty="${difficulty}"`)] : [];
  });
  report.advise("difficulty spread of exercises", INTERMEDIATE, lacking);
  if (count > 0 && !exercises.some(({ type }) => type === "numeric" || type === "symbolic")) {
    const mend = 'add one with data-type="numeric" or "symbolic"';
    report.advise("kinds of exercises", INTERMEDIATE, [defect("no exercise can be checked by a machine", mend)]);
  }
}

const MIN_QUESTIONS = 2;
const MAX_QUESTIONS = 4;
const QUESTION_TYPES: ReadonlySet<string> = new Set(["multiple-choice", "true-false", "numeric"]);

export function adviseQuestions(report: Report, unit: Unit): void {
  const heading = unit.headings.find(
    ({ title, tiers }) => title.includes("check your understanding") && tiers.includes("beginner"),
  );
  if (heading === undefined) {
    const what = "the Beginner tier has no section Check your understanding";
    const mend = "add ## Check your understanding [Beginner]";
    report.advise("questions for beginners", BEGINNER, [{ at: unit.bodyAt, what, text: "", mend }]);
    return;
  }
  const questions = exercisesIn(unit, heading.lineEnd, sectionEnd(unit, heading));
  const at = unit.bodyAt + heading.at;
  const defects: Defect[] = [];
  if (questions.length < MIN_QUESTIONS || questions.length > MAX_QUESTIONS) {
    const mend = `have ${MIN_QUESTIONS} to ${MAX_QUESTIONS} questions`;
    defects.push({ at, what: `the section has ${questions.length} questions`, text: lineOf(unit, at), mend });
  }
  for (const question of questions) {
    if (QUESTION_TYPES.has(question.type)) continue;
    defects.push({
      at: unit.bodyAt + question.at,
      what: "a question that a beginner cannot have checked at once",
      text: question.type,
      mend: `set data-type to ${[...QUESTION_TYPES].join(", ")}`,
    });
  }
  report.advise("questions for beginners", BEGINNER, defects);
}
