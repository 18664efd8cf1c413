/** One attempt at a target: carry out its action within its clocks, and judge what came of it. Nothing is written here. */
import { overlay } from "../artifact/overlay.ts";
import { answer, digestIn, type ReadRecord, textIn } from "../artifact/question.ts";
import { parseRef } from "../artifact/ref.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import { FaultError } from "../fault.ts";
import { err, ok, unreachable } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { Action, CheckContext, Defect, InputTexts, RunContext } from "./action.ts";
import type { AttemptResult, Guidance, Made } from "./attempt.ts";
import type { Engine } from "./engine.ts";
import { type IdleClock, idleClock } from "./idle-clock.ts";
import { runAgent } from "./run-agent.ts";
import { runCommand } from "./run-command.ts";
import { stage, undeclared } from "./stage.ts";
import type { Task } from "./task.ts";

/** @param view the workspace as the target may see it; @param inputs read once, for all attempts. */
export async function runAttempt(
  engine: Engine,
  task: Task,
  view: WorkspaceView,
  inputs: InputTexts,
  guidance: Guidance,
  signal: AbortSignal,
): Promise<AttemptResult> {
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

  // Not `AbortSignal.any`: each would be remembered by the build's signal, with all that hangs on it, to the build's end.
  const ending = new AbortController();
  let ranOut: "wall" | "idle" | undefined;
  const runOut = (clock: "wall" | "idle"): void => {
    ranOut ??= clock;
    ending.abort();
  };
  const stop = (): void => ending.abort();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const wallSeconds = wallOf(engine, task);
  const cancel = engine.host.after(wallSeconds * 1000, () => runOut("wall"));
  const idle = startIdleClock(engine, task, () => runOut("idle"));
  const touch = (): void => idle?.touch();
  const result = await act(engine, task, context, guidance, judge, ending.signal, touch).finally(() => {
    signal.removeEventListener("abort", stop);
    cancel();
    idle?.stop();
  });
  if (signal.aborted)
    return err({
      kind: "fault",
      fault: { what: "stopped", where: task.target.id, mend: "build again to go on", exit: 130 },
    });
  if (ranOut === "idle") {
    const what = `it gave no sign of life for ${task.idleSeconds} s`;
    const mend = "find out what it waits for, or raise the rule's idle";
    return err({ kind: "defects", defects: [{ what, where: "", mend }], timedOut: true });
  }
  if (ranOut === "wall") {
    return err({
      kind: "defects",
      timedOut: true,
      defects: [
        {
          what: `it took more than ${wallSeconds} s`,
          where: "",
          mend: "raise the rule's wall, or give it less to do",
        },
      ],
    });
  }
  if (!result.ok) return result;
  // The checks may have asked too.
  const made = (): Made => ({ ...result.value, reads: [...result.value.reads, ...asked] });
  if (result.value.defects !== undefined && result.value.defects.length > 0)
    return err({ kind: "defects", defects: result.value.defects, made: made() });
  const violation = undeclared(task.target, result.value);
  if (violation !== undefined) return err({ kind: "fault", fault: violation });
  const defects = judge(result.value);
  return defects.length > 0 ? err({ kind: "defects", defects, made: made() }) : ok(made());
}

/** A message batch may take a day, and stopping it saves nothing. */
const BATCH_SECONDS = 26 * 3600;

const wallOf = (engine: Engine, { action, wallSeconds }: Task): number =>
  mayGoInBatch(engine, action) ? Math.max(wallSeconds, BATCH_SECONDS) : wallSeconds;

const mayGoInBatch = ({ provider }: Engine, action: Action): boolean =>
  provider.resumable !== undefined && action.kind === "agent" && action.tools.length === 0 && action.web === undefined;

type RunOutputsLike = Pick<Made, "outputs" | "amended"> & Partial<Made>;

/** The clock of signs of life, for those that give any; undefined for the others. */
function startIdleClock(
  engine: Engine,
  { target, action, idleSeconds }: Task,
  onIdle: () => void,
): IdleClock | undefined {
  const { host, signs } = engine;
  const speaks =
    action.kind === "command" || (action.kind === "agent" && signs !== undefined && !mayGoInBatch(engine, action));
  if (idleSeconds === undefined || !speaks) return undefined;
  const clock = idleClock(host, idleSeconds, onIdle);
  const unlisten = signs?.listen(target.id, () => clock.touch());
  return {
    touch: () => clock.touch(),
    stop() {
      clock.stop();
      unlisten?.();
    },
  };
}

/** Races the action with its clocks: a function that never returns must not hold its slot for ever. */
async function act(
  engine: Engine,
  task: Task,
  context: RunContext,
  guidance: Guidance,
  judge: (made: RunOutputsLike) => readonly Defect[],
  signal: AbortSignal,
  touch: () => void,
): Promise<AttemptResult> {
  let stop = (): void => {};
  const ended = new Promise<AttemptResult>((resolve) => {
    stop = () => resolve(err({ kind: "defects", defects: [] }));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  return Promise.race([ended, execute(engine, task, context, guidance, judge, signal, touch)]).finally(() =>
    signal.removeEventListener("abort", stop),
  );
}

function execute(
  engine: Engine,
  task: Task,
  context: RunContext,
  guidance: Guidance,
  judge: (made: RunOutputsLike) => readonly Defect[],
  signal: AbortSignal,
  touch: () => void,
): Promise<AttemptResult> {
  const { action } = task;
  switch (action.kind) {
    case "agent": {
      const services = {
        provider: engine.provider,
        lookup: engine.lookup,
        now: () => engine.host.now(),
        emit: engine.emit,
      };
      return runAgent(
        task,
        action,
        context,
        guidance,
        services,
        (outputs) => judge({ outputs, amended: new Map() }),
        signal,
      );
    }
    case "command":
      return runCommand(task, action, context, engine.host.root, signal, touch);
    case "call":
      return runCall(task, action.fn, context);
    case "person":
      throw new Error(`${task.target.id} is a person's turn and was scheduled`);
    default:
      return unreachable(action);
  }
}

async function runCall(
  task: Task,
  fn: (context: RunContext<never>) => unknown,
  context: RunContext,
): Promise<AttemptResult> {
  const made = (await fn(context as RunContext<never>)) as (Partial<Made> & Pick<Made, "outputs">) | undefined;
  // A configuration need not be type-checked.
  const texts: unknown = made?.outputs;
  if (typeof texts !== "object" || texts === null || !Object.values(texts).every((each) => typeof each === "string")) {
    const mend = `return { outputs: { … } } from the call of the rule ${task.target.rule}, with a text for each output`;
    return err({
      kind: "fault",
      fault: { what: "the call did not return its outputs as texts", where: task.target.id, mend, exit: 1 },
    });
  }
  return ok({
    amended: new Map(),
    reads: [],
    usage: NO_USAGE,
    agent: "engine",
    model: undefined,
    ...made!,
  });
}

function ask(view: WorkspaceView, ref: string, asked: ReadRecord[]): string | undefined {
  const parsed = parseRef(ref);
  if (!parsed.ok) throw new FaultError(parsed.error);
  asked.push({ question: { kind: "read", ref }, answer: digestIn(view, parsed.value) });
  return textIn(view, parsed.value);
}
