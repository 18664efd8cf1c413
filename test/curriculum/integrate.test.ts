import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFragment } from "../../src/artifact/fragment.ts";
import { overlay } from "../../src/artifact/overlay.ts";
import { parseRef } from "../../src/artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { readCatalog } from "../../src/curriculum/catalog.ts";
import { readConnections } from "../../src/curriculum/connections.ts";
import { readDeps } from "../../src/curriculum/deps.ts";
import type { Draft } from "../../src/curriculum/draft.ts";
import { integrate } from "../../src/curriculum/integrate.ts";
import { readProposals } from "../../src/curriculum/proposals.ts";
import { FaultError } from "../../src/fault.ts";
import { BASE, bytesOf, draftOf, pathOf, textOf, type UnitSpec, unitText, validate, viewOf } from "./workspace.ts";

const CATALOG = "docs/catalogs/CONCEPT_CATALOG.md" as RepoPath;
const DEPS = "manifests/deps.json" as RepoPath;
const CONNECTIONS = "manifests/connections.json" as RepoPath;
const PROPOSALS = "manifests/connection_proposals.md" as RepoPath;

const view = viewOf(BASE);
const applied = (writes: ReadonlyMap<RepoPath, Uint8Array>, base: WorkspaceView = view): WorkspaceView =>
  overlay(base, writes);
const read = (at: WorkspaceView, path: RepoPath): string => textOf(at.bytes(path));
const concepts = (at: WorkspaceView): readonly string[] => readCatalog(read(at, CATALOG)).entries.map(({ id }) => id);
function registry(at: WorkspaceView) {
  const connections = readConnections(read(at, CONNECTIONS));
  if (!connections.ok) throw new Error(connections.error);
  return connections.value.entries;
}
function graph(at: WorkspaceView) {
  const deps = readDeps(read(at, DEPS));
  if (!deps.ok) throw new Error(deps.error);
  return deps.value;
}

const CHESS: UnitSpec = {
  id: "03.09.11",
  concept: "geometry.chessboard",
  prerequisites: ["03.02.01"],
  connections: ["conn:NEW.chess"],
  body: "The pattern of the chessboard, see conn:NEW.chess.\n",
};
const CHESS_CONNECTION = {
  id: "conn:NEW.chess",
  from: "geometry.clifford",
  to: "geometry.chessboard",
  type: "foundation-of",
  strength: "synthesis",
  anchor_phrase: "pattern of the chessboard",
  appears_in_units: ["03.02.01", "03.09.11"],
  synthesis_note: "Why.",
};
const chess = (): Draft => draftOf(CHESS, { connections: [CHESS_CONNECTION], requires: ["geometry.clifford"] });

describe("integration", () => {
  test("of one draft writes the unit, its entry, its node, its edges and its connection, together", () => {
    const result = integrate(view, [chess()], validate);
    expect(result).toMatchObject({ outcome: "integrated", rejected: [], heldBack: [], regressions: [] });
    expect(result.accepted.map(({ unitId }) => unitId)).toEqual(["03.09.11"]);
    expect([...result.writes.keys()]).toEqual([pathOf(CHESS), CATALOG, CONNECTIONS, DEPS]);
    const now = applied(result.writes);
    expect(read(now, pathOf(CHESS))).toBe(unitText(CHESS).replaceAll("conn:NEW.chess", "conn:002.chess"));
    expect(concepts(now)).toEqual(["algebra.form", "geometry.chessboard", "geometry.clifford", "geometry.dirac"]);
    expect(graph(now).edges).toContainEqual({ from: "03.02.01", to: "03.09.11", state: "shipped" });
    expect(registry(now).at(-1)).toEqual({ ...CHESS_CONNECTION, id: "conn:002.chess", appears_in_flows: [] });
    expect(result.fragments).toEqual([
      "docs/catalogs/CONCEPT_CATALOG.md#geometry.chessboard",
      "manifests/connections.json#/connections[id=conn:002.chess]",
      "manifests/deps.json#/_notes/03.09.11",
      "manifests/deps.json#/edges[from=03.02.01][to=03.09.11]",
      "manifests/deps.json#/shipped[=03.09.11]",
    ]);
  });

  test("names only fragments that are there afterwards and were not there before", () => {
    const stray = draftOf(
      { id: "03.09.12", concept: "topology.sphere", connections: ["conn:NEW.lost"], body: "A lost phrase.\n" },
      {
        connections: [
          {
            ...CHESS_CONNECTION,
            id: "conn:NEW.lost",
            from: "topology.nowhere",
            to: "topology.sphere",
            anchor_phrase: "lost phrase",
            appears_in_units: [],
          },
        ],
      },
    );
    const result = integrate(view, [chess(), stray], validate);
    expect(result.fragments.some((name) => name.startsWith(PROPOSALS))).toBe(true);
    for (const name of result.fragments) {
      const ref = parseRef(name);
      if (!ref.ok || ref.value.fragment === undefined) throw new Error(name);
      const { path, fragment } = ref.value;
      expect([name, readFragment(read(applied(result.writes), path), fragment)]).toEqual([
        name,
        { ok: true, value: expect.any(String) },
      ]);
      expect([name, readFragment(read(view, path), fragment)]).toEqual([name, { ok: true, value: undefined }]);
    }
  });

  test("keeps every line of the shared files", () => {
    const now = applied(integrate(view, [chess()], validate).writes);
    for (const path of [CATALOG, DEPS, CONNECTIONS]) {
      const lines = read(now, path).split("\n");
      let at = -1;
      for (const line of read(view, path).split("\n")) {
        // Only the comma behind what was the last of a list may be new.
        const next = lines.findIndex((other, index) => index > at && (other === line || other === `${line},`));
        expect([path, line, next]).not.toEqual([path, line, -1]);
        at = next;
      }
    }
  });

  test("again changes nothing", () => {
    const first = integrate(view, [chess()], validate);
    const again = integrate(applied(first.writes), [chess()], validate);
    expect(again).toMatchObject({ outcome: "integrated", rejected: [], fragments: [] });
    expect(again.writes.size).toBe(0);
  });

  test("of a draft made again for a unit that is there replaces what the unit owns", () => {
    const now = applied(integrate(view, [chess()], validate).writes);
    const made = { ...chess(), unit: unitText({ ...CHESS, body: "Another pattern of the chessboard.\n" }) };
    const again = { ...made, catalog: { ...(made.catalog ?? never()), title: "Another title" } };
    const result = integrate(now, [again], validate);
    expect(result.outcome).toBe("integrated");
    expect([...result.writes.keys()]).toEqual([pathOf(CHESS), CATALOG]);
    expect(read(applied(result.writes, now), CATALOG)).toBe(
      read(now, CATALOG).replace("The concept geometry.chessboard", "Another title"),
    );
  });

  test("of a unit that builds on another one of the batch, in whatever order they come", () => {
    const base: UnitSpec = { id: "03.09.20", concept: "geometry.base" };
    const next: UnitSpec = { id: "03.09.11", concept: "geometry.next", prerequisites: ["03.09.20"] };
    const drafts = [draftOf(next, { requires: ["geometry.base"] }), draftOf(base)];
    const result = integrate(view, drafts, validate);
    expect(result.accepted.map(({ unitId }) => unitId)).toEqual(["03.09.20", "03.09.11"]);
    expect(integrate(view, [...drafts].reverse(), validate)).toEqual(result);
    expect(integrate(view, [drafts[0] ?? never()], validate).rejected[0]?.defects.join("\n")).toContain(
      "no unit 03.09.20",
    );
  });

  test("of a unit whose concept another one of the batch needs, in the order of the plan", () => {
    const base: UnitSpec = { id: "03.09.20", concept: "geometry.base" };
    const next: UnitSpec = { id: "03.09.11", concept: "geometry.next" };
    const drafts = [draftOf(next, { requires: ["geometry.base"] }), draftOf(base)];
    const order = ["03.09.20", "03.09.11"];
    const result = integrate(view, drafts, validate, { order });
    expect(result.accepted.map(({ unitId }) => unitId)).toEqual(order);
    expect(integrate(view, [...drafts].reverse(), validate, { order })).toEqual(result);
    const other = integrate(view, drafts, validate, { order: [...order].reverse() });
    expect(other.rejected.map(({ draft }) => draft.unitId)).toEqual(["03.09.11"]);
  });

  test("of a unit that builds on another one of the batch, whatever the plan says", () => {
    const base: UnitSpec = { id: "03.09.20", concept: "geometry.base" };
    const next: UnitSpec = { id: "03.09.11", concept: "geometry.next", prerequisites: ["03.09.20"] };
    const result = integrate(view, [draftOf(next), draftOf(base)], validate, { order: ["03.09.11", "03.09.20"] });
    expect(result.accepted.map(({ unitId }) => unitId)).toEqual(["03.09.20", "03.09.11"]);
  });

  test("a unit that fails is rejected with its findings; the others go on, and those that build on it do not", () => {
    const bad: UnitSpec = { id: "03.09.12", concept: "geometry.bad", body: "FAULT\n" };
    const above: UnitSpec = { id: "03.09.13", concept: "geometry.above", prerequisites: ["03.09.12"] };
    const result = integrate(view, [draftOf(bad), draftOf(above), chess()], validate);
    expect(result.outcome).toBe("integrated");
    expect(result.accepted.map(({ unitId }) => unitId)).toEqual(["03.09.11"]);
    expect(result.rejected.map(({ draft }) => draft.unitId)).toEqual(["03.09.12", "03.09.13"]);
    expect(result.rejected[0]?.defects).toEqual(["unit: line 1: test: the body says FAULT; mend it"]);
    expect(result.rejected[1]?.defects.join("\n")).toContain("no unit 03.09.12");
    expect(concepts(applied(result.writes))).not.toContain("geometry.bad");
    expect(result.report).toContain(
      "## Rejected\n\n### 03.09.12 (content/03-geometry/03.09.12-bad.md)\n\n- unit: line 1: test: the body says FAULT; mend it\n",
    );
  });

  test.each<[string, UnitSpec, Parameters<typeof draftOf>[1], string]>([
    ["takes another's id", { id: "03.02.01", concept: "geometry.other" }, {}, "the id 03.02.01 is taken by"],
    [
      "claims another's concept",
      { id: "03.09.11", concept: "geometry.dirac" },
      {},
      "the concept geometry.dirac is claimed by 03.02.02",
    ],
    [
      "needs an unknown concept",
      { id: "03.09.11", concept: "geometry.x" },
      { requires: ["geometry.lost"] },
      "requires geometry.lost, which the catalog does not have",
    ],
    [
      "draws an edge from nothing",
      { id: "03.09.11", concept: "geometry.x", prerequisites: ["03.09.99"] },
      {},
      "the edge 03.09.99 → 03.09.11 has no unit 03.09.99",
    ],
    [
      "names an unknown connection",
      { id: "03.09.11", concept: "geometry.x", connections: ["conn:077.x"] },
      {},
      "the connection conn:077.x is not registered",
    ],
    [
      "names a connection that nobody proposes",
      { id: "03.09.11", concept: "geometry.x", connections: ["conn:NEW.x"] },
      {},
      "conn:NEW.x is not among the draft's proposed connections",
    ],
  ])("a draft that %s is rejected", (_name, unit, options, expected) => {
    const result = integrate(view, [draftOf(unit, options)], validate);
    expect(result).toMatchObject({ outcome: "nothing accepted", accepted: [] });
    expect(result.writes.size).toBe(0);
    expect(result.rejected[0]?.defects.join("\n")).toContain(expected);
  });

  test("a draft whose edge closes a cycle is rejected with the cycle", () => {
    const draft = draftOf({ id: "03.09.11", concept: "geometry.x", prerequisites: ["03.02.02"] });
    const ring = {
      ...draft,
      deps: { ...draft.deps, edges: [...draft.deps.edges, { from: "03.09.11", to: "03.01.01" }] },
    };
    expect(integrate(view, [ring], validate).rejected[0]?.defects).toEqual([
      "proposals: the deps edges form a cycle: 03.01.01 needs 03.09.11 needs 03.02.02 needs 03.02.01 needs 03.01.01",
    ]);
  });

  test("an entry that is not the unit's own is not rewritten; one that is right as it is may be left out", () => {
    const written = textOf(BASE.get(CATALOG)).replace(
      "## Geometry\n",
      "## Geometry\n\n### geometry.chessboard\n\n- **title**: By hand\n",
    );
    const there = viewOf(new Map([...BASE, [CATALOG, bytesOf(written)]]));
    expect(integrate(there, [chess()], validate).rejected[0]?.defects.join("\n")).toMatch(
      /already has another entry geometry\.chessboard .* leave "catalog" out/,
    );
    const without = integrate(there, [{ ...chess(), catalog: undefined }], validate);
    expect(without.outcome).toBe("integrated");
    expect(without.writes.has(CATALOG)).toBe(false);
    expect(integrate(view, [{ ...chess(), catalog: undefined }], validate).rejected[0]?.defects.join("\n")).toContain(
      "no concept",
    );
  });

  test("a file that is in the way is not overwritten", () => {
    const there = viewOf(new Map([...BASE, [pathOf(CHESS), bytesOf("A person's notes.\n")]]));
    expect(integrate(there, [chess()], validate).rejected[0]?.defects.join("\n")).toContain(
      "already exists and is no unit",
    );
    const other = viewOf(
      new Map([...BASE, [pathOf(CHESS), bytesOf(unitText({ id: "03.07.07", concept: "geometry.y" }))]]),
    );
    expect(integrate(other, [chess()], validate).rejected[0]?.defects.join("\n")).toContain(
      "already holds the unit 03.07.07",
    );
  });

  test("two drafts of one unit: one is taken, the same one whatever the order", () => {
    const two = [chess(), { ...chess(), unit: unitText({ ...CHESS, body: "Second pattern of the chessboard.\n" }) }];
    const result = integrate(view, two, validate);
    expect(integrate(view, [...two].reverse(), validate)).toEqual(result);
  });

  test("when a unit that passed before fails with the batch, nothing is written and the report says why", () => {
    const strict = (at: WorkspaceView, path: RepoPath) => {
      const crowded = concepts(at).length > 4 && path === pathOf({ id: "03.02.02", concept: "geometry.dirac" });
      return crowded ? { ...validate(at, path), passed: 0 } : validate(at, path);
    };
    const drafts = [chess(), draftOf({ id: "03.09.12", concept: "geometry.x" })];
    const result = integrate(view, drafts, strict);
    expect(result).toMatchObject({ outcome: "rolled back", accepted: [], rejected: [], fragments: [] });
    expect(result.heldBack).toHaveLength(2);
    expect(result.writes.size).toBe(0);
    expect(result.regressions).toEqual([
      "content/03-geometry/03.02.02-dirac.md: a unit that passed before fails with the whole batch",
    ]);
    expect(result.report).toMatch(
      /## Rollback\n\nNothing was written[\s\S]*03\.02\.02-dirac\.md: a unit that passed before[\s\S]*## Held back[\s\S]*None\.\n$/,
    );
  });

  test("a unit that failed before is no obstacle", () => {
    const dirty = viewOf(
      new Map([
        ...BASE,
        [
          "content/03-geometry/03.08.01-old.md" as RepoPath,
          bytesOf(unitText({ id: "03.08.01", concept: "geometry.old", body: "FAULT\n" })),
        ],
      ]),
    );
    const result = integrate(dirty, [chess()], validate);
    expect(result.outcome).toBe("integrated");
    expect(result.report).toContain("4 of 5 units pass every check.");
  });

  test.each([
    ["missing", undefined],
    ["not JSON", bytesOf("{")],
    ["not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d])],
  ])("a shared file that is %s is nobody's defect but a fault", (_name, bytes) => {
    const files = new Map(BASE);
    if (bytes === undefined) files.delete(DEPS);
    else files.set(DEPS, bytes);
    expect(() => integrate(viewOf(files), [chess()], validate)).toThrow(FaultError);
  });
});

describe("connections of a batch", () => {
  const unit = (id: string, slug: string, more: Partial<UnitSpec> = {}): UnitSpec => ({
    id,
    concept: `geometry.${slug}`,
    connections: ["conn:NEW.link"],
    body: `The phrase of ${slug}, built on a form.\n`,
    ...more,
  });
  const link = (slug: string, more: object = {}) => ({
    ...CHESS_CONNECTION,
    id: "conn:NEW.link",
    to: `geometry.${slug}`,
    anchor_phrase: `phrase of ${slug}`,
    appears_in_units: [],
    ...more,
  });

  test.each([
    ["an end that the catalog does not have", { from: "geometry.lost" }, "the catalog does not have geometry.lost"],
    [
      "no end at the unit's concept",
      { from: "algebra.form", to: "geometry.dirac" },
      "neither end is the unit's own concept",
    ],
    ["a unit that does not exist", { appears_in_units: ["03.09.99"] }, "it is to appear in 03.09.99"],
    [
      "another's anchor phrase",
      { anchor_phrase: "built on a form" },
      "its anchor phrase is the one of conn:001.form-clifford",
    ],
  ])("one with %s is queued, and the unit names the proposal", (_name, change, why) => {
    const spec = unit("03.09.11", "x");
    const result = integrate(view, [draftOf(spec, { connections: [link("x", change)] })], validate, {
      at: "2026-11-22T10:00:00Z",
    });
    const now = applied(result.writes);
    expect(result.outcome).toBe("integrated");
    expect(registry(now)).toHaveLength(1);
    expect(read(now, pathOf(spec))).toContain('connections: ["conn:proposal:001"]');
    const [queued] = readProposals(read(now, PROPOSALS));
    expect(queued?.fields.get("rationale")).toContain(why);
    expect(queued?.fields.get("proposed_at")).toBe("2026-11-22T10:00:00Z");
    expect(result.report).toContain("queued as conn:proposal:001");
    expect(integrate(now, [draftOf(spec, { connections: [link("x", change)] })], validate).writes.size).toBe(0);
  });

  test("a relation that is registered under another name is queued; under the same name it is the same", () => {
    const one = applied(
      integrate(view, [draftOf(unit("03.09.11", "x"), { connections: [link("x")] })], validate).writes,
    );
    const renamed = draftOf(unit("03.09.11", "x", { connections: ["conn:NEW.other"] }), {
      connections: [link("x", { id: "conn:NEW.other", anchor_phrase: "built on" })],
    });
    const queue = applied(integrate(one, [renamed], validate).writes, one);
    expect(readProposals(read(queue, PROPOSALS))[0]?.fields.get("rationale")).toContain(
      "conn:002.link already registers this relation",
    );
  });

  test("two drafts that propose the same one share it", () => {
    const shared = { from: "geometry.x", to: "geometry.y", anchor_phrase: "built on a", appears_in_units: [] };
    const drafts = ["x", "y"].map((slug, at) =>
      draftOf(unit(`03.09.1${at}`, slug), { connections: [link(slug, shared)] }),
    );
    const now = applied(integrate(view, [...drafts].reverse(), validate).writes);
    // The first one's other end is in the same batch: all units come before all connections.
    expect(registry(now).slice(1)).toMatchObject([{ id: "conn:002.link", appears_in_units: ["03.09.10", "03.09.11"] }]);
    for (const draft of drafts) expect(read(now, draft.unitPath)).toContain('connections: ["conn:002.link"]');
  });

  test("a registered one that a unit invokes with its phrase lists the unit; without it, the report says so", () => {
    const spec = {
      id: "03.09.11",
      concept: "geometry.x",
      connections: ["conn:001.form-clifford"],
      body: "It is built on a form.\n",
    };
    const result = integrate(view, [draftOf(spec)], validate);
    expect(registry(applied(result.writes))[0]?.appears_in_units).toEqual(["03.01.01", "03.02.01", "03.09.11"]);
    // That entry is somebody else's: the batch does not own it.
    expect(result.fragments.filter((name) => name.startsWith(CONNECTIONS))).toEqual([]);
    const silent = integrate(view, [draftOf({ ...spec, body: "Nothing.\n" })], validate);
    expect(silent.writes.has(CONNECTIONS)).toBe(false);
    expect(silent.report).toContain("without its anchor phrase");
  });

  test("one written out in the frontmatter is looked up, or queued", () => {
    const spec: UnitSpec = { id: "03.09.11", concept: "geometry.x", body: "A phrase.\n" };
    const annotated = (annotation: string): Draft => ({
      ...draftOf(spec),
      unit: unitText(spec).replace("connections: []", `connections: [${annotation}]`),
    });
    const queued = integrate(
      view,
      [annotated("{ to: geometry.dirac, type: dual, strength: lateral, anchor_phrase: A phrase }")],
      validate,
    );
    expect(readProposals(read(applied(queued.writes), PROPOSALS))[0]).toMatchObject({
      title: "geometry.x ↔ geometry.dirac",
    });
    const incomplete = integrate(view, [annotated("{ to: geometry.dirac }")], validate);
    expect(incomplete.rejected[0]?.defects).toEqual([
      expect.stringContaining('the connection to "geometry.dirac" lacks'),
    ]);
  });
});

describe("four batches in any order", () => {
  const slugs = ["a", "b", "c-d", "e", "f", "g", "h", "i"];
  const namespaces = ["geometry", "algebra", "topology", "bundles"];
  const specs = slugs.map(
    (slug, at): UnitSpec => ({
      id: `03.09.${30 + ((at * 5) % 8)}`,
      concept: `${namespaces[at % 4]}.${slug}`,
      prerequisites: ["03.02.01"],
      connections: [`conn:NEW.${slug}`],
      body: `The phrase of ${slug}!\n`,
    }),
  );
  const drafts = specs.map((spec, at) =>
    draftOf(spec, {
      requires: ["geometry.clifford"],
      connections: [
        {
          ...CHESS_CONNECTION,
          id: `conn:NEW.${slugs[at]}`,
          to: spec.concept,
          anchor_phrase: `phrase of ${slugs[at]}!`,
          appears_in_units: [spec.id],
        },
      ],
    }),
  );

  test("give the same catalog and deps, and the same connections up to their numbers", () => {
    const run = (batches: readonly (readonly number[])[]): WorkspaceView => {
      let now = view;
      for (const batch of batches) {
        const result = integrate(
          now,
          batch.map((at) => drafts[at] ?? never()),
          validate,
        );
        expect(result.rejected).toEqual([]);
        now = viewOf(
          new Map([...now.list(["**"]).map((path) => [path, now.bytes(path) ?? never()] as const), ...result.writes]),
        );
      }
      return now;
    };
    const expected = run([[0, 1, 2, 3, 4, 5, 6, 7]]);
    const relations = (at: WorkspaceView) =>
      registry(at)
        .map(({ id, ...rest }) => JSON.stringify([id.replace(/\d+/, "N"), rest]))
        .sort();
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
    fc.assert(
      fc.property(order, (shuffled) => {
        const now = run([0, 2, 4, 6].map((from) => shuffled.slice(from, from + 2)));
        expect(read(now, CATALOG)).toBe(read(expected, CATALOG));
        expect(read(now, DEPS)).toBe(read(expected, DEPS));
        expect(relations(now)).toEqual(relations(expected));
        expect(new Set(registry(now).map(({ id }) => id)).size).toBe(9);
      }),
      { numRuns: 25 },
    );
  });
});

function never(): never {
  throw new Error("there is no such thing");
}
