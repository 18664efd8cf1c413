import { describe, expect, test } from "vitest";
import type { RepoPath, WorkspaceView } from "../../../src/artifact/workspace.ts";
import {
  auditComplete,
  planDecomposes,
  scorecardHasSevenLayers,
  unitHeadings,
  verificationComplete,
} from "../../../src/curriculum/plan/checks.ts";
import { AUDIT, entry, GAP, PRODUCTION, production, VERIFICATION } from "./fixture.ts";

const whats = (defects: readonly { readonly what: string }[]) => defects.map((defect) => defect.what);

describe("the audit", () => {
  test("a complete one has no defects", () => {
    expect(auditComplete(AUDIT)).toEqual([]);
  });

  test.each([
    [
      "a section is missing",
      AUDIT.replace("### 1.4 Worked-example inventory", "### Examples"),
      "there is no section 1.4",
    ],
    [
      "a section is empty",
      AUDIT.replace("I before II.", "<!-- later -->\n\n#### Within chapters\n\n---"),
      "section 1.6 is empty",
    ],
    [
      "two sources",
      AUDIT.replace("3. A course page.\n", "").replace("[2, 3]", "[2]"),
      "2 sources are listed, at least 3 are needed",
    ],
    ["no sources", AUDIT.replace("### Sources", "### Other"), "there is no list of sources"],
    ["a source that is not listed", AUDIT.replace("[1]", "[1, 7]"), "[7] is cited and not listed"],
    [
      "sources that are not cited",
      AUDIT.replace("[2, 3]", "they"),
      "1 of the listed sources are cited in 1.1–1.7, at least 3 must be",
    ],
    [
      "citations in code and mathematics are none",
      AUDIT.replace("[2, 3]", "`[2]` $[3]$"),
      "1 of the listed sources are cited in 1.1–1.7, at least 3 must be",
    ],
    [
      "citations among the sources are none",
      AUDIT.replace("[2, 3]", "they").replace("1. A review.", "1. A review, after [2] and [3]."),
      "1 of the listed sources are cited in 1.1–1.7, at least 3 must be",
    ],
  ])("%s", (_name, text, what) => {
    expect(text).not.toBe(AUDIT);
    expect(whats(auditComplete(text))).toEqual([what]);
  });

  test("ranges and lists cite all that they name; links cite nothing", () => {
    expect(auditComplete(AUDIT.replace("[2, 3]", "they").replace("[1]", "[1–3]"))).toEqual([]);
    expect(auditComplete(`${AUDIT.replace("Two chapters.", "Two [9](x) chapters.")}`)).toEqual([]);
  });

  test("every defect says where and how to mend it", () => {
    for (const { where, mend } of auditComplete("")) expect([where, mend]).not.toContain("");
    expect(auditComplete("").length).toBe(8);
  });
});

describe("the gap analysis", () => {
  test("a complete one has no defects", () => {
    expect(scorecardHasSevenLayers(GAP)).toEqual([]);
  });

  test.each([
    [
      "a layer's section is missing",
      GAP.replace("### 2.7 Applications coverage", "### 2.9 Uses"),
      ["there is no section 2.7"],
    ],
    [
      "a layer's section has no table",
      GAP.replace(/(### 2\.3[^\n]*\n)[\s\S]*?(?=### 2\.4)/, "$1\nNothing.\n\n"),
      ["section 2.3 has no table with statuses"],
    ],
    [
      "a row of the scorecard is missing",
      GAP.replace("| Intuition | 1 | 3 | 33 % |\n", ""),
      ["the scorecard has no row for Intuition"],
    ],
    [
      "a percentage does not agree",
      GAP.replace("| Notation | 1 | 3 | 33 % |", "| Notation | 1 | 3 | 35 % |"),
      ["Notation: 1 of 3 is 33.3 %, not 35 %"],
    ],
    [
      "more is covered than there is",
      GAP.replace("| Notation | 1 | 3 | 33 % |", "| Notation | 4 | 3 | 133 % |"),
      ["Notation: 4 of 3 are covered"],
    ],
    [
      "a number is missing",
      GAP.replace("| Notation | 1 | 3 | 33 % |", "| Notation | some | 3 | 33 % |"),
      ["Notation lacks a number"],
    ],
  ])("%s", (_name, text, what) => {
    expect(text).not.toBe(GAP);
    expect(whats(scorecardHasSevenLayers(text))).toEqual(what);
  });

  test("a row that was not understood is no row", () => {
    const [defect, ...more] = scorecardHasSevenLayers(
      GAP.replace("| 1 | First of the theorems | ✓ |", "| 1 | First | maybe |"),
    );
    expect(more).toEqual([]);
    expect(defect).toMatchObject({ where: "2.1, line 7", mend: expect.stringContaining("maybe") });
  });

  test("percentages may be rounded either way, and of nothing all is covered", () => {
    const row = (text: string) => scorecardHasSevenLayers(GAP.replace("| Notation | 1 | 3 | 33 % |", text));
    expect(row("| Notation | 1 | 8 | 13 % |")).toEqual([]);
    expect(row("| Notation | 1 | 8 | 12 % |")).toEqual([]);
    expect(row("| Notation | 0 | 0 | 100 % |")).toEqual([]);
    expect(row("| Notation | 33.3 | 100 | 33.3 |")).toEqual([]);
  });
});

describe("the production plan", () => {
  test("a complete one has no defects", () => {
    expect(planDecomposes(PRODUCTION)).toEqual([]);
  });

  const A = { id: "01.01.11", agent: "A" };
  const jobA = "| A | 1 | 01.01.11 | – |";
  const one = (fields: Readonly<Record<string, string | undefined>>) => production([{ ...A, fields }], [jobA]);

  test.each([
    ["no unit", production([], []), ["no unit is planned"]],
    ["no agents", production([A], []), ["no agent has a job"]],
    ["a unit in no job", production([A, { id: "01.01.12", agent: "A" }], [jobA]), ["01.01.12 is in no agent's job"]],
    ["a unit in two jobs", production([A], [jobA, "| B | 1 | 01.01.11 | – |"]), ["01.01.11 is in the jobs of A, B"]],
    [
      "a job with a unit that is not planned",
      production([A], ["| A | 1 | 01.01.11, 01.01.99 | – |"]),
      ["agent A is to make 01.01.99, which 3.1–3.3 do not plan"],
    ],
    [
      "the entry names another agent",
      production([{ ...A, agent: "B" }], [jobA]),
      ["01.01.11 says agent B, 3.6 gives it to A"],
    ],
    [
      "an order after nobody",
      production([A], ["| A | 1 | 01.01.11 | Z |"]),
      ["agent A comes after Z, which is no agent"],
    ],
    ["no slug", one({ Slug: undefined }), ["01.01.11 has no Slug"]],
    ["no concept", one({ "Concept catalog ID": "–" }), ["01.01.11 has no Concept catalog ID"]],
    ["no agent", one({ Agent: undefined }), ["01.01.11 has no Agent"]],
    ["no gaps that it closes", one({ "Closes gaps": "" }), ["01.01.11 has no Closes gaps"]],
    ["one peer", one({ Peers: "01.01.01" }), ["01.01.11 needs two peers"]],
    ["itself as a peer", one({ Peers: "01.01.01, 01.01.11" }), ["01.01.11 needs two peers"]],
    ["a slug that climbs", one({ Slug: "../../x" }), ['the slug "../../x" is none']],
    [
      "a path that climbs",
      one({ Path: "content/../01.01.11-slug-01-01-11.md" }),
      ['"content/../01.01.11-slug-01-01-11.md" is not this unit\'s path'],
    ],
    [
      "another unit's path",
      one({ Path: "content/a/b/01.01.12-x.md" }),
      ['"content/a/b/01.01.12-x.md" is not this unit\'s path'],
    ],
  ])("%s", (_name, text, what) => {
    expect(whats(planDecomposes(text))).toEqual(what);
  });

  test("prerequisites may be none, and must be stated", () => {
    expect(planDecomposes(one({ Prerequisites: "none" }))).toEqual([]);
    expect(whats(planDecomposes(one({ Prerequisites: undefined })))).toEqual(["01.01.11 has no Prerequisites"]);
  });

  test("two entries with one id, path or concept", () => {
    const text = production(
      [A, { id: "01.01.12", agent: "A", fields: { "Concept catalog ID": "knots.slug-01-01-11" } }],
      ["| A | 1 | 01.01.11, 01.01.12 | – |"],
    );
    expect(whats(planDecomposes(text))).toEqual(["the concept knots.slug-01-01-11 is planned on line 5 already"]);
    expect(whats(planDecomposes(PRODUCTION.replace(entry({ id: "01.01.12", agent: "A" }), entry(A))))).toContain(
      "the unit id 01.01.11 is planned on line 5 already",
    );
  });

  const many = (sizes: readonly number[]) => {
    const jobs = sizes.map((size, job) => ({
      name: String.fromCharCode(65 + job),
      ids: Array.from({ length: size }, (_, at) => `01.${String(job + 10)}.${String(at + 10)}`),
    }));
    return production(
      jobs.flatMap(({ name, ids }) => ids.map((id) => ({ id, agent: name }))),
      jobs.map(({ name, ids }) => `| ${name} | 1 | ${ids.join(", ")} | – |`),
    );
  };

  test.each([
    [[4, 4], []],
    [[8], []],
    [[1, 6], []],
    [[5, 3], ["agent B has 3 units"]],
    [[9], ["agent A has 9 units"]],
    [
      [30, 2],
      ["agent A has 30 units", "agent B has 2 units"],
    ],
    [[7, 0], ["agent B has 0 units"]],
  ])("jobs of %j", (sizes, what) => {
    expect(whats(planDecomposes(many(sizes)))).toEqual(what);
  });

  test("agents that wait for each other are printed", () => {
    const units = ["A", "B", "C"].map((agent, at) => ({ id: `01.01.1${at}`, agent }));
    const text = production(units, [
      "| A | – | 01.01.10 | C |",
      "| B | – | 01.01.11 | A |",
      "| C | – | 01.01.12 | B |",
    ]);
    expect(whats(planDecomposes(text))).toEqual(["agents wait for each other: A after C after B after A"]);
    const self = production([A], ["| A | 1 | 01.01.11 | A |"]);
    expect(whats(planDecomposes(self))).toEqual(["agents wait for each other: A after A"]);
  });

  test("who waits is in a later batch", () => {
    const units = [A, { id: "01.01.12", agent: "B" }];
    expect(whats(planDecomposes(production(units, [jobA, "| B | 1 | 01.01.12 | A |"])))).toEqual([
      "agent B is in batch 1 and waits for A of batch 1",
    ]);
  });

  test("a row of the agents' table that falls apart is told of", () => {
    const defects = planDecomposes(production([A], [jobA, "| B | 2 | x | y | z |"]));
    expect(defects).toMatchObject([
      { where: expect.stringMatching(/^3\.6, line \d+$/), mend: expect.stringContaining("\\|") },
    ]);
  });
});

describe("the verification", () => {
  const headings: Readonly<Record<string, readonly string[]>> = {
    "01.01.11": ["Key theorem with proof [Intermediate+]"],
    "01.01.12": ["Loops [Master]"],
  };
  const units = { of: (id: string) => headings[id] };

  test("a complete one has no defects", () => {
    expect(verificationComplete(VERIFICATION, units)).toEqual([]);
  });

  test.each([
    ["a section is missing", VERIFICATION.replace("### 4.3 Notation", "### Other"), ["there is no section 4.3"]],
    ["nothing is claimed", VERIFICATION.replace(/\| T[12] .*\n/g, ""), ["4.1 claims nothing"]],
    [
      "a claim about no unit",
      VERIFICATION.replace("01.01.12 | Loops", "01.01.99 | Loops"),
      ["there is no unit 01.01.99"],
    ],
    ["a claim about no heading", VERIFICATION.replace("Loops [Master]", "Loops"), ['01.01.12 has no heading "Loops"']],
    [
      "a claim without a heading",
      VERIFICATION.replace("Loops [Master]", ""),
      ["this row was not understood: T2 | Knots hold | 01.01.12 |"],
    ],
    [
      "a sample of two",
      VERIFICATION.replace("- X3: solved.\n", ""),
      ["4.2 samples 2 exercises, at least 3 are needed"],
    ],
    ["a layer is missing", VERIFICATION.replace(/\| Notation .*\n/, ""), ["the scorecard has no row for Notation"]],
    [
      "a layer is below",
      VERIFICATION.replace(
        "| Theorems | 20 | 20 | 100 % | 95 % | met |",
        "| Theorems | 18 | 20 | 90 % | 95 % | not met |",
      ),
      ["Theorems: 18 of 20 is 90.0 %, below 95 %"],
    ],
    [
      "a layer is below and says met",
      VERIFICATION.replace("| Theorems | 20 | 20 | 100 % | 95 % | met |", "| Theorems | 18 | 20 | 95 % | 95 % | met |"),
      [
        "Theorems: 18 of 20 is 90.0 %, not 95 %",
        "Theorems: 18 of 20 is 90.0 %, below 95 %",
        "the verdict on Theorems says met",
      ],
    ],
    [
      "a threshold is lowered",
      VERIFICATION.replace("100 % | 95 % | met", "100 % | 90 % | met"),
      ["Theorems has the threshold 90 %; it is 95 %"],
    ],
    [
      "a verdict is missing",
      VERIFICATION.replace("100 % | 95 % | met", "100 % | 95 % | –"),
      ["the verdict on Theorems says neither met nor not met"],
    ],
    [
      "a verdict is wrong",
      VERIFICATION.replace("100 % | 95 % | met", "100 % | 95 % | not met"),
      ["the verdict on Theorems says not met"],
    ],
  ])("%s", (_name, text, what) => {
    expect(text).not.toBe(VERIFICATION);
    expect(whats(verificationComplete(text, units))).toEqual(what);
  });

  test("reduced thresholds are a decision of the caller", () => {
    const reduced = {
      theorems: 90,
      exercises: 80,
      examples: 90,
      notation: 100,
      sequencing: 100,
      intuition: 100,
      applications: 80,
    };
    const text = VERIFICATION.replace(
      "| Theorems | 20 | 20 | 100 % | 95 % | met |",
      "| Theorems | 18 | 20 | 90 % | 90 % | met |",
    );
    expect(verificationComplete(text, units, reduced)).toEqual([]);
  });

  test("headings are those of the units' files, without code, numbers kept", () => {
    const file =
      "---\nid: 01.01.11\n---\n\n## Key theorem\nwith proof [Master]\n\n```\n## Not one\n```\n\n## 3 Loops [Master]\n\n### Deep\n";
    let reads = 0;
    const view: WorkspaceView = {
      bytes: () => {
        reads += 1;
        return new TextEncoder().encode(file);
      },
      list: ([glob]) => (glob === "content/**/01.01.11-*.md" ? ["content/a/01.01.11-x.md" as RepoPath] : []),
    };
    const found = unitHeadings(view);
    expect(found.of("01.01.11")).toEqual(["Key theorem", "3 Loops [Master]", "Deep"]);
    expect(found.of("01.01.11")).toHaveLength(3);
    expect(reads).toBe(1);
    expect(found.of("01.01.12")).toBeUndefined();
    const claim = VERIFICATION.replace("| 01.01.12 | Loops [Master] |", "| 01.01.11 | `## 3 Loops [Master]` |").replace(
      "`## Key theorem with proof [Intermediate+]`",
      "Deep",
    );
    expect(verificationComplete(claim, found)).toEqual([]);
  });
});
