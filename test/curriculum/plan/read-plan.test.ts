import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Range } from "../../../src/curriculum/plan/blocks.ts";
import { entries } from "../../../src/curriculum/plan/entry.ts";
import type { Plan } from "../../../src/curriculum/plan/plan.ts";
import { MAX_PLAN, parsePlan } from "../../../src/curriculum/plan/read-plan.ts";
import { PLAN } from "./fixture.ts";

const count = (plan: Plan) => ({
  form: plan.form,
  theorems: plan.inventories.filter((item) => item.of === "theorems").length,
  examples: plan.inventories.filter((item) => item.of === "examples").length,
  units: plan.newUnits.length,
  deepenings: plan.deepenings.length,
  packs: plan.exercisePacks.length,
  edges: plan.edges.length,
  agents: plan.agents.length,
  items: plan.punchList.length,
});

describe("the full form", () => {
  const plan = parsePlan(PLAN);

  test("everything is read", () => {
    expect(plan.unread).toEqual([]);
    expect(plan.title).toBe("Nobody — *Knots of String* — Fast Track plan");
    expect(plan.sections.map((section) => section.number)).toEqual([
      ...["1", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", undefined],
      ...["2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8"],
      ...["3", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"],
      ...["4", "4.1", "4.2", "4.3", "4.4"],
    ]);
  });

  test("inventories, as tables and as lists", () => {
    expect(plan.inventories.map(({ of, label, name, group }) => [of, label, name, group])).toEqual([
      ["theorems", "T1", "Every string has two ends.", undefined],
      ["theorems", "T2", "A knot with $|n| > 1$ loops holds.", undefined],
      ["exercises", "1", "Pull a loop", "Chapter I"],
      ["exercises", "2", "Count the ends of three strings", "Chapter I"],
      ["examples", "W1", "The bow (II.1)", "Chapter II"],
    ]);
  });

  test("coverage and scorecard", () => {
    expect(plan.coverage).toHaveLength(21);
    expect(
      plan.coverage.slice(3, 6).map(({ layer, label, item, units, status }) => [layer, label, item, units, status]),
    ).toEqual([
      ["exercises", "1", "First of the exercises", ["01.01.01"], "covered"],
      ["exercises", "2", "Second", ["01.01.01", "01.01.02"], "partial"],
      ["exercises", "3", "Third", [], "gap"],
    ]);
    expect(plan.scorecard.map(({ layer, covered, total, percent }) => [layer, covered, total, percent])[2]).toEqual([
      "examples",
      1,
      3,
      33,
    ]);
  });

  test("units, edges and jobs", () => {
    expect(plan.newUnits[0]).toMatchObject({
      id: "01.01.11",
      title: "Unit 01.01.11",
      slug: "slug-01-01-11",
      path: "content/01-strings/01-knots/01.01.11-slug-01-01-11.md",
      conceptId: "knots.slug-01-01-11",
      prerequisites: ["01.01.01"],
      peers: ["01.01.01", "01.01.02"],
      agent: "A",
      closes: ["T1", "W1"],
    });
    expect(plan.edges).toMatchObject([{ from: "01.01.01", to: "01.01.11" }]);
    expect(plan.agents.map(({ name, batch, units, after }) => [name, batch, units, after])).toEqual([
      ["A", 1, ["01.01.11", "01.01.12"], []],
      ["B", 2, ["01.01.13"], ["A"]],
    ]);
  });

  test("claims and sign-off", () => {
    expect(plan.claims.map(({ label, result, unit, heading }) => [label, result, unit, heading])).toEqual([
      ["T1", "Two ends", "01.01.11", "## Key theorem with proof [Intermediate+]"],
      ["T2", "Knots hold", "01.01.12", "Loops [Master]"],
    ]);
    expect(plan.signOff[0]).toMatchObject({
      layer: "theorems",
      covered: 20,
      total: 20,
      percent: 100,
      threshold: 95,
      met: true,
    });
  });

  test("a record's range is its own text", () => {
    const edge = plan.edges[0]!;
    expect(PLAN.slice(edge.start, edge.end)).toBe("| 01.01.01 | 01.01.11 |");
    const unit = plan.newUnits[0]!;
    expect(PLAN.slice(unit.start, unit.end)).toMatch(/^#### 01\.01\.11 [\s\S]*Write it plainly\.$/);
    expect(PLAN.slice(unit.start, unit.end)).not.toContain("01.01.12");
    expect(PLAN.split("\n")[edge.line - 1]).toBe("| 01.01.01 | 01.01.11 |");
  });
});

describe("the campaign's own full form", () => {
  test("labels stand for records, and two descriptions of an agent are one job", () => {
    const plan = parsePlan(`## §3. Production plan

### §3.1 New units to produce

#### Unit N1 — Bows

| Field | Value |
|---|---|
| **Unit ID** | \`01.01.11\` |
| **Slug** | \`bows\` |
| **Section / chapter** | \`content/01-strings/01-knots/\` (with a comment) |
| **Closes gaps** | §2.1 rows 1, 2; §2.3 example 4 |

#### §3.1 summary table

| ID | Title |
|---|---|
| 01.01.11 | Bows |

### §3.2 Existing units to deepen

#### D1 — \`01.01.02 Loops\`

- Add a proof.
- Add an exercise.

### §3.3 Exercise packs

#### EP1 — \`01.01.E1\` Knots by hand

| Field | Value |
|---|---|
| **Title** | Knots by hand |
| **Exercise count** | 12 problems with solutions |

### §3.6 Agent decomposition

#### Agent A — All bows

- **New units:** N1 (\`01.01.11\` Bows, like N7 and \`09.09.09\`).
- **Existing-unit deepening:** D1 (\`01.01.02\`).

#### Agent E — Hands (sequential after Batch 1)

- **Exercise pack:** EP1 (\`01.01.E1\`).
- **Sequencing constraint:** Agent E must wait for Agent A (N1) to ship.

#### §3.6 summary

| Agent | Units (new) | Units (deepen) | Exercise packs | Hours | Batch |
|---|---|---|---|---|---|
| A | N1 | D1 | — | ~20 | 1 |
| E | — | — | EP1 | ~5 | 2 (after A) |
`);
    expect(plan.unread).toEqual([]);
    expect(plan.newUnits).toMatchObject([
      {
        label: "N1",
        title: "Bows",
        path: "content/01-strings/01-knots/01.01.11-bows.md",
        closes: ["§2.1 rows 1, 2", "§2.3 example 4"],
        prerequisites: undefined,
      },
    ]);
    expect(plan.deepenings).toMatchObject([
      { label: "D1", unitId: "01.01.02", title: "01.01.02 Loops", additions: ["Add a proof.", "Add an exercise."] },
    ]);
    expect(plan.exercisePacks).toMatchObject([{ label: "EP1", id: "01.01.E1", title: "Knots by hand", exercises: 12 }]);
    expect(plan.agents).toMatchObject([
      { name: "A", title: "All bows", batch: 1, units: ["01.01.11"], deepens: ["01.01.02"], packs: [], after: [] },
      { name: "E", batch: 2, units: [], deepens: [], packs: ["01.01.E1"], after: ["A"] },
    ]);
  });

  test.each([
    ["A+B", ["A", "B"]],
    ["A and B", ["A", "B"]],
    ["agents A, B and C", ["A", "B", "C"]],
    ["–", []],
    ["", []],
  ])("after %j", (cell, names) => {
    const plan = parsePlan(
      `## §3\n\n### 3.6 Agent decomposition\n\n| Agent | Batch | Units | After |\n|---|---|---|---|\n| X | 2 | 01.01.01 | ${cell} |\n`,
    );
    expect(plan.agents[0]?.after).toEqual(names);
  });

  test.each([
    ["✓ covered", "covered"],
    ["**same** (symbol)", "covered"],
    ["✓ partial", "partial"],
    ["**differs** — in style", "partial"],
    ["GAP — none", "gap"],
    ["**not fixed**", "gap"],
    ["n/a", undefined],
  ])("the status %j", (cell, status) => {
    const plan = parsePlan(
      `## §2\n\n### 2.4 Notation crosswalk\n\n| Book convention | Codex convention | Status |\n|---|---|---|\n| v | w | ${cell} |\n`,
    );
    expect(plan.coverage.map((row) => row.status)).toEqual(status ? [status] : []);
    expect(plan.unread.map((message) => message.line)).toEqual(status ? [] : [7]);
  });
});

describe("the lighter form", () => {
  const LIGHT = `# Somebody — *Ropes* — Audit + Gap Plan

## §1 What the book is for

Prose.

## §2 Coverage table (ours vs Ropes)

| Ropes topic | Our unit(s) | Status | Note |
|---|---|---|---|
| Hemp | \`01.01.01-string\` | ✓ | – |
| Wire | — | ✗ | **Gap.** |

### Aggregate coverage estimate

**Theorem layer**: ~50% of them.

**Exercise layer**: not audited; 3% at most.

## §3 Gap punch-list (P3-lite — priority-ordered)

**Priority 0 — before all else:** nothing.

### Priority 1 — what holds

1. **\`01.02.01\` Splices of
   two ropes.** Three tiers.

   A second paragraph of it.
2. **Deepen \`01.01.01-string\` with ends.** In place.
- a bullet between items

**Ropes-distinctive priority 2 — more**

3. **\`[ENRICH] 01.01.02\` loops** — a reference.

**A remark.** On what follows.

4. **\`01.02.02\` Hawsers.** [DEFERRED] Later. See [NEW] elsewhere.
5. **\`01.02.E1\` Rope exercises** — ten of them.
6. **Rope walks.** No id yet.
7. **A note in the chapter.** No new unit; one sentence.
8. **\`01.0?.??\` Twine.** Somewhere.

## §4 Implementation sketch (P3 → P4)

**Batch structure.**

- **Batch A (splices: items 1, 2, ~9 h):** first.
- **Batch B (the rest: items 5–6):** depends on Batches A and C, run after Batch D.

**DAG edges to add.** New ones:

- \`01.02.01\` (splices) ← {\`01.01.01\`, \`01.01.02\`–\`01.01.03\`}; \`01.02.01\` → \`01.02.02\`

And on to later chapters:

- \`01.02.02\` → \`01.03.*\` (all of it)

**Dependency edges to register:**

- \`01.02.02\` → \`01.02.01\`, \`01.04.*\`.
`;
  const plan = parsePlan(LIGHT);

  test("items with priority, tag, id and title", () => {
    expect(plan.form).toBe("light");
    expect(
      plan.punchList.map(({ ordinal, priority, tag, tagged, id, title }) => [
        ordinal,
        priority,
        tag,
        tagged,
        id,
        title,
      ]),
    ).toEqual([
      [1, 1, "NEW", "inferred", "01.02.01", "Splices of two ropes"],
      [2, 1, "DEEPEN", "inferred", "01.01.01", "Deepen 01.01.01-string with ends"],
      [3, 2, "ENRICH", "written", "01.01.02", "loops"],
      [4, 2, "DEFERRED", "written", "01.02.02", "Hawsers"],
      [5, 2, "NEW", "inferred", "01.02.E1", "Rope exercises"],
      [6, 2, "NEW", "inferred", undefined, "Rope walks"],
      [7, 2, "ENRICH", "inferred", undefined, "A note in the chapter"],
      [8, 2, "NEW", "inferred", undefined, "01.0?.?? Twine"],
    ]);
    const first = plan.punchList[0]!;
    expect(LIGHT.slice(first.start, first.end)).toMatch(/^1\. [\s\S]*second paragraph of it\.$/);
  });

  test("the items are units, deepenings and packs as well", () => {
    expect(plan.newUnits.map((unit) => [unit.label, unit.id])).toEqual([
      ["1", "01.02.01"],
      ["6", undefined],
      ["8", undefined],
    ]);
    expect(plan.deepenings.map((deepening) => deepening.unitId)).toEqual(["01.01.01", "01.01.02", undefined]);
    expect(plan.exercisePacks.map((pack) => pack.id)).toEqual(["01.02.E1"]);
  });

  test("coverage, estimates, batches and arrows", () => {
    expect(plan.coverage.map(({ layer, item, units, status }) => [layer, item, units, status])).toEqual([
      ["topics", "Hemp", ["01.01.01"], "covered"],
      ["topics", "Wire", [], "gap"],
    ]);
    expect(plan.scorecard.map(({ layer, percent }) => [layer, percent])).toEqual([
      ["theorems", 50],
      ["exercises", undefined],
    ]);
    expect(plan.agents.map(({ name, units, deepens, after }) => [name, units, deepens, after])).toEqual([
      ["A", ["01.02.01"], ["01.01.01"], []],
      ["B", ["01.02.E1", "6"], [], ["A", "C", "D"]],
    ]);
    expect(plan.edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      ...["01.01.01 01.02.01", "01.01.02 01.02.01", "01.01.03 01.02.01", "01.02.01 01.02.02"],
      "01.02.01 01.02.02",
    ]);
  });

  test("what was not understood is listed with its line", () => {
    const at = (text: string) => LIGHT.split("\n").findIndex((line) => line.includes(text)) + 1;
    expect(plan.unread.map(({ kind, line }) => [kind, line])).toEqual([
      ["part", at("**Exercise layer**")],
      ["item", at("a bullet between")],
      ["part", at("01.0?.??")],
      ["part", at("01.03.*")],
      ["part", at("01.04.*")],
    ]);
  });
});

test("a pipe that splits a row is reported with the way to write it", () => {
  const plan = parsePlan("## §1\n\n### 1.2 Theorem inventory\n\n| # | Result |\n|---|---|\n| T1 | |x| > 1 |\n");
  expect(plan.inventories).toEqual([]);
  expect(plan.unread).toMatchObject([{ kind: "row", line: 7, why: expect.stringContaining("\\|") }]);
});

test("a table and a list that a section is not read for are reported", () => {
  const plan = parsePlan(
    "## §2\n\n### 2.8 Coverage scorecard\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n- a point\n",
  );
  expect(plan.unread).toMatchObject([
    { kind: "table", line: 5 },
    { kind: "item", line: 10 },
  ]);
});

test("what is quoted is one line and not too long", () => {
  const [message] = parsePlan(`## §2\n\n### 2.8 Scorecard\n\n- ${"word\n  ".repeat(1000)}`).unread;
  expect(message?.text).toMatch(/^(?:word ){31}word…$/);
});

test("a range of ids stands for the units between, if there are not too many", () => {
  const units = (range: string) =>
    parsePlan(`## §3\n\n### 3.6 Agents\n\n| Agent | Units |\n|---|---|\n| A | ${range} |\n`).agents[0]?.units;
  expect(units("01.01.09–01.01.11")).toEqual(["01.01.09", "01.01.10", "01.01.11"]);
  expect(units("`01.01.09`–`01.02.11`")).toEqual(["01.01.09", "01.02.11"]);
  expect(units("01.01.01–01.01.99")).toEqual(["01.01.01", "01.01.99"]);
  expect(units("01.01.05–01.01.01")).toEqual(["01.01.05", "01.01.01"]);
});

test("a section whose title says nothing known is read by its number", () => {
  const edges = "| From | To |\n|---|---|\n| 01.01.01 | 01.01.02 |\n";
  expect(parsePlan(`## §3. Production plan\n\n### 3.5 Arrows\n\n${edges}`).edges).toHaveLength(1);
  expect(parsePlan(`## §3. Production plan\n\n### 3.9 Arrows\n\n${edges}`).edges).toHaveLength(0);
  expect(parsePlan(`## §5. Production plan\n\n### 3.5 Arrows\n\n${edges}`).edges).toHaveLength(0);
});

test("text in fenced code is no data", () => {
  expect(
    parsePlan("## §3\n\n### 3.5 DAG edges\n\n```\n| From | To |\n|---|---|\n| 01.01.01 | 01.01.02 |\n```\n").edges,
  ).toEqual([]);
});

const corpus = fileURLToPath(new URL("../../../../shared/corpus/plans/fasttrack/", import.meta.url));

describe.skipIf(!existsSync(corpus))("the campaign's plans (skipped where the shared material is absent)", () => {
  const read = (name: string) => readFileSync(`${corpus}${name}.md`, "utf8");
  const light = { form: "light", theorems: 0, examples: 0, packs: 0, edges: 0, agents: 0 };

  test.each([
    ["atiyah-k-theory", { ...light, units: 8, deepenings: 4, items: 12 }],
    ["besse-einstein-manifolds", { ...light, units: 18, deepenings: 0, items: 18 }],
    [
      "bott-tu-differential-forms",
      { form: "full", theorems: 144, examples: 41, units: 14, deepenings: 6, packs: 3, edges: 28, agents: 5, items: 0 },
    ],
    ["cannas-da-silva-symplectic", { ...light, units: 13, deepenings: 7, edges: 10, items: 20 }],
    ["hartshorne-algebraic-geometry", { ...light, units: 15, deepenings: 3, packs: 3, items: 21 }],
    ["hatcher-algebraic-topology", { ...light, units: 13, deepenings: 3, items: 16 }],
    [
      "lawson-michelsohn-spin-geometry",
      { form: "full", theorems: 126, examples: 26, units: 12, deepenings: 6, packs: 2, edges: 25, agents: 5, items: 0 },
    ],
    ["may-concise-algebraic-topology", { ...light, units: 8, deepenings: 6, items: 16 }],
    ["milnor-stasheff-characteristic-classes", { ...light, units: 12, deepenings: 0, items: 12 }],
    [
      "ravenel-complex-cobordism",
      { ...light, theorems: 41, examples: 4, units: 23, deepenings: 0, agents: 2, items: 23 },
    ],
    ["schwarz-morse-homology", { ...light, units: 12, deepenings: 3, edges: 25, agents: 5, items: 15 }],
    ["shilov-linear-algebra", { ...light, units: 10, deepenings: 6, edges: 23, agents: 5, items: 16 }],
    ["whitney-geometric-integration-theory", { ...light, units: 22, deepenings: 1, packs: 2, edges: 35, items: 25 }],
    ["woit-quantum-theory-groups-representations", { ...light, units: 33, deepenings: 1, items: 34 }],
  ])("%s", (name, want) => {
    expect(count(parsePlan(read(name)))).toEqual(want);
  });

  test("there are no others", () => {
    expect(readdirSync(corpus).filter((name) => name.endsWith(".md"))).toHaveLength(14);
  });

  test("the scorecard and the order of the plan that all others follow", () => {
    const plan = parsePlan(read("lawson-michelsohn-spin-geometry"));
    expect(plan.scorecard.map(({ layer, covered, total, percent }) => [layer, covered, total, percent])).toEqual([
      ["theorems", 53.5, 126, 42],
      ["exercises", 7, 27, 26],
      ["exercises", 55, 150, 37],
      ["examples", 8.5, 26, 33],
      ["notation", 17.5, 26, 67],
      ["sequencing", 12.5, 30, 42],
      ["intuition", 3.5, 4, 88],
      ["applications", 3.5, 16, 22],
    ]);
    expect(plan.agents.map(({ name, batch, after }) => [name, batch, after.toSorted()])).toEqual([
      ["A", 1, []],
      ["B", 1, []],
      ["C", 1, []],
      ["D", 1, []],
      ["E", 2, ["A", "B"]],
    ]);
    expect(plan.newUnits.map((unit) => unit.id)).toEqual(
      Array.from({ length: 12 }, (_, at) => `03.09.${String(at + 11)}`),
    );
  });

  test("every table row and list item of a section that is read is in a record or in the list of what is not", () => {
    for (const file of readdirSync(corpus)) {
      const text = readFileSync(corpus + file, "utf8");
      const plan = parsePlan(text);
      const ranges: Range[] = Object.values(plan)
        .filter(
          (value): value is Range[] =>
            Array.isArray(value) && typeof value[0]?.start === "number" && !("role" in value[0]),
        )
        .flat();
      const told = new Set(plan.unread.map((message) => message.line));
      const lines = text.split("\n");
      let offset = 0;
      let fenced = false;
      for (const [index, line] of lines.entries()) {
        const at = offset;
        offset += line.length + 1;
        if (line.startsWith("```")) fenced = !fenced;
        const isRow = line.startsWith("|") && !isHead(lines, index);
        const isItem = /^(?:[-*] |\d+\. )/.test(line);
        const section = plan.sections.findLast((each) => each.start <= at);
        if (fenced || !(isRow || isItem) || !section || section.role.kind === "other") continue;
        const known = told.has(index + 1) || ranges.some((range) => range.start <= at && at < range.end);
        // A summary repeats records, and a table that is not read is told of once, at its head.
        expect(known || repeats(line, plan) || told.has(headOf(lines, index)), `${file}:${index + 1} ${line}`).toBe(
          true,
        );
      }
    }
  });

  const isHead = (lines: readonly string[], index: number) =>
    /^\|[\s:|-]+\|$/.test(lines[index]!) || /^\|[\s:|-]+\|$/.test(lines[index + 1] ?? "");
  const headOf = (lines: readonly string[], index: number) => {
    let at = index;
    while (lines[at - 1]?.startsWith("|")) at -= 1;
    return at + 1;
  };
  const repeats = (row: string, plan: Plan) => {
    const first = row.split("|")[1]!.trim();
    return (
      plan.newUnits.some((unit) => unit.id === first) ||
      plan.deepenings.some((deepening) => deepening.unitId === first) ||
      plan.agents.some((job) => job.name === first)
    );
  };

  test("every unit that a plan gives an id has an entry of its own, and entries do not overlap", () => {
    for (const file of readdirSync(corpus)) {
      const text = readFileSync(corpus + file, "utf8");
      const found = [...entries(parsePlan(text))];
      const sorted = found.map(([, range]) => range).toSorted((a, b) => a.start - b.start);
      for (const [at, range] of sorted.entries())
        expect(sorted[at + 1]?.start ?? text.length).toBeGreaterThanOrEqual(range.end);
      for (const [id, range] of found) {
        const head = text.slice(range.start, range.end).split("\n").slice(0, 6).join("\n");
        expect(head, `${file} ${id}`).toContain(id);
      }
    }
  });
});

describe("hostile plans", () => {
  test.each([
    ["many headings", "#### 01.01.01 x\n\n", 200_000],
    ["many items", "1. **`01.01.01` x.** y\n", 50_000],
    ["many rows", "| 01.01.01 | 01.01.02 |\n", 100_000],
    ["many tables", "| From | To |\n|---|---|\n\n", 50_000],
    ["deep lists", "  ".repeat(200).concat("- x\n"), 5_000],
    ["quotes", "> ".repeat(100).concat("x\n"), 5_000],
    ["long lines", `${"x".repeat(100_000)}\n`, 20],
    ["fences", "```\n", 200_000],
    ["bold that never ends", `1. **${"$`".repeat(50)}\n`, 20_000],
    ["NUL bytes", "\0\n", 500_000],
    ["carriage returns", "\r", 500_000],
    ["ranges of ids", "`01.01.01`–`01.01.40` ", 50_000],
  ])("%s: linear time", (_name, piece, times) => {
    const head = "## §3. Production plan\n\n### 3.1 New units\n\n### 3.5 DAG edges\n\n| From | To |\n|---|---|\n";
    for (const text of [
      head + piece.repeat(times),
      `## §3 Gap punch-list\n\n${piece.repeat(times)}`,
      `## §4 Implementation sketch\n\n**DAG edges**\n\n- ${piece.repeat(times)}`,
    ]) {
      const started = performance.now();
      parsePlan(text.slice(0, MAX_PLAN / 4));
      // A quarter of the longest plan in a quarter of two seconds, and as much again for a busy machine.
      expect(performance.now() - started).toBeLessThan(1000);
    }
  });

  test("a plan that is too long is not read, and says so", () => {
    expect(parsePlan("x".repeat(MAX_PLAN + 1))).toMatchObject({ sections: [], unread: [{ line: 1 }] });
  });

  test("no text makes it throw, and every place it names is in the text", () => {
    const lines = PLAN.split("\n");
    const edit = fc.record({
      at: fc.nat(lines.length - 1),
      with: fc.constantFrom(
        "",
        "|",
        "| a |",
        "|---|",
        "```",
        "## §3 Gap punch-list",
        "### 3.6",
        "1. **`01.01.11`",
        "- **",
        "\t",
        "> x",
        "<!--",
        "#### Agent A",
        "[1]",
        "**",
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const changed = [...lines];
        for (const { at, with: text } of edits) changed[at] = text;
        const text = changed.join("\n");
        const plan = parsePlan(text);
        for (const { line } of plan.unread) expect(line).toBeLessThanOrEqual(changed.length);
        for (const unit of plan.newUnits) expect(text.slice(unit.start, unit.end)).toContain(unit.id ?? "");
      }),
      { numRuns: 200 },
    );
  });
});
