/**
 * What must hold between the files of a corpus and no single file can show: ids given once, prerequisites without
 * cycles, edges whose ends exist, one unit a concept.
 */

import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Result } from "../result.ts";
import { type Catalog, readCatalog } from "./catalog.ts";
import { CONNECTIONS_PATH, type Connections, readConnections } from "./connections.ts";
import { cyclesOf } from "./cycles.ts";
import { type Deps, readDeps } from "./deps.ts";
import { CATALOG_PATH, DEPS_PATH } from "./shared-files.ts";
import { readUnitCard, type UnitCard } from "./unit-card.ts";

export const UNITS_GLOB = "content/**/*.md";

export interface Problem {
  readonly kind: "unreadable" | "duplicate-id" | "prerequisite-cycle" | "edge-to-nothing" | "concept-claimed-twice";
  /** `path` or `path:line`. */
  readonly where: string;
  /** One sentence without line numbers, so that the same problem reads the same after an edit elsewhere. */
  readonly what: string;
}

/** Everything that the checks look at, so that one changed file does not mean reading all of them again. */
export interface Corpus {
  readonly units: ReadonlyMap<RepoPath, UnitCard>;
  /** Why a file could not be read, by its path. */
  readonly unreadable: ReadonlyMap<RepoPath, string>;
  readonly catalog: Catalog;
  readonly deps: Deps;
  readonly connections: Connections;
}

const NO_CORPUS: Corpus = {
  units: new Map(),
  unreadable: new Map(),
  catalog: { entries: [], groups: [], unread: [] },
  deps: { nodes: [], edges: [], notes: new Map(), unread: [] },
  connections: { entries: [], unread: [] },
};

export const readCorpus = (view: WorkspaceView): Corpus =>
  updateCorpus(NO_CORPUS, view, [...view.list([UNITS_GLOB]), CATALOG_PATH, DEPS_PATH, CONNECTIONS_PATH]);

/** The corpus after these files have changed, appeared or gone; `view` is the workspace after it. */
export function updateCorpus(corpus: Corpus, view: WorkspaceView, changed: Iterable<RepoPath>): Corpus {
  const units = new Map(corpus.units);
  const unreadable = new Map(corpus.unreadable);
  let { catalog, deps, connections } = corpus;
  const shared = <T>(path: RepoPath, read: (text: string) => Result<T, string>, otherwise: T): T => {
    const bytes = view.bytes(path);
    if (bytes === undefined) unreadable.set(path, "the file is missing");
    const value = bytes === undefined ? undefined : read(readUtf8(bytes));
    if (value?.ok === false) unreadable.set(path, `the file ${value.error}`);
    return value?.ok === true ? value.value : otherwise;
  };
  for (const path of changed) {
    unreadable.delete(path);
    if (path === CATALOG_PATH) {
      catalog = shared(path, (text) => ({ ok: true, value: readCatalog(text) }), NO_CORPUS.catalog);
    } else if (path === DEPS_PATH) deps = shared(path, readDeps, NO_CORPUS.deps);
    else if (path === CONNECTIONS_PATH) connections = shared(path, readConnections, NO_CORPUS.connections);
    else if (path.startsWith("content/") && path.endsWith(".md")) {
      units.delete(path);
      const bytes = view.bytes(path);
      const card = bytes === undefined ? undefined : readUnitCard(path, bytes);
      if (card?.ok === true) units.set(path, card.value);
      else if (card !== undefined) unreadable.set(path, card.error);
    }
  }
  return { units, unreadable, catalog, deps, connections };
}

/** Every problem of a corpus, in a fixed order. */
export function corpusProblems(corpus: Corpus): readonly Problem[] {
  return [
    ...[...corpus.unreadable].map(([where, what]): Problem => ({ kind: "unreadable", where, what })),
    ...duplicates(corpus),
    ...cycles(corpus),
    ...danglingEdges(corpus),
    ...sharedConcepts(corpus),
  ];
}

/** The problems of `after` that `before` did not have. */
export function newProblems(before: readonly Problem[], after: readonly Problem[]): readonly Problem[] {
  const key = ({ kind, what }: Problem): string => `${kind} ${what}`;
  const known = new Set(before.map(key));
  return after.filter((problem) => !known.has(key(problem)));
}

function duplicates({ units, catalog, deps, connections }: Corpus): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (what: string, where: string): void => {
    problems.push({ kind: "duplicate-id", where, what });
  };
  for (const [id, cards] of repeated([...units.values()], (card) => card.id)) {
    report(
      `unit ${id} is in ${cards.length} files: ${cards.map((card) => card.path).join(", ")}`,
      cards[1]?.path ?? "",
    );
  }
  // A reservation beside the entry that it announced is no repetition.
  for (const form of ["heading", "bullet"] as const) {
    const entries = catalog.entries.filter((entry) => entry.form === form);
    for (const [id, found] of repeated(entries, (entry) => entry.id)) {
      report(`concept ${id} has ${found.length} ${form} entries`, `${CATALOG_PATH}:${found[1]?.line}`);
    }
  }
  for (const [id, nodes] of repeated(deps.nodes, (node) => node.id)) {
    report(`node ${id} stands ${nodes.length} times: ${nodes.map((node) => node.state).join(", ")}`, DEPS_PATH);
  }
  for (const [edge, found] of repeated(deps.edges, ({ from, to }) => `${from} → ${to}`)) {
    report(`edge ${edge} stands ${found.length} times`, DEPS_PATH);
  }
  for (const [id, found] of repeated(connections.entries, (entry) => entry.id)) {
    report(`connection ${id} stands ${found.length} times`, CONNECTIONS_PATH);
  }
  return problems;
}

function repeated<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups].filter(([, group]) => group.length > 1);
}

function cycles({ units, catalog, deps }: Corpus): readonly Problem[] {
  // An edge to nothing is reported as such; a cycle through nothing is none.
  const nodes = nodesOf({ units, deps });
  const edges = deps.edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  const graphs: readonly [string, string, Iterable<readonly [string, readonly string[]]>][] = [
    ["units", UNITS_GLOB, [...units.values()].map((card) => [card.id, card.prerequisites] as const)],
    ["deps edges", DEPS_PATH, edges.map((edge) => [edge.to, [edge.from]] as const)],
    ["catalog entries", CATALOG_PATH, catalog.entries.map((entry) => [entry.id, entry.prerequisites] as const)],
  ];
  return graphs.flatMap(([name, where, lists]) => {
    const graph = new Map<string, string[]>();
    for (const [node, needs] of lists) graph.set(node, [...(graph.get(node) ?? []), ...needs]);
    return cyclesOf(graph).map(({ members, path }): Problem => {
      const some = members.slice(0, 12).join(", ");
      const more =
        members.length > path.length - 1 ? ` (one of several cycles among ${members.length}: ${some} …)` : "";
      return { kind: "prerequisite-cycle", where, what: `the ${name} form a cycle: ${path.join(" needs ")}${more}` };
    });
  });
}

/** Every unit that is there or is registered. */
const nodesOf = ({ units, deps }: Pick<Corpus, "units" | "deps">): ReadonlySet<string> =>
  new Set([...[...units.values()].map((card) => card.id), ...deps.nodes.map((node) => node.id)]);

function danglingEdges({ units, catalog, deps, connections }: Corpus): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (where: string, what: string): void => {
    problems.push({ kind: "edge-to-nothing", where, what });
  };
  const concepts = new Set(catalog.entries.map((entry) => entry.id));
  const nodes = nodesOf({ units, deps });
  const announced = new Set(
    deps.edges.filter((edge) => edge.state === "pending").flatMap(({ from, to }) => [from, to]),
  );

  for (const card of units.values()) {
    for (const id of card.prerequisites) {
      const isKnown = nodes.has(id) || (card.pendingPrerequisites && announced.has(id));
      if (!isKnown) report(card.path, `unit ${card.id} requires ${id}, which is no unit`);
    }
    if (card.concept !== "" && !concepts.has(card.concept)) {
      report(card.path, `unit ${card.id} treats ${card.concept}, which the catalog does not have`);
    }
  }
  for (const { from, to } of deps.edges) {
    const missing = [from, to].filter((id) => !nodes.has(id));
    if (missing.length > 0) report(DEPS_PATH, `the edge ${from} → ${to} has no unit ${missing.join(" and no unit ")}`);
  }
  for (const entry of catalog.entries) {
    for (const id of entry.prerequisites) {
      if (!concepts.has(id) && !nodes.has(id)) {
        report(`${CATALOG_PATH}:${entry.line}`, `concept ${entry.id} requires ${id}, which the catalog does not have`);
      }
    }
  }
  for (const { id, from, to, appears_in_units } of connections.entries) {
    for (const concept of [from, to]) {
      if (!concepts.has(concept)) report(CONNECTIONS_PATH, `${id} ends at ${concept}, which the catalog does not have`);
    }
    for (const unit of appears_in_units) {
      if (!nodes.has(unit)) report(CONNECTIONS_PATH, `${id} appears in ${unit}, which is no unit`);
    }
  }
  return problems;
}

function sharedConcepts({ units }: Corpus): readonly Problem[] {
  const claiming = [...units.values()].filter((card) => card.concept !== "");
  return repeated(claiming, (card) => card.concept).map(([concept, cards]) => ({
    kind: "concept-claimed-twice",
    where: cards[1]?.path ?? "",
    what: `concept ${concept} is claimed by ${cards.map((card) => card.id).join(" and ")}`,
  }));
}
