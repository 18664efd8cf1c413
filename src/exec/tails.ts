/**
 * How long a build still goes on from the start of each target: what to start first, where slots are few.
 *
 * The longest chain of work behind a target would be that time if every pool had slots without end. Where a narrow pool
 * comes late (one weaving at a time, after eight productions), books of equal length would all come to it at once and
 * wait there. So the rest of the build is laid out backwards, from its end, with the slots that there are; a target's
 * tail is how far before the end it begins in that layout. Books then follow one another, and the narrow pool is fed early.
 */
import type { Address } from "../graph/address.ts";
import { Heap } from "../graph/heap.ts";

export interface Remaining {
  /** What may still run, dependencies first. */
  readonly order: readonly Address[];
  readonly dependencies: (id: Address) => Iterable<Address>;
  readonly seconds: (id: Address) => number;
  readonly pool: (id: Address) => string;
  /** Slots of a pool; undefined where only the limit over all pools counts. */
  readonly slots: (pool: string) => number | undefined;
  /** Running targets over all pools. */
  readonly limit: number;
}

interface Node {
  readonly id: Address;
  readonly seconds: number;
  readonly pool: Slots;
  readonly needs: Node[];
  /** Of those that need it, how many are not laid out. */
  waits: number;
  /** Seconds of the longest chain of work that leads to it, its own included. */
  head: number;
}

interface Slots {
  free: number;
  readonly ready: Heap<Node>;
}

/**
 * Seconds from the start of each target to the end of the build. Of those that could come last, the one with the longest
 * way to it does: what is nearly done is ended first, and goes on being so when it is laid out again later.
 */
export function tails(remaining: Remaining): ReadonlyMap<Address, number> {
  const pools = new Map<string, Slots>();
  const slotsOf = (name: string): Slots => {
    let slots = pools.get(name);
    if (slots === undefined) {
      slots = { free: remaining.slots(name) ?? Number.POSITIVE_INFINITY, ready: new Heap((a, b) => a.head > b.head) };
      pools.set(name, slots);
    }
    return slots;
  };
  const nodes = new Map<Address, Node>();
  for (const id of remaining.order) {
    const needs = [...remaining.dependencies(id)].flatMap((need) => nodes.get(need) ?? []);
    for (const need of needs) need.waits++;
    const seconds = remaining.seconds(id);
    const head = seconds + needs.reduce((longest, need) => Math.max(longest, need.head), 0);
    const pool = slotsOf(remaining.pool(id));
    nodes.set(id, { id, seconds, pool, needs, waits: 0, head });
  }

  const found = new Map<Address, number>();
  const running = new Heap<{ readonly node: Node; readonly at: number }>((a, b) => a.at < b.at);
  let free = remaining.limit;
  let now = 0;
  const open = (node: Node): void => {
    if (node.waits === 0) node.pool.ready.push(node);
  };
  for (const node of nodes.values()) open(node);
  for (;;) {
    for (const pool of pools.values()) {
      while (free > 0 && pool.free > 0 && pool.ready.size > 0) {
        const node = pool.ready.pop()!;
        free--;
        pool.free--;
        running.push({ node, at: now + node.seconds });
        found.set(node.id, now + node.seconds);
      }
    }
    const first = running.pop();
    if (first === undefined) return found;
    const { node, at } = first;
    now = at;
    free++;
    node.pool.free++;
    for (const need of node.needs) {
      need.waits--;
      open(need);
    }
  }
}
