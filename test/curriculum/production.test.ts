/** What production takes from a plan's §3: complete, in an order that exists, or a fault that names plan and line. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readProduction } from "../../src/curriculum/production.ts";
import { type Fault, FaultError } from "../../src/fault.ts";
import { entry, PRODUCTION, production, type UnitRow } from "./plan/fixture.ts";

const PLAN = "plans/fasttrack/knots.md";
const read = (text: string) => readProduction(text, PLAN);

/** The fault that a text gives. */
function faultOf(text: string): Fault {
  try {
    read(text);
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("it was read without a fault");
}

/** The line, from 1, on which something stands for the first time. */
const lineOf = (text: string, what: string): number => text.slice(0, text.indexOf(what)).split("\n").length;

const A = "| A | 1 | 01.01.11 | – |";
const one = (fields: UnitRow["fields"]): string =>
  production([{ id: "01.01.11", agent: "A", fields: fields ?? {} }], [A]);
const UNITS: readonly UnitRow[] = [
  { id: "01.01.11", agent: "A" },
  { id: "01.01.12", agent: "B" },
  { id: "01.01.13", agent: "C" },
];

describe("a complete plan", () => {
  test("gives its units, their batches, and what they build on", () => {
    const made = read(PRODUCTION);
    expect(made.units.map((unit) => unit.id)).toEqual(["01.01.11", "01.01.12", "01.01.13"]);
    expect(made.units[0]).toEqual({
      id: "01.01.11",
      title: "Unit 01.01.11",
      path: "content/01-strings/01-knots/01.01.11-slug-01-01-11.md",
      conceptId: "knots.slug-01-01-11",
      prerequisites: ["01.01.01"],
      peers: ["01.01.01", "01.01.02"],
      afterBatches: [],
    });
    expect(made.batches.map(({ number, units }) => [number, units.map((unit) => unit.id)])).toEqual([
      [1, ["01.01.11", "01.01.12"]],
      [2, ["01.01.13"]],
    ]);
    expect(made.units[2]!.afterBatches).toEqual([1]);
    expect(made.related).toEqual(["01.01.01", "01.01.02"]);
  });

  test("does not count as related what it makes itself", () => {
    const made = read(
      production(
        [
          UNITS[0]!,
          { id: "01.01.12", agent: "A", fields: { Prerequisites: "01.01.11, 01.01.05", Peers: "01.01.11, 01.01.02" } },
        ],
        ["| A | 1 | 01.01.11, 01.01.12 | – |"],
      ),
    );
    expect(made.related).toEqual(["01.01.01", "01.01.02", "01.01.05"]);
  });

  test("without agents is one batch", () => {
    const text = production(UNITS, []).replace(/### 3\.6[\s\S]*$/, "");
    expect(read(text).batches.map(({ number, units }) => [number, units.length])).toEqual([[1, 3]]);
  });

  test("counts batches from the order of the agents where it gives no numbers", () => {
    const made = read(
      production(UNITS, ["| C | – | 01.01.13 | A, B |", "| B | – | 01.01.12 | A |", "| A | – | 01.01.11 | – |"]),
    );
    expect(made.batches.map(({ number, units }) => [number, units[0]!.id])).toEqual([
      [1, "01.01.11"],
      [2, "01.01.12"],
      [3, "01.01.13"],
    ]);
    expect(made.units[2]!.afterBatches).toEqual([1, 2]);
  });

  test("may let an agent wait for another of its own batch: they are integrated together", () => {
    const made = read(production(UNITS.slice(0, 2), ["| A | 1 | 01.01.11 | – |", "| B | 1 | 01.01.12 | A |"]));
    expect(made.batches.map(({ number, units }) => [number, units.length])).toEqual([[1, 2]]);
    expect(made.units[1]!.afterBatches).toEqual([]);
  });

  test.each([
    [
      "of the same batch",
      ["| A | 1 | 01.01.13 | – |", "| B | 1 | 01.01.12 | – |", "| C | 1 | 01.01.11 | A |"],
      "12 13 11",
    ],
    [
      "through another",
      ["| A | 1 | 01.01.13 | – |", "| B | 1 | 01.01.12 | A |", "| C | 1 | 01.01.11 | B |"],
      "13 12 11",
    ],
    [
      "that has no units",
      ["| A | 1 | 01.01.13 | – |", "| B | 1 | – | A |", "| C | 1 | 01.01.11, 01.01.12 | B |"],
      "13 11 12",
    ],
    ["of none", ["| A | 1 | 01.01.13 | – |", "| B | 1 | 01.01.12 | – |", "| C | 1 | 01.01.11 | – |"], "11 12 13"],
  ])("has a batch in the order in which its agents wait for each other: for one %s", (_name, agents, order) => {
    const [batch, ...others] = read(production(UNITS, agents)).batches;
    expect(others).toEqual([]);
    expect(batch!.units.map(({ id }) => id.slice(6)).join(" ")).toBe(order);
  });

  test("of this repository's pilot is read", () => {
    const recorded = readFileSync(
      fileURLToPath(new URL("../../recordings/lawson-michelsohn-spin-geometry/P3_plan.md", import.meta.url)),
      "utf8",
    );
    const made = read(recorded);
    expect(made.units).toHaveLength(5);
    expect(made.batches.map((batch) => batch.units.length)).toEqual([3, 2]);
  });
});

describe("an incomplete plan", () => {
  test.each([
    ["nothing at all", ""],
    ["no section 3.1", "## §3. Production plan\n\nLater.\n"],
    ["a section 3.1 without a unit", "## §3. Production plan\n\n### 3.1 New units\n\nNone.\n"],
  ])("%s: there is no unit to produce", (_name, text) => {
    expect(faultOf(text)).toMatchObject({
      exit: 2,
      what: expect.stringContaining("no unit to produce"),
      where: expect.stringContaining(PLAN),
    });
  });

  test("that is too long to be read says so", () => {
    expect(faultOf(`${PRODUCTION}\n${"word ".repeat(250_000)}`).what).toContain("longer than 1000000");
  });

  test.each(["Unit ID", "Path", "Concept catalog ID"])("a unit without %s", (field) => {
    // An id may stand in the heading too, and a path may follow from folder, id and slug.
    const fields = { [field]: undefined, Slug: undefined };
    const heading = field === "Unit ID" ? "#### The second unit" : "#### 01.01.12 The second unit";
    const lacking = entry({ ...UNITS[1]!, fields }).replace(/^#### .*/, heading);
    const text = production(UNITS, [A]).replace(entry(UNITS[1]!), () => lacking);
    expect(faultOf(text)).toMatchObject({
      exit: 2,
      what: expect.stringContaining(`has no ${field}`),
      where: `${PLAN}: §3, line ${lineOf(text, heading)} of it`,
      mend: expect.stringContaining(field),
    });
  });

  test("names the line of the unit that lacks something", () => {
    const text = production([UNITS[0]!, { ...UNITS[1]!, fields: { "Concept catalog ID": "–" } }], [A]);
    expect(faultOf(text).where).toBe(`${PLAN}: §3, line ${lineOf(text, "#### 01.01.12")} of it`);
  });

  test("a row that was not understood is never dropped in silence", () => {
    const table =
      "| Unit | Title | Path | Concept |\n|---|---|---|---|\n| 1.1.14 | A fourth | content/a/b.md | knots.fourth |\n";
    const text = PRODUCTION.replace("### 3.2", `${table}\n### 3.2`);
    const fault = faultOf(text);
    expect(fault.what).toContain("1.1.14");
    expect(fault.where).toContain(`line ${lineOf(text, "| 1.1.14")}`);
    expect(fault.where).toContain(PLAN);
    const nameless = faultOf(production(UNITS, [A, "|  | 2 | 01.01.12 | A |"]));
    expect(nameless.what).toContain("01.01.12");
  });
});

describe("a hostile plan", () => {
  test.each([
    "../../etc/cron.d/x.md",
    "/etc/passwd",
    "content/../codex.config.ts",
    "content/../../x/01.01.11-a.md",
    "codex.config.ts",
    ".git/hooks/01.01.11-a.md",
    "content/.git/01.01.11-a.md",
    "content/.GIT/01.01.11-a.md",
    "manifests/deps.json",
    "plans/fasttrack/other.md",
    "content/01-strings/01.01.11-a.md#§1",
    "content/01-strings/*/01.01.11-a.md",
    "content/01-strings/01.01.11-a.ts",
    "content/01-strings/01.01.12-a.md",
    "content/01-strings/",
    "content\\01.01.11-a.md",
    "content/01 strings/01.01.11-a.md",
  ])("a unit's path leads nowhere but to a unit of its id: %s", (path) => {
    const text = one({ Path: path, Slug: undefined });
    const fault = faultOf(text);
    expect(fault).toMatchObject({ exit: 2, where: `${PLAN}: §3, line ${lineOf(text, "#### 01.01.11")} of it` });
    expect(fault.what).toContain("path");
  });

  test.each([
    ["unit id", { "Unit ID": "01.01.11", Path: "content/a/01.01.11-other.md" }],
    ["path", { Path: "content/01-strings/01-knots/01.01.11-slug-01-01-11.md" }],
  ])("two units claim one %s", (field, fields) => {
    const text = production([UNITS[0]!, { ...UNITS[1]!, fields }], [A]);
    // A path that begins with another unit's id is no path of this one, whichever is said first.
    const fault = faultOf(text);
    expect(fault.what).toMatch(new RegExp(`${field}|path`));
    expect(fault.where).toBe(`${PLAN}: §3, line ${lineOf(text, "#### 01.01.12")} of it`);
  });

  test.each<[name: string, agents: readonly string[], what: RegExp, line: string]>([
    [
      "agents that wait for each other",
      ["| A | – | 01.01.11 | B |", "| B | – | 01.01.12 | A |"],
      /A → B → A|B → A → B/,
      "| A | –",
    ],
    [
      "agents that wait for each other, with numbers",
      ["| A | 1 | 01.01.11 | B |", "| B | 2 | 01.01.12 | A |"],
      /wait for each other|batch 1 .* waits for .* batch 2/,
      "| A | 1",
    ],
    ["an agent that waits for itself", ["| A | 1 | 01.01.11 | A |", "| B | 1 | 01.01.12 | – |"], /wait/, "| A | 1"],
    [
      "an agent that waits for one of a later batch",
      ["| A | 1 | 01.01.11 | B |", "| B | 2 | 01.01.12 | – |"],
      /A is in batch 1 and waits for B of batch 2/,
      "| A | 1",
    ],
    [
      "an agent that waits for nobody known",
      ["| A | 1 | 01.01.11 | Z |", "| B | 1 | 01.01.12 | – |"],
      /waits for Z/,
      "| A | 1",
    ],
  ])("%s", (_name, agents, what, line) => {
    const text = production(UNITS.slice(0, 2), agents);
    const fault = faultOf(text);
    expect(fault.exit).toBe(2);
    expect(fault.what).toMatch(what);
    expect(fault.where).toBe(`${PLAN}: §3, line ${lineOf(text, line)} of it`);
  });

  test("in which everyone waits for everyone before takes no time", () => {
    const names = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].flatMap((letter) => [letter, `${letter}1`, `${letter}2`]);
    const agents = names.map(
      (name, index) =>
        `| ${name} | – | ${index === 0 ? "01.01.11" : index === names.length - 1 ? "01.01.12" : "–"} | ${names.slice(0, index).join(", ") || "–"} |`,
    );
    const began = performance.now();
    expect(read(production(UNITS.slice(0, 2), agents)).batches.map((batch) => batch.number)).toEqual([1, names.length]);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test("gives a fault or a plan that can be worked on, whatever is damaged in it", () => {
    const lines = PRODUCTION.split("\n");
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            line: fc.nat(lines.length - 1),
            change: fc.constantFrom("drop", "double", "cut", "blank"),
            text: fc.constantFrom(
              "|",
              "| 01.01.11 |",
              "#### ",
              "A, B",
              "../",
              "`",
              "0",
              "\u0000",
              "| B | 0 | 01.01.11–01.01.13 | C |",
            ),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        (changes) => {
          const damaged = [...lines];
          for (const { line, change, text } of changes) {
            const old = damaged[line] ?? "";
            damaged[line] =
              change === "drop"
                ? text
                : change === "double"
                  ? `${old}\n${old}${text}`
                  : change === "cut"
                    ? `${old.slice(0, old.length / 2)}${text}`
                    : `${text}${old}`;
          }
          let made: ReturnType<typeof read>;
          try {
            made = read(damaged.join("\n"));
          } catch (error) {
            expect(error).toBeInstanceOf(FaultError);
            expect((error as FaultError).fault.where).toContain(PLAN);
            return;
          }
          const ids = made.units.map((unit) => unit.id);
          expect(new Set(ids).size).toBe(ids.length);
          expect(new Set(made.units.map((unit) => unit.path)).size).toBe(ids.length);
          expect(made.batches.flatMap((batch) => batch.units.map((unit) => unit.id)).toSorted()).toEqual(
            ids.toSorted(),
          );
          for (const batch of made.batches)
            for (const unit of batch.units)
              for (const before of unit.afterBatches) expect(before).toBeLessThan(batch.number);
          for (const unit of made.units) expect(unit.path.startsWith("content/")).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
