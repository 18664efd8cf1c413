/** How short a campaign could be at best: what its makespan is measured against. */
import type { Address } from "../../src/graph/address.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { criticalPaths } from "../../src/graph/order.ts";

/** What one target took, in seconds. */
export interface Took {
  /** All of its runs together. */
  readonly total: number;
  /** The shortest of them: what waits for it waits for that long, and it may run again after all that needs it. */
  readonly least: number;
}

export interface Bounds {
  /** Seconds of the longest chain of work. */
  readonly criticalPath: number;
  /** max(critical path, work ÷ slots of each pool), in seconds. */
  readonly simple: number;
  /** The same with what no order of work can avoid: slots that wait for their first target, and what follows their last. */
  readonly proven: number;
}

/**
 * No schedule is shorter than `proven`. A slot of a pool cannot begin before everything is done that its first target
 * needs (its head), and the campaign cannot end before everything is done that needs the slot's last target (its tail).
 * So each slot takes head + its work + tail at least. No two slots have the same first target, nor the same last: the
 * mean over the slots is at least the work ÷ slots, plus the mean of as many smallest heads, plus that of as many
 * smallest tails (Carlier 1987). Of a target that ran more than once, only the shortest run counts here. A pool with fewer targets than slots has as many slots as targets.
 */
export function boundsOf(
  graph: Graph,
  took: (id: Address) => Took,
  poolOf: (id: Address) => string,
  slots: Readonly<Record<string, number>>,
): Bounds {
  const criticalPath = Math.max(0, ...criticalPaths(graph, (id) => took(id).total).values());
  const least = (id: Address): number => took(id).least;
  const ways = criticalPaths(graph, least);
  const heads = new Map<Address, number>();
  for (const id of graph.order) {
    let head = 0;
    for (const need of graph.dependencies(id).keys()) head = Math.max(head, heads.get(need)! + least(need));
    heads.set(id, head);
  }
  let simple = criticalPath;
  let proven = criticalPath;
  for (const [pool, most] of Object.entries(slots)) {
    const ids = graph.order.filter((id) => poolOf(id) === pool && took(id).total > 0);
    simple = Math.max(simple, ids.reduce((sum, id) => sum + took(id).total, 0) / most);
    const used = Math.min(most, ids.length);
    if (used === 0) continue;
    const smallest = (of: (id: Address) => number): number =>
      ids
        .map(of)
        .sort((a, b) => a - b)
        .slice(0, used)
        .reduce((sum, seconds) => sum + seconds, 0);
    const work = ids.reduce((sum, id) => sum + least(id), 0);
    const tails = smallest((id) => ways.get(id)! - least(id));
    proven = Math.max(proven, (work + smallest((id) => heads.get(id)!) + tails) / used);
  }
  return { criticalPath, simple, proven: Math.max(simple, proven) };
}
