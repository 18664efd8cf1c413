/** Two plans that name one file: the targets of both cannot run, and the graph of all others stands. */
import { describe, expect, it } from "vitest";
import { buildGraph } from "../../src/graph/graph.ts";
import type { Target } from "../../src/graph/target.ts";
import { contested } from "../../src/graph/writers.ts";
import { type Spec, target } from "./world.ts";

const planned = (id: string, plan: string, spec: Spec): Target => target(id, { ...spec, decidedBy: `${plan}.md#§3` });
const faults = (...targets: Target[]): Record<string, string> =>
  Object.fromEntries([...contested(targets)].map(([id, { what, where }]) => [id, `${what} (${where})`]));

describe("targets that artifacts decide", () => {
  it("are contested, both, where they write the same", () => {
    const fault = "u is planned twice: by one and by two (a.md#§3, b.md#§3)";
    expect(faults(planned("one", "a", { out: ["u"] }), planned("two", "b", { out: ["u"] }))).toEqual({
      one: fault,
      two: fault,
    });
  });

  it("are told the first contest of each", () => {
    const three = ["a", "b", "c"].map((plan) => planned(plan, plan, { out: ["u"] }));
    expect(faults(...three)).toEqual({
      a: "u is planned twice: by a and by b (a.md#§3, b.md#§3)",
      b: "u is planned twice: by a and by b (a.md#§3, b.md#§3)",
      c: "u is planned twice: by a and by c (a.md#§3, c.md#§3)",
    });
  });

  it.each<[string, Target[]]>([
    ["one writes other files", [planned("one", "a", { out: ["u"] }), planned("two", "b", { out: ["v"] })]],
    ["each owns a fragment", [planned("one", "a", { out: ["u.md#§1"] }), planned("two", "b", { out: ["u.md#§2"] })]],
    ["each inserts fragments", [planned("one", "a", { scopes: ["u.md"] }), planned("two", "b", { scopes: ["u.md"] })]],
    ["a rule declares the other", [planned("one", "a", { out: ["u"] }), target("two", { out: ["u"] })]],
    ["one names a file twice itself", [planned("one", "a", { out: ["u.md", "u.md#§1"] })]],
    ["they make intermediates", [planned("one", "a", { products: ["p"] }), planned("two", "b", { products: ["p"] })]],
  ])("are not, where %s", (_, targets) => {
    expect(faults(...targets)).toEqual({});
  });

  it("clash no more once they are marked, but with a third that is not", () => {
    const marked = (id: string): Target => ({ ...planned(id, id, { out: ["u"] }), contested: true });
    expect(buildGraph([marked("one"), marked("two")]).ok).toBe(true);
    const third = buildGraph([marked("one"), target("three", { out: ["u"] })]);
    expect(third.ok ? "" : third.error.what).toBe("one and three both write u");
  });

  it("make no file of whose fragment they are the owners", () => {
    const graph = buildGraph([target("one", { out: ["p.json#/a"] }), target("two", { scopes: ["p.json"] })]);
    expect(graph.ok && graph.value.chain("p.json" as never)).toEqual([]);
  });

  it("may amend a file that nobody else writes", () => {
    const graph = buildGraph([target("loose", { mayAmend: ["u"] })]);
    expect(graph.ok && graph.value.chain("u" as never)).toEqual([{ id: "loose", part: "mayAmend" }]);
  });
});
