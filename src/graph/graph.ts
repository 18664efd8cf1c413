/**
 * The graph: which target must be settled before which. Edges follow from what targets read and write; where several
 * targets write one file in turn (an amend chain), a reader depends on the last link that does not itself depend on
 * the reader, so that verification sees units as they were before weaving and continuity sees them after it.
 */
import type { Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import type { Address } from "./address.ts";
import type { InputKind, Target } from "./target.ts";
import { components, type Needs, reaches, topological } from "./topological.ts";
import { findWriters, type Writers } from "./writers.ts";
import { WrittenPaths } from "./written-paths.ts";

/** How a dependency counts: it decides whether the target exists, or as an input of that kind does. */
export type EdgeKind = "decides" | InputKind;

/** From the one that matters most: where two targets are joined in several ways, the first of these stands. */
const STRENGTH: readonly EdgeKind[] = ["decides", "hard", "soft", "orderOnly"];

/** A target in its part as a writer of a whole file. */
export interface ChainMember {
  readonly id: Address;
  readonly part: "makes" | "amends" | "mayAmend";
}

export interface Graph {
  readonly targets: ReadonlyMap<Address, Target>;
  /** Dependencies first. */
  readonly order: readonly Address[];
  /** Tells how targets stand that depend on each other: dependencies have lower numbers. */
  position(id: Address): number;
  /** What must be settled before a target, each with the name of the input that asks for it. */
  dependencies(id: Address): ReadonlyMap<Address, string>;
  edgeKind(from: Address, to: Address): EdgeKind;
  dependents(id: Address): ReadonlySet<Address>;
  /** Whether one target depends on another, however far away. */
  dependsOn(id: Address, other: Address): boolean;
  /** Everything that depends on a target, however far away, in dependency order. */
  descendants(id: Address): readonly Address[];
  /** The targets that write a whole file: its producer, those that amend it in turn, those that may amend it. */
  chain(path: RepoPath): readonly ChainMember[];
}

/**
 * Builds the graph of some targets. Faults: an address used twice, an artifact owned twice, amenders of one file in no
 * order, a cycle (as a path).
 */
export function buildGraph(list: readonly Target[]): Result<Graph, Fault> {
  const targets = new Map<Address, Target>();
  for (const target of list) {
    if (targets.has(target.id)) {
      return err(usageFault("two rules make the same target", target.id, "give one of the rules another name"));
    }
    targets.set(target.id, target);
  }
  const found = findWriters(list);
  if (!found.ok) return found;
  const writers = found.value;

  const edges = new Edges(targets);
  const amendedReads = connectReads(list, writers, edges);
  const chains = orderChains(writers, edges);
  if (!chains.ok) return chains;
  connectAmendedReads(amendedReads, chains.value, edges);

  const order = topological(edges.needs);
  if (!order.ok) return order;

  const position = positionsIn(order.value);
  let reverse: ReadonlyMap<Address, ReadonlySet<Address>> | undefined;
  const dependents = (id: Address): ReadonlySet<Address> => {
    reverse ??= reversed(edges.needs);
    return reverse.get(id) ?? new Set();
  };
  return ok({
    targets,
    order: order.value,
    position: (id) => position.get(id)!,
    dependencies: (id) => edges.needs.get(id) ?? new Map(),
    edgeKind: (from, to) => edges.kind(from, to),
    dependents,
    dependsOn: (id, other) => {
      const lowest = position.get(other)!;
      return reaches(edges.needs, id, other, (next) => position.get(next)! > lowest);
    },
    descendants(id) {
      const seen = new Set<Address>();
      const stack = [...dependents(id)];
      while (stack.length > 0) {
        const next = stack.pop()!;
        if (seen.has(next)) continue;
        seen.add(next);
        for (const each of dependents(next)) stack.push(each);
      }
      return [...seen].sort((a, b) => position.get(a)! - position.get(b)!);
    },
    chain: (path) => chains.value.get(path) ?? [],
  });
}

const positionsIn = (order: readonly Address[]): ReadonlyMap<Address, number> =>
  new Map(order.map((id, index) => [id, index]));

function reversed(needs: Needs): ReadonlyMap<Address, ReadonlySet<Address>> {
  const dependents = new Map<Address, Set<Address>>();
  for (const id of needs.keys()) dependents.set(id, new Set());
  for (const [from, tos] of needs) for (const to of tos.keys()) dependents.get(to)!.add(from);
  return dependents;
}

class Edges {
  readonly needs: Map<Address, Map<Address, string>>;
  /** Only those that are not hard: nearly all are. */
  private readonly kinds = new Map<Address, Map<Address, EdgeKind>>();
  private readonly targets: ReadonlyMap<Address, Target>;

  constructor(targets: ReadonlyMap<Address, Target>) {
    this.targets = targets;
    this.needs = new Map([...targets.keys()].map((id) => [id, new Map()]));
  }

  kind(from: Address, to: Address): EdgeKind {
    return this.kinds.get(from)?.get(to) ?? "hard";
  }

  gate(id: Address): Address | undefined {
    const gate = this.targets.get(id)?.gate;
    return gate !== undefined && this.targets.has(gate) ? gate : undefined;
  }

  connect(from: Address, to: Address, why: string, kind: EdgeKind): void {
    if (from === to) return;
    this.join(from, to, why, kind);
    // A gate stands between what it approves and everyone else who reads it.
    const gate = this.gate(to);
    if (gate !== undefined && gate !== from) this.join(from, gate, why, kind);
  }

  private join(from: Address, to: Address, why: string, kind: EdgeKind): void {
    if (!this.targets.has(to)) return;
    const needs = this.needs.get(from)!;
    if (needs.has(to) && STRENGTH.indexOf(this.kind(from, to)) <= STRENGTH.indexOf(kind)) return;
    needs.set(to, why);
    const kinds = this.kinds.get(from) ?? new Map<Address, EdgeKind>();
    if (kind === "hard") kinds.delete(to);
    else this.kinds.set(from, kinds.set(to, kind));
  }
}

type Chains = ReadonlyMap<RepoPath, readonly ChainMember[]>;

/** Someone who reads a file that others amend: whom it depends on is decided once all other edges are known. */
interface AmendedRead {
  readonly reader: Address;
  readonly path: RepoPath;
  readonly why: string;
  readonly kind: EdgeKind;
}

function connectReads(list: readonly Target[], writers: Writers, edges: Edges): AmendedRead[] {
  const amendedReads: AmendedRead[] = [];
  const written = new WrittenPaths(writers.paths());
  const readsRef = (reader: Address, ref: Ref, why: string, kind: EdgeKind): void => {
    writers.each(ref, (id) => edges.connect(reader, id, why, kind));
    if (writers.amenders.has(ref.path)) amendedReads.push({ reader, path: ref.path, why, kind });
  };
  for (const { id, decidedBy, inputs, amends, after } of list) {
    if (decidedBy !== undefined) readsRef(id, decidedBy, "decides", "decides");
    for (const { name, source, kind } of inputs) {
      switch (source.kind) {
        case "ref":
          readsRef(id, source.ref, name, kind);
          break;
        case "product":
          edges.connect(id, source.of, name, kind);
          break;
        case "glob":
          for (const glob of source.patterns)
            for (const path of written.matching(glob)) readsRef(id, { path }, name, kind);
          break;
        default:
          return unreachable(source);
      }
    }
    for (const ref of amends) writers.each(ref, (writer) => edges.connect(id, writer, `amends ${ref.path}`, "hard"));
    for (const other of after) edges.connect(id, other, "after", "orderOnly");
  }
  return amendedReads;
}

/** Producer first, then the amenders in the order in which they depend on each other, then those who may amend. */
function orderChains(writers: Writers, edges: Edges): Result<Chains, Fault> {
  const chains = new Map<RepoPath, readonly ChainMember[]>();
  let position: ReadonlyMap<Address, number> | undefined;
  for (const path of writers.chainPaths()) {
    const amenders = [...(writers.amenders.get(path) ?? [])];
    if (amenders.length > 1) {
      if (position === undefined) {
        const order = topological(edges.needs);
        if (!order.ok) return order;
        position = positionsIn(order.value);
      }
      const fault = orderAmenders(path, amenders, edges, position);
      if (fault !== undefined) return err(fault);
    }
    const maker = writers.makers.get(path);
    const chain: ChainMember[] = maker === undefined ? [] : [{ id: maker, part: "makes" }];
    for (const id of amenders) chain.push({ id, part: "amends" });
    for (const id of writers.looseAmenders.get(path) ?? []) chain.push({ id, part: "mayAmend" });
    chains.set(path, chain);
  }
  return ok(chains);
}

/** Sorts amenders so that each comes after the one before it; a fault where neither of two does. */
function orderAmenders(
  path: RepoPath,
  amenders: Address[],
  edges: Edges,
  position: ReadonlyMap<Address, number>,
): Fault | undefined {
  amenders.sort((a, b) => position.get(a)! - position.get(b)!);
  for (let i = 1; i < amenders.length; i++) {
    const [before, after] = [amenders[i - 1]!, amenders[i]!];
    const lowest = position.get(before)!;
    if (!reaches(edges.needs, after, before, (id) => position.get(id)! > lowest)) {
      const what = `${before} and ${after} both amend ${path}, and neither comes after the other`;
      return usageFault(what, path, "name one in the other's `after`, or let both declare it in `mayAmend`");
    }
    edges.connect(after, before, `amends ${path}`, "hard");
  }
  return undefined;
}

function connectAmendedReads(reads: readonly AmendedRead[], chains: Chains, edges: Edges): void {
  if (reads.length === 0) return;
  // If every reader waited for the last link, some would wait for each other: only among those need we look closer.
  const wished = new Map<Address, Set<Address>>();
  for (const { reader, path } of reads) {
    const { id: last } = chains.get(path)!.findLast(isLink)!;
    if (edges.needs.get(reader)!.has(last)) continue;
    const all = wished.get(reader) ?? new Set();
    const gate = edges.gate(last);
    wished.set(reader, gate === undefined ? all.add(last) : all.add(last).add(gate));
  }
  const component = components(edges.needs.keys(), (id) => {
    const needs = edges.needs.get(id)!.keys();
    const more = wished.get(id);
    return more === undefined ? needs : [...needs, ...more];
  });
  const dependsOn = (link: Address, reader: Address): boolean => {
    const within = component.get(reader);
    if (component.get(link) !== within) return false;
    return reaches(edges.needs, link, reader, (id) => component.get(id) === within);
  };
  for (const { reader, path, why, kind } of reads) {
    const last = chains.get(path)!.findLast((link) => {
      if (!isLink(link) || link.id === reader) return false;
      if (edges.needs.get(reader)!.has(link.id)) return true;
      const gate = edges.gate(link.id);
      return !dependsOn(link.id, reader) && (gate === undefined || gate === reader || !dependsOn(gate, reader));
    });
    if (last !== undefined) edges.connect(reader, last.id, why, kind);
  }
}

/** Whether readers may depend on a writer of the chain: those that may amend come in no order. */
const isLink = ({ part }: ChainMember): boolean => part !== "mayAmend";
