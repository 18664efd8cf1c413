/** What a rule's check says of what stands in the workspace, as if a run had just made it: nothing is run or written. */
import type { ReadRecord } from "../artifact/question.ts";
import { answer, digestIn, textIn } from "../artifact/question.ts";
import { parseRef } from "../artifact/ref.ts";
import { FaultError } from "../fault.ts";
import type { Evaluation } from "../graph/evaluate.ts";
import type { CheckContext, Defect, InputTexts } from "./action.ts";
import type { Engine } from "./engine.ts";
import { inputTexts } from "./inputs.ts";
import type { Task } from "./task.ts";
import { thrownFault } from "./thrown.ts";

export interface Judgement {
  readonly defects: readonly Defect[];
  /** What the check asked of the workspace. */
  readonly reads: readonly ReadRecord[];
}

/** Judges a target's outputs as they are on the disk. What the check throws is a defect. */
export function judgeStanding(engine: Engine, task: Task, evaluation: Evaluation): Judgement {
  const { target, check } = task;
  if (check === undefined) return { defects: [], reads: [] };
  const reads: ReadRecord[] = [];
  const view = engine.world.view(evaluation.hiddenFromRun(target.id));
  const ask = (text: string): string | undefined => {
    const ref = parseRef(text);
    if (!ref.ok) throw new FaultError(ref.error);
    reads.push({ question: { kind: "read", ref: text }, answer: digestIn(view, ref.value) });
    return textIn(view, ref.value);
  };
  try {
    const context: CheckContext = {
      params: task.params,
      inputs: inputsNow(engine, task, evaluation),
      view,
      ask,
      askList(glob) {
        const answered = answer(view, { kind: "list", glob });
        if (!answered.ok) throw new FaultError(answered.error);
        reads.push(answered.value.record);
        return view.list([glob]);
      },
      attempt: 1,
      outputs: Object.fromEntries(
        target.outputs.flatMap((output) =>
          output.kind === "ref" ? [[output.name, textIn(engine.files, output.ref) ?? ""] as const] : [],
        ),
      ),
      after: engine.files,
    };
    return { defects: check(context), reads };
  } catch (error) {
    const { what, where, mend } = thrownFault(error, target);
    return { defects: [{ what, where, mend }], reads };
  }
}

/** The inputs; those whose bytes only a run could make are left out. */
function inputsNow(engine: Engine, task: Task, evaluation: Evaluation): InputTexts {
  const there = task.target.inputs.filter(
    ({ source }) => source.kind !== "product" || engine.world.stored(engine.world.product(source.of, source.name)),
  );
  const view = engine.world.view(evaluation.hiddenFromRun(task.target.id));
  return inputTexts(engine, { ...task, target: { ...task.target, inputs: there } }, view);
}
