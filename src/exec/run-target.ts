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
import { err, ok, type Result } from "../result.ts";
import { describeDefect, type Guidance, type Made } from "./attempt.ts";
import { commitTarget, Unwritable } from "./commit-target.ts";
import type { Engine } from "./engine.ts";
import { inputTexts } from "./inputs.ts";
import { climb, describeRung, END, givenUp } from "./ladder.ts";
import { restore } from "./restore.ts";
import { runAttempt } from "./run-attempt.ts";
import { type Staged, stage } from "./stage.ts";
import type { Task } from "./task.ts";
import { thrownFault } from "./thrown.ts";

export interface Finished {
  readonly how: "ran" | "restored";
  readonly attempts: number;
  readonly usd: number;
  readonly agent: string;
  /** Whether any output differs from what was there. */
  readonly changed: boolean;
}

export interface Failed {
  readonly fault: Fault;
  readonly attempts: number;
  readonly usd: number;
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
  options: { readonly restore: boolean },
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
  options: { readonly restore: boolean },
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
    staged: Staged,
    how: "ran" | "restored",
    run: RunRecord,
    soft: Trace["soft"],
  ): Result<Finished, Fault> => {
    const trace: Trace = {
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
    };
    keepEarlier(staged.amended.keys());
    const before = engine.traces.get(target.id);
    const rewritten = [...staged.files].some(
      ([path, bytes]) => engine.world.digest({ path }, NOTHING_HIDDEN) !== digestOf(bytes),
    );
    const changed = rewritten || JSON.stringify(before?.products) !== JSON.stringify(trace.products);
    const fault = commitTarget(engine, target.id, trace, staged, base);
    return fault === undefined
      ? ok({ how, attempts: progress.attempt, usd: progress.usd, agent: made.agent, changed })
      : err(fault);
  };

  const finish = (...settled: Parameters<typeof commitMade>): Result<Finished, Fault> => {
    try {
      return commitMade(...settled);
    } catch (error) {
      throw error instanceof FaultError ? error : new Unwritable(target.id, error);
    }
  };

  if (options.restore) {
    const restored = restore(engine, target, key.key, hidden);
    // It was made under the prompt of then: where that has changed, it has drifted.
    if (restored !== undefined) return finish(restored.made, restored.staged, "restored", restored.run, restored.soft);
  }

  // Read once, with the key: all attempts are made from what the trace will say.
  const inputs = inputTexts(engine, task, view);
  let guidance: Guidance = { attempt: 1, hint: "", defects: [], tokens: 1 };
  for (const rung of [...task.recovery, END]) {
    progress.attempt = guidance.attempt;
    const result = await runAttempt(engine, task, view, inputs, guidance, signal);
    if (result.ok) {
      const made = result.value;
      // Staged and written without a pause: what another target writes into the same file must not get lost between.
      const staged = stage(target, made, view, engine.files, engine.traces.get(target.id));
      if (!staged.ok) return err(staged.error);
      const run: RunRecord = {
        at: new Date(engine.host.now()).toISOString(),
        seconds: Math.round(engine.host.now() - started) / 1000,
        usd: progress.usd,
        attempts: guidance.attempt,
        agent: made.agent,
        ...(made.model === undefined ? {} : { model: made.model }),
      };
      return finish(made, staged.value, "ran", run, key.soft);
    }
    if (result.error.kind === "fault") return err(result.error.fault);
    const { defects } = result.error;
    const next = climb(rung, guidance, defects);
    engine.emit({
      type: "attemptFailed",
      at: engine.host.now(),
      target: target.id,
      attempt: guidance.attempt,
      defects: defects.map(describeDefect),
      next: describeRung(rung),
    });
    if (next === undefined) return err(givenUp(task, guidance.attempt, defects));
    guidance = next;
  }
  throw new Error("a ladder ends with a person");
}

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
