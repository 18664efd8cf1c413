/** How things stand at one moment: what was asked for, and the status of every target that it needs. */
import { type Fault, FaultError } from "../fault.ts";
import { type Address, resolveAddress } from "../graph/address.ts";
import { Evaluation, isSettled, mayRun, type Policy } from "../graph/evaluate.ts";
import { type Facts, otherwise } from "../graph/facts.ts";
import { closure } from "../graph/order.ts";
import type { Engine, Layout } from "./engine.ts";

/** A layout with what was asked for. */
export interface Resolved extends Layout {
  readonly goals: readonly Address[];
  /** The goals and what they need, dependencies first. */
  readonly ids: readonly Address[];
}

/** The same, with the status of every target that the goals need. */
export interface Snapshot extends Resolved {
  readonly evaluation: Evaluation;
}

/**
 * What was asked for. Throws a `FaultError` for an unknown address. It reads nothing of what was built, so that it can be
 * called before the lock is held: what is in memory then would be out of date.
 */
export function resolveGoals(layout: Layout, goals: readonly string[]): Resolved {
  const targets = layout.graph.order.map((id) => layout.graph.targets.get(id)!);
  const resolved = new Set<Address>();
  for (const typed of goals) {
    const found = resolveAddress(typed, targets);
    if (!found.ok) throw new FaultError(found.error);
    for (const target of found.value) {
      resolved.add(target.id);
      if (target.gate !== undefined) resolved.add(target.gate);
    }
  }
  return { ...layout, goals: [...resolved], ids: closure(layout.graph, resolved) };
}

/** Resolves goals and evaluates them. Throws a `FaultError` for an unknown address. */
export function snapshotOf(
  layout: Layout,
  engine: Pick<Engine, "world">,
  goals: readonly string[],
  policy: Policy,
): Snapshot {
  const facts = withUndecidable(engine.world, (id) => layout.tasks.get(id)?.placeholder?.fault);
  return { ...resolveGoals(layout, goals), evaluation: new Evaluation(layout.graph, facts, policy) };
}

/** Facts that know which targets cannot be decided, because a list cannot be read. */
export const withUndecidable = (world: Facts, faultOf: (id: Address) => Fault | undefined): Facts =>
  otherwise(world, {
    undecidable(id) {
      const fault = faultOf(id);
      return fault && `${fault.where}: ${fault.what}`;
    },
  });

/** Why targets cannot be decided, each once: lists that cannot be read, and what two of them want to make. */
export function undecidable({ ids, tasks }: Resolved): Fault[] {
  return unique(ids.flatMap((id) => tasks.get(id)!.placeholder?.fault ?? []));
}

/** Why artifacts that decide targets cannot be read, each once. A build refuses to begin with any among its goals. */
export function unreadable({ ids, tasks }: Resolved): Fault[] {
  return unique(
    ids.flatMap((id) => {
      const { placeholder } = tasks.get(id)!;
      return placeholder?.isContested ? [] : (placeholder?.fault ?? []);
    }),
  );
}

const unique = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.map((fault) => [`${fault.where} ${fault.what}`, fault])).values(),
];

/**
 * The snapshot in which every stale target finds the bytes of its intermediates, or their makers are stale too: they
 * live in the store only, and a fresh clone has none.
 */
export function withIntermediates(
  layout: Layout,
  engine: Pick<Engine, "world">,
  goals: readonly string[],
  policy: Policy,
  wanted: Map<Address, { product: string; by: Address }>,
): Snapshot {
  for (;;) {
    const snapshot = snapshotOf(layout, engine, goals, policy);
    const before = wanted.size;
    for (const id of snapshot.ids) {
      if (!mayRun(snapshot.evaluation.status(id))) continue;
      for (const { source } of snapshot.graph.targets.get(id)!.inputs) {
        if (source.kind !== "product" || wanted.has(source.of) || !isSettled(snapshot.evaluation.status(source.of)))
          continue;
        if (!engine.world.stored(engine.world.product(source.of, source.name)))
          wanted.set(source.of, { product: source.name, by: id });
      }
    }
    if (wanted.size === before) return snapshot;
  }
}
