/**
 * What is still to come in a build, read from its graph: queues, pools, gates, and how long it may take. The events tell
 * of what happens; this tells of what waits to happen.
 */
import type { Snapshot } from "../../exec/build.ts";
import type { Engine } from "../../exec/engine.ts";
import type { Address } from "../../graph/address.ts";
import { mayRun } from "../../graph/evaluate.ts";
import { criticalPaths } from "../../graph/order.ts";
import type { Progress } from "./progress.ts";

export interface Pool {
  readonly name: string;
  /** Targets that may run at once. */
  readonly slots: number;
  /** Targets that could run, had the pool a slot. */
  readonly queued: number;
  /** Whether its targets write what all share: integration. */
  readonly writes: boolean;
}

export interface Outlook {
  readonly pools: readonly Pool[];
  /** Gates and other targets whose turn is a person's. */
  readonly waiting: readonly Address[];
  /** Targets that will run besides those that do. */
  readonly toGo: number;
  /** Targets of which it is not known yet whether there are any. */
  readonly undecided: number;
  /** Seconds from `at` until the end, if nothing fails and no gate is waited for. */
  readonly secondsLeft: number;
  readonly at: number;
  /** The pool of a target. */
  readonly poolOf: (target: string) => string | undefined;
  /** How long a running target usually takes, in seconds; none where nothing is known. */
  readonly usual: ReadonlyMap<string, number>;
}

export interface Slots {
  readonly pools: Readonly<Record<string, number>>;
  /** Over all pools. */
  readonly limit: number;
}

type World = Pick<Engine["world"], "trace">;

/** Usual durations: of a target's own last run, else the median of its rule's, else as declared. */
export function usualSeconds(snapshot: Snapshot, world: World): (id: Address) => number {
  const byRule = new Map<string, number[]>();
  for (const { id, rule } of snapshot.graph.targets.values()) {
    const seconds = world.trace(id)?.run.seconds;
    if (seconds === undefined) continue;
    const known = byRule.get(rule);
    if (known === undefined) byRule.set(rule, [seconds]);
    else known.push(seconds);
  }
  const medians = new Map(
    [...byRule].map(([rule, all]) => [rule, all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!]),
  );
  return (id) => {
    const target = snapshot.graph.targets.get(id);
    if (target === undefined) return 0;
    return world.trace(id)?.run.seconds ?? medians.get(target.rule) ?? target.estimate.seconds;
  };
}

/** @param now milliseconds since the epoch. */
export function outlookOf(
  snapshot: Snapshot,
  progress: Progress,
  slots: Slots,
  usual: (id: Address) => number,
  now: number,
): Outlook {
  const pools = new Map<string, { queued: number; writes: boolean; seconds: number }>();
  const poolOf = (name: string): { queued: number; writes: boolean; seconds: number } => {
    let pool = pools.get(name);
    if (pool === undefined) {
      pool = { queued: 0, writes: false, seconds: 0 };
      pools.set(name, pool);
    }
    return pool;
  };
  const left = new Map<Address, number>();
  const waiting: Address[] = [];
  let toGo = 0;
  let undecided = 0;
  for (const id of snapshot.ids) {
    const task = snapshot.tasks.get(id)!;
    const status = snapshot.evaluation.status(id);
    const running = progress.running.get(id);
    if (task.placeholder !== undefined || status.kind === "unknown") {
      if (status.kind !== "fresh") undecided++;
      continue;
    }
    if (status.kind === "waiting") waiting.push(id);
    if (running === undefined && (!mayRun(status) || task.target.byPerson)) continue;
    const pool = poolOf(task.pool);
    pool.writes ||= task.shared === "write";
    const whole = usual(id);
    // What takes longer than ever has some way to go still.
    const rest = running === undefined ? whole : Math.max(whole - (now - running.startedAt) / 1000, whole / 10);
    left.set(id, rest);
    pool.seconds += rest;
    if (running !== undefined) continue;
    toGo++;
    if (status.kind === "stale") pool.queued++;
  }
  let chain = 0;
  for (const seconds of criticalPaths(snapshot.graph, (id) => left.get(id) ?? 0).values())
    chain = Math.max(chain, seconds);
  const work = [...pools].map(([name, pool]) => pool.seconds / (slots.pools[name] ?? slots.limit));
  const all = [...pools.values()].reduce((sum, pool) => sum + pool.seconds, 0) / slots.limit;
  return {
    pools: [...pools].map(([name, { queued, writes }]) => ({
      name,
      slots: slots.pools[name] ?? slots.limit,
      queued,
      writes,
    })),
    waiting,
    toGo,
    undecided,
    secondsLeft: Math.max(chain, all, ...work),
    at: now,
    poolOf: (target) => snapshot.tasks.get(target as Address)?.pool,
    usual: new Map([...progress.running.keys()].map((id) => [id, usual(id as Address)])),
  };
}
