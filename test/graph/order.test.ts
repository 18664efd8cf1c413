import { describe, expect, it } from "vitest";
import type { Address } from "../../src/graph/address.ts";
import { closure, criticalPaths, waves } from "../../src/graph/order.ts";
import { address, graphOf, target } from "./world.ts";

//      ┌─ b (2) ─┐
// a (1)          d (1) ── e (0)      alone (7)
//      └─ c (5) ─┘
const graph = graphOf(
  target("a"),
  target("b", { after: ["a"] }),
  target("c", { after: ["a"] }),
  target("d", { after: ["b", "c"] }),
  target("e", { after: ["d"] }),
  target("alone"),
);
const SECONDS: Readonly<Record<string, number>> = { a: 1, b: 2, c: 5, d: 1, e: 0, alone: 7 };

describe("the critical path", () => {
  it("is the longest chain of work that begins with a target", () => {
    const paths = criticalPaths(graph, (id) => SECONDS[id]!);
    expect(Object.fromEntries(paths)).toEqual({ a: 7, b: 3, c: 6, d: 1, e: 0, alone: 7 });
  });

  it("leads through what will not run", () => {
    const paths = criticalPaths(graph, (id) => (id === "d" ? 0 : SECONDS[id]!));
    expect(paths.get(address("c"))).toBe(5);
    expect(paths.get(address("a"))).toBe(6);
  });
});

describe("a closure", () => {
  it.each([
    [["d"], ["a", "b", "c", "d"]],
    [
      ["b", "alone"],
      ["a", "b", "alone"],
    ],
    [[], []],
    [["e"], ["a", "b", "c", "d", "e"]],
  ])("of %j is what it needs, dependencies first", (goals, ids) => {
    expect(closure(graph, goals.map(address))).toEqual(ids);
  });
});

describe("waves", () => {
  it("hold what needs only earlier ones", () => {
    expect(waves(graph, graph.order)).toEqual([["a", "alone"], ["b", "c"], ["d"], ["e"]]);
  });

  it("begin anew where what is needed does not run", () => {
    expect(waves(graph, ["c", "d"] as Address[])).toEqual([["c"], ["d"]]);
    expect(waves(graph, ["a", "d"] as Address[])).toEqual([["a", "d"]]);
    expect(waves(graph, [])).toEqual([]);
  });
});
