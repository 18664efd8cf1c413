/**
 * Proposed changes laid over a workspace without touching it, so that a draft is judged by the same code, and in the
 * same state, as if it had been integrated already.
 */
import picomatch from "picomatch";
import type { RepoPath, WorkspaceView } from "./workspace.ts";

/**
 * The workspace as it would be after `changes`: a path with bytes is added or replaced, one with `undefined` removed.
 * The map is copied, so that changing it later does not change the view.
 */
export function overlay(view: WorkspaceView, changes: ReadonlyMap<RepoPath, Uint8Array | undefined>): WorkspaceView {
  const over = new Map(changes);
  return {
    bytes: (path) => (over.has(path) ? over.get(path) : view.bytes(path)),
    list(globs) {
      const below = view.list(globs);
      if (over.size === 0) return below;
      const matches = picomatch([...globs]);
      const paths = new Set(below);
      for (const [path, bytes] of over) {
        if (bytes === undefined) paths.delete(path);
        else if (matches(path)) paths.add(path);
      }
      // The default order of `sort` is by code unit, which is what a view promises.
      return [...paths].sort();
    },
  };
}
