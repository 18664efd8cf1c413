/** Advice: what the written rubric asks for beyond the count. */
import { describe, expect, it } from "vitest";
import { adviseUnit } from "../../../src/curriculum/rubric/advisory.ts";
import { readingGrade } from "../../../src/curriculum/rubric/advisory-prose.ts";
import { overlaps } from "../../../src/curriculum/rubric/advisory-sources.ts";
import { indexWorkspace } from "../../../src/curriculum/rubric/index-of-workspace.ts";
import { type Changes, judgeSample, PATH, sampleUnit, WORKSPACE } from "./sample-unit.ts";
import { memoryView } from "./views.ts";

const exercise = (difficulty: string, type: string): string =>
  `<aside class="exercise" data-difficulty="${difficulty}" data-type="${type}">\n\nSolve it.\n\n</aside>\n\n`;

const EXERCISES = [
  ...["easy", "easy", "medium", "medium", "medium", "hard"].map((difficulty) => exercise(difficulty, "proof")),
  exercise("hard", "numeric"),
].join("");

/** The sample with what the advice asks for. */
const advised = (body: string): string =>
  body
    .replace(
      /(<aside class="exercise" data-difficulty="easy" data-type="true-false">)/,
      `${exercise("easy", "numeric")}$1`,
    )
    .replace(/<aside class="exercise" data-difficulty="easy" data-type="numeric">\n\nFind[^<]*<\/aside>\n/, EXERCISES)
    .replace("- The line [03.01.01] comes first.", "- The line [03.01.01], the plane [03.01.02], and 09.09.09.");

function advice(changes: Changes = {}, files: Readonly<Record<string, string>> = {}): readonly string[] {
  const body = changes.body ?? ((text: string) => text);
  const unit = sampleUnit({ ...changes, body: (text) => body(advised(text)) });
  const view = memoryView({ ...WORKSPACE, ...files, [PATH]: unit });
  const lines = unit.split("\n");
  return adviseUnit(view, PATH, indexWorkspace(view)).map((finding) => {
    expect(finding).toMatchObject({
      level: "advice",
      source: expect.stringMatching(/^QUALITY_RUBRIC\.md §[0BIM], /),
      path: PATH,
    });
    if (finding.text !== "")
      expect(
        lines
          .slice(finding.line - 1)
          .join("\n")
          .slice(finding.column - 1),
      ).toContain(finding.text);
    return `${finding.check}: ${finding.text}`;
  });
}

const swap = (from: string | RegExp, to: string): Changes => ({ body: (body) => body.replace(from, () => to) });

describe("advice on", () => {
  it("a unit that needs none", () => {
    expect(advice()).toEqual([]);
  });

  it("cross-references that lead nowhere", () => {
    expect(advice(swap("A book.", "[03.01.02] [09.09.09] [77.77.77] 66.66.66"))).toEqual([
      "cross-references resolve: [77.77.77]",
    ]);
  });

  it("notation that the glossary lacks, once each, in the formal tiers", () => {
    const body = swap("A book.", "$\\frac{\\alpha}{\\beta} \\alpha$");
    const glossary = "| `\\beta` | |\n";
    expect(
      advice(
        { body: (text) => body.body!(text).replace("Two straight", "$\\gamma$ Two straight") },
        { "_meta/NOTATION.md": glossary },
      ),
    ).toEqual(["notation is in the glossary: \\alpha"]);
    expect(advice(body)).toEqual([]);
  });

  const run = "one two three four five six seven eight nine ten eleven twelve";
  it.each([
    [`${run} thirteen`, 1],
    [run, 0],
    [`${run.toUpperCase().replaceAll(" ", ", ")}; thirteen fourteen`, 1],
    ["nothing of the kind", 0],
  ])("copying from a source: %s", (text, count) => {
    const files = { "reference/library/md/lines.md": `Before ${run}\nthirteen fourteen after.` };
    expect(advice(swap("A book.", `It says: ${text}.`), files)).toHaveLength(count);
  });

  it("hedging in the Master tier alone", () => {
    const hedge = "We will see; a subtlety worth noting.";
    expect(advice(swap("A book.", hedge))).toEqual([
      "phrases that the Master tier does without: We will see",
      "phrases that the Master tier does without: a subtlety worth noting",
    ]);
    expect(advice(swap("Two lines are", `${hedge} Two lines are`))).toEqual([]);
  });

  it("hard reading for beginners", () => {
    const hard = "Notwithstanding considerable institutional heterogeneity, methodological individualism necessitates ";
    expect(advice(swap("Two straight roads", `${hard.repeat(20)}. Two straight roads`))).toEqual([
      "reading grade of the Beginner tier: ",
    ]);
  });

  it("exercises: how many, how hard, of which kinds", () => {
    expect(advice(swap(EXERCISES, exercise("easy", "proof")))).toEqual([
      "number of exercises: ## Exercises [Intermediate+]",
      "difficulty spread of exercises: ## Exercises [Intermediate+]",
      "difficulty spread of exercises: ## Exercises [Intermediate+]",
      "difficulty spread of exercises: ## Exercises [Intermediate+]",
      "kinds of exercises: ## Exercises [Intermediate+]",
    ]);
  });

  it("questions for beginners", () => {
    expect(advice(swap("Check your understanding", "Questions"))).toEqual(["questions for beginners: "]);
    expect(advice(swap('data-type="true-false"', 'data-type="proof"'))).toEqual([
      "kinds of questions for beginners: proof",
    ]);
    expect(advice(swap(exercise("easy", "numeric"), ""))).toEqual([
      "questions for beginners: ## Check your understanding [Beginner]",
    ]);
  });

  it("connections that name too few units", () => {
    expect(advice(swap("[03.01.02], and 09.09.09", "too"))).toEqual([
      "connections name other units: ## Connections [Master]",
    ]);
  });

  it("nothing where the tier is absent or the file is no unit", () => {
    expect(advice({ frontmatter: { tiers_present: "[]" } })).toEqual([]);
    const view = memoryView({ [PATH]: "no unit" });
    expect(adviseUnit(view, PATH, indexWorkspace(view))).toEqual([]);
  });

  it("the count is not touched by it", () => {
    expect(judgeSample(swap("A book.", "We will see [77.77.77]."))).toMatchObject({ passed: 27, findings: [] });
  });
});

describe("the reading grade", () => {
  it("is low for short words in short sentences, and none for a few words", () => {
    expect(readingGrade("The cat sat on the mat. ".repeat(30))).toBeLessThan(3);
    expect(readingGrade("The cat sat.")).toBeUndefined();
  });

  it("passes over formulas, tables, fences and images", () => {
    const text = "The cat sat on the mat. ".repeat(30);
    const noise =
      "\n\n| incomprehensible |\n\n```\nincomprehensible\n```\n\n![incomprehensible](x)\n\n$\\operatorname{incomprehensible}$\n";
    expect(readingGrade(text + noise)).toBeCloseTo(readingGrade(text)!, 5);
  });
});

describe("overlaps", () => {
  it("are as long as they can be", () => {
    const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
    const text = `a ${words.join(" ")} b ${words.slice(0, 12).join(" ")}`;
    expect(overlaps(text, words.join(", ")).map(({ from, to }) => text.slice(from, to))).toEqual([words.join(" ")]);
  });
});
