/** A graph that is kept while targets come and go is the graph that would be built of them all. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import { Islands } from "../../src/graph/islands.ts";
import type { Target } from "../../src/graph/target.ts";
import { path, type Spec, target } from "./world.ts";

const IDS = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"];
const FILES = ["a/0", "a/1", "b/0", "b/1", "c.json", "d.json"].map(path);

const file = fc.constantFrom("a/0", "a/1", "b/0", "b/1");
const id = fc.constantFrom(...IDS);
const source = fc.oneof(
  file,
  file,
  fc.constantFrom("glob:a/*", "glob:*/1"),
  fc.constantFrom("glob:*.json", "c.json", "c.json#/x", "d.json#/y"),
  id.map((each) => `product:${each}:p`),
);
/** What joins a target with others: most have one or two of these. */
const joint: fc.Arbitrary<Spec> = fc.oneof(
  source.map((each) => ({ hard: { h: each } })),
  source.map((each) => ({ soft: { s: each } })),
  fc.oneof(file, fc.constantFrom("c.json#/x", "c.json#/z", "d.json")).map((out) => ({ out: [out] })),
  fc.constantFrom("c.json", "d.json").map((scope) => ({ scopes: [scope] })),
  file.map((each) => ({ amends: [each] })),
  file.map((each) => ({ mayAmend: [each] })),
  id.map((each) => ({ after: [each] })),
  id.map((gate) => ({ gate })),
  file.map((decidedBy) => ({ decidedBy })),
);
const spec = fc.array(joint, { maxLength: 3 }).map((joints): Spec => Object.assign({}, ...joints) as Spec);
/** From one step to the next some targets come, go, or are other ones. */
const steps = fc.array(fc.array(fc.tuple(fc.nat(IDS.length - 1), fc.option(spec)), { maxLength: 4 }), { maxLength: 8 });

/** All that a graph says. */
function told(graph: Graph): unknown {
  return {
    order: graph.order,
    targets: [...graph.targets.keys()],
    edges: graph.order.map((each) => [
      each,
      [...graph.dependencies(each)].map(([need, why]) => [need, why, graph.edgeKind(each, need)]),
      [...graph.dependents(each)].sort(),
      [...graph.descendants(each)].sort(),
      graph.order.filter((other) => graph.dependsOn(each, other)),
    ]),
    chains: FILES.map((each) => graph.chain(each)),
  };
}

it("is the same after any changes, and as it was where the rules contradict each other", () => {
  let faults = 0;
  fc.assert(
    fc.property(steps, (changes) => {
      const islands = new Islands();
      let targets = new Map<number, Target>();
      for (const change of changes) {
        const next = new Map(targets);
        for (const [index, each] of change) {
          if (each === null) next.delete(index);
          else next.set(index, target(IDS[index]!, each));
        }
        const all = [...next].sort(([a], [b]) => a - b).map(([, each]) => each);
        // Rules with a gate make the target of it too.
        const isThere = (gate: string | undefined): boolean => all.some((each) => each.id === gate);
        const list = all.map((each) =>
          each.gate === undefined || isThere(each.gate) ? each : { ...each, gate: undefined },
        );
        const whole = buildGraph(list);
        const before = new Map(islands.order.map((each) => [each, JSON.stringify([...islands.dependencies(each)])]));
        const updated = islands.update(list);
        expect(updated.ok).toBe(whole.ok);
        if (!whole.ok || !updated.ok) {
          faults++;
          continue;
        }
        targets = next;
        expect(told(islands)).toEqual(told(whole.value));
        // Whose neighbours are others is said.
        for (const each of islands.order) {
          if (before.get(each) !== JSON.stringify([...islands.dependencies(each)]))
            expect(updated.value).toContain(each);
        }
        for (const [a, index] of islands.order.map((each, place) => [each, place] as const))
          for (const need of islands.dependencies(a).keys()) {
            expect(islands.position(need)).toBeLessThan(islands.position(a));
            expect(islands.order.indexOf(need)).toBeLessThan(index);
          }
      }
    }),
    { numRuns: 400 },
  );
  expect(faults).toBeGreaterThan(0);
});

it("refuses an address used twice, and changes nothing", () => {
  const islands = new Islands();
  islands.update([target("a", { out: ["u"] }), target("b", { hard: { u: "u" } })]);
  const before = told(islands);
  expect(islands.update([target("a"), target("a")])).toMatchObject({ ok: false });
  expect(told(islands)).toEqual(before);
});

it("is not built anew where nothing of it has changed", () => {
  const islands = new Islands();
  const list = [target("a", { out: ["u"] }), target("b", { hard: { u: "u" } }), target("c", { scopes: ["c.json"] })];
  islands.update(list);
  expect(islands.update([...list])).toEqual({ ok: true, value: new Set() });
  // Those who only insert fragments in one file have nothing to do with each other.
  expect(islands.update([...list, target("d", { scopes: ["c.json"] })])).toEqual({ ok: true, value: new Set(["d"]) });
  expect(islands.dependsOn("b" as never, "a" as never)).toBe(true);
  expect(islands.dependsOn("a" as never, "c" as never)).toBe(false);
  expect(islands.dependsOn("gone" as never, "also gone" as never)).toBe(false);
  islands.update([list[0]!]);
  expect(islands.dependencies("b" as never).size).toBe(0);
});
