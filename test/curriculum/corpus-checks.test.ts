import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { corpusProblems, newProblems, readCorpus, updateCorpus } from "../../src/curriculum/corpus-checks.ts";
import { cyclesOf } from "../../src/curriculum/cycles.ts";
import {
  BASE,
  bytesOf,
  CATALOG,
  CONNECTIONS,
  DEPS,
  pathOf,
  realView,
  type UnitSpec,
  unitText,
  viewOf,
  WITHOUT_CORPUS,
} from "./workspace.ts";

/** The base campaign with some files changed; undefined takes one away. */
function files(changes: Readonly<Record<string, string | undefined>>): ReadonlyMap<RepoPath, Uint8Array> {
  const all = new Map(BASE);
  for (const [path, text] of Object.entries(changes)) {
    if (text === undefined) all.delete(path as RepoPath);
    else all.set(path as RepoPath, bytesOf(text));
  }
  return all;
}

const problems = (changes: Parameters<typeof files>[0]): readonly string[] =>
  corpusProblems(readCorpus(viewOf(files(changes)))).map(({ kind, what }) => `${kind}: ${what}`);

const unit = (spec: UnitSpec): Record<string, string> => ({ [pathOf(spec)]: unitText(spec) });

const deps = (change: object): Record<string, string> => ({
  "manifests/deps.json": JSON.stringify({ ...JSON.parse(DEPS), ...change }),
});

describe("a corpus", () => {
  test("in order has no problems", () => {
    expect(problems({})).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    [
      "a unit id twice",
      unit({ id: "03.02.02", concept: "geometry.other" }),
      "duplicate-id: unit 03.02.02 is in 2 files",
    ],
    [
      "a concept twice",
      { "docs/catalogs/CONCEPT_CATALOG.md": `${CATALOG}\n### algebra.form\n\n- **title**: again\n` },
      "duplicate-id: concept algebra.form has 2 heading entries",
    ],
    ["a node twice", deps({ pending: ["03.01.01"] }), "duplicate-id: node 03.01.01 stands 2 times: shipped, pending"],
    [
      "an edge twice",
      deps({ edges: [...JSON.parse(DEPS).edges, { from: "03.01.01", to: "03.02.01" }] }),
      "duplicate-id: edge 03.01.01 → 03.02.01 stands 2 times",
    ],
    [
      "a connection twice",
      { "manifests/connections.json": CONNECTIONS.replace(/(\n {4}\{[\s\S]*\n {4}\})/, "$1,$1") },
      "duplicate-id: connection conn:001.form-clifford stands 2 times",
    ],
    [
      "units in a cycle",
      unit({ id: "03.02.01", concept: "geometry.clifford", prerequisites: ["03.02.02"] }),
      "prerequisite-cycle: the units form a cycle: 03.02.01 needs 03.02.02 needs 03.02.01",
    ],
    [
      "a unit that needs itself",
      unit({ id: "03.02.01", concept: "geometry.clifford", prerequisites: ["03.02.01"] }),
      "prerequisite-cycle: the units form a cycle: 03.02.01 needs 03.02.01",
    ],
    [
      "edges in a cycle",
      deps({
        edges: [
          { from: "03.01.01", to: "03.02.01" },
          { from: "03.02.01", to: "03.02.02" },
          { from: "03.02.02", to: "03.01.01" },
        ],
      }),
      "prerequisite-cycle: the deps edges form a cycle: 03.01.01 needs 03.02.02 needs 03.02.01 needs 03.01.01",
    ],
    [
      "concepts in a cycle",
      {
        "docs/catalogs/CONCEPT_CATALOG.md": CATALOG.replace(
          "- **prerequisites**: none",
          "- **prerequisites**: `geometry.dirac`",
        ).replace(
          "### geometry.dirac\n\n- **title**: geometry.dirac\n- **prerequisites**: none",
          "### geometry.dirac\n\n- **title**: geometry.dirac\n- **prerequisites**: `algebra.form`",
        ),
      },
      "prerequisite-cycle: the catalog entries form a cycle: algebra.form needs geometry.dirac needs algebra.form",
    ],
    [
      "a prerequisite that is no unit",
      unit({ id: "03.02.02", concept: "geometry.dirac", prerequisites: ["03.09.99"] }),
      "edge-to-nothing: unit 03.02.02 requires 03.09.99, which is no unit",
    ],
    [
      "an edge to nothing",
      deps({ edges: [{ from: "03.01.01", to: "03.09.99" }] }),
      "edge-to-nothing: the edge 03.01.01 → 03.09.99 has no unit 03.09.99",
    ],
    [
      "a concept that is not in the catalog",
      unit({ id: "03.02.02", concept: "geometry.lost" }),
      "edge-to-nothing: unit 03.02.02 treats geometry.lost, which the catalog does not have",
    ],
    [
      "a catalog entry that needs an unknown concept",
      { "docs/catalogs/CONCEPT_CATALOG.md": CATALOG.replace("**prerequisites**: none", "**prerequisites**: `a.lost`") },
      "edge-to-nothing: concept algebra.form requires a.lost, which the catalog does not have",
    ],
    [
      "a connection to an unknown concept",
      { "manifests/connections.json": CONNECTIONS.replace('"to": "geometry.clifford"', '"to": "geometry.lost"') },
      "edge-to-nothing: conn:001.form-clifford ends at geometry.lost, which the catalog does not have",
    ],
    [
      "a connection in an unknown unit",
      { "manifests/connections.json": CONNECTIONS.replace('"03.02.01"', '"03.09.99"') },
      "edge-to-nothing: conn:001.form-clifford appears in 03.09.99, which is no unit",
    ],
    [
      "two units that claim one concept",
      { ...unit({ id: "03.02.03", concept: "geometry.dirac" }) },
      "concept-claimed-twice: concept geometry.dirac is claimed by 03.02.02 and 03.02.03",
    ],
    ["a missing file", { "manifests/connections.json": undefined }, "unreadable: the file is missing"],
    ["a broken file", { "manifests/deps.json": "{" }, "unreadable: the file is not JSON: CloseBraceExpected on line 1"],
    [
      "a unit that is none",
      { "content/x.md": "Words.\n" },
      "unreadable: the file does not start with frontmatter (line 1)",
    ],
  ])("%s is a problem", (_name, changes, expected) => {
    expect(problems(changes).join("\n")).toContain(expected);
  });

  test("a reservation beside its entry is no repetition, and one is enough for a unit", () => {
    const reserved =
      "## Reserved\n\n- `geometry.dirac` - Dirac (`03.02.02`)\n- `geometry.later` - Later (`03.02.09`)\n\n";
    const changes = {
      "docs/catalogs/CONCEPT_CATALOG.md": reserved + CATALOG,
      ...unit({ id: "03.02.09", concept: "geometry.later" }),
    };
    expect(problems(changes)).toEqual([]);
  });

  test("a prerequisite may be announced by a pending node or, for a unit that says so, by a pending edge", () => {
    const spec = { id: "03.02.02", concept: "geometry.dirac", prerequisites: ["03.09.98", "03.09.99"] };
    const changes = {
      [pathOf(spec)]: unitText(spec).replace("status:", "pending_prereqs: true\nstatus:"),
      ...deps({ pending: ["03.09.98"], edges: [{ from: "03.09.99", to: "03.02.02", state: "pending" }] }),
    };
    expect(problems(changes)).toEqual(["edge-to-nothing: the edge 03.09.99 → 03.02.02 has no unit 03.09.99"]);
  });

  test("what is new after a change, wherever the old problems have moved to", () => {
    const before = corpusProblems(readCorpus(viewOf(files(deps({ edges: [{ from: "03.01.01", to: "x" }] })))));
    const changed = {
      ...deps({
        edges: [
          { from: "y", to: "03.01.01" },
          { from: "03.01.01", to: "x" },
        ],
      }),
    };
    const after = corpusProblems(readCorpus(viewOf(files(changed))));
    expect(newProblems(before, after).map(({ what }) => what)).toEqual(["the edge y → 03.01.01 has no unit y"]);
    expect(newProblems(after, after)).toEqual([]);
  });

  test("updating the changed files is reading everything again", () => {
    const change = fc.constantFrom<Readonly<Record<string, string | undefined>>>(
      unit({ id: "03.02.01", concept: "geometry.clifford", prerequisites: ["03.02.02"] }),
      unit({ id: "03.02.09", concept: "geometry.dirac" }),
      { [pathOf({ id: "03.01.01", concept: "algebra.form" })]: undefined },
      { "content/x.md": "Words.\n" },
      { "content/x.md": undefined },
      { "manifests/deps.json": "{" },
      { "docs/catalogs/CONCEPT_CATALOG.md": undefined },
      deps({ pending: ["03.01.01"] }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
        let at = {};
        let corpus = readCorpus(viewOf(files(at)));
        for (const next of changes) {
          at = { ...at, ...next };
          corpus = updateCorpus(corpus, viewOf(files(at)), Object.keys(next) as RepoPath[]);
          const key = (value: ReturnType<typeof corpusProblems>) =>
            value.map(({ kind, what }) => `${kind} ${what}`).sort();
          const whole = readCorpus(viewOf(files(at)));
          // Two cards of one concept may be named in another order, as the files were met.
          expect(key(corpusProblems(corpus)).length).toBe(key(corpusProblems(whole)).length);
          expect([...corpus.units.keys()].sort()).toEqual([...whole.units.keys()].sort());
        }
      }),
    );
  });
});

describe("cycles", () => {
  test("none in a graph without one; a long chain is no trouble", () => {
    const chain = Array.from({ length: 100_000 }, (_, at) => [`n${at}`, [`n${at + 1}`]] as const);
    expect(cyclesOf(new Map(chain))).toEqual([]);
    const ring = cyclesOf(new Map([...chain, ["n100000", ["n0"]]]));
    expect(ring).toHaveLength(1);
    expect(ring[0]?.path).toHaveLength(100_002);
  });

  test("agree with a naive search", () => {
    const node = fc.integer({ min: 0, max: 7 }).map(String);
    fc.assert(
      fc.property(fc.array(fc.tuple(node, node), { maxLength: 16 }), (edges) => {
        const graph = new Map<string, string[]>();
        for (const [from, to] of edges) graph.set(from, [...(graph.get(from) ?? []), to]);
        const reach = (from: string): Set<string> => {
          const seen = new Set<string>();
          const queue = [...(graph.get(from) ?? [])];
          for (const next of queue) {
            if (seen.has(next)) continue;
            seen.add(next);
            queue.push(...(graph.get(next) ?? []));
          }
          return seen;
        };
        const onCycle = [...graph.keys()].filter((name) => reach(name).has(name)).sort();
        const found = cyclesOf(graph);
        expect(found.flatMap(({ members }) => members).sort()).toEqual(onCycle);
        for (const { path, members } of found) {
          expect(path[0]).toBe(members[0]);
          expect(path.at(-1)).toBe(path[0]);
          for (const [at, name] of path.slice(1).entries()) expect(graph.get(path[at] ?? "")).toContain(name);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe.skipIf(WITHOUT_CORPUS !== undefined)(`the campaign's real corpus ${WITHOUT_CORPUS ?? ""}`, () => {
  test("its known faults are found, and nothing is unreadable", () => {
    const found = corpusProblems(readCorpus(realView()));
    expect(found.filter(({ kind }) => kind === "unreadable")).toEqual([]);
    const cycles = found.filter(({ kind }) => kind === "prerequisite-cycle").map(({ what }) => what);
    expect(cycles).toContain(
      "the catalog entries form a cycle: quantum.wess-zumino-model needs quantum.wess-zumino-model",
    );
    expect(cycles).toContain("the deps edges form a cycle: 03.10.04 needs 03.10.05 needs 03.10.04");
    expect(found.map(({ what }) => what)).toContain(
      "concept classical-mechanics.legendre-transform has 2 heading entries",
    );
  });
});
