import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Draft, decodeDraft, encodeDraft, parseDraft, unproposedSlugs } from "../../src/curriculum/draft.ts";
import { draftOf, pathOf, proposalsText, type UnitSpec, unitText } from "./workspace.ts";

const UNIT: UnitSpec = {
  id: "03.09.11",
  concept: "geometry.chessboard",
  prerequisites: ["03.02.01"],
  body: "The phrase.\n",
};
const CONNECTION = {
  id: "conn:NEW.chess",
  from: "geometry.clifford",
  to: "geometry.chessboard",
  type: "foundation-of",
  strength: "synthesis",
  anchor_phrase: "The phrase",
  appears_in_units: ["03.02.01", "03.09.11"],
  synthesis_note: "Why.",
} as const;

const parse = (proposals: string, unit = unitText(UNIT), unitPath: string = pathOf(UNIT)) =>
  parseDraft({ unitPath, unit, proposals });

function defects(...args: Parameters<typeof parse>): readonly string[] {
  const draft = parse(...args);
  return draft.ok ? [] : draft.error;
}

const PROPOSALS = proposalsText(UNIT, { connections: [CONNECTION] });

describe("a draft", () => {
  test("as an agent writes it", () => {
    const yaml = `
catalog:            # the proposed entry
  id: geometry.chessboard
  title: Clifford algebras — "the chessboard"
  prerequisites: [geometry.clifford]
  tier_anchors: { beginner: "a table", intermediate: "a book", master: "a paper" }
  notes: >
    Folded over
    two lines.
deps:
  nodes: [{ id: "03.09.11", note: yes }]
  edges:
    - { from: 03.02.01, to: 03.09.11 }
connections:
  - id: "conn:NEW.chess"
    from: geometry.clifford
    to: geometry.chessboard
    type: foundation-of
    strength: synthesis
    anchor_phrase: The phrase
    appears_in_units: ["03.02.01", "03.09.11"]
    synthesis_note: "Why."
`;
    const draft = parse(yaml);
    expect(draft).toEqual({
      ok: true,
      value: {
        unitPath: pathOf(UNIT),
        unitId: "03.09.11",
        concept: "geometry.chessboard",
        prerequisites: ["03.02.01"],
        unit: unitText(UNIT),
        lean: undefined,
        catalog: {
          id: "geometry.chessboard",
          title: 'Clifford algebras — "the chessboard"',
          prerequisites: ["geometry.clifford"],
          tier_anchors: { beginner: "a table", intermediate: "a book", master: "a paper" },
          notes: "Folded over two lines.",
        },
        deps: { nodes: [{ id: "03.09.11", note: "yes" }], edges: [{ from: "03.02.01", to: "03.09.11" }] },
        connections: [{ ...CONNECTION, appears_in_units: [...CONNECTION.appears_in_units], appears_in_flows: [] }],
      } satisfies Draft,
    });
    expect(parse(`\`\`\`yaml${yaml}\`\`\`\n`)).toEqual(draft);
  });

  test.each([
    ["nothing at all", ""],
    ["empty members", "deps:\nconnections:\n"],
    ["empty lists", "deps: { nodes: [], edges: [] }\nconnections: []\n"],
  ])("may propose nothing: %s", (_name, yaml) => {
    expect(parse(yaml)).toMatchObject({
      ok: true,
      value: { catalog: undefined, deps: { nodes: [], edges: [] }, connections: [] },
    });
  });

  test("is stored as one artifact and comes back the same", () => {
    const draft = draftOf(UNIT, { connections: [CONNECTION] });
    expect(decodeDraft(encodeDraft(draft))).toEqual({ ok: true, value: draft });
    expect(encodeDraft(draftOf(UNIT, { connections: [CONNECTION] }))).toEqual(encodeDraft(draft));
    expect(decodeDraft(new Uint8Array([0xff])).ok).toBe(false);
    expect(decodeDraft(new TextEncoder().encode("{}")).ok).toBe(false);
    const moved = new TextDecoder().decode(encodeDraft(draft)).replace("content/03-geometry/", "content/../../");
    expect(decodeDraft(new TextEncoder().encode(moved)).ok).toBe(false);
  });

  test("a Lean stub goes where the unit's module says", () => {
    const unit = unitText(UNIT).replace("status:", "lean_module: Codex.Geometry.Chessboard\nstatus:");
    const outputs = { unitPath: pathOf(UNIT), unit, proposals: PROPOSALS, lean: "-- stub\n" };
    const draft = parseDraft(outputs);
    expect(draft).toMatchObject({
      ok: true,
      value: { lean: { path: "lean/Codex/Geometry/Chessboard.lean", text: "-- stub\n" } },
    });
    if (draft.ok) expect(decodeDraft(encodeDraft(draft.value))).toEqual(draft);
    for (const module of ["../x", "Codex/../../x", "Codex..X", ""]) {
      const hostile = unit.replace("Codex.Geometry.Chessboard", module);
      expect(parseDraft({ ...outputs, unit: hostile }).ok).toBe(false);
    }
  });

  test("slugs that the unit names and does not propose", () => {
    const unit: UnitSpec = { ...UNIT, connections: ["conn:NEW.chess", "conn:NEW.other", "conn:001.x"] };
    expect(unproposedSlugs(draftOf(unit, { connections: [CONNECTION] }))).toEqual(["other"]);
  });
});

describe("what a draft may not do", () => {
  test.each([
    "../content/03.09.11-x.md",
    "content/../../03.09.11-x.md",
    "/content/03.09.11-x.md",
    "content\\03.09.11-x.md",
    "content/a\u0000/03.09.11-x.md",
    "content/.git/03.09.11-x.md",
    "content/03.09.11-x.txt",
    "manifests/03.09.11-x.md",
    "content/03.09.12-x.md",
    "docs/catalogs/CONCEPT_CATALOG.md",
    "C:/content/03.09.11-x.md",
    `content/${"a/".repeat(300)}03.09.11-x.md`,
    "",
  ])("be at %j", (unitPath) => {
    expect(defects(PROPOSALS, unitText(UNIT), unitPath)).not.toEqual([]);
  });

  test.each([
    ["another unit's node", { deps: { nodes: [{ id: "03.02.01" }], edges: [] } }, "registers its own unit"],
    [
      "an edge between others",
      { deps: { nodes: [], edges: [{ from: "03.01.01", to: "03.02.01" }] } },
      "at exactly one end",
    ],
    ["an edge to itself", { deps: { nodes: [], edges: [{ from: "03.09.11", to: "03.09.11" }] } }, "at exactly one end"],
    ["another concept's entry", { catalog: { id: "geometry.clifford" } }, "catalog/id is geometry.clifford"],
    ["a concept that needs itself", { catalog: { prerequisites: ["geometry.chessboard"] } }, "its own prerequisite"],
    ["an unknown key", { budget: "1" }, 'unknown keys "budget"'],
    ["an unknown key further in", { catalog: { status: "x" } }, 'catalog: unknown keys "status"'],
    [
      "a number of its own choice",
      { connections: [{ ...CONNECTION, id: "conn:001.chess" }] },
      "connections/0/id: is not conn:NEW.slug",
    ],
    [
      "an unknown type",
      { connections: [{ ...CONNECTION, type: "friendship" }] },
      "connections/0/type: is none of generalisation",
    ],
    [
      "a connection with itself",
      { connections: [{ ...CONNECTION, from: CONNECTION.to }] },
      "connects a concept with itself",
    ],
    ["a connection twice", { connections: [CONNECTION, CONNECTION] }, "conn:NEW.chess stands twice"],
    [
      "an anchor phrase that is not there",
      { connections: [{ ...CONNECTION, anchor_phrase: "the phrase" }] },
      "does not occur verbatim",
    ],
    ["a title that is none", { catalog: { title: " \n " } }, "catalog/title: is empty"],
    ["a bell in a title", { catalog: { title: "ding\u0007" } }, "holds control characters"],
    ["a long title", { catalog: { title: "x".repeat(301) } }, "longer than 300 characters"],
    [
      "many edges",
      { deps: { nodes: [], edges: Array(65).fill({ from: "03.01.01", to: "03.09.11" }) } },
      "more than 64 entries",
    ],
    ["an upper-case concept", { catalog: { id: "Geometry.X" } }, "catalog/id: is not a concept id"],
    ["a path as a concept", { catalog: { prerequisites: ["../../x"] } }, "catalog/prerequisites/0"],
  ])("%s", (_name, change, expected) => {
    const value = JSON.parse(PROPOSALS);
    const { catalog, ...rest } = change as { catalog?: object };
    const proposals = JSON.stringify({ ...value, ...rest, catalog: { ...value.catalog, ...catalog } });
    expect(defects(proposals).join("\n")).toContain(expected);
  });

  test("forge an entry with a line break: a text is one line", () => {
    const value = JSON.parse(PROPOSALS);
    value.catalog.notes = "x\n\n### geometry.forged\r\n\u2028- **title**: y";
    expect(parse(JSON.stringify(value))).toMatchObject({
      value: { catalog: { notes: "x ### geometry.forged - **title**: y" } },
    });
  });

  test.each([
    ["no frontmatter", "Text.\n", "frontmatter"],
    ["another id", unitText({ ...UNIT, id: "03.09.12" }), "does not begin the file name"],
    ["a hostile slug for an id", unitText({ ...UNIT, id: "../../x" }), "is no unit id"],
    ["a draft's status", unitText(UNIT).replace("shipped", "draft"), "says shipped"],
    ["no concept", unitText({ ...UNIT, concept: "x" }), "is no concept id"],
    ["half a character", unitText({ ...UNIT, body: "The phrase \ud800.\n" }), "Unicode"],
    ["a megabyte and more", unitText({ ...UNIT, body: "The phrase. ".repeat(100_000) }), "longer than 1048576"],
  ])("have a unit with %s", (_name, unit, expected) => {
    expect(defects(PROPOSALS, unit).join("\n")).toContain(expected);
  });

  const N = 32_768;
  test.each([
    ["an alias bomb", `a: &a [x,x]\n${Array.from({ length: 30 }, (_, at) => `b${at}: &b${at} [*a,*a]`).join("\n")}`],
    ["an anchor", "catalog: &x {}\n"],
    ["a tag", "catalog: !!js/function x\n"],
    ["a key twice", "deps: {}\ndeps: {}\n"],
    ["a prototype", "__proto__: { catalog: {} }\n"],
    ["two documents", "deps: {}\n---\ndeps: {}\n"],
    ["a list", "- deps\n"],
    ["a word", "deps\n"],
    ["a merge key", "<<: { deps: {} }\n"],
    ["not YAML", "deps: [\n"],
    ["a tab", "deps:\n\tnodes: []\n"],
    ["a NUL", "deps: \u0000\n"],
    ["brackets, nested deeper", "[".repeat(N)],
    ["closed brackets, nested deeper", "[".repeat(2000) + "]".repeat(2000)],
    ["braces, nested deeper", "{a: ".repeat(N / 2)],
    ["dashes, nested deeper", "- ".repeat(N)],
    ["question marks, nested deeper", "? ".repeat(N)],
    ["some question marks", `${"? ".repeat(15)}x\n`],
    ["indentation, nested deeper", Array.from({ length: 300 }, (_, at) => `${" ".repeat(at)}a:\n`).join("")],
    ["keys", Array.from({ length: 9000 }, (_, at) => `k${at}:\n`).join("")],
    ["equal keys", "a:\n".repeat(20_000)],
    ["quotes", '"'.repeat(N)],
    ["directives", "%A\n".repeat(20_000)],
    ["tags", "!a ".repeat(20_000)],
    ["anchors", "&a ".repeat(20_000)],
    ["size", `notes: ${"x".repeat(100_000)}`],
  ])("stop the process with proposals of %s", (name, proposals) => {
    const started = performance.now();
    const found = defects(proposals);
    expect(found).not.toEqual([]);
    // These would abort the process, or take hours, if they reached the package's composer.
    if (name.endsWith("nested deeper")) expect(found).toEqual(["proposals: is nested deeper than 32 levels"]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("be anything that is not a draft: whatever comes in, defects or a draft come out", () => {
    const token = fc.constantFrom(
      "catalog",
      "deps",
      "nodes",
      ":",
      " ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      ",",
      '"',
      "'",
      "&a",
      "*a",
      "!x",
      "|",
      ">",
      "?",
      "#",
      "%",
      "---",
      "03.09.11",
      "\t",
      "é",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 80 }), (tokens) => {
        const draft = parse(tokens.join(""));
        if (!draft.ok) expect(draft.error.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
