/** Each check by itself, on a unit that passes all of them and is then changed in one way. */
import { describe, expect, it } from "vitest";
import { type Changes, judgeSample, PATH, sampleUnit, WORKSPACE } from "./sample-unit.ts";

const long = (words: number): string => Array.from({ length: words }, () => "word").join(" ");
const fm = (frontmatter: Changes["frontmatter"]): Changes => ({ frontmatter: frontmatter ?? {} });
const before = (heading: string, text: string): Changes => ({
  body: (body) => body.replace(`## ${heading}`, () => `${text}\n\n## ${heading}`),
});
const within = (heading: string, text: string): Changes => ({
  body: (body) => body.replace(new RegExp(`(## ${heading}.*\\n)`), (line) => `${line}\n${text}\n`),
});
const swap = (from: string, to: string): Changes => ({ body: (body) => body.replaceAll(from, () => to) });

const FIELDS = "frontmatter: all required fields present";
const NAME = "filename matches id-slug pattern";
const TIERS = "tiers_present is non-empty subset of {beginner, intermediate, master}";
const CONCEPT = "concept_catalog_id exists in docs/catalogs/CONCEPT_CATALOG.md";
const MARKED = "tiers_present have corresponding section markers";
const OUTSIDE = "no content for tiers outside tiers_present";
const PREREQUISITES = "all prerequisites resolve OR are pending-registered";
const ANY_REFERENCE = "≥1 references entry";
const REFERENCES = "every references[] entry resolves OR is pending+pointer";
const SETTLED = "at least one non-pending reference exists";
const NOTE = "lean_status: none has lean/formalization note";
const CITED = "every [ref: …] uses a declared source";
const HOOKS = "hooks_out entries are well-formed";
const PHRASES = "no prohibited phrasings (obviously/clearly/etc.)";
const LONG = "no paragraph exceeds 250 words";
const BEGINNER_LONG = "Beginner paragraphs ≤ 120 words";
const PROOF = "Beginner has no proof language";
const NOTATION = "Beginner uses no advanced formal notation";
const PICTURE = "Beginner has at least one image/diagram reference";
const EVIDENCE = "Intermediate has domain evidence section";

const WHY = "a reason that is certainly long enough to count";
const hook = (lines: string): Changes => fm({ hooks_out: `\n  - ${lines.split("; ").join("\n    ")}` });

type Row = readonly [name: string, changes: Changes, failed: readonly string[], total?: number];

const rows: readonly Row[] = [
  ["nothing changed", {}, []],
  // Identity.
  ["a missing title", fm({ title: undefined }), [FIELDS]],
  ["an empty title", fm({ title: "" }), []],
  ["another id", fm({ id: "03.01.06" }), [NAME]],
  ["an id that is a number", fm({ id: "3.10" }), [NAME]],
  ["no tiers", fm({ tiers_present: "[]" }), [TIERS, OUTSIDE], 16],
  ["an unknown tier", fm({ tiers_present: "[beginner, expert]" }), [TIERS, MARKED, OUTSIDE], 20],
  ["one tier, whose sections alone are checked", fm({ tiers_present: "[master]" }), [OUTSIDE], 20],
  ["tiers that are not a list", fm({ tiers_present: "beginner" }), [TIERS, MARKED, OUTSIDE], 16],
  ["an unmarked tier", swap("[Beginner]", ""), [MARKED], 23],
  ["a marker that covers nothing", swap("[Beginner]", "[Expert]"), [MARKED], 23],
  ["a marker in lower case", swap("[Beginner]", "[beginner]"), []],
  [
    "only the last marker counts",
    {
      body: (body) =>
        body
          .replaceAll("[Intermediate+]", "[Intermediate]")
          .replace("Advanced results [Master]", "Advanced [Master] results [Expert]"),
    },
    ["Master has at least one substantive (non-meta) section"],
  ],
  ["five # are no heading", within("Intuition", "##### Deep [Expert+]"), []],
  // Concept.
  ["an unknown concept", fm({ concept_catalog_id: "geometry.circle" }), [CONCEPT]],
  ["an empty concept", fm({ concept_catalog_id: "''" }), [CONCEPT]],
  ["a part of a concept", fm({ concept_catalog_id: "geometry.par" }), []],
  // Prerequisites.
  ["no prerequisites", fm({ prerequisites: "[]" }), []],
  ["an unknown prerequisite", fm({ prerequisites: "[99.99.99]" }), [PREREQUISITES]],
  ["a draft prerequisite", fm({ prerequisites: "[03.01.03]" }), [PREREQUISITES]],
  ["a draft prerequisite of a draft", fm({ prerequisites: "[03.01.03]", status: "draft" }), []],
  ["a draft prerequisite, pending", fm({ prerequisites: "[03.01.03]", pending_prereqs: "yes" }), []],
  ["`y` is text, and true", fm({ prerequisites: "[03.01.03]", pending_prereqs: "y" }), []],
  ["`off` is false", fm({ prerequisites: "[03.01.03]", pending_prereqs: "off" }), [PREREQUISITES]],
  ["shipped content of the site is no unit", fm({ prerequisites: "[03.07.07]" }), [PREREQUISITES]],
  ["registered as pending", fm({ prerequisites: "[09.09.09]", pending_prereqs: "true" }), []],
  ["registered, but not pending", fm({ prerequisites: "[09.09.09]" }), [PREREQUISITES]],
  ["an end of a pending edge", fm({ prerequisites: "[08.08.08]", pending_prereqs: "true" }), []],
  ["an end of a shipped edge", fm({ prerequisites: "[07.07.07]", pending_prereqs: "true" }), [PREREQUISITES]],
  ["registered is not enough for a draft", fm({ prerequisites: "[09.09.09]", status: "draft" }), [PREREQUISITES]],
  // References.
  ["no references", fm({ references: "[]" }), [ANY_REFERENCE, CITED], 25],
  [
    "a reference that is text",
    fm({ references: "\n  - source: library\n    path: lines.md\n  - a book" }),
    [REFERENCES],
  ],
  ["references that are text", fm({ references: "a book" }), [REFERENCES, SETTLED, CITED]],
  ["under its source", fm({ references: "\n  - source: library\n    path: lines.md" }), []],
  ["under `reference/`", fm({ references: "\n  - source: library\n    path: library/lines.md" }), []],
  ["without md/", fm({ references: "\n  - source: library\n    path: md/library/md/lines.md" }), []],
  ["a folder", fm({ references: "\n  - source: library\n    path: md" }), []],
  ["no such file", fm({ references: "\n  - source: library\n    path: circles.md" }), [REFERENCES]],
  [
    "out of the workspace",
    fm({ references: "\n  - source: library\n    path: ../../../reference/library/lines.md" }),
    [REFERENCES],
  ],
  ["an empty path", fm({ references: "\n  - source: library\n    path: ''" }), [REFERENCES]],
  [
    "pending without pointer",
    fm({ references: "\n  - source: library\n    pending: true\n  - source: TODO_REF" }),
    [REFERENCES],
  ],
  ["all pending", fm({ references: "\n  - source: library\n    pending: true\n    pointer: x" }), [SETTLED]],
  // Lean.
  ["an unknown status", fm({ lean_status: "maybe" }), ["lean_status is full | partial | none"], 26],
  [
    "full without module",
    fm({ lean_status: "full" }),
    ["lean_status: full has lean_module declared", "Intermediate has lean formalization section"],
  ],
  [
    "partial without module",
    fm({ lean_status: "partial" }),
    ["lean_status: partial has lean_module declared", "Intermediate has lean formalization section"],
  ],
  [
    "full with a missing file",
    { ...fm({ lean_status: "full", lean_module: "Geometry.Skew" }), ...swap("Key theorem", "Key theorem in Lean") },
    ["lean_module file exists at expected path"],
    28,
  ],
  [
    "full and well",
    { ...fm({ lean_status: "full", lean_module: "Geometry.Parallel" }), ...swap("Key theorem", "Key theorem in Lean") },
    [],
    28,
  ],
  ["none with a module", fm({ lean_module: "Geometry.Parallel" }), ["lean_status: none has no lean_module declared"]],
  ["29 words for mathematics", fm({ lean_mathlib_gap: long(29) }), [NOTE]],
  ["29 words under 20.02", fm({ id: "20.02.01", lean_mathlib_gap: long(29) }), [NAME]],
  ["29 words under 20.01", fm({ id: "20.01.01", lean_mathlib_gap: long(29) }), [NAME, NOTE]],
  ["5 words under 36", fm({ id: "36.02.01", lean_mathlib_gap: long(5) }), [NAME]],
  ["5 words under 37", fm({ id: "37.02.01", lean_mathlib_gap: long(5) }), [NAME, NOTE]],
  ["5 words under 48", fm({ id: "48.02.01", lean_mathlib_gap: long(5) }), [NAME]],
  ["4 words under 48", fm({ id: "48.02.01", lean_mathlib_gap: long(4) }), [NAME, NOTE]],
  // Citations.
  ["an undeclared source", within("Intuition", "See [ref: elsewhere §2]."), [CITED]],
  ["TODO_REF needs no declaration", within("Intuition", "See [ref:\nTODO_REF]."), []],
  ["a source is letters of any script", within("Intuition", "See [ref: library–2]."), []],
  ["a longer name is another source", within("Intuition", "See [ref: libraryé]."), [CITED]],
  ["without white space it is no citation", within("Intuition", "See [ref:elsewhere]."), []],
  // Hooks.
  ["no hooks", fm({ hooks_out: "[]" }), []],
  ["a proposed hook", hook(`target: 99.99.99; kind: proposed; why: ${WHY}`), []],
  ["a confirmed hook", hook(`target: 03.01.01; kind: confirmed; confirmed_by: me; why: ${WHY}`), []],
  ["shipped content of the site will do", hook(`target: 03.07.07; kind: confirmed; confirmed_by: me; why: ${WHY}`), []],
  ["an essay will do", hook(`target: 03.essays.01; kind: confirmed; confirmed_by: me; why: ${WHY}`), []],
  ["no such essay", hook(`target: 03.essays.02; kind: confirmed; confirmed_by: me; why: ${WHY}`), [HOOKS]],
  ["confirmed by nobody", hook(`target: 03.01.01; kind: confirmed; why: ${WHY}`), [HOOKS]],
  ["a confirmed hook to a draft", hook(`target: 03.01.03; kind: confirmed; confirmed_by: me; why: ${WHY}`), [HOOKS]],
  ["a hook that is text", fm({ hooks_out: "[text]" }), [HOOKS]],
  ["a hook of another kind", hook(`target: 03.01.01; kind: maybe; why: ${WHY}`), [HOOKS]],
  ["a hook to no id", hook(`target: 03.01; kind: proposed; why: ${WHY}`), [HOOKS]],
  ["a why of 29 characters", hook(`target: 03.01.01; kind: proposed; why: "  ${"𝕊".repeat(29)}  "`), [HOOKS]],
  ["a why of 30 characters", hook(`target: 03.01.01; kind: proposed; why: "${"𝕊".repeat(30)}"`), []],
  // Phrases.
  ["obviously", within("Exercises", "OBVIOUSLY so."), [PHRASES]],
  ["clearly", within("Exercises", "_Clearly_ no word of its own; clearly one."), [PHRASES]],
  ["within a word", within("Exercises", "unclearly, clearlyé, éclearly, clearly_, 𝕊clearly"), []],
  ["trivial", within("Exercises", "A non-trivial case."), [PHRASES]],
  ["trivially", within("Exercises", "Trivially."), [PHRASES]],
  ["trivialise", within("Exercises", "They trivialise a nontrivial trivialitylike matter."), []],
  ["as we will see", within("Exercises", "as we will see"), [PHRASES]],
  ["as we will\\nsee", within("Exercises", "as we will\nsee; it is easy to  see"), []],
  ["it is easy to see", within("Exercises", "It is easy to see"), [PHRASES]],
  ["now, let's consider", within("Exercises", "Now, let's\n consider"), [PHRASES]],
  ["now lets consider", within("Exercises", "now\u00a0lets consider"), [PHRASES]],
  ["another apostrophe", within("Exercises", "now let’s consider; know let's consider; now let's reconsider"), []],
  ["now,let's consider", within("Exercises", "now,let's consider"), []],
  ["in a fence", within("Exercises", "```lean\ntrivial\n```"), []],
  ["a fence joins what it parts", within("Exercises", "obvi```x```ously"), [PHRASES]],
  ["in an unclosed fence", before("Bibliography", "```\ntrivial"), [PHRASES]],
  // Paragraphs.
  ["250 words", within("Exercises", long(250)), []],
  ["251 words", within("Exercises", long(251)), [LONG]],
  ["251 words over many lines", within("Exercises", long(251).replaceAll(" ", "\n")), [LONG]],
  ["251 words parted by no-break spaces", within("Exercises", long(251).replaceAll(" ", "\u00a0")), [LONG]],
  ["a line of blanks parts nothing", within("Exercises", `${long(200)}\n \n${long(51)}`), [LONG]],
  [
    "251 words under a heading",
    { body: (body) => body.replace("## Exercises [Intermediate+]\n", (h) => h + long(251)) },
    [],
  ],
  ["251 words with a fence", within("Exercises", `${long(251)} \`\`\``), []],
  ["251 words after a rule", within("Exercises", `--- ${long(251)}`), []],
  // Beginner.
  ["120 words", within("Intuition", long(120)), []],
  ["121 words", within("Intuition", long(121)), [BEGINNER_LONG]],
  ["121 words in a quotation", within("Intuition", `> ${long(121)}`), []],
  ["121 words in a callout", within("Intuition", `<details open>${long(121)}`), []],
  ["121 words in another tag", within("Intuition", `<section>${long(121)}`), [BEGINNER_LONG]],
  ["121 words in a tag that starts alike", within("Intuition", `<pre>${long(121)}`), [BEGINNER_LONG]],
  ["121 words in a formula", within("Intuition", `$${long(121)}$`), []],
  ["121 words in a formula of two lines", within("Intuition", `$${long(121)}\nx$`), [BEGINNER_LONG]],
  ["121 words in a table", within("Intuition", `| ${long(121)} |`), []],
  ["Hence", within("Intuition", "Hence it holds."), [PROOF]],
  ["hence", within("Intuition", "It is hence so; Henceforth."), []],
  ["QED", within("Intuition", "QEDs"), [PROOF]],
  ["∎", within("Intuition", "∎"), [PROOF]],
  ["a proof for others", within("Exercises", "Proof. It follows that QED ∎"), []],
  ["a proof in an aside", within("Intuition", "<ASIDE>Hence </Aside>"), []],
  ["a proof in an unclosed aside", before("Formal definition", "<aside>\nHence "), [PROOF]],
  ["a proof in a fence", within("Intuition", "```\nProof.\n```"), []],
  ["notation", within("Intuition", "$\\sum_i$"), [NOTATION]],
  ["notation by its start", within("Intuition", "\\summary"), [NOTATION]],
  ["notation in a fence", within("Intuition", "```\n\\int\n```"), [NOTATION]],
  ["notation in an aside", within("Intuition", "<aside>$\\prod$</aside>"), []],
  ["no picture", swap("![Two", "[Two"), [PICTURE]],
  ["a picture without a target", swap("(/img/roads.svg)", "()"), [PICTURE]],
  ["a fence instead", swap("![Two roads side by side.](/img/roads.svg)", "```\n||\n```"), []],
  ["a table row instead", swap("![Two roads side by side.](/img/roads.svg)", "  | a |  "), []],
  ["an empty table row", swap("![Two roads side by side.](/img/roads.svg)", "||"), [PICTURE]],
  [
    "a diagram elsewhere",
    { body: (body) => body.replace("![Two", "[Two").replace("## Intuition [Beginner]\n", (h) => `${h}\n| a |\n`) },
    [PICTURE],
  ],
  [
    "blank Beginner sections are not judged",
    { body: (body) => `## Intuition [Beginner]\n\n${body.slice(body.indexOf("## Formal"))}` },
    [],
    23,
  ],
  // Intermediate and Master.
  ["no definition", swap("Formal definition", "Definition"), ["Intermediate has formal definition section"]],
  ["no theorem", swap("Key theorem", "Theorem"), [EVIDENCE]],
  ["physics takes a core model", { ...fm({ id: "09.01.01" }), ...swap("Key theorem", "Core model") }, [NAME]],
  ["mathematics does not", swap("Key theorem", "Core model"), [EVIDENCE]],
  ["exercises by their asides", swap("## Exercises", "## Problems"), []],
  [
    "no exercises",
    { body: (body) => body.replaceAll("## Exercises", "## Problems").replaceAll('class="exercise"', "data-exercise") },
    ["Intermediate has exercises section"],
  ],
  [
    "a draft's exercises",
    {
      ...fm({ status: "draft" }),
      body: (body) => body.replaceAll("## Exercises", "## Problems").replaceAll('class="exercise"', "data-exercise"),
    },
    [],
  ],
  ["no connections", swap("Connections", "Links"), ["Master has connections section"]],
  [
    "connections of another tier",
    swap("Connections [Master]", "Connections [Beginner]"),
    ["Master has connections section"],
  ],
  [
    "connections of another tier, in a language",
    {
      ...fm({ id: "22.01.01" }),
      body: (body) =>
        body.replace("Connections [Master]", "Connections [Beginner]").replace("Key theorem", "Key concepts"),
    },
    [NAME],
  ],
  [
    "no history",
    swap("Historical & philosophical", "Further"),
    ["Master has historical/philosophical context section"],
  ],
  ["philosophy will do", swap("Historical & philosophical", "Philosophical"), []],
  ["no bibliography", swap("Bibliography", "Books"), ["Master has bibliography section"]],
];

describe("a unit with", () => {
  for (const [name, changes, failed, total] of rows) {
    it(name, () => {
      const verdict = judgeSample(changes);
      expect(verdict.failed).toEqual(failed);
      if (total !== undefined) expect(verdict.total).toBe(total);
      expect(verdict.passed).toBe(verdict.total - failed.length);
    });
  }

  it("nothing wrong passes 27 checks without a finding", () => {
    expect(judgeSample()).toEqual({ path: PATH, passed: 27, total: 27, failed: [], findings: [] });
  });
});

describe("a finding", () => {
  it("has a place and a remedy, whatever the check", () => {
    for (const [name, changes] of rows) {
      const verdict = judgeSample(changes);
      expect([name, new Set(verdict.findings.map(({ check }) => check))]).toEqual([name, new Set(verdict.failed)]);
      const lines = sampleUnit(changes).split("\n");
      for (const { level, path, what, mend, line, column } of verdict.findings) {
        expect([level, path]).toEqual(["failed", PATH]);
        expect(what).not.toBe("");
        expect(mend).not.toBe("");
        expect(column).toBeGreaterThan(0);
        expect([...(lines[line - 1] ?? "")].length).toBeGreaterThanOrEqual(column - 1);
      }
    }
  });

  it("stands exactly where the offending text does, counted in code points", () => {
    const verdict = judgeSample(within("Exercises", "𝕊𝕊 clearly"));
    const lines = sampleUnit(within("Exercises", "𝕊𝕊 clearly")).split("\n");
    const line = lines.findIndex((text) => text.includes("clearly")) + 1;
    expect(verdict.findings).toMatchObject([{ check: PHRASES, line, column: 4, text: "clearly" }]);
  });

  it("stands behind a fence that was left out", () => {
    const text = "```\ncode\n```\nand clearly more";
    const verdict = judgeSample(within("Exercises", text));
    const lines = sampleUnit(within("Exercises", text)).split("\n");
    const line = lines.findIndex((candidate) => candidate.includes("clearly")) + 1;
    expect(verdict.findings).toMatchObject([{ line, column: 5 }]);
  });

  it("points at the entry of a list", () => {
    const verdict = judgeSample(fm({ prerequisites: "\n  - 03.01.01\n  - 99.99.99  # nothing" }));
    const line =
      sampleUnit(fm({ prerequisites: "\n  - 03.01.01\n  - 99.99.99  # nothing" }))
        .split("\n")
        .indexOf("  - 99.99.99  # nothing") + 1;
    expect(verdict.findings).toMatchObject([{ line, column: 5, text: "- 99.99.99  # nothing" }]);
  });

  it("is listed twenty times a check at most, with the rest counted", () => {
    const verdict = judgeSample(within("Exercises", "clearly ".repeat(50)));
    expect(verdict.findings).toHaveLength(20);
    expect(verdict.findings.at(-1)?.what).toContain("and 30 more");
  });
});

describe("the facts of the workspace", () => {
  it("without a catalog no concept exists", () => {
    const { "docs/catalogs/CONCEPT_CATALOG.md": _, ...rest } = WORKSPACE;
    expect(judgeSample({}, rest).failed).toEqual([CONCEPT]);
  });

  it("without dependencies nothing is pending", () => {
    const { "manifests/deps.json": _, ...rest } = WORKSPACE;
    expect(judgeSample(fm({ prerequisites: "[09.09.09]", pending_prereqs: "true" }), rest).failed).toEqual([
      PREREQUISITES,
    ]);
  });
});
