import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Flow, readFlow } from "../../src/curriculum/flow.ts";
import {
  anchoredSections,
  bridgeDefects,
  lastBridgeDefects,
  orderDefects,
  pauseDefects,
  throughlineCoverage,
  uncoveredSections,
  unshippedDefects,
} from "../../src/curriculum/flow-checks.ts";
import { linkDefects, missingLinks } from "../../src/curriculum/flow-links.ts";

const whats = (defects: readonly { readonly what: string }[]) => defects.map((defect) => defect.what);
const words = (count: number, then = "") => `${"word ".repeat(count).trim()} ${then}`.trim();

const SOURCE = `---
flow:
  id: knots-ch1
  title: "Knots, chapter 1"
  kind: author
  source_book: "Knots of String"
  prerequisite_flows: [ends]
  prerequisite_units:
    - 01.01.01
  outcome: |
    The reader can tie
    a bow.
steps:
  - n: 1
    unit: 01.01.02
    tier: beginner
    section_anchor: 1.10
    why: First.
    read_strategy: All.
    bridge_after: |
      ${words(84)}
      A loop *holds* what two ends cannot.
  - n: 2
    unit: 01.01.03
    tier: master
    section_anchor: "§II.1–II.3, II.7"
    bridge_after: Short.
    pause: { kind: consolidation, motivation: Tie three. }
throughline:
  central_question: What holds?
  recurring_concepts: [loop]
  synthesis_beats:
    - { after_step: 1, claim: "A loop holds what two ends cannot." }
    - { after_step: 2, claim: "Bows are loops." }
connections_outward:
  - { flow: ships-ch1, relation: feeds, note: Ships need bows. }
---

# Knots, chapter 1
`;

const read = (source: string, id = "knots-ch1"): Flow => {
  const flow = readFlow(source, id);
  if (!flow.ok) throw new Error(JSON.stringify(flow.error));
  return flow.value;
};
const FLOW = read(SOURCE);
const flow = (change: Partial<Flow>): Flow => ({ ...FLOW, ...change });
const steps = (...units: readonly string[]): Flow["steps"] =>
  units.map((unit, at) => ({ ...FLOW.steps[0]!, n: at + 1, unit }));

describe("reading", () => {
  test("scalars are what is written, numbers are counted", () => {
    expect(FLOW).toMatchObject({
      id: "knots-ch1",
      kind: "author",
      prerequisite_flows: ["ends"],
      prerequisite_units: ["01.01.01"],
      outcome: "The reader can tie a bow.",
      steps: [
        { n: 1, unit: "01.01.02", tier: "beginner", section_anchor: "1.10" },
        { n: 2, unit: "01.01.03", pause: { kind: "consolidation", motivation: "Tie three." } },
      ],
      throughline: { central_question: "What holds?", synthesis_beats: [{ after_step: 1 }, { after_step: 2 }] },
      connections_outward: [{ flow: "ships-ch1", relation: "feeds" }],
    });
  });

  test("the head may stand beside the steps", () => {
    const flat = SOURCE.replace("flow:\n", "")
      .replace(/^ {2}(?=id|title|kind|source|prereq|outcome)/gm, "")
      .replace(/^ {4}(- 01|The|a bow)/gm, "  $1");
    expect(read(flat)).toEqual(FLOW);
    expect(read(SOURCE.replaceAll("\n", "\r\n"))).toEqual(FLOW);
  });

  test.each([
    ["no frontmatter", "# Flow\n", "the flow has no frontmatter"],
    ["broken YAML", SOURCE.replace("steps:", "steps: ["), "the frontmatter: line"],
    [
      "a key twice",
      SOURCE.replace("  kind: author", "  kind: author\n  kind: theme"),
      'the frontmatter: line 5: the key "kind" stands twice',
    ],
    ["an unknown kind", SOURCE.replace("kind: author", "kind: poem"), "kind: "],
    [
      "a unit that is none",
      SOURCE.replace("unit: 01.01.02", "unit: 01.01"),
      "steps.0.unit: a unit id such as 03.09.02",
    ],
    ["a tier that is none", SOURCE.replace("tier: master", "tier: expert"), "steps.1.tier: "],
    ["a step out of number", SOURCE.replace("n: 2", "n: 3"), "step 2 has the number 3"],
    ["a beat after the end", SOURCE.replace("after_step: 2", "after_step: 9"), "a synthesis beat comes after step 9"],
    [
      "another file's id",
      SOURCE.replace("id: knots-ch1", "id: knots-ch2"),
      "the flow's id is knots-ch2, its file's name knots-ch1",
    ],
    ["an id that climbs", SOURCE.replace("id: knots-ch1", "id: ../x"), "id: a slug such as hartshorne-ch2"],
    ["an alias", SOURCE.replace("What holds?", "*x"), "the frontmatter: line"],
    ["deep nesting", `---\nid: ${"[".repeat(5000)}\n---\n`, "the frontmatter: is nested deeper"],
    ["too much of it", `---\nid: ${"x".repeat(2_100_000)}\n---\n`, "the frontmatter: has 2100005 characters"],
  ])("%s is refused", (_name, source, what) => {
    const result = readFlow(source, "knots-ch1");
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error[0]?.what.slice(0, what.length)).toBe(what);
  });

  test("nothing makes it throw", () => {
    fc.assert(
      fc.property(fc.nat(SOURCE.length), fc.nat(40), fc.string({ unit: "binary", maxLength: 8 }), (at, gone, text) => {
        readFlow(SOURCE.slice(0, at) + text + SOURCE.slice(at + gone), "knots-ch1");
      }),
    );
  });
});

describe("order", () => {
  const graph = (edges: Readonly<Record<string, readonly string[]>>) => ({ of: (id: string) => edges[id] ?? [] });

  test("no step needs a later one, directly or through units that are not in the flow", () => {
    const backwards = flow({ steps: steps("01.01.03", "01.01.02") });
    expect(whats(orderDefects(backwards, graph({ "01.01.03": ["01.01.02"] })))).toEqual([
      "01.01.03 needs 01.01.02, which comes in step 2",
    ]);
    expect(orderDefects(backwards, graph({ "01.01.03": ["09.09.09"], "09.09.09": ["01.01.02"] }))).toHaveLength(1);
    expect(orderDefects(backwards, graph({ "01.01.02": ["01.01.03"] }))).toEqual([]);
  });

  test("a unit that comes again is read where it first comes", () => {
    const again = flow({ steps: steps("01.01.02", "01.01.03", "01.01.02") });
    expect(orderDefects(again, graph({ "01.01.03": ["01.01.02"] }))).toEqual([]);
  });

  test("a cycle in the graph does not hang it", () => {
    expect(orderDefects(FLOW, graph({ "01.01.02": ["01.01.03"], "01.01.03": ["01.01.02"] }))).toHaveLength(1);
  });

  test("it agrees with trying all pairs, on random graphs", () => {
    const id = fc.constantFrom("01.01.01", "01.01.02", "01.01.03", "01.01.04", "01.01.05");
    const edges = fc.uniqueArray(
      fc.tuple(id, id).filter(([a, b]) => a > b),
      { selector: String },
    );
    fc.assert(
      fc.property(
        fc.shuffledSubarray(["01.01.01", "01.01.02", "01.01.03", "01.01.04", "01.01.05"]),
        edges,
        (units, pairs) => {
          const needs = (unit: string): readonly string[] => pairs.filter(([a]) => a === unit).map(([, b]) => b);
          const reaches = (a: string, b: string): boolean => needs(a).some((next) => next === b || reaches(next, b));
          const wrong = units.flatMap((unit, at) => units.slice(at + 1).filter((later) => reaches(unit, later)));
          expect(orderDefects(flow({ steps: steps(...units) }), { of: needs })).toHaveLength(wrong.length);
        },
      ),
    );
  });

  test("unshipped units", () => {
    expect(whats(unshippedDefects(FLOW, (id) => id === "01.01.02"))).toEqual(["01.01.03 is not shipped"]);
  });
});

describe("sections", () => {
  test.each([
    ["1.10", ["1.10"]],
    ["§II.1, §II.3", ["II.1", "II.3"]],
    ["II.1–II.3; IV.2", ["II.1", "II.2", "II.3", "IV.2"]],
    ["II.9–11", ["II.9", "II.10", "II.11"]],
    ["II.3–II.1", ["II.3", "II.1"]],
    ["II.1–III.2", ["II.1", "III.2"]],
    ["1–99999", ["1", "99999"]],
    ["", []],
  ])("the anchor %j", (anchor, sections) => {
    expect(anchoredSections(anchor)).toEqual(sections);
  });

  test("sections that no step covers", () => {
    expect(whats(uncoveredSections(FLOW, ["1.10", "§II.2", "II.4", "1.1"]))).toEqual([
      "no step covers the section II.4",
      "no step covers the section 1.1",
    ]);
  });
});

describe("bridges and pauses", () => {
  const bridge = (bridge_after: string) => flow({ steps: [{ ...FLOW.steps[0]!, bridge_after }] });

  test.each([
    [79, ["the bridge has 79 words"]],
    [80, []],
    [150, []],
    [151, ["the bridge has 151 words"]],
    [0, ["the step has no bridge_after"]],
  ])("a bridge of %i words", (count, what) => {
    expect(whats(bridgeDefects(bridge(words(count))))).toEqual(what);
  });

  test("a step says why, and how to read", () => {
    expect(whats(bridgeDefects(FLOW))).toEqual([
      "the step has no why",
      "the step has no read_strategy",
      "the bridge has 1 words",
    ]);
  });

  test.each([
    [2, 1],
    [3, 0],
    [5, 0],
    [6, 1],
  ])("%i pauses", (count, defects) => {
    const paused = Array.from({ length: count }, (_, at) => ({ ...FLOW.steps[1]!, n: at + 1 }));
    expect(pauseDefects(flow({ steps: paused }))).toHaveLength(defects);
  });

  test("the last bridge names what comes next, by id or by title", () => {
    const titles = new Map([["ships-ch1", "Ships & knots"]]);
    expect(whats(lastBridgeDefects(FLOW, titles))).toEqual(["the last bridge does not name what comes next"]);
    expect(lastBridgeDefects(bridge("Next come **ships & knots**."), titles)).toEqual([]);
    expect(lastBridgeDefects(bridge("Next: `ships-ch1`."), titles)).toEqual([]);
    expect(lastBridgeDefects(bridge("Next: ships-ch12."), titles)).toHaveLength(1);
    expect(lastBridgeDefects(flow({ connections_outward: [] }), titles)).toEqual([]);
  });
});

test("throughline coverage: a beat is hit where a bridge says its words", () => {
  expect(throughlineCoverage(FLOW)).toEqual({ flow: "knots-ch1", beats: 2, missed: ["Bows are loops."] });
  const { throughline: _none, ...without } = FLOW;
  expect(throughlineCoverage(without)).toEqual({ flow: "knots-ch1", beats: 0, missed: [] });
});

describe("weaving", () => {
  const named = (
    id: string,
    prerequisites: readonly string[],
    links: Readonly<Record<string, "feeds" | "fed-by" | "parallel">>,
  ) =>
    flow({
      id,
      prerequisite_flows: [...prerequisites],
      connections_outward: Object.entries(links).map(([to, relation]) => ({ flow: to, relation, note: "" })),
    });

  test("what follows from links and prerequisites, each told on both sides", () => {
    const flows = [named("a", [], {}), named("b", ["a"], { c: "parallel" }), named("c", [], {})];
    expect(missingLinks(flows).map(({ flow: id, to, relation }) => `${id} ${relation} ${to}`)).toEqual([
      "a feeds b",
      "b fed-by a",
      "c parallel b",
    ]);
    expect(linkDefects(flows)).toHaveLength(3);
  });

  test("a prerequisite is the reason that is given, where a link would do as well", () => {
    const flows = [named("a", [], { b: "feeds" }), named("b", ["a"], {})];
    expect(missingLinks(flows)).toEqual([{ flow: "b", to: "a", relation: "fed-by", because: "a is its prerequisite" }]);
  });

  test("adding what is missing leaves nothing missing", () => {
    const id = fc.constantFrom("a", "b", "c", "d", "e");
    const one = fc.record({
      id,
      before: fc.uniqueArray(id, { maxLength: 2 }),
      links: fc.dictionary(id, fc.constantFrom("feeds" as const, "fed-by" as const, "parallel" as const), {
        maxKeys: 3,
      }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: (each) => each.id }), (made) => {
        const flows = made.map((each) => named(each.id, each.before, each.links));
        const missing = missingLinks(flows);
        const woven = flows.map((each) => ({
          ...each,
          connections_outward: [
            ...each.connections_outward,
            ...missing
              .filter((link) => link.flow === each.id)
              .map((link) => ({ flow: link.to, relation: link.relation, note: "" })),
          ],
        }));
        expect(missingLinks(woven)).toEqual([]);
        expect(missingLinks(flows.toReversed())).toEqual(missing);
      }),
    );
  });

  test.each([
    ["a link to nothing", [named("a", [], { z: "feeds" })], "connections_outward names z"],
    ["a link to itself", [named("a", [], { a: "parallel" })], "connections_outward names a"],
    ["a prerequisite that is not there", [named("a", ["z"], {})], "the prerequisite flow z does not exist"],
    [
      "a cycle",
      [named("a", ["b"], { b: "fed-by" }), named("b", ["a"], { a: "fed-by" })],
      "prerequisite flows form a cycle: a needs b needs a",
    ],
  ])("%s", (_name, flows, what) => {
    expect(whats(linkDefects(flows))).toContain(what);
  });

  test("two links that contradict each other", () => {
    const both = flow({
      id: "a",
      prerequisite_flows: [],
      connections_outward: [
        { flow: "b", relation: "feeds", note: "" },
        { flow: "b", relation: "parallel", note: "" },
      ],
    });
    expect(whats(linkDefects([both, named("b", [], { a: "fed-by" })]))).toContain(
      "b is linked as feeds and as parallel",
    );
  });
});
