/** Files of the workspace that a command writes: all of them in one commit that a crash cannot take apart. */
import { digestOf, MISSING } from "../artifact/digest.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { commit } from "../cache/commit.ts";
import type { Engine } from "../exec/engine.ts";
import { FaultError } from "../fault.ts";

/**
 * Writes all of the files or none. The caller holds the lock. Throws a `FaultError` where one of them has changed meanwhile.
 * @param files by path; undefined where one is to be removed.
 */
export function writeFiles(
  { host, store, files: before, world }: Pick<Engine, "host" | "store" | "files" | "world">,
  files: Iterable<readonly [RepoPath, Uint8Array | undefined]>,
): void {
  const plan = [...files].map(([path, bytes]) => {
    const now = before.bytes(path);
    return {
      path,
      before: now === undefined ? MISSING : digestOf(now),
      after: bytes === undefined ? MISSING : store.put(bytes),
    };
  });
  const done = commit(host, store, { files: plan });
  if (!done.ok) throw new FaultError(done.error);
  for (const { path } of plan) world.changed(path);
}
