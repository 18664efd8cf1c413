/**
 * How long a build will take, if nothing fails and nobody is waited for: its targets are played through the slots of
 * their pools, with the same priorities as in a build.
 */
import type { Address } from "../graph/address.ts";
import type { Graph } from "../graph/graph.ts";
import { Heap } from "../graph/heap.ts";
import { criticalPaths } from "../graph/order.ts";
import { tails } from "./tails.ts";
import type { Task } from "./task.ts";

export interface Forecast {
  /** Seconds by the clock, with the slots that there are. */
  readonly seconds: number;
  /** Seconds of the longest chain: no number of slots makes it shorter. */
  readonly criticalSeconds: number;
  /** Seconds of work, were it done one after the other. */
  readonly workSeconds: number;
}

export interface Slots {
  readonly pools: Readonly<Record<string, number>>;
  /** Over all pools. */
  readonly limit: number;
}

/** Those who wait for the same: a slot of a pool, in the same relation to the shared files. */
interface Line {
  readonly pool: string;
  readonly shared: Task["shared"];
  readonly ready: Heap<Address>;
}

/**
 * @param ids what runs, dependencies first.
 * @param seconds what each takes.
 */
export function forecast(
  graph: Graph,
  tasks: ReadonlyMap<Address, Task>,
  ids: readonly Address[],
  seconds: (id: Address) => number,
  slots: Slots,
): Forecast {
  const runs = new Set(ids);
  const longest = criticalPaths(graph, (id) => (runs.has(id) ? seconds(id) : 0));
  const priority = tails({
    order: ids,
    dependencies: (id) => graph.dependencies(id).keys(),
    seconds,
    pool: (id) => tasks.get(id)!.pool,
    slots: (pool) => slots.pools[pool],
    limit: slots.limit,
  });
  const needs = new Map(
    ids.map((id) => [id, [...graph.dependencies(id).keys()].filter((need) => runs.has(need)).length]),
  );
  const lines = new Map<string, Line>();
  const free = new Map<string, number>();
  const freeIn = (pool: string): number => free.get(pool) ?? slots.pools[pool] ?? slots.limit;
  const wait = (id: Address): void => {
    const { pool, shared } = tasks.get(id)!;
    const name = `${shared ?? ""} ${pool}`;
    const line = lines.get(name) ?? { pool, shared, ready: new Heap((a, b) => priority.get(a)! > priority.get(b)!) };
    line.ready.push(id);
    lines.set(name, line);
  };
  const running = new Heap<{ readonly line: Line; readonly id: Address; readonly ends: number }>(
    (a, b) => a.ends < b.ends,
  );
  let writing = 0;
  let now = 0;
  const mayStart = ({ pool, shared, ready }: Line): boolean => {
    if (ready.size === 0 || freeIn(pool) === 0) return false;
    // One writer of shared files at a time, and while one waits or is at work no new reader starts.
    if (shared === "write") return writing === 0;
    const writerWaits = (): boolean =>
      [...lines.values()].some((line) => line.shared === "write" && line.ready.size > 0);
    return shared === undefined || (writing === 0 && !writerWaits());
  };
  const start = (): void => {
    while (running.size < slots.limit) {
      let best: Line | undefined;
      for (const line of lines.values()) {
        if (mayStart(line) && (best === undefined || first(line) > first(best))) best = line;
      }
      if (best === undefined) return;
      const id = best.ready.pop()!;
      free.set(best.pool, freeIn(best.pool) - 1);
      if (best.shared === "write") writing++;
      running.push({ line: best, id, ends: now + seconds(id) });
    }
  };
  const first = (line: Line): number => priority.get(line.ready.peek()!)!;
  for (const id of ids) if (needs.get(id) === 0) wait(id);
  for (start(); running.size > 0; start()) {
    const { line, id, ends } = running.pop()!;
    now = ends;
    free.set(line.pool, freeIn(line.pool) + 1);
    if (line.shared === "write") writing--;
    for (const next of graph.dependents(id)) {
      const left = needs.get(next);
      if (left === undefined) continue;
      needs.set(next, left - 1);
      if (left === 1) wait(next);
    }
  }
  return {
    seconds: now,
    criticalSeconds: ids.reduce((most, id) => Math.max(most, longest.get(id)!), 0),
    workSeconds: ids.reduce((sum, id) => sum + seconds(id), 0),
  };
}
