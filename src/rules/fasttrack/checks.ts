/** Adapters from the curriculum's judgements to a rule's checks. */
import type { Check, CheckContext, Defect } from "../../exec/action.ts";

/** A check of one output's text by a pure judge of plan sections. */
export const planCheck =
  (output: string, judge: (text: string) => readonly Defect[]): Check =>
  ({ outputs }: CheckContext) =>
    judge(outputs[output] ?? "");
