/**
 * One target, from its first attempt to its commit: attempts climb the recovery ladder, what passes the checks is
 * written in one crash-safe commit, and the trace says what was read and written.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import { formatRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Emit } from "../events.ts";
import { type Fault, FaultError } from "../fault.ts";
import type { Evaluation } from "../graph/evaluate.ts";
import { NOTHING_HIDDEN } from "../graph/facts.ts";
import type { RunRecord, Trace } from "../graph/trace.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { InputTexts } from "./action.ts";
import { ANSWERS_INPUT, firstGuidance, parseAnswers } from "./answers.ts";
import { describeDefect, type Made } from "./attempt.ts";
import { commitTarget, Unwritable } from "./commit-target.ts";
import { forgetConflict } from "./conflicts.ts";
import type { Engine } from "./engine.ts";
import { keepInputs } from "./evidence.ts";
import { inputTexts } from "./inputs.ts";
import { climb, describeRung, givenUp } from "./ladder.ts";
import { keepOverwritten, keepUncommitted, mergeAccepted } from "./merge-accepted.ts";
import { type Restored, restore } from "./restore.ts";
import { runAttempt } from "./run-attempt.ts";
import { sharedResults, shareResult } from "./shared-results.ts";
import { type Staged, stage, undeclared } from "./stage.ts";
import type { Task } from "./task.ts";
import { thrownFault } from "./thrown.ts";
import { withdraw } from "./withdraw.ts";

export interface Finished {
  readonly how: "ran" | "restored";
  /** It was restored from the shared cache. */
  readonly shared?: true;
  readonly attempts: number;
  readonly usd: number;
  readonly agent: string;
  /** Whether any output differs from what was there. */
  readonly changed: boolean;
  /** The side state in which a rung of its ladder let it stand. */
  readonly state?: string;
}

export interface Failed {
  readonly fault: Fault;
  readonly attempts: number;
  readonly usd: number;
}

export interface RunOptions {
  /** Whether what an earlier run made for the same key is taken instead of running. */
  readonly restore: boolean;
  /** The person who does it, as `person:<name>`: of a gate or a `person` target that is the approval. */
  readonly by?: string | undefined;
}

/** How far a run has come. */
interface Progress {
  /** The attempt at hand; 0 before the first. */
  attempt: number;
  /** What all attempts have cost. */
  usd: number;
}

/**
 * Runs a stale target, or restores it where its key has been seen before (unless `fresh` work is asked for). What a
 * rule's own code throws is this target's failure; only `Unwritable` is thrown on.
 */
export async function runTarget(
  engine: Engine,
  task: Task,
  evaluation: Evaluation,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Result<Finished, Failed>> {
  const progress: Progress = { attempt: 0, usd: 0 };
  const emit: Emit = (event) => {
    if (event.type === "agentInvoked") progress.usd += event.usd;
    engine.emit(event);
  };
  let result: Result<Finished, Fault>;
  try {
    result = await restoreOrRun({ ...engine, emit }, task, evaluation, options, progress, signal);
  } catch (error) {
    if (error instanceof Unwritable) throw error;
    result = err(thrownFault(error, task.target));
  }
  return result.ok ? result : err({ fault: result.error, attempts: progress.attempt, usd: progress.usd });
}

async function restoreOrRun(
  engine: Engine,
  task: Task,
  evaluation: Evaluation,
  options: RunOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Result<Finished, Fault>> {
  const { target } = task;
  const hidden = evaluation.hiddenFromRun(target.id);
  const view = engine.world.view(hidden);
  const key = evaluation.key(target.id);
  const base = baseline(engine, task);
  const started = engine.host.now();

  // What is amended must be found again as it was: those who came before see it so.
  const keepEarlier = (amended: Iterable<RepoPath>): void => {
    for (const path of amended) {
      const bytes = view.bytes(path);
      if (bytes !== undefined) engine.store.put(bytes);
    }
  };

  const commitMade = (
    made: Made,
    result: Staged,
    how: "ran" | "restored",
    run: RunRecord,
    soft: Trace["soft"],
    inResult: NonNullable<Trace["accepted"]> = {},
  ): Result<Finished, Fault> => {
    const before = engine.traces.get(target.id);
    const proposed = withdraw(target, result, view, engine.files, before);
    const traceOf = (staged: Staged, accepted: NonNullable<Trace["accepted"]>): Trace => ({
      key: key.key,
      parts: key.parts,
      soft,
      reads: made.reads,
      outputs: staged.outputs,
      products: mapValues(staged.products, (bytes) => engine.store.put(bytes)),
      amends: Object.fromEntries(
        [...staged.amended].map(([path, bytes]) => [
          path,
          { before: digestOf(view.bytes(path) ?? new Uint8Array()), after: digestOf(bytes) },
        ]),
      ),
      run,
      ...(Object.keys(accepted).length === 0 ? {} : { accepted }),
    });
    const merged = mergeAccepted(engine, target.id, key.key, proposed, before, inResult);
    if (!merged.ok) {
      keepUncommitted(engine, traceOf(proposed, inResult), proposed);
      return err(merged.error);
    }
    const { staged, accepted, told } = merged.value;
    const trace = traceOf(staged, accepted);
    keepEarlier(staged.amended.keys());
    const status = evaluation.status(target.id);
    const kept = status.kind === "stale" ? keepOverwritten(engine, status.edited) : [];
    const rewritten = [...staged.files].some(
      ([path, bytes]) => engine.world.digest({ path }, NOTHING_HIDDEN) !== digestOf(bytes),
    );
    const changed = rewritten || JSON.stringify(before?.products) !== JSON.stringify(trace.products);
    const fault = commitTarget(engine, target.id, trace, staged, base);
    if (fault === undefined) {
      if (before?.accepted !== undefined) forgetConflict(engine.host, target.id);
      for (const text of [...told, ...kept]) engine.emit({ type: "notice", at: engine.host.now(), text });
    }
    return fault === undefined
      ? ok({
          how,
          attempts: progress.attempt,
          usd: progress.usd,
          agent: made.agent,
          changed,
          ...(run.state === undefined ? {} : { state: run.state }),
        })
      : err(fault);
  };

  const finish = (...settled: Parameters<typeof commitMade>): Result<Finished, Fault> => {
    try {
      return commitMade(...settled);
    } catch (error) {
      throw error instanceof FaultError ? error : new Unwritable(target.id, error);
    }
  };

  // It was made under the prompt of then: where that has changed, it has drifted.
  const finishRestored = ({ made, staged, run, soft, accepted }: Restored): Result<Finished, Fault> =>
    finish(made, staged, "restored", run, soft, accepted);
  const restored = options.restore ? restore(engine, target, key.key, hidden) : undefined;
  if (restored !== undefined) return finishRestored(restored);

  // Read once, with the key: all attempts are made from what the trace will say.
  const { [ANSWERS_INPUT]: answered = "", ...inputs } = inputTexts(engine, task, view);
  // Where there is none, nothing is waited for: what starts together goes on together.
  if (options.restore && engine.shared !== undefined) {
    const results = await sharedResults(engine, task, key.key, hidden, signal);
    const taken = restore(engine, target, key.key, hidden, results);
    if (taken !== undefined) {
      const finished = finishRestored(taken);
      return finished.ok ? ok({ ...finished.value, shared: true }) : finished;
    }
  }
  const record = (made: Made, state: string | undefined): RunRecord => ({
    at: new Date(engine.host.now()).toISOString(),
    seconds: Math.round(engine.host.now() - started) / 1000,
    usd: progress.usd,
    attempts: progress.attempt,
    agent: options.by ?? made.agent,
    ...(made.model === undefined ? {} : { model: made.model }),
    ...(state === undefined ? {} : { state }),
  });
  // Staged and written without a pause: what another target writes into the same file must not get lost between.
  const write = (made: Made, state?: string): Result<Finished, Fault> => {
    const staged = stage(target, made, view, engine.files, engine.traces.get(target.id));
    if (!staged.ok) return err(staged.error);
    const finished = finish(made, staged.value, "ran", record(made, state), key.soft);
    if (finished.ok) {
      keepInputs(engine.host, key.key, target.inputs, inputs);
      shareResult(engine, task, key.key);
    }
    return finished;
  };

  if (task.action.kind === "person" && options.by !== undefined) {
    progress.attempt = 1;
    return write({ ...NOTHING_MADE, agent: options.by });
  }
  let guidance = firstGuidance(parseAnswers(answered, target.id));
  let ladder = task.recovery;
  let given: InputTexts = inputs;
  for (;;) {
    progress.attempt = guidance.attempt;
    const result = await runAttempt(engine, task, view, given, guidance, signal);
    if (result.ok) return write(result.value);
    if (result.error.kind === "fault") return err(result.error.fault);
    const { defects, made, timedOut } = result.error;
    const step = climb(ladder, guidance, { params: task.params, inputs, outputs: made?.outputs, defects });
    engine.emit({
      type: "attemptFailed",
      at: engine.host.now(),
      target: target.id,
      attempt: guidance.attempt,
      defects: defects.map(describeDefect),
      next: describeRung(step.rung),
      ...(step.kind === "person" ? { givenUp: true as const } : {}),
      ...(timedOut ? { timedOut } : {}),
    });
    switch (step.kind) {
      case "attempt":
        guidance = step.guidance;
        ladder = step.left;
        given = step.keepsRest && made !== undefined ? { ...inputs, ...previous(made) } : inputs;
        break;
      case "settle": {
        const settled = { ...(made ?? NOTHING_MADE), outputs: step.outputs };
        const violation = undeclared(target, settled);
        return violation === undefined ? write(settled, step.state) : err(violation);
      }
      case "person":
        if (step.declared)
          engine.escalations?.raise({
            target: target.id,
            key: key.key,
            at: new Date(engine.host.now()).toISOString(),
            attempts: guidance.attempt,
            usd: progress.usd,
            defects: defects.map(describeDefect),
          });
        return err(givenUp(task, guidance.attempt, defects, step.declared && engine.escalations !== undefined));
      default:
        return unreachable(step);
    }
  }
}

/** What an attempt made that came to nothing. */
const NOTHING_MADE: Made = {
  outputs: {},
  amended: new Map(),
  reads: [],
  usage: NO_USAGE,
  agent: "engine",
  model: undefined,
};

/** What the last attempt made, as inputs of one that changes a part of it. */
const previous = (made: Made): InputTexts =>
  Object.fromEntries(Object.entries(made.outputs).map(([name, text]) => [`previous/${name}`, text]));

/** What is where it will write before the run, by reference: a change meanwhile is somebody else's work. */
function baseline(engine: Engine, { target }: Task): ReadonlyMap<string, Digest> {
  const refs = [
    ...target.amends,
    ...target.mayAmend,
    ...target.outputs.flatMap((output) => (output.kind === "product" ? [] : [output.ref])),
  ];
  return new Map(refs.map((ref) => [formatRef(ref), engine.world.digest(ref, NOTHING_HIDDEN)]));
}

const mapValues = <T, U>(map: ReadonlyMap<string, T>, fn: (value: T) => U): Record<string, U> =>
  Object.fromEntries([...map].map(([name, value]) => [name, fn(value)]));
