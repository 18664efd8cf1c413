/**
 * How long a build still goes on from the start of each target: what to start first, where slots are few.
 *
 * The longest chain of work behind a target would be that time if every pool had slots without end. Where slots are few,
 * books of equal length would keep in step, and all come to the same narrow pool and to the end at once. So the rest of
 * the build is laid out backwards, from its end, with the slots that there are; a target's tail is how far before the end
 * it begins in that layout.
 *
 * Of the targets that could take a slot last, those do whose chains have the least left to do once they have left that
 * pool: this is Jackson's rule for one machine, under which the others' longer ways from the pool to the end are gone
 * while the pool is still at work. How much the chain has to do in the pool itself does not count, since the pool does
 * that work in any order. So books are ended one after another, and what follows a narrow pool is spread over the build.
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
  readonly head: number;
  /** What decides between equals: the same, or all of the longest chain through it. */
  way: number;
  /** Seconds of the longest chain of work after the last targets of its pool that it leads to. */
  beyond: number;
}

interface Slots {
  /** Place among the pools. */
  readonly index: number;
  readonly slots: number;
  free: number;
  /** Seconds of work. */
  work: number;
  readonly ready: Heap<Node>;
}

/** Who comes last of all that could: among equals the longest chain, so that short ones feed the pools after them early. */
const isLast = (a: Node, b: Node): boolean => a.beyond < b.beyond || (a.beyond === b.beyond && a.way > b.way);

/**
 * The limit over all pools counts as the narrowest of them, if its work takes this part of the time that the narrowest
 * pool's does. Its chains never leave it: then only the ways to targets count.
 */
const NARROW = 0.8;

/** Seconds from the start of each target to the end of the build. */
export function tails(remaining: Remaining): ReadonlyMap<Address, number> {
  const pools = new Map<string, Slots>();
  const slotsOf = (name: string): Slots => {
    let pool = pools.get(name);
    if (pool === undefined) {
      const slots = remaining.slots(name) ?? Number.POSITIVE_INFINITY;
      pool = { index: pools.size, slots, free: slots, work: 0, ready: new Heap(isLast) };
      pools.set(name, pool);
    }
    return pool;
  };
  const nodes = new Map<Address, Node>();
  for (const id of remaining.order) {
    const needs = [...remaining.dependencies(id)].flatMap((need) => nodes.get(need) ?? []);
    for (const need of needs) need.waits++;
    const seconds = remaining.seconds(id);
    const head = seconds + needs.reduce((longest, need) => Math.max(longest, need.head), 0);
    const pool = slotsOf(remaining.pool(id));
    pool.work += seconds;
    nodes.set(id, { id, seconds, pool, needs, waits: 0, head, way: head, beyond: 0 });
  }
  const narrowest = Math.max(0, ...Array.from(pools.values(), ({ work, slots }) => work / slots));
  const work = [...pools.values()].reduce((sum, pool) => sum + pool.work, 0);
  if (work / remaining.limit < NARROW * narrowest) lookBeyond([...nodes.values()], pools.size);
  return layOut(nodes.values(), [...pools.values()], remaining.limit);
}

/** Finds out how long the chains through targets are, and how much of them is left when they have left a target's pool. */
function lookBeyond(nodes: readonly Node[], pools: number): void {
  /** The longest chain after a target; and, by pool, after the last targets of the pool that it leads to. */
  const after = new Map<Node, { longest: number; readonly leaving: (number | undefined)[] }>();
  for (const node of [...nodes].reverse()) {
    const { longest, leaving } = after.get(node) ?? { longest: 0, leaving: new Array<undefined>(pools) };
    node.beyond = leaving[node.pool.index] ?? longest;
    leaving[node.pool.index] = node.beyond;
    // The same for all that a book does in a pool one after the other: a book that was begun is ended.
    node.way = node.head + longest;
    for (const need of node.needs) {
      const known = after.get(need);
      const chain = node.seconds + longest;
      if (known === undefined) {
        after.set(need, { longest: chain, leaving: leaving.slice() });
        continue;
      }
      known.longest = Math.max(known.longest, chain);
      for (let pool = 0; pool < pools; pool++) {
        const seconds = leaving[pool];
        if (seconds !== undefined) known.leaving[pool] = Math.max(known.leaving[pool] ?? 0, seconds);
      }
    }
    after.delete(node);
  }
}

/** From the end backwards: each as late as those that need it, its pool's slots and the limit over all pools allow. */
function layOut(nodes: Iterable<Node>, pools: readonly Slots[], limit: number): Map<Address, number> {
  const found = new Map<Address, number>();
  const running = new Heap<{ readonly node: Node; readonly at: number }>((a, b) => a.at < b.at);
  let free = limit;
  let now = 0;
  const open = (node: Node): void => {
    if (node.waits === 0) node.pool.ready.push(node);
  };
  for (const node of nodes) open(node);
  for (;;) {
    for (const pool of pools) {
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
