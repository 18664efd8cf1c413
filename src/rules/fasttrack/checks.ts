/** Adapters from the curriculum's judgements to a rule's checks. */
import { parsePath } from "../../artifact/path.ts";
import type { WorkspaceView } from "../../artifact/workspace.ts";
import type { Check, CheckContext, Defect, RunContext } from "../../exec/action.ts";

/** A check of one output's text by a pure judge of plan sections. */
export const planCheck =
  (output: string, judge: (text: string) => readonly Defect[]): Check =>
  ({ outputs }: CheckContext) =>
    judge(outputs[output] ?? "");

/** The workspace with every file that is read through it recorded: for judges that choose what they read. */
export const recorded = ({ view, ask }: Pick<RunContext, "view" | "ask">): WorkspaceView => ({
  list: (globs) => view.list(globs),
  bytes(path) {
    const text = parsePath(path).ok ? ask(path) : undefined;
    return text === undefined ? undefined : new TextEncoder().encode(text);
  },
});
