/**
 * The graph: which target must be settled before which. Edges follow from what targets read and write; where several
 * targets write one file in turn (an amend chain), a reader depends on the last link that does not itself depend on
 * the reader, so that verification sees units as they were before weaving and continuity sees them after it.
 */
import picomatch from "picomatch";
import { formatRef, overlaps, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import type { Address } from "./address.ts";
import type { Target } from "./target.ts";

export interface Graph {
  readonly targets: ReadonlyMap<Address, Target>;
  /** Dependencies first. */
  readonly order: readonly Address[];
  /** What must be settled before a target, each with the name of the input that asks for it. */
  dependencies(id: Address): ReadonlyMap<Address, string>;
  dependents(id: Address): ReadonlySet<Address>;
  /** Everything that depends on a target, however far away, in dependency order. */
  descendants(id: Address): readonly Address[];
  /** The targets that write a whole file: its producer, those that amend it in turn, those that may amend it. */
  chain(path: RepoPath): readonly Address[];
}

interface Writer {
  readonly id: Address;
  readonly ref: Ref;
}

/** Names of edges that are no input's. */
export const DECIDES = "decides";
export const AFTER = "after";

const GRAPH_CYCLE = "break the cycle: one of these inputs must go, or be read as recorded questions instead";

const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

/** Builds the graph of some targets. Faults: an address used twice, an artifact owned twice, a cycle (as a path). */
export function buildGraph(list: readonly Target[]): Result<Graph, Fault> {
  const targets = new Map<Address, Target>();
  const writers = new Map<RepoPath, Writer[]>();
  const amenders = new Map<RepoPath, Address[]>();
  const looseAmenders = new Map<RepoPath, Address[]>();
  for (const target of list) {
    if (targets.has(target.id)) {
      return err(usageFault("two rules make the same target", target.id, "give one of the rules another name"));
    }
    targets.set(target.id, target);
    for (const output of target.outputs) {
      if (output.kind === "product") continue;
      if (output.kind === "ref") {
        const rival = writers.get(output.ref.path)?.find((writer) => owns(targets, writer) && overlaps(writer.ref, output.ref));
        if (rival !== undefined) {
          return err(
            usageFault(`${rival.id} and ${target.id} both write ${formatRef(output.ref)}`, target.id, "let one rule own it, and the other amend it"),
          );
        }
      }
      push(writers, output.ref.path, { id: target.id, ref: output.ref });
    }
    for (const ref of target.amends) push(amenders, ref.path, target.id);
    for (const ref of target.mayAmend) push(looseAmenders, ref.path, target.id);
  }

  const edges = new Map<Address, Map<Address, string>>(list.map((target) => [target.id, new Map()]));
  const connect = (from: Address, to: Address, why: string): void => {
    if (from !== to && targets.has(to) && !edges.get(from)!.has(to)) edges.get(from)!.set(to, why);
    // A gate stands between what it approves and everyone else who reads it.
    const gate = targets.get(to)?.gate;
    if (gate !== undefined && gate !== from && from !== to && targets.has(gate)) edges.get(from)!.set(gate, why);
  };
  const writtenPaths = [...new Set([...writers.keys(), ...amenders.keys()])];
  /** Readers of amended files, decided once all other edges are known. */
  const amendedReads: { reader: Address; path: RepoPath; why: string }[] = [];

  const readsRef = (reader: Target, ref: Ref, why: string): void => {
    for (const writer of writers.get(ref.path) ?? []) {
      if (overlaps(writer.ref, ref)) connect(reader.id, writer.id, why);
    }
    if (amenders.has(ref.path)) amendedReads.push({ reader: reader.id, path: ref.path, why });
  };

  for (const target of list) {
    // An edge keeps the first name it is given: what decides first, then what is read, then what only orders.
    if (target.decidedBy !== undefined) readsRef(target, target.decidedBy, DECIDES);
    for (const input of [...target.inputs].sort((a, b) => Number(a.kind === "orderOnly") - Number(b.kind === "orderOnly"))) {
      switch (input.source.kind) {
        case "ref":
          readsRef(target, input.source.ref, input.name);
          break;
        case "product":
          connect(target.id, input.source.of, input.name);
          break;
        case "glob": {
          const matches = picomatch([...input.source.patterns]);
          for (const path of writtenPaths) if (matches(path)) readsRef(target, { path }, input.name);
          break;
        }
        default:
          return unreachable(input.source);
      }
    }
    for (const id of target.after) connect(target.id, id, AFTER);
    for (const ref of target.amends) {
      for (const writer of writers.get(ref.path) ?? []) connect(target.id, writer.id, `amends ${ref.path}`);
    }
  }

  const chains = orderChains(writers, amenders, edges);
  if (!chains.ok) return chains;
  for (const { reader, path, why } of amendedReads) {
    const chain = chains.value.get(path)!;
    const last = chain.findLast((link) => link !== reader && !reaches(edges, link, reader));
    if (last !== undefined) connect(reader, last, why);
  }
  for (const [path, chain] of chains.value) {
    for (let i = 1; i < chain.length; i++) connect(chain[i]!, chain[i - 1]!, `amends ${path}`);
  }

  const order = topological(list, edges);
  if (!order.ok) return order;

  const position = new Map(order.value.map((id, index) => [id, index]));
  const reverse = new Map<Address, Set<Address>>(list.map((target) => [target.id, new Set()]));
  for (const [from, tos] of edges) for (const to of tos.keys()) reverse.get(to)!.add(from);

  return ok({
    targets,
    order: order.value,
    dependencies: (id) => edges.get(id) ?? new Map(),
    dependents: (id) => reverse.get(id) ?? new Set(),
    descendants(id) {
      const seen = new Set<Address>();
      const stack = [...(reverse.get(id) ?? [])];
      while (stack.length > 0) {
        const next = stack.pop()!;
        if (seen.has(next)) continue;
        seen.add(next);
        stack.push(...reverse.get(next)!);
      }
      return [...seen].sort((a, b) => position.get(a)! - position.get(b)!);
    },
    chain: (path) => [
      ...(chains.value.get(path) ?? writers.get(path)?.filter((w) => w.ref.fragment === undefined && owns(targets, w)).map((w) => w.id) ?? []),
      ...(looseAmenders.get(path) ?? []),
    ],
  });
}

/** Whether a writer owns what it writes (a scope only says where fragments may appear). */
function owns(targets: ReadonlyMap<Address, Target>, writer: Writer): boolean {
  return targets.get(writer.id)!.outputs.some((output) => output.kind === "ref" && output.ref === writer.ref);
}

type Edges = ReadonlyMap<Address, ReadonlyMap<Address, string>>;

/** Whether `from` depends on `to`, however far away. */
function reaches(edges: Edges, from: Address, to: Address): boolean {
  const seen = new Set<Address>([from]);
  const stack = [from];
  while (stack.length > 0) {
    for (const next of edges.get(stack.pop()!)?.keys() ?? []) {
      if (next === to) return true;
      if (!seen.has(next)) {
        seen.add(next);
        stack.push(next);
      }
    }
  }
  return false;
}

/** Producer first, then the amenders in the order in which they depend on each other. */
function orderChains(
  writers: ReadonlyMap<RepoPath, readonly Writer[]>,
  amenders: ReadonlyMap<RepoPath, readonly Address[]>,
  edges: Edges,
): Result<Map<RepoPath, Address[]>, Fault> {
  const chains = new Map<RepoPath, Address[]>();
  for (const [path, ids] of amenders) {
    const sorted = [...ids].sort((a, b) => (reaches(edges, a, b) ? 1 : reaches(edges, b, a) ? -1 : 0));
    for (let i = 1; i < sorted.length; i++) {
      if (!reaches(edges, sorted[i]!, sorted[i - 1]!)) {
        return err(
          usageFault(
            `${sorted[i - 1]} and ${sorted[i]} both amend ${path}, and neither comes after the other`,
            path,
            "name one in the other's `after`",
          ),
        );
      }
    }
    const producer = writers.get(path)?.find((writer) => writer.ref.fragment === undefined);
    chains.set(path, producer === undefined ? sorted : [producer.id, ...sorted]);
  }
  return ok(chains);
}

/** Dependencies first, otherwise in the order declared; a cycle is a fault that prints it as a path. */
function topological(list: readonly Target[], edges: Edges): Result<Address[], Fault> {
  const order: Address[] = [];
  const done = new Set<Address>();
  const open = new Set<Address>();
  for (const root of list) {
    // An explicit stack: a chain of ten thousand targets must not overflow the call stack.
    const stack = [{ id: root.id, next: edges.get(root.id)!.keys() }];
    if (done.has(root.id)) continue;
    open.add(root.id);
    while (stack.length > 0) {
      const frame = stack[stack.length - 1]!;
      const step = frame.next.next();
      if (step.done) {
        stack.pop();
        open.delete(frame.id);
        done.add(frame.id);
        order.push(frame.id);
        continue;
      }
      const id = step.value;
      if (done.has(id)) continue;
      if (open.has(id)) {
        const path = stack.map((each) => each.id);
        const cycle = [...path.slice(path.indexOf(id)), id];
        const steps = cycle.slice(1).map((to, i) => `${cycle[i]} needs ${to} (${edges.get(cycle[i]!)!.get(to)})`);
        return err(usageFault(`targets depend on each other in a cycle: ${steps.join("; ")}`, cycle[0]!, GRAPH_CYCLE));
      }
      open.add(id);
      stack.push({ id, next: edges.get(id)!.keys() });
    }
  }
  return ok(order);
}
