/**
 * One target, from its first attempt to its commit: attempts climb the recovery ladder, what passes the checks is
 * written in one crash-safe commit, and the trace says what was read and written.
 */
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import { overlay } from "../artifact/overlay.ts";
import { answer, digestIn, type ReadRecord, textIn } from "../artifact/question.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import { formatRef, parseRef } from "../artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Emit } from "../events.ts";
import { type Fault, FaultError } from "../fault.ts";
import { type Hidden, NOTHING_HIDDEN } from "../graph/facts.ts";
import type { Evaluation } from "../graph/evaluate.ts";
import type { Input, Target } from "../graph/target.ts";
import type { RunRecord, Trace } from "../graph/trace.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import type { CheckContext, Defect, InputTexts, RunContext, Rung } from "./action.ts";
import { type AttemptFailure, type AttemptResult, describeDefect, type Guidance, type Made } from "./attempt.ts";
import { commitTarget } from "./commit-target.ts";
import type { Engine } from "./engine.ts";
import { runAgent } from "./run-agent.ts";
import { runCommand } from "./run-command.ts";
import { restage, type Staged, stage, undeclared } from "./stage.ts";
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
 * Runs a stale target, or restores it where its key has been seen before (unless `fresh` work is asked for). It never
 * rejects: what is thrown on the way, by a rule's own code or by the disk, is this target's failure.
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

  const finish = (made: Made, staged: Staged, how: "ran" | "restored", run: RunRecord, soft: Trace["soft"]): Result<Finished, Fault> => {
    const trace: Trace = {
      key: key.key,
      parts: key.parts,
      soft,
      reads: made.reads,
      outputs: staged.outputs,
      products: mapValues(staged.products, (bytes) => engine.store.put(bytes)),
      amends: Object.fromEntries([...staged.amended].map(([path, bytes]) => [path, { before: digestOf(view.bytes(path) ?? new Uint8Array()), after: digestOf(bytes) }])),
      run,
    };
    keepEarlier(staged.amended.keys());
    const before = engine.traces.get(target.id);
    const rewritten = [...staged.files].some(([path, bytes]) => engine.world.digest({ path }, NOTHING_HIDDEN) !== digestOf(bytes));
    const changed = rewritten || JSON.stringify(before?.products) !== JSON.stringify(trace.products);
    const fault = commitTarget(engine, target.id, trace, staged, base);
    return fault === undefined ? ok({ how, attempts: progress.attempt, usd: progress.usd, agent: made.agent, changed }) : err(fault);
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
    const result = await attempt(engine, task, view, inputs, guidance, signal);
    if (result.ok) {
      const { made, staged } = result.value;
      const run: RunRecord = {
        at: new Date(engine.host.now()).toISOString(),
        seconds: Math.round(engine.host.now() - started) / 1000,
        usd: progress.usd,
        attempts: guidance.attempt,
        agent: made.agent,
        ...(made.model === undefined ? {} : { model: made.model }),
      };
      return finish(made, staged, "ran", run, key.soft);
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

const END: Rung = { kind: "person" };

function climb(rung: Rung, last: Guidance, defects: readonly Defect[]): Guidance | undefined {
  const attempt = last.attempt + 1;
  switch (rung.kind) {
    case "again":
      return { attempt, hint: rung.hint, defects, tokens: rung.tokens };
    case "narrow":
      return { attempt, hint: rung.scope, defects, tokens: last.tokens };
    case "person":
      return undefined;
    default:
      return unreachable(rung);
  }
}

function describeRung(rung: Rung): string {
  switch (rung.kind) {
    case "again":
      return rung.hint ? `again: ${rung.hint}` : "again, with these defects";
    case "narrow":
      return `again, narrowed: ${rung.scope}`;
    case "person":
      return "a person's turn";
    default:
      return unreachable(rung);
  }
}

function givenUp(task: Task, attempts: number, defects: readonly Defect[]): Fault {
  const first = defects[0] === undefined ? "" : `: ${describeDefect(defects[0])}`;
  const more = defects.length > 1 ? ` (and ${defects.length - 1} more)` : "";
  return { what: `${attempts} attempt${attempts === 1 ? "" : "s"} failed${first}${more}`, where: task.target.id, mend: `look at it yourself, then build again; \`codex why ${task.target.id}\` says what it reads`, exit: 1 };
}

async function attempt(
  engine: Engine,
  task: Task,
  view: WorkspaceView,
  inputs: InputTexts,
  guidance: Guidance,
  signal: AbortSignal,
): Promise<Result<{ made: Made; staged: Staged }, AttemptFailure>> {
  const asked: ReadRecord[] = [];
  const context: RunContext = {
    params: task.params,
    inputs,
    view,
    ask: (ref) => ask(view, ref, asked),
    askList(glob) {
      const question = { kind: "list", glob } as const;
      const answered = answer(view, question);
      if (!answered.ok) throw new FaultError(answered.error);
      asked.push(answered.value.record);
      return view.list([glob]);
    },
    attempt: guidance.attempt,
  };
  const judge = (made: RunOutputsLike): readonly Defect[] => {
    const staged = stage(task.target, made, view, view, undefined);
    if (!staged.ok) return [{ what: staged.error.what, where: staged.error.where, mend: staged.error.mend }];
    const checking: CheckContext = { ...context, outputs: made.outputs, after: overlay(view, staged.value.files) };
    return task.check?.(checking) ?? [];
  };

  const wall = new AbortController();
  const cancel = engine.host.after(task.wallSeconds * 1000, () => wall.abort());
  const result = await act(engine, task, context, guidance, judge, AbortSignal.any([signal, wall.signal])).finally(cancel);
  if (signal.aborted) return err({ kind: "fault", fault: { what: "stopped", where: task.target.id, mend: "build again to go on", exit: 130 } });
  if (wall.signal.aborted) {
    return err({ kind: "defects", defects: [{ what: `it took more than ${task.wallSeconds} s`, where: "", mend: "raise the rule's wall, or give it less to do" }] });
  }
  if (!result.ok) return result;
  if (result.value.defects !== undefined && result.value.defects.length > 0) return err({ kind: "defects", defects: result.value.defects });
  const violation = undeclared(task.target, result.value);
  if (violation !== undefined) return err({ kind: "fault", fault: violation });
  const defects = judge(result.value);
  if (defects.length > 0) return err({ kind: "defects", defects });
  // The checks may have asked too.
  const made: Made = { ...result.value, reads: [...result.value.reads, ...asked] };
  const staged = stage(task.target, made, view, engine.files, engine.traces.get(task.target.id));
  return staged.ok ? ok({ made, staged: staged.value }) : err({ kind: "fault", fault: staged.error });
}

type RunOutputsLike = Pick<Made, "outputs" | "amended"> & Partial<Made>;

/** Races the action with its clocks: a function that never returns must not hold its slot for ever. */
async function act(
  engine: Engine,
  task: Task,
  context: RunContext,
  guidance: Guidance,
  judge: (made: RunOutputsLike) => readonly Defect[],
  signal: AbortSignal,
): Promise<AttemptResult> {
  const ended = new Promise<AttemptResult>((resolve) => {
    const stop = (): void => resolve(err({ kind: "defects", defects: [] }));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([ended, execute(engine, task, context, guidance, judge, signal)]);
}

function execute(
  engine: Engine,
  task: Task,
  context: RunContext,
  guidance: Guidance,
  judge: (made: RunOutputsLike) => readonly Defect[],
  signal: AbortSignal,
): Promise<AttemptResult> {
  const { action } = task;
  switch (action.kind) {
    case "agent": {
      const services = { provider: engine.provider, lookup: engine.lookup, now: () => engine.host.now(), emit: engine.emit };
      return runAgent(task, action, context, guidance, services, (outputs) => judge({ outputs, amended: new Map() }), signal);
    }
    case "command":
      return runCommand(task, action, context, engine.host.root, signal);
    case "call":
      return runCall(task, action.fn, context);
    case "person":
      throw new Error(`${task.target.id} is a person's turn and was scheduled`);
    default:
      return unreachable(action);
  }
}

async function runCall(task: Task, fn: (context: RunContext<never>) => unknown, context: RunContext): Promise<AttemptResult> {
  const made = (await fn(context as RunContext<never>)) as (Partial<Made> & Pick<Made, "outputs">) | undefined;
  // A configuration need not be type-checked.
  const texts: unknown = made?.outputs;
  if (typeof texts !== "object" || texts === null || !Object.values(texts).every((each) => typeof each === "string")) {
    const mend = `return { outputs: { … } } from the call of the rule ${task.target.rule}, with a text for each output`;
    return err({ kind: "fault", fault: { what: "the call did not return its outputs as texts", where: task.target.id, mend, exit: 1 } });
  }
  return ok({ amended: new Map(), reads: [], usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, agent: "engine", model: undefined, ...made! });
}

function ask(view: WorkspaceView, ref: string, asked: ReadRecord[]): string | undefined {
  const parsed = parseRef(ref);
  if (!parsed.ok) throw new FaultError(parsed.error);
  asked.push({ question: { kind: "read", ref }, answer: digestIn(view, parsed.value) });
  return textIn(view, parsed.value);
}

/** The text of every input that is read. Order-only inputs are not. */
function inputTexts(engine: Engine, task: Task, view: WorkspaceView): InputTexts {
  const texts: Record<string, string> = {};
  for (const input of task.target.inputs) if (input.kind !== "orderOnly") texts[input.name] = inputText(engine, input, view);
  return texts;
}

function inputText(engine: Engine, input: Input, view: WorkspaceView): string {
  const { source } = input;
  switch (source.kind) {
    case "ref":
      return textIn(view, source.ref) ?? "";
    case "glob":
      return view.list(source.patterns).join("\n");
    case "product": {
      const digest = engine.world.product(source.of, source.name);
      const bytes = digest === MISSING ? undefined : engine.store.get(digest);
      if (bytes === undefined) throw new FaultError({ what: `the bytes of ${source.of}'s ${source.name} are gone from the store`, where: input.name, mend: "build again: they will be made again", exit: 1 });
      return readUtf8(bytes);
    }
    default:
      return unreachable(source);
  }
}

/** What is where it will write before the run, by reference: a change meanwhile is somebody else's work. */
function baseline(engine: Engine, { target }: Task): ReadonlyMap<string, Digest> {
  const refs = [...target.amends, ...target.mayAmend, ...target.outputs.flatMap((output) => (output.kind === "product" ? [] : [output.ref]))];
  return new Map(refs.map((ref) => [formatRef(ref), engine.world.digest(ref, NOTHING_HIDDEN)]));
}

/** What an earlier run with this key made, where its recorded questions still get the same answers and its bytes are here. */
function restore(engine: Engine, target: Target, key: Digest, hidden: Hidden): { made: Made; staged: Staged; run: RunRecord; soft: Trace["soft"] } | undefined {
  for (const { trace, blobs, files } of engine.actions.get(key)) {
    if (!trace.reads.every((read) => engine.world.answer(read, hidden) === read.answer)) continue;
    const texts = new Map(Object.entries(blobs).map(([name, digest]) => [name, engine.store.get(digest)]));
    const products = new Map(Object.entries(trace.products).map(([name, digest]) => [name, engine.store.get(digest)]));
    if ([...texts.values(), ...products.values()].includes(undefined)) continue;
    const wholes = new Map<RepoPath, Uint8Array>();
    for (const [path, { before, after }] of Object.entries(files) as [RepoPath, { before: Digest; after: Digest }][]) {
      const bytes = engine.world.digest({ path }, NOTHING_HIDDEN) === before ? engine.store.get(after) : undefined;
      if (bytes !== undefined) wholes.set(path, bytes);
    }
    const staged = restage(target, trace, texts as Map<string, Uint8Array>, products as Map<string, Uint8Array>, wholes, engine.files, engine.traces.get(target.id));
    if (staged === undefined) continue;
    const made: Made = { outputs: {}, amended: staged.amended, reads: trace.reads, usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, agent: trace.run.agent, model: trace.run.model };
    return { made, staged, run: trace.run, soft: trace.soft };
  }
  return undefined;
}

const mapValues = <T, U>(map: ReadonlyMap<string, T>, fn: (value: T) => U): Record<string, U> =>
  Object.fromEntries([...map].map(([name, value]) => [name, fn(value)]));
