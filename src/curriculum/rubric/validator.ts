/** Judging many units of few views: the index of each view is made once. */
import type { RepoPath, WorkspaceView } from "../../artifact/workspace.ts";
import type { Verdict } from "./finding.ts";
import { indexWorkspace, type WorkspaceIndex } from "./index-of-workspace.ts";
import { validateUnit } from "./validate-unit.ts";

export function validator(): (view: WorkspaceView, path: RepoPath) => Verdict {
  const indexes = new WeakMap<WorkspaceView, WorkspaceIndex>();
  return (view, path) => {
    let index = indexes.get(view);
    if (index === undefined) {
      index = indexWorkspace(view);
      indexes.set(view, index);
    }
    return validateUnit(view, path, index);
  };
}
