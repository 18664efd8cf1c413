import { describe, expect, it } from "vitest";
import { stateName, stateReasons } from "../../src/graph/describe.ts";
import { Evaluation, type Status } from "../../src/graph/evaluate.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { type Picture, printDot, printJson, printMermaid, printText } from "../../src/graph/printers.ts";
import { address, graphOf, target, World } from "./world.ts";

const graph = graphOf(
  target("book/a/P1", { hard: { "the “source”": "source" }, out: ["plan.md#§1"] }),
  target("book/a/P2", { hard: { audit: "plan.md#§1" }, soft: { style: "style" }, out: ["plan.md#§2"] }),
  target("book/a/P3", { hard: { audit: "plan.md#§1", 'a <b> & "c" # `d` \\': "plan.md#§2" }, products: ["brief"] }),
  target("book/a/P4", {
    hard: { brief: "product:book/a/P3:brief", all: "glob:u/*" },
    after: ["book/a/P1"],
    amends: ["u/1"],
    mayAmend: ["u/2"],
  }),
);

function picture(of: Graph, ids = of.order): Picture {
  const world = new World({ source: "s", style: "t", "u/1": "u" });
  if (of === graph) world.complete(graph, "book/a/P1");
  const evaluation = new Evaluation(of, world);
  return { graph: of, ids, status: (id) => evaluation.status(id) };
}

describe("a graph in text", () => {
  it("says of each target its state, why, and what it needs", () => {
    expect(printText(picture(graph)).split("\n")).toEqual([
      "book/a/P1  [fresh]",
      "book/a/P2  [stale]",
      "    never built",
      "    needs book/a/P1",
      "book/a/P3  [stale]",
      "    never built",
      "    book/a/P2 runs first",
      "    needs book/a/P1, book/a/P2",
      "book/a/P4  [stale]",
      "    never built",
      "    book/a/P3 runs first",
      "    needs book/a/P3, book/a/P1",
    ]);
  });

  it("counts what is more than three reasons", () => {
    const many: Status = {
      kind: "stale",
      edited: [],
      reasons: Array.from({ length: 5 }, (_, i) => ({ kind: "drifted", what: `w${i}` })),
    };
    expect(printText({ graph, ids: [address("book/a/P1")], status: () => many })).toMatch(
      /w2 changed\n {4}and 2 more$/,
    );
  });
});

describe("a graph in mermaid", () => {
  it("has a node for each target, an edge for what it needs itself, and a style for each state", () => {
    expect(printMermaid(picture(graph)).split("\n")).toEqual([
      "flowchart TD",
      '  t0["book/a/P1"]:::fresh',
      '  t1["book/a/P2"]:::stale',
      '  t2["book/a/P3"]:::stale',
      '  t3["book/a/P4"]:::stale',
      '  t0 -->|"audit"| t1',
      '  t1 -->|"a #lt;b#gt; #amp; #quot;c#quot; #35; #96;d#96; \\"| t2',
      '  t2 -->|"brief"| t3',
      "  classDef fresh fill:#d8f0d8,stroke:#2f7d32",
      "  classDef stale fill:#fbe3c0,stroke:#b06a00",
    ]);
  });
});

describe("a graph in dot", () => {
  it("quotes names", () => {
    const lines = printDot(picture(graph)).split("\n");
    expect(lines.at(0)).toBe("digraph codex {");
    expect(lines.at(-1)).toBe("}");
    expect(lines).toContain('  "book/a/P1" [fillcolor="#d8f0d8", tooltip="fresh"];');
    expect(lines).toContain('  "book/a/P2" -> "book/a/P3" [label="a <b> & \\"c\\" # `d` \\\\"];');
    expect(lines).not.toContain('  "book/a/P1" -> "book/a/P3" [label="audit"];');
  });

  it("has a colour for every state", () => {
    const statuses: Status[] = [
      { kind: "fresh", drift: [], edited: [] },
      { kind: "fresh", drift: [{ kind: "drifted", what: "prompt" }], edited: [] },
      { kind: "fresh", drift: [], edited: ["a"] },
      { kind: "stale", reasons: [{ kind: "forced" }], edited: [] },
      { kind: "pending", on: [address("x")], reasons: [] },
      { kind: "waiting", reasons: [] },
      { kind: "blockedByEdit", edited: ["a"], reasons: [] },
      { kind: "blocked", by: address("x") },
      { kind: "failed" },
      { kind: "unknown", decidedBy: address("x") },
    ];
    const names = [
      "fresh",
      "drifted",
      "edited",
      "stale",
      "pending",
      "waiting",
      "blocked by an edit",
      "blocked",
      "failed",
      "unknown",
    ];
    expect(statuses.map(stateName)).toEqual(names);
    for (const status of statuses) {
      const drawn = { graph, ids: [address("book/a/P1")], status: () => status };
      expect(printDot(drawn)).toMatch(/fillcolor="#\w{6}"/);
      expect(printMermaid(drawn)).toMatch(/classDef \w+ fill:/);
      expect(stateReasons(status).length > 0).toBe(stateName(status) !== "fresh" && stateName(status) !== "x");
    }
  });
});

describe("a graph in JSON", () => {
  it("has all of a target that others can see", () => {
    const { version, targets } = JSON.parse(printJson(picture(graph)));
    expect(version).toBe(1);
    expect(targets[3]).toEqual({
      id: "book/a/P4",
      rule: "P4",
      state: "stale",
      reasons: ["never built", "book/a/P3 runs first"],
      needs: ["book/a/P3", "book/a/P1"],
      inputs: [
        { name: "brief", kind: "hard", source: "book/a/P3:brief" },
        { name: "all", kind: "hard", source: "u/*" },
      ],
      outputs: [],
      amends: ["u/1"],
      mayAmend: ["u/2"],
    });
    expect(targets[1].outputs).toEqual([{ name: "plan.md#§2", kind: "ref", ref: "plan.md#§2" }]);
  });
});

describe("any format", () => {
  const formats = [printText, printMermaid, printDot, printJson];

  it("is the same for the same graph, and shows only what it is asked for", () => {
    for (const format of formats) {
      expect(format(picture(graph))).toBe(format(picture(graph)));
      const part = format(picture(graph, [address("book/a/P3"), address("book/a/P4")]));
      expect(part).not.toContain("book/a/P1 ");
      expect(part).toContain("book/a/P3");
    }
  });

  it("of a part keeps edges whose detour is not shown", () => {
    const lines = printDot(picture(graph, [address("book/a/P1"), address("book/a/P3")])).split("\n");
    expect(lines).toContain('  "book/a/P1" -> "book/a/P3" [label="audit"];');
  });

  it("comes at once for a graph with many shortcuts", () => {
    const wide = Array.from({ length: 300 }, (_, i) =>
      target(`t${i}`, { after: Array.from({ length: i }, (_, j) => `t${j}`) }),
    );
    const began = performance.now();
    const lines = printDot(picture(graphOf(...wide))).split("\n");
    expect(lines.filter((line) => line.includes("->"))).toHaveLength(299);
    const long = Array.from({ length: 10_000 }, (_, i) =>
      target(`t${i}`, { after: i === 0 ? [] : ["t0", `t${i - 1}`] }),
    );
    printMermaid(picture(graphOf(...long)));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
