/**
 * The build: evaluate, start what is stale and ready, take in what finished, evaluate again, until nothing moves.
 * Targets that an artifact decides appear when that artifact is settled.
 */
import { STOPPED_BY_BUDGET } from "../agents/budget.ts";
import type { BuildSummary } from "../events.ts";
import { type Fault, FaultError } from "../fault.ts";
import { type Address, resolveAddress } from "../graph/address.ts";
import { DEFAULT_POLICY, Evaluation, isSettled, mayRun, type Policy, type Status } from "../graph/evaluate.ts";
import { closure, criticalPaths } from "../graph/order.ts";
import { describeReason } from "../graph/reason.ts";
import type { Target } from "../graph/target.ts";
import { type Engine, type Layout, layOut } from "./engine.ts";
import type { Escalation } from "./escalations.ts";
import { runTarget } from "./run-target.ts";
import { declaredPaths, type Task } from "./task.ts";

export interface BuildOptions {
  /** What was typed. */
  readonly goals: readonly string[];
  /** Rebuild the goals themselves whatever their state. */
  readonly force: boolean;
  readonly refresh: boolean;
  readonly overwriteEdits: boolean;
  /** After a failure: go on with all that does not need it, start nothing new, or stop what is running. */
  readonly fail: "continue" | "no-new" | "stop";
  /** Start nothing new; let what is running finish. */
  readonly drain: AbortSignal;
  /** Stop what is running. */
  readonly abort: AbortSignal;
  /** In whose name a gate is approved without asking; undefined where a person must look. */
  readonly approve?: (gate: Target) => string | undefined;
  /** Told of every new evaluation: before anything runs, and after each target. */
  readonly onSnapshot?: (snapshot: Snapshot) => void;
}

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

export interface BuildOutcome {
  readonly summary: BuildSummary;
  readonly snapshot: Snapshot;
  readonly failures: ReadonlyMap<Address, Fault>;
  /** Targets that a budget or a limit stopped on their way: they have not failed, and the next build goes on with them. */
  readonly paused: ReadonlyMap<Address, Fault>;
  /** Targets that are settled, and whose recorded questions answer differently since they ran: the next build's. */
  readonly staleAgain: readonly Address[];
}

/**
 * A target may become stale again while a build goes on (its recorded questions answer differently). It is run again,
 * but not for ever: two that keep changing each other are left for the next build.
 */
const RUNS_PER_BUILD = 3;

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
  return { ...resolveGoals(layout, goals), evaluation: new Evaluation(layout.graph, engine.world, policy) };
}

/** Why artifacts that decide targets cannot be read, each once. A build refuses to begin with any among its goals. */
export function unreadable({ ids, tasks }: Resolved): Fault[] {
  const faults = ids.flatMap((id) => tasks.get(id)!.placeholder?.fault ?? []);
  return [...new Map(faults.map((fault) => [`${fault.where} ${fault.what}`, fault])).values()];
}

/** Builds the goals. The caller holds the workspace's lock. */
export async function build(engine: Engine, options: BuildOptions): Promise<BuildOutcome> {
  const started = engine.host.now();
  const { world, emit } = engine;
  const wanted = new Map<Address, { product: string; by: Address }>();
  const force = new Set<Address>();
  const trustReads = new Set<Address>();
  const policy: Policy = {
    force,
    refresh: options.refresh,
    overwriteEdits: options.overwriteEdits,
    trustReads,
    wanted,
  };
  const stop = new AbortController();
  const abort = AbortSignal.any([options.abort, stop.signal]);
  const runs = new Map<Address, number>();
  const running = new Map<Address, Promise<void>>();
  const done = new Map<Address, "ran" | "restored">();
  const paused = new Map<Address, Fault>();
  /** Whether nothing is bought for a target in this build any more. */
  const isHeld = (id: Address): boolean =>
    paused.has(id) || (snapshot.tasks.get(id)?.action.kind === "agent" && engine.held?.(id) !== undefined);
  let usd = 0;
  let halted = false;

  let layout = layOut(engine.expand);
  if (options.force) for (const id of snapshotOf(layout, engine, options.goals, policy).goals) force.add(id);
  let snapshot = withIntermediates(layout, engine, options.goals, policy, wanted);
  /** Lists that cannot be read, of which a build that goes on learns when they are written: failures, while they last. */
  const unread = new Map<Address, Fault>();
  const failUnread = (): void => {
    for (const id of unread.keys()) world.failures.delete(id);
    const nameOf = (fault: Fault): string => `${fault.where} ${fault.what}`;
    const told = new Set([...unread.values()].map(nameOf));
    unread.clear();
    for (const id of snapshot.ids) {
      const fault = snapshot.tasks.get(id)!.placeholder?.fault;
      if (fault === undefined) continue;
      unread.set(id, fault);
      world.failures.set(id, fault);
      // Many passes may wait for one list: it is told once.
      if (!told.has(nameOf(fault)))
        emit({ type: "targetFailed", at: engine.host.now(), target: id, seconds: 0, attempts: 0, fault });
      told.add(nameOf(fault));
      if (options.fail !== "continue") halted = true;
      if (options.fail === "stop") stop.abort();
    }
  };
  const takeNote = (): void => {
    failUnread();
    for (const id of snapshot.ids) if (snapshot.evaluation.status(id).kind === "fresh") trustReads.add(id);
    options.onSnapshot?.(snapshot);
  };
  emit({
    type: "buildStarted",
    at: started,
    goals: options.goals,
    targets: snapshot.ids.length,
    provider: engine.provider.name,
  });
  takeNote();
  /** Too many wait for a person: nothing new starts, and the build says so once. */
  const pauseOverCap = (): void => {
    const isOpen = ({ target }: Escalation): boolean =>
      world.failures.has(target) || (snapshot.tasks.has(target) && isOpenEscalation(snapshot, target));
    const fault = halted ? undefined : engine.escalations?.overCap(isOpen);
    if (fault === undefined) return;
    halted = true;
    emit({ type: "paused", at: engine.host.now(), fault });
  };
  engine.escalations?.prune(({ target }) => snapshot.tasks.has(target) && isOpenEscalation(snapshot, target));
  pauseOverCap();
  let changed = false;
  /** Takes the world in again, after something was written. */
  const refresh = (): void => {
    if (!changed) return;
    changed = false;
    layout = layOut(engine.expand);
    snapshot = withIntermediates(layout, engine, options.goals, policy, wanted);
    takeNote();
  };
  const start = (id: Address, pool: string, shared: "read" | "write" | undefined, priority: number): void => {
    const work = engine.scheduler.run({ pool, shared, priority }, async () => {
      // It may have waited for long: what is true now counts, not what was when it was queued.
      const queued = snapshot.tasks.get(id);
      if (
        queued !== undefined &&
        declaredPaths(queued.target, engine.files).filter((path) => world.moved(path)).length > 0
      )
        changed = true;
      refresh();
      if (halted || options.drain.aborted || abort.aborted) return;
      const { evaluation } = snapshot;
      const task = snapshot.tasks.get(id);
      const status = task === undefined ? undefined : evaluation.status(id);
      const by = task === undefined || !isAsked(snapshot, id) ? undefined : options.approve?.(task.target);
      if (task === undefined || status === undefined) return;
      if (isHeld(id)) return;
      if (!(status.kind === "stale" || by !== undefined || isAnswered(snapshot, engine, id))) return;
      const reasons = "reasons" in status ? status.reasons : [];
      const described = reasons.map(describeReason);
      runs.set(id, (runs.get(id) ?? 0) + 1);
      const began = engine.host.now();
      emit({ type: "targetStarted", at: began, target: id, executor: task.action.kind, reasons: described });
      // What drifted has its old answer in the cache, under the same key: new work is what was asked for.
      const restore = !force.has(id) && !reasons.some((reason) => reason.kind === "drifted");
      const result = await runTarget(engine, task, evaluation, { restore, by }, abort);
      const at = engine.host.now();
      const seconds = (at - began) / 1000;
      force.delete(id);
      wanted.delete(id);
      changed = true;
      usd += result.ok ? result.value.usd : result.error.usd;
      if (result.ok) {
        done.set(id, result.value.how);
        trustReads.add(id);
        emit({ type: "targetFinished", at, target: id, seconds, reasons: described, ...result.value });
      } else if (isPause(engine, id, result.error.fault)) {
        paused.set(id, result.error.fault);
      } else if (result.error.fault.exit !== 130) {
        world.failures.set(id, result.error.fault);
        emit({
          type: "targetFailed",
          at,
          target: id,
          seconds,
          attempts: result.error.attempts,
          fault: result.error.fault,
        });
        if (options.fail !== "continue") halted = true;
        if (options.fail === "stop") stop.abort();
        pauseOverCap();
      }
    });
    running.set(
      id,
      work.finally(() => running.delete(id)),
    );
  };

  try {
    for (;;) {
      const ready =
        halted || options.drain.aborted || abort.aborted ? [] : readyTargets(snapshot, engine, options.approve);
      const waiting = ready.filter(({ id }) => !running.has(id) && !isHeld(id) && (runs.get(id) ?? 0) < RUNS_PER_BUILD);
      if (waiting.length > 0) {
        const paths = criticalPaths(snapshot.graph, (id) => secondsOf(snapshot, engine, id));
        for (const { id, pool, shared } of waiting) start(id, pool, shared, paths.get(id) ?? 0);
      }
      if (running.size === 0) break;
      await Promise.race(running.values());
      refresh();
    }
  } catch (error) {
    // The caller lets go of the lock: nobody may go on to write after that.
    stop.abort();
    await Promise.allSettled(running.values());
    throw error;
  }
  const again = staleAgain(snapshot, engine, options.goals);
  if (again.length > 0) {
    const names = again.slice(0, 3).join(", ") + (again.length > 3 ? ` and ${again.length - 3} more` : "");
    emit({
      type: "notice",
      at: engine.host.now(),
      text: `Stale again, because what they asked of the workspace answers differently since they ran: ${names}. The next build takes them up.`,
    });
  }

  const summary: BuildSummary = {
    ...countStatuses(snapshot, done),
    usd,
    seconds: (engine.host.now() - started) / 1000,
  };
  emit({ type: "buildFinished", at: engine.host.now(), summary });
  return { summary, snapshot, failures: world.failures, paused, staleAgain: again };
}

/** Whether a run ended because nothing may be bought, and not because of anything in it. */
const isPause = ({ held }: Pick<Engine, "held">, id: Address, fault: Fault): boolean =>
  fault.exit === STOPPED_BY_BUDGET || held?.(id) === fault;

const isOpenEscalation = ({ evaluation }: Snapshot, id: Address): boolean => {
  const status = evaluation.status(id);
  return status.kind === "waiting" && status.reasons.some(({ kind }) => kind === "escalated");
};

/** Whether a person has answered a waiting target before, for what is shown now. */
const isAnswered = (snapshot: Snapshot, { actions }: Pick<Engine, "actions">, id: Address): boolean =>
  isAsked(snapshot, id) && actions.get(snapshot.evaluation.key(id).key).length > 0;

/** Whether a gate or a person's target waits: one that gave up waits too, and is not answered by approval. */
const isAsked = ({ evaluation, graph }: Snapshot, id: Address): boolean =>
  evaluation.status(id).kind === "waiting" && graph.targets.get(id)!.byPerson;

type Ready = Pick<Task, "pool" | "shared"> & { readonly id: Address };

/** The targets that may start. */
function readyTargets(snapshot: Snapshot, engine: Engine, approve: BuildOptions["approve"]): Ready[] {
  return snapshot.ids.flatMap((id) => {
    const { placeholder, pool, shared, target } = snapshot.tasks.get(id)!;
    if (placeholder !== undefined) return [];
    return snapshot.evaluation.status(id).kind === "stale" ||
      isAnswered(snapshot, engine, id) ||
      (isAsked(snapshot, id) && approve?.(target) !== undefined)
      ? [{ id, pool, shared }]
      : [];
  });
}

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

/** Targets that the build settled and that are stale when all recorded questions are asked again. */
function staleAgain(snapshot: Snapshot, engine: Engine, goals: readonly string[]): Address[] {
  const strict = snapshotOf(snapshot, engine, goals, DEFAULT_POLICY);
  return snapshot.ids.filter(
    (id) => snapshot.evaluation.status(id).kind === "fresh" && strict.evaluation.status(id).kind === "stale",
  );
}

/** How long a target took last time, or is declared to take; 0 for one that will not run. */
export function secondsOf(snapshot: Snapshot, engine: Pick<Engine, "world">, id: Address): number {
  if (snapshot.evaluation.status(id).kind === "fresh") return 0;
  return engine.world.trace(id)?.run.seconds ?? snapshot.graph.targets.get(id)!.estimate.seconds;
}

/** What every target came to. */
function countStatuses(
  snapshot: Snapshot,
  done: ReadonlyMap<Address, "ran" | "restored">,
): Omit<BuildSummary, "usd" | "seconds"> {
  const count = (...kinds: Status["kind"][]): number =>
    snapshot.ids.filter((id) => kinds.includes(snapshot.evaluation.status(id).kind)).length;
  const how = [...done.values()];
  return {
    ran: how.filter((each) => each === "ran").length,
    restored: how.filter((each) => each === "restored").length,
    fresh: snapshot.ids.filter((id) => !done.has(id) && snapshot.evaluation.status(id).kind === "fresh").length,
    failed: count("failed"),
    waiting: count("waiting"),
    blocked: count("blocked", "blockedByEdit", "unknown", "pending", "stale"),
  };
}
