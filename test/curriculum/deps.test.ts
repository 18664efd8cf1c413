import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFragment } from "../../src/artifact/fragment.ts";
import { parseRef } from "../../src/artifact/ref.ts";
import { addToDeps, type DepsAddition, readDeps } from "../../src/curriculum/deps.ts";
import { DEPS, realFile, WITHOUT_CORPUS } from "./workspace.ts";

function add(
  text: string,
  addition: DepsAddition,
): { text: string; added: readonly string[]; changed: readonly string[] } {
  const edit = addToDeps(text, addition);
  if (!edit.ok) throw new Error(edit.error);
  return edit.value;
}

const read = (text: string) => {
  const deps = readDeps(text);
  if (!deps.ok) throw new Error(deps.error);
  return deps.value;
};

const json = (value: unknown, indent: string | number = 2): string => `${JSON.stringify(value, undefined, indent)}\n`;

/** Lines of `after` that `before` does not have, and the other way round, where the rest is the same in order. */
function lineDiff(before: string, after: string): { added: string[]; removed: string[] } {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const added: string[] = [];
  const removed: string[] = [];
  let at = 0;
  for (const line of now) {
    if (line === old[at]) at += 1;
    else if (old.indexOf(line, at) !== -1 && !now.slice(now.indexOf(line) + 1).includes(old[at] ?? "")) {
      const next = old.indexOf(line, at);
      removed.push(...old.slice(at, next));
      at = next + 1;
    } else added.push(line);
  }
  return { added, removed: [...removed, ...old.slice(at)] };
}

describe("reading deps", () => {
  test("lists of shipped and pending units", () => {
    const deps = read(
      json({
        version: 1,
        edges: [{ from: "a", to: "b", state: "pending" }],
        pending: ["b"],
        shipped: ["a"],
        _notes: { a: "n" },
      }),
    );
    expect(deps).toMatchObject({
      nodes: [
        { id: "a", state: "shipped" },
        { id: "b", state: "pending" },
      ],
      edges: [{ from: "a", to: "b", state: "pending" }],
      unread: [],
    });
    expect(deps.notes.get("a")).toBe("n");
  });

  test("one list of nodes, as ids or objects", () => {
    const deps = read(
      json({
        nodes: ["a", { id: "b", state: "pending" }, { id: "c", status: "pending" }, { id: "d" }, 7],
        edges: [{ from: "a" }],
      }),
    );
    expect(deps.nodes.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "a shipped",
      "b pending",
      "c pending",
      "d shipped",
    ]);
    expect(deps.unread).toEqual([
      "/nodes/4: neither a unit id nor an object with one",
      "/edges/0: no edge with from and to",
    ]);
  });

  test.each([
    ["not JSON", "{"],
    ["comments", '{ /* x */ "edges": [] }'],
    ["a trailing comma", '{ "edges": [], }'],
    ["an array", "[]"],
    ["a key twice", '{ "edges": [], "edges": [] }'],
    ["deep nesting", `{"edges":${"[".repeat(100_000)}`],
    ["nothing", ""],
  ])("%s is an error", (_name, text) => {
    expect(readDeps(text).ok).toBe(false);
  });
});

describe("registering a unit", () => {
  test("a node, its edges and its note, in order; only lines are added", () => {
    const after = add(DEPS, {
      nodes: [{ id: "03.01.09", note: "a note — with “quotes”" }],
      edges: [
        { from: "03.02.01", to: "03.01.09" },
        { from: "03.01.01", to: "03.01.09" },
      ],
    });
    const deps = read(after.text);
    expect(deps.nodes.map((node) => node.id)).toEqual(["03.01.01", "03.01.09", "03.02.01", "03.02.02"]);
    expect(deps.edges.filter((edge) => edge.to === "03.01.09")).toEqual([
      { from: "03.01.01", to: "03.01.09", state: "shipped" },
      { from: "03.02.01", to: "03.01.09", state: "shipped" },
    ]);
    expect(deps.notes.get("03.01.09")).toBe("a note — with “quotes”");
    expect(after.text).toBe(json(JSON.parse(after.text)));
    expect(after.added).toEqual([
      "manifests/deps.json#/shipped[=03.01.09]",
      "manifests/deps.json#/edges[from=03.01.01][to=03.01.09]",
      "manifests/deps.json#/edges[from=03.02.01][to=03.01.09]",
      "manifests/deps.json#/_notes/03.01.09",
    ]);
    expect(after.changed).toEqual([]);
  });

  test("every fragment that it names is there", () => {
    const after = add(DEPS, { nodes: [{ id: "03.09.11", note: "n" }], edges: [{ from: "03.01.01", to: "03.09.11" }] });
    for (const name of after.added) {
      const ref = parseRef(name);
      if (!ref.ok || ref.value.fragment === undefined) throw new Error(name);
      expect(readFragment(after.text, ref.value.fragment)).toMatchObject({ ok: true, value: expect.any(String) });
      expect(readFragment(DEPS, ref.value.fragment)).toEqual({ ok: true, value: undefined });
    }
  });

  test("twice changes nothing", () => {
    const whole: DepsAddition = {
      nodes: [{ id: "03.09.11", note: "n" }],
      edges: [{ from: "03.01.01", to: "03.09.11" }],
    };
    const once = add(DEPS, whole).text;
    expect(add(once, whole)).toEqual({ text: once, added: [], changed: [] });
    expect(add(DEPS, { nodes: [], edges: [] }).text).toBe(DEPS);
  });

  test("a pending unit turns shipped, and so do its pending edges whose other end is shipped", () => {
    const before = json({
      edges: [
        { from: "a", to: "b", state: "pending" },
        { from: "b", to: "c", state: "pending" },
        { from: "a", to: "c", state: "pending" },
      ],
      pending: ["b", "c"],
      shipped: ["a"],
      _notes: { b: "b — PENDING" },
    });
    const after = add(before, { nodes: [{ id: "b", note: "b — made" }], edges: [{ from: "a", to: "b" }] });
    expect(JSON.parse(after.text)).toEqual({
      edges: [
        { from: "a", to: "b", state: "shipped" },
        { from: "b", to: "c", state: "pending" },
        { from: "a", to: "c", state: "pending" },
      ],
      pending: ["c"],
      shipped: ["a", "b"],
      _notes: { b: "b — made" },
    });
    expect(after.text).toBe(json(JSON.parse(after.text)));
    expect(after.added).toEqual(["manifests/deps.json#/shipped[=b]"]);
    expect(after.changed).toEqual([
      "manifests/deps.json#/pending[=b]",
      "manifests/deps.json#/edges[from=a][to=b]",
      "manifests/deps.json#/_notes/b",
    ]);
  });

  test.each([
    [["a"], ["a"], []],
    [["a", "b"], ["a"], ["b"]],
    [["a", "b"], ["b"], ["a"]],
    [
      ["a", "b", "c", "d"],
      ["b", "c"],
      ["a", "d"],
    ],
    [["a", "b", "c"], ["b", "c"], ["a"]],
    [["a", "b", "a"], ["a"], ["b"]],
    [["a", "b"], ["a", "b"], []],
  ])("%j without %j is %j", (pending, ids, left) => {
    const before = json({ edges: [], pending, shipped: ["x"] });
    const after = add(before, { nodes: ids.map((id) => ({ id })), edges: [] }).text;
    expect(JSON.parse(after)).toEqual({ edges: [], pending: left, shipped: [...ids, "x"] });
    expect(after).toBe(json(JSON.parse(after)));
  });

  test.each([
    ["as ids", ["a", "c"], ["a", "b", "c"]],
    [
      "as objects with a state",
      [{ id: "a", state: "shipped" }],
      [
        { id: "a", state: "shipped" },
        { id: "b", state: "shipped" },
      ],
    ],
    [
      "as objects with a status",
      [{ id: "c", status: "shipped" }],
      [
        { id: "b", status: "shipped" },
        { id: "c", status: "shipped" },
      ],
    ],
    ["pending there", [{ id: "b", state: "pending" }], [{ id: "b", state: "shipped" }]],
    ["none yet", [], [{ id: "b", state: "shipped" }]],
  ])("nodes %s", (_name, nodes, expected) => {
    const before = json({ nodes, edges: [], _notes: {} });
    const after = add(before, { nodes: [{ id: "b", note: "n" }], edges: [{ from: "a", to: "b" }] }).text;
    expect(JSON.parse(after)).toMatchObject({ nodes: expected, edges: [{ from: "a", to: "b" }], _notes: { b: "n" } });
    expect(after).toBe(json(JSON.parse(after)));
  });

  test.each([
    ["four spaces", json({ edges: [{ from: "a", to: "b" }], shipped: ["a"] }, 4)],
    ["tabs", json({ edges: [{ from: "a", to: "b" }], shipped: ["a"] }, "\t")],
    ["one line", `${JSON.stringify({ edges: [{ from: "a", to: "b" }], shipped: ["a", "c"], _notes: { a: "x" } })}`],
    ["one line, nothing in it", `${JSON.stringify({ edges: [], shipped: [], _notes: {} })}`],
  ])("the file's own layout: %s", (name, before) => {
    const after = add(before, { nodes: [{ id: "b", note: "n" }], edges: [{ from: "a", to: "c" }] }).text;
    const indent = name === "tabs" ? "\t" : name === "four spaces" ? 4 : undefined;
    expect(after.trimEnd()).toBe(JSON.stringify(JSON.parse(after), undefined, indent));
    expect(JSON.parse(after).shipped).toContain("b");
  });

  test("edges on a line each stay so; CRLF and a byte order mark stay", () => {
    const before =
      '\uFEFF{\r\n  "edges": [\r\n    { "from": "a", "to": "c", "state": "shipped" }\r\n  ],\r\n  "shipped": ["a", "c"]\r\n}\r\n';
    const after = add(before, { nodes: [{ id: "b" }], edges: [{ from: "a", to: "b" }] }).text;
    expect(after).toBe(
      '\uFEFF{\r\n  "edges": [\r\n    { "from": "a", "to": "b", "state": "shipped" },\r\n    { "from": "a", "to": "c", "state": "shipped" }\r\n  ],\r\n  "shipped": ["a", "b", "c"]\r\n}\r\n',
    );
  });

  test.each([
    ["no edges", { shipped: [] }],
    ["no nodes", { edges: [] }],
  ])("a file with %s is refused", (_name, value) => {
    expect(addToDeps(json(value), { nodes: [{ id: "a" }], edges: [] }).ok).toBe(false);
  });

  const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const edge = fc.record({ from: id, to: id });
  const file = fc.record({
    edges: fc.array(fc.record({ from: id, to: id, state: fc.constantFrom("shipped", "pending") }), { maxLength: 6 }),
    pending: fc.array(id, { maxLength: 4 }),
    shipped: fc.array(id, { maxLength: 4 }),
    _notes: fc.dictionary(id, fc.string(), { noNullPrototype: true, maxKeys: 3 }),
  });
  const unit = fc.record({
    nodes: fc.tuple(fc.record({ id, note: fc.string() })),
    edges: fc.array(edge, { maxLength: 3 }),
  });

  test("independent units in any order give the same file; nothing is lost; the layout stays", () => {
    fc.assert(
      fc.property(
        file,
        fc.uniqueArray(unit, { selector: ({ nodes }) => nodes[0].id, minLength: 1, maxLength: 4 }),
        (before, units) => {
          const text = json(before);
          // Whole edges, or else the second unit would depend on whether the first one has shipped its end.
          const own = units.map(({ nodes, edges }) => ({
            nodes,
            edges: edges.map(({ from }) => ({ from, to: nodes[0].id })),
          }));
          const forth = own.reduce((at, one) => add(at, one).text, text);
          const back = [...own].reverse().reduce((at, one) => add(at, one).text, text);
          const sorted = (value: string) => read(value).edges.map(({ from, to }) => `${from} ${to}`);
          expect(sorted(forth)).toEqual(sorted(back));
          expect(read(forth).nodes).toEqual(read(back).nodes);
          expect(read(forth).notes).toEqual(read(back).notes);
          expect(forth).toBe(json(JSON.parse(forth)));
          for (const kept of before.edges) expect(sorted(forth)).toContain(`${kept.from} ${kept.to}`);
          for (const one of own) expect(add(forth, one).changed).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(WITHOUT_CORPUS !== undefined)(`the campaign's real deps ${WITHOUT_CORPUS ?? ""}`, () => {
  const text = WITHOUT_CORPUS === undefined ? realFile("manifests/deps.json") : "";

  test("reads all of it, and nothing added is the same file", () => {
    const deps = read(text);
    expect(deps.edges).toHaveLength(6425);
    expect(deps.nodes.filter((node) => node.state === "shipped")).toHaveLength(1488);
    expect(deps.unread).toEqual([]);
    expect(add(text, { nodes: [], edges: [] }).text).toBe(text);
  });

  test("a unit is a minimal diff, and fast", () => {
    const started = performance.now();
    const after = add(text, {
      nodes: [{ id: "03.09.99", note: "a new unit" }],
      edges: [
        { from: "03.09.02", to: "03.09.99" },
        { from: "03.05.04", to: "03.09.99" },
      ],
    }).text;
    expect(performance.now() - started).toBeLessThan(1000);
    const { added, removed } = lineDiff(text, after);
    expect(removed).toEqual([]);
    expect(added.filter((line) => !/^\s*[{}],?$/.test(line)).map((line) => line.trim())).toEqual([
      '"from": "03.05.04",',
      '"to": "03.09.99",',
      '"state": "shipped"',
      '"from": "03.09.02",',
      '"to": "03.09.99",',
      '"state": "shipped"',
      '"03.09.99",',
      '"03.09.99": "a new unit",',
    ]);
  });
});
