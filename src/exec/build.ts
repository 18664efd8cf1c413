/**
 * The build: evaluate, start what is stale and ready, take in what finished, evaluate again, until nothing moves.
 * Targets that an artifact decides appear when that artifact is settled.
 */
import { setMaxListeners } from "node:events";
import { STOPPED_BY_BUDGET } from "../agents/budget.ts";
import type { BuildSummary } from "../events.ts";
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Status } from "../graph/evaluate.ts";
import { describeReason } from "../graph/reason.ts";
import { type Target, writtenBy } from "../graph/target.ts";
import type { Engine } from "./engine.ts";
import type { Escalation } from "./escalations.ts";
import { runTarget } from "./run-target.ts";
import type { Snapshot } from "./snapshot.ts";
import { Survey } from "./survey.ts";
import { declaredPaths, type Task } from "./task.ts";
import { Urgency } from "./urgency.ts";

export interface BuildOptions {
  /** What was typed. */
  readonly goals: readonly string[];
  /** Rebuild the goals themselves whatever their state. */
  readonly force: boolean;
  readonly refresh: boolean;
  readonly overwriteEdits: boolean;
  /** How things stand, by an earlier build of these goals with this engine, where there was one. */
  readonly survey?: Survey;
  /** After a failure: go on with all that does not need it, start nothing new, or stop what is running. */
  readonly fail: "continue" | "no-new" | "stop";
  /** Start nothing new; let what is running finish. */
  readonly drain: AbortSignal;
  /** Stop what is running. */
  readonly abort: AbortSignal;
  /** In whose name a gate is approved without asking; undefined where a person must look. */
  readonly approve?: (gate: Target) => string | undefined;
  /** Told of every new evaluation: before anything runs, and after each target; with the targets whose status may be another. */
  readonly onSnapshot?: (snapshot: Snapshot, survey: Survey, changed: Iterable<Address>) => void;
}

export {
  resolveGoals,
  type Snapshot,
  snapshotOf,
  undecidable,
  unreadable,
  withIntermediates,
} from "./snapshot.ts";

export interface BuildOutcome {
  readonly summary: BuildSummary;
  readonly snapshot: Snapshot;
  readonly survey: Survey;
  readonly failures: ReadonlyMap<Address, Fault>;
  /** Targets that a budget or a limit stopped, or did not let begin: they have not failed, and the next build goes on with them. */
  readonly paused: ReadonlyMap<Address, Fault>;
  /** Targets that are settled, and whose recorded questions answer differently since they ran: the next build's. */
  readonly staleAgain: readonly Address[];
}

/**
 * A target may become stale again while a build goes on (its recorded questions answer differently). It is run again,
 * but not for ever: two that keep changing each other are left for the next build.
 */
const RUNS_PER_BUILD = 3;

/** Builds the goals. The caller holds the workspace's lock. */
export async function build(engine: Engine, options: BuildOptions): Promise<BuildOutcome> {
  const started = engine.host.now();
  const { world, emit } = engine;
  const stop = new AbortController();
  const abort = AbortSignal.any([options.abort, stop.signal]);
  // Each run at work listens, and as many are at work as there are slots.
  setMaxListeners(0, abort);
  const runs = new Map<Address, number>();
  const running = new Map<Address, Promise<void>>();
  const done = new Map<Address, "ran" | "restored">();
  /** Of those, the ones that came from the shared cache. */
  const foreign = new Set<Address>();
  const paused = new Map<Address, Fault>();
  /** Whether nothing is bought for a target in this build any more. */
  const isHeld = (id: Address): boolean => paused.has(id) || holdOf(engine, snapshot.tasks.get(id)) !== undefined;
  let usd = 0;
  let halted = false;

  const survey = options.survey ?? new Survey(engine, options.goals, options);
  const { force, trustReads, wanted } = survey;
  let { snapshot } = survey;
  /** Targets that may start, and have not been started. */
  const ready = new Set<Address>();
  const toldOf = new Set<string>();
  /** Many passes may wait for one list that cannot be read: it is told once, as long as it cannot. */
  const tellUnread = (): void => {
    const nameOf = (fault: Fault): string => `${fault.where} ${fault.what}`;
    const names = new Set<string>();
    for (const [id, fault] of survey.unread) {
      names.add(nameOf(fault));
      if (toldOf.has(nameOf(fault))) continue;
      toldOf.add(nameOf(fault));
      emit({ type: "targetFailed", at: engine.host.now(), target: id, seconds: 0, attempts: 0, fault });
      if (options.fail !== "continue") halted = true;
      if (options.fail === "stop") stop.abort();
    }
    for (const name of toldOf) if (!names.has(name)) toldOf.delete(name);
  };
  const takeNote = (changed: Iterable<Address>): void => {
    tellUnread();
    for (const id of changed) {
      ready.delete(id);
      if (!snapshot.tasks.has(id) || !survey.isAskedFor(id)) continue;
      if (snapshot.evaluation.status(id).kind === "fresh") trustReads.add(id);
      if (isReady(snapshot, engine, options.approve, id)) ready.add(id);
    }
    options.onSnapshot?.(snapshot, survey, changed);
  };
  emit({
    type: "buildStarted",
    at: started,
    goals: options.goals,
    targets: snapshot.ids.length,
    provider: engine.provider.name,
  });
  takeNote(snapshot.ids);
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
  /** Targets that ran, failed or are about to start since the world was taken in. */
  const stirred = new Set<Address>();
  const urgency = new Urgency(engine);
  /** Takes the world in again, after something was written. */
  const refresh = (): void => {
    if (stirred.size === 0) return;
    const targets = [...stirred];
    stirred.clear();
    const changed = [...targets, ...survey.update(targets)];
    ({ snapshot } = survey);
    urgency.take(snapshot, targets.length, changed);
    takeNote(changed);
  };
  let broken: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  let next = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const start = (id: Address, pool: string, shared: "read" | "write" | undefined): void => {
    const priority = (): number => urgency.of(snapshot, id);
    const writes = (): readonly string[] => {
      const target = snapshot.graph.targets.get(id);
      return target === undefined ? [] : writtenBy(target);
    };
    const work = engine.scheduler.run({ pool, shared, priority, writes }, async () => {
      // It may have waited for long: what is true now counts, not what was when it was queued.
      const queued = snapshot.tasks.get(id);
      if (queued !== undefined) for (const path of declaredPaths(queued.target, engine.files)) world.moved(path);
      stirred.add(id);
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
      stirred.add(id);
      usd += result.ok ? result.value.usd : result.error.usd;
      if (result.ok) {
        done.set(id, result.value.how);
        if (result.value.shared) foreign.add(id);
        else foreign.delete(id);
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
    ready.delete(id);
    running.set(
      id,
      work
        .catch((error: unknown) => {
          broken ??= { error };
        })
        .finally(() => {
          running.delete(id);
          // Whatever came of it, it may be ready again.
          stirred.add(id);
          wake();
        }),
    );
  };

  try {
    // A target has ended. To wait for all that run anew each time would cost more the more there are.
    for (;;) {
      const isOver = halted || options.drain.aborted || abort.aborted;
      // In the order of addresses: with equal priorities, runs are to come in the same order each time.
      for (const id of isOver ? [] : ready) {
        if (running.has(id) || isHeld(id) || (runs.get(id) ?? 0) >= RUNS_PER_BUILD) continue;
        const { pool, shared } = snapshot.tasks.get(id)!;
        start(id, pool, shared);
      }
      if (running.size === 0) break;
      await next;
      next = new Promise((resolve) => {
        wake = resolve;
      });
      if (broken !== undefined) throw broken.error;
      refresh();
    }
  } catch (error) {
    // The caller lets go of the lock: nobody may go on to write after that.
    stop.abort();
    await Promise.allSettled(running.values());
    await engine.shared?.settled(stop.signal);
    throw error;
  }
  // What may not be begun is paused like what was stopped on its way.
  for (const id of ready) {
    const fault = holdOf(engine, snapshot.tasks.get(id));
    if (fault !== undefined && !paused.has(id)) paused.set(id, fault);
  }
  const again = [...trustReads].filter(
    (id) => snapshot.evaluation.status(id).kind === "fresh" && snapshot.evaluation.answersDiffer(id),
  );
  if (again.length > 0) {
    const names = again.slice(0, 3).join(", ") + (again.length > 3 ? ` and ${again.length - 3} more` : "");
    emit({
      type: "notice",
      at: engine.host.now(),
      text: `Stale again, because what they asked of the workspace answers differently since they ran: ${names}. The next build takes them up.`,
    });
  }

  await engine.shared?.settled(abort);
  const summary: BuildSummary = {
    ...countStatuses(snapshot, done),
    ...(foreign.size === 0 ? {} : { shared: foreign.size }),
    usd,
    seconds: (engine.host.now() - started) / 1000,
  };
  emit({ type: "buildFinished", at: engine.host.now(), summary });
  return { summary, snapshot, survey, failures: world.failures, paused, staleAgain: again };
}

/** Why a task is not to be begun: nothing may be bought for it, or nothing more is to be written to shared files. */
const holdOf = (
  { held, writersHeld }: Pick<Engine, "held" | "writersHeld">,
  task: Task | undefined,
): Fault | undefined =>
  (task?.action.kind === "agent" ? held?.(task.target.id) : undefined) ??
  (task?.shared === "write" ? writersHeld?.() : undefined);

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

/** Whether a target may start. */
function isReady(snapshot: Snapshot, engine: Engine, approve: BuildOptions["approve"], id: Address): boolean {
  const { placeholder, target } = snapshot.tasks.get(id)!;
  if (placeholder !== undefined) return false;
  return (
    snapshot.evaluation.status(id).kind === "stale" ||
    isAnswered(snapshot, engine, id) ||
    (isAsked(snapshot, id) && approve?.(target) !== undefined)
  );
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
