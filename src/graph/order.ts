/** What to start first: the remaining critical path through what may still run, weighted by durations. */
import type { Address } from "./address.ts";
import type { Graph } from "./graph.ts";

/**
 * Seconds of the longest chain of work that begins with each target.
 * @param seconds how long a target will take; 0 for one that will not run.
 */
export function criticalPaths(graph: Graph, seconds: (id: Address) => number): ReadonlyMap<Address, number> {
  const longest = new Map<Address, number>();
  for (const id of [...graph.order].reverse()) {
    let after = 0;
    for (const next of graph.dependents(id)) after = Math.max(after, longest.get(next) ?? 0);
    longest.set(id, after + seconds(id));
  }
  return longest;
}

/** The targets and everything that they need, dependencies first. */
export function closure(graph: Graph, goals: Iterable<Address>): readonly Address[] {
  const seen = new Set<Address>(goals);
  const stack = [...seen];
  while (stack.length > 0) {
    for (const id of graph.dependencies(stack.pop()!).keys()) {
      if (!seen.has(id)) {
        seen.add(id);
        stack.push(id);
      }
    }
  }
  return graph.order.filter((id) => seen.has(id));
}

/**
 * The order in which targets would run with a slot for each, as waves: everything in a wave needs only earlier ones.
 * @param ids in dependency order.
 */
export function waves(graph: Graph, ids: readonly Address[]): readonly (readonly Address[])[] {
  const depth = new Map<Address, number>();
  const result: Address[][] = [];
  for (const id of ids) {
    let level = 0;
    for (const need of graph.dependencies(id).keys()) level = Math.max(level, (depth.get(need) ?? -1) + 1);
    depth.set(id, level);
    let wave = result[level];
    if (wave === undefined) {
      wave = [];
      result[level] = wave;
    }
    wave.push(id);
  }
  return result;
}
