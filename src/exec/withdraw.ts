/**
 * A run that does not amend a file any more which its target amended before: left in the file, the earlier work would be
 * taken for a person's, and stand in the way of whoever makes the file.
 */
import { digestOf } from "../artifact/digest.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Target } from "../graph/target.ts";
import type { Trace } from "../graph/trace.ts";
import type { Staged } from "./stage.ts";

/**
 * Takes out what a target had amended before and does not now: the file is put back to what the run found. Where others
 * that come in no order have built on that work since, or the store has lost what was before it, it is in what the run
 * found, and stays the target's; so does an accepted edit, which is merged with what the run found.
 * @param staged what the run made.
 * @param seen the workspace as the run saw it.
 * @param current the workspace as it is.
 * @param previous the target's last trace.
 */
export function withdraw(
  target: Target,
  staged: Staged,
  seen: WorkspaceView,
  current: WorkspaceView,
  previous: Trace | undefined,
): Staged {
  const amends = previous?.amends ?? {};
  const files = new Map(staged.files);
  const texts = new Map(staged.texts);
  const amended = new Map(staged.amended);
  const inOrder = new Set(target.amends.map(({ path }) => path));
  for (const path of Object.keys(amends) as RepoPath[]) {
    const now = current.bytes(path);
    const found = seen.bytes(path);
    if (files.has(path) || now === undefined || found === undefined) continue;
    files.set(path, found);
    const { after } = amends[path]!;
    const isOnTop = inOrder.has(path) || digestOf(now) === after;
    if (isOnTop && digestOf(found) !== after && previous?.accepted?.[path] === undefined) continue;
    texts.set(path, found);
    amended.set(path, found);
  }
  return { ...staged, files, texts, amended };
}
