/** A target together with what it does: what the graph orders and the executors run. */
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Fault } from "../fault.ts";
import { type Target, writtenBy } from "../graph/target.ts";
import { unreachable } from "../result.ts";
import type { Action, Check, Params, Rung } from "./action.ts";

export interface Task {
  readonly target: Target;
  readonly params: Params;
  readonly action: Action;
  readonly check: Check | undefined;
  /** Steps after a failed first attempt; when they are used up, a person's turn. */
  readonly recovery: readonly Rung[];
  readonly pool: string;
  /** Integration writes shared files; those who read them do not start while it waits. */
  readonly shared: "read" | "write" | undefined;
  /** Seconds that one attempt may take by the clock. */
  readonly wallSeconds: number;
  /** Seconds that one attempt may go on without a sign of life; undefined where only the wall clock counts. */
  readonly idleSeconds: number | undefined;
  /** Set where it only stands for targets that an artifact will decide; `fault` says why that cannot be read, or, where it is contested, that others are to make the same. */
  readonly placeholder: { readonly fault: Fault | undefined; readonly isContested?: true } | undefined;
  /** Globs that its recorded reads may touch. */
  readonly reads: readonly string[];
}

/** The files that a target reads and writes by declaration, as the view lists them now. */
export function declaredPaths(target: Target, view: WorkspaceView): readonly RepoPath[] {
  const inputs = target.inputs.flatMap(({ source }): readonly RepoPath[] => {
    switch (source.kind) {
      case "ref":
        return [source.ref.path];
      case "glob":
        return view.list(source.patterns);
      case "product":
        return [];
      default:
        return unreachable(source);
    }
  });
  return [...new Set([...inputs, ...writtenBy(target)])];
}
