/** What a build has come to, for a person and for a script. */
import type { BuildOutcome, Snapshot } from "../exec/build.ts";
import { EXIT } from "./exit.ts";
import { askOf, shownBy } from "./inbox.ts";

/** What a person must do for the rest to go on. */
export function afterwards(snapshot: Snapshot): string[] {
  return snapshot.ids.flatMap((id) => {
    const status = snapshot.evaluation.status(id);
    if (status.kind === "waiting") {
      const task = snapshot.tasks.get(id)!;
      if (!task.target.byPerson) return [`Waiting for you: all attempts at ${id} failed: codex inbox ${id}`];
      const shown = shownBy(task.target);
      return [
        `Waiting for you: ${askOf(task)}${shown.length > 0 ? ` (${shown.join(", ")})` : ""}: codex approve ${id}`,
      ];
    }
    if (status.kind === "blockedByEdit")
      return [`Not overwritten: ${status.edited.join(", ")} holds a person's work (codex why ${id})`];
    if (status.kind === "fresh" && status.edited.length > 0)
      return [`Edited by a person and kept: ${status.edited.join(", ")}`];
    return [];
  });
}

/**
 * @param paused targets that a budget stopped, which is no failure of theirs.
 * @param failures with exit code 4 only wait for a person: an edit to merge, say.
 */
export function exitCode(
  snapshot: Snapshot,
  paused: BuildOutcome["paused"] = new Map(),
  failures: BuildOutcome["failures"] = new Map(),
): number {
  const kinds = new Set(snapshot.ids.map((id) => snapshot.evaluation.status(id).kind));
  if (kinds.has("failed"))
    return failures.size > 0 && [...failures.values()].every(({ exit }) => exit === EXIT.waiting)
      ? EXIT.waiting
      : EXIT.failed;
  for (const { exit } of paused.values()) return exit;
  if (kinds.has("waiting") || kinds.has("blockedByEdit")) return EXIT.waiting;
  // Nobody is waited for, and yet something was not reached: that is no success.
  return [...kinds].every((kind) => kind === "fresh") ? EXIT.done : EXIT.failed;
}
