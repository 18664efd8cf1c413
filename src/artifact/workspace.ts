/**
 * A read-only view of a workspace's files. Checks, editors, expansions and agents see the workspace only through
 * one, so that the same code judges the disk, a draft laid over it, and an earlier version of it.
 */

/** Relative to the workspace, `/`-separated, normalised, never escaping: only `parsePath` makes one. */
export type RepoPath = string & { readonly __brand: "RepoPath" };

export interface WorkspaceView {
  /** The file's bytes, or undefined where there is no such file. */
  bytes(path: RepoPath): Uint8Array | undefined;
  /** The files that match any of the globs, sorted by code unit. */
  list(globs: readonly string[]): readonly RepoPath[];
}
