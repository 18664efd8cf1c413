/** Advice on a unit's exercises: how many, how hard, and of which kinds. */
import type { Heading } from "../unit/headings.ts";
import type { Unit } from "../unit/unit.ts";
import { lineOf, type Report } from "./report.ts";

const INTERMEDIATE = "QUALITY_RUBRIC.md §I, automated: exercises";
const BEGINNER = "QUALITY_RUBRIC.md §B, automated: check your understanding";

interface Exercise {
  /** Offset in the body. */
  readonly at: number;
  readonly difficulty: string;
  readonly type: string;
}

const ASIDE = /<aside\b[^<>\n]*>/gi;

/** The exercises that start within a range of the body. */
function exercisesIn(unit: Unit, from: number, to: number): readonly Exercise[] {
  return [...unit.body.slice(from, to).matchAll(ASIDE)]
    .filter((tag) => attribute(tag[0], "class") === "exercise")
    .map((tag) => ({
      at: from + tag.index,
      difficulty: attribute(tag[0], "data-difficulty"),
      type: attribute(tag[0], "data-type"),
    }));
}

const attribute = (tag: string, name: string): string => new RegExp(`\\s${name}="([^"]*)"`, "i").exec(tag)?.[1] ?? "";

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
  const advise = (name: string, found: readonly { readonly what: string; readonly mend: string }[]): void =>
    report.advise(name, INTERMEDIATE, found, ({ what, mend }) => ({ at, what, text: lineOf(unit, at), mend }));
  const count = exercises.length;
  const fits = count >= MIN_EXERCISES && count <= MAX_EXERCISES;
  const mend = `have ${MIN_EXERCISES} to ${MAX_EXERCISES} exercises`;
  advise("number of exercises", fits ? [] : [{ what: `the section has ${count} exercises`, mend }]);
  advise(
    "difficulty spread of exercises",
    Object.entries(SPREAD).flatMap(([difficulty, least]) => {
      const found = exercises.filter((exercise) => exercise.difficulty === difficulty).length;
      if (found >= least) return [];
      const what = `${found} of the exercises are ${difficulty}, fewer than ${least}`;
      return [{ what, mend: `add ${least - found} with data-difficulty="${difficulty}"` }];
    }),
  );
  const checkable = count === 0 || exercises.some(({ type }) => type === "numeric" || type === "symbolic");
  const what = "no exercise can be checked by a machine";
  advise("kinds of exercises", checkable ? [] : [{ what, mend: 'add one with data-type="numeric" or "symbolic"' }]);
}

const MIN_QUESTIONS = 2;
const MAX_QUESTIONS = 4;
const QUESTION_TYPES: ReadonlySet<string> = new Set(["multiple-choice", "true-false", "numeric"]);

export function adviseQuestions(report: Report, unit: Unit): void {
  const name = "questions for beginners";
  const heading = unit.headings.find(
    ({ title, tiers }) => title.includes("check your understanding") && tiers.includes("beginner"),
  );
  if (heading === undefined) {
    report.advise(name, BEGINNER, [unit.bodyAt], (at) => ({
      at,
      what: "the Beginner tier has no section Check your understanding",
      text: "",
      mend: "add ## Check your understanding [Beginner]",
    }));
    return;
  }
  const questions = exercisesIn(unit, heading.lineEnd, sectionEnd(unit, heading));
  const fits = questions.length >= MIN_QUESTIONS && questions.length <= MAX_QUESTIONS;
  report.advise(name, BEGINNER, fits ? [] : [unit.bodyAt + heading.at], (at) => ({
    at,
    what: `the section has ${questions.length} questions`,
    text: lineOf(unit, at),
    mend: `have ${MIN_QUESTIONS} to ${MAX_QUESTIONS} questions`,
  }));
  const open = questions.filter(({ type }) => !QUESTION_TYPES.has(type));
  report.advise("kinds of questions for beginners", BEGINNER, open, ({ at, type }) => ({
    at: unit.bodyAt + at,
    what: "a question that a beginner cannot have checked at once",
    text: type,
    mend: `set data-type to ${[...QUESTION_TYPES].join(", ")}`,
  }));
}
