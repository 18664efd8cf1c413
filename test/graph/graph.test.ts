import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../src/graph/address.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import type { Target } from "../../src/graph/target.ts";
import { address, graphOf, path, target } from "./world.ts";

const edges = (graph: Graph): string[] =>
  [...graph.targets.keys()].flatMap((id) =>
    [...graph.dependencies(id)].map(([need, why]) => `${id} → ${need} (${why}, ${graph.edgeKind(id, need)})`),
  );

const fault = (...targets: Target[]) => {
  const graph = buildGraph(targets);
  if (graph.ok) throw new Error("the graph was built");
  return graph.error;
};

describe("edges", () => {
  it("follow from what is read and written", () => {
    const graph = graphOf(
      target("reader", {
        hard: { a: "a.txt", section: "plan.json#/a", brief: "product:maker:brief", all: "glob:out/*.txt" },
      }),
      target("a", { out: ["a.txt"] }),
      target("section", { out: ["plan.json#/a"] }),
      target("other", { out: ["plan.json#/b"] }),
      target("maker", { products: ["brief"] }),
      target("one", { out: ["out/1.txt"] }),
      target("deep", { out: ["out/x/1.txt"] }),
    );
    expect(edges(graph)).toEqual([
      "reader → a (a, hard)",
      "reader → section (section, hard)",
      "reader → maker (brief, hard)",
      "reader → one (all, hard)",
    ]);
    expect([...graph.dependents(address("one"))]).toEqual(["reader"]);
    expect(graph.descendants(address("maker"))).toEqual(["reader"]);
    expect(graph.dependencies(address("nobody")).size).toBe(0);
  });

  it("of two kinds between the same targets count as the stronger", () => {
    const writer = target("writer", { out: ["a.txt", "b.txt", "c.txt"] });
    const both = (spec: Parameters<typeof target>[1]) => edges(graphOf(writer, target("reader", spec)));
    expect(both({ orderOnly: { a: "a.txt" }, hard: { b: "b.txt" } })).toEqual(["reader → writer (b, hard)"]);
    expect(both({ orderOnly: { a: "a.txt" }, soft: { b: "b.txt" } })).toEqual(["reader → writer (b, soft)"]);
    expect(both({ soft: { a: "a.txt" }, hard: { b: "b.txt" } })).toEqual(["reader → writer (b, hard)"]);
    expect(both({ hard: { a: "a.txt" }, decidedBy: "b.txt" })).toEqual(["reader → writer (decides, decides)"]);
    expect(both({ after: ["writer"] })).toEqual(["reader → writer (after, orderOnly)"]);
    expect(both({ after: ["writer"], orderOnly: { a: "a.txt" }, amends: ["c.txt"] })).toEqual([
      "reader → writer (amends c.txt, hard)",
    ]);
  });

  it("are of their input's kind, whatever that reads, and bear the name of the first that asks for them", () => {
    const graph = graphOf(
      target("writer", { out: ["a.txt", "b.txt"], products: ["p"] }),
      target("glob", { soft: { all: "glob:*.txt" } }),
      target("product", { soft: { p: "product:writer:p" } }),
      target("two", { hard: { a: "a.txt", b: "b.txt" } }),
    );
    expect(edges(graph)).toEqual(["glob → writer (all, soft)", "product → writer (p, soft)", "two → writer (a, hard)"]);
  });

  it("named `after` or `decides` by an input are that input's", () => {
    const graph = graphOf(target("w", { out: ["a"] }), target("r", { hard: { after: "a" } }));
    expect(graph.edgeKind(address("r"), address("w"))).toBe("hard");
  });

  it("do not lead to the target itself, nor to what is not there", () => {
    const graph = graphOf(target("a", { hard: { own: "a.txt" }, out: ["a.txt"], after: ["a", "nobody"] }));
    expect(edges(graph)).toEqual([]);
  });

  it("lead from a glob to those who amend a file that no target makes", () => {
    const graph = graphOf(target("reader", { hard: { all: "glob:u/*" } }), target("weave", { amends: ["u/1"] }));
    expect(edges(graph)).toEqual(["reader → weave (all, hard)"]);
  });

  it("lead to everyone who may insert fragments in a file that is read", () => {
    const graph = graphOf(
      target("one", { scopes: ["catalog.json"] }),
      target("two", { scopes: ["catalog.json"] }),
      target("reader", { hard: { entry: "catalog.json#/x" } }),
    );
    expect(edges(graph)).toEqual(["reader → one (entry, hard)", "reader → two (entry, hard)"]);
  });

  it("put a gate between a target and its readers, but not its gate's", () => {
    const graph = graphOf(
      target("w", { out: ["a"], gate: "w.gate" }),
      target("w.gate", { hard: { a: "a" }, after: ["w"], byPerson: true }),
      target("r", { hard: { a: "a" } }),
      target("p", { orderOnly: { a: "a" }, hard: { b: "a" } }),
    );
    expect(edges(graph)).toEqual([
      "w.gate → w (a, hard)",
      "r → w (a, hard)",
      "r → w.gate (a, hard)",
      "p → w (b, hard)",
      "p → w.gate (b, hard)",
    ]);
  });
});

describe("what is refused", () => {
  it("an address used twice", () => {
    expect(fault(target("a"), target("a")).what).toBe("two rules make the same target");
  });

  it.each([
    [["a.txt"], ["a.txt"], "one and two both write a.txt"],
    [["p.json#/a"], ["p.json#/a"], "one and two both write p.json#/a"],
    [["p.json"], ["p.json#/a"], "one and two both write p.json#/a"],
    [["p.json#/a"], ["p.json"], "one and two both write p.json"],
    [["p.json#/a/b"], ["p.json#/a"], "one and two both write p.json#/a"],
    [["plan.md#§2"], ["plan.md#§2.1"], "one and two both write plan.md#§2.1"],
  ])("%j and %j", (one, two, what) => {
    expect(fault(target("one", { out: one }), target("two", { out: two })).what).toBe(what);
  });

  it("an output given twice by one target", () => {
    expect(fault(target("one", { out: ["p.json#/a", "p.json"] })).what).toBe("one writes p.json twice");
  });

  it("a whole file with fragments of others in it", () => {
    expect(fault(target("one", { out: ["c.json"] }), target("two", { scopes: ["c.json"] })).what).toContain(
      "both write",
    );
    expect(fault(target("two", { scopes: ["c.json"] }), target("one", { out: ["c.json"] })).what).toContain(
      "both write",
    );
  });

  it.each([
    [["p.json#/a"], ["p.json#/b"]],
    [["plan.md#§2"], ["plan.md#§3"]],
  ])("but not %j and %j", (one, two) => {
    graphOf(
      target("one", { out: one }),
      target("two", { out: two }),
      target("three", { scopes: [one[0]!.split("#")[0]!] }),
    );
  });

  it("a cycle, which is printed as a path", () => {
    const a = target("a", { hard: { from: "c.txt" }, out: ["a.txt"] });
    const b = target("b", { hard: { seed: "a.txt" }, out: ["b.txt"] });
    const c = target("c", { orderOnly: { late: "b.txt" }, out: ["c.txt"] });
    const { what, where, exit } = fault(target("z", { hard: { x: "a.txt" } }), a, b, c);
    expect(what).toBe("targets depend on each other in a cycle: a needs c (from); c needs b (late); b needs a (seed)");
    expect([where, exit]).toEqual(["a", 2]);
  });

  it("an amendment of a file that others write in parts, or of one's own", () => {
    const amender = target("w", { amends: ["p.json"] });
    expect(fault(amender, target("x", { out: ["p.json#/a"] })).what).toBe(
      "w amends p.json, of which x writes p.json#/a",
    );
    expect(fault(amender, target("x", { scopes: ["p.json"] })).what).toBe(
      "w amends p.json, of which x writes fragments",
    );
    expect(fault(target("w", { mayAmend: ["p.json"] }), target("x", { scopes: ["p.json"] })).what).toContain(
      "fragments",
    );
    expect(fault(target("w", { amends: ["a"], out: ["a"] })).what).toBe("w both writes and amends a");
  });

  it("two amenders that neither comes after", () => {
    const maker = target("m", { out: ["a"] });
    const { what, mend } = fault(maker, target("x", { amends: ["a"] }), target("y", { amends: ["a"] }));
    expect(what).toBe("x and y both amend a, and neither comes after the other");
    expect(mend).toContain("mayAmend");
  });
});

describe("an amend chain", () => {
  const made = target("made", { out: ["u"] });
  const ids = (graph: Graph, file: string) => graph.chain(path(file)).map(({ id, part }) => `${id} ${part}`);

  it("is in the order in which its links depend on each other", () => {
    const graph = graphOf(
      target("third", { amends: ["u"], after: ["second"] }),
      target("first", { amends: ["u"], out: ["report"] }),
      target("second", { amends: ["u", "u"], hard: { report: "report" } }),
      target("loose", { mayAmend: ["u"] }),
      made,
    );
    expect(ids(graph, "u")).toEqual(["made makes", "first amends", "second amends", "third amends", "loose mayAmend"]);
    expect(graph.dependencies(address("third")).get(address("second"))).toBe("amends u");
    expect(graph.dependencies(address("loose")).size).toBe(0);
  });

  it("may be in an order that others give it", () => {
    const graph = graphOf(
      target("second", { amends: ["u"], after: ["between"] }),
      target("between", { after: ["first"] }),
      target("first", { amends: ["u"] }),
    );
    expect(ids(graph, "u")).toEqual(["first amends", "second amends"]);
  });

  it("may begin with a file that no target makes", () => {
    expect(ids(graphOf(target("w", { amends: ["u"] })), "u")).toEqual(["w amends"]);
    expect(ids(graphOf(made), "u")).toEqual(["made makes"]);
    expect(ids(graphOf(made), "elsewhere")).toEqual([]);
  });

  it("that names a file twice, or in both ways, has it once", () => {
    const graph = graphOf(made, target("w", { amends: ["u", "u"], mayAmend: ["u"] }));
    expect(ids(graph, "u")).toEqual(["made makes", "w amends"]);
  });

  it("shows each reader the last link that does not depend on it", () => {
    const graph = graphOf(
      made,
      target("verify", { hard: { u: "u" }, out: ["report"] }),
      target("weave", { hard: { report: "report" }, amends: ["u"] }),
      target("polish", { after: ["weave"], amends: ["u"], hard: { spelling: "spelling" } }),
      target("spell", { hard: { all: "glob:*" }, out: ["spelling"] }),
      target("final", { hard: { u: "u" } }),
    );
    const needs = (id: string) => [...graph.dependencies(address(id)).keys()].sort();
    expect(needs("verify")).toEqual(["made"]);
    expect(needs("spell")).toEqual(["made", "verify", "weave"]);
    expect(needs("final")).toEqual(["made", "polish"]);
  });

  it("waits for a link's gate, unless that waits for the reader", () => {
    const chain = [made, target("weave", { amends: ["u"], gate: "weave.gate" })];
    const free = graphOf(...chain, target("weave.gate", { after: ["weave"] }), target("reader", { hard: { u: "u" } }));
    expect([...free.dependencies(address("reader")).keys()]).toEqual(["made", "weave", "weave.gate"]);
    const bound = graphOf(
      ...chain,
      target("weave.gate", { after: ["weave", "reader"] }),
      target("reader", { hard: { u: "u" } }),
    );
    expect([...bound.dependencies(address("reader")).keys()]).toEqual(["made"]);
  });

  it("does without a gate that no rule makes", () => {
    const graph = graphOf(target("reader", { hard: { u: "u" } }), target("weave", { amends: ["u"], gate: "nowhere" }));
    expect(edges(graph)).toEqual(["reader → weave (u, hard)"]);
  });

  it("does not close a cycle where two books read what the other weaves", () => {
    const book = (own: string, other: string) => [
      target(`make-${own}`, { out: [own] }),
      target(`verify-${own}`, { hard: { own, other }, out: [`report-${own}`] }),
      target(`weave-${own}`, { hard: { report: `report-${own}` }, amends: [own] }),
    ];
    const graph = graphOf(...book("a", "b"), ...book("b", "a"));
    expect(graph.dependencies(address("verify-a")).has(address("weave-b"))).toBe(true);
    expect(graph.dependencies(address("verify-b")).has(address("weave-a"))).toBe(false);
  });
});

describe("the order", () => {
  it("is the one declared where nothing else is said, with dependencies first", () => {
    const graph = graphOf(target("c", { after: ["d"] }), target("a"), target("d"), target("b"));
    expect(graph.order).toEqual(["d", "c", "a", "b"]);
    expect(graph.descendants(address("d"))).toEqual(["c"]);
  });

  it("holds for long chains", () => {
    const targets = Array.from({ length: 20_000 }, (_, i) =>
      target(`t${i}`, i === 0 ? {} : { after: [`t${i - 1}`] }),
    ).reverse();
    expect(graphOf(...targets).order[0]).toBe("t0");
  });

  it("puts dependencies first in any graph, and the descendants of a target are those that reach it", () => {
    const rows = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(rows, (needs) => {
        const graph = graphOf(
          ...needs
            .map((row, i) => target(`t${i}`, { after: row.filter((need) => need < i).map((need) => `t${need}`) }))
            .reverse(),
        );
        const place = new Map(graph.order.map((id, index) => [id, index]));
        expect(place.size).toBe(needs.length);
        const reached = new Map<Address, Set<Address>>();
        for (const id of graph.order) {
          const below = new Set<Address>();
          for (const need of graph.dependencies(id).keys()) {
            expect(place.get(need)!).toBeLessThan(place.get(id)!);
            below.add(need);
            for (const each of reached.get(need)!) below.add(each);
          }
          reached.set(id, below);
        }
        for (const id of graph.order) {
          const descendants = graph.descendants(id);
          expect([...descendants].sort()).toEqual(graph.order.filter((each) => reached.get(each)!.has(id)).sort());
          expect(descendants).toEqual([...descendants].sort((a, b) => place.get(a)! - place.get(b)!));
        }
      }),
    );
  });
});
