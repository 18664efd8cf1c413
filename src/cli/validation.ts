/**
 * The rubric's verdicts over the whole workspace. They are kept under `.codex/` by what each of them read, so that
 * whoever asks next (a command, the watchdog in the middle of a build) judges again only what has changed.
 */
import { keepIfPossible, readKept } from "../cache/kept.ts";
import { type Validation, type ValidationCache, validateIncremental } from "../curriculum/validate-incremental.ts";
import type { Workspace } from "./open.ts";

const KEPT = "validation.json";

/**
 * Judges every unit of the workspace.
 * @param keeps whether what was learnt is kept for the next time; not for commands that promise to write nothing
 */
export function validateWorkspace(
  { host, engine }: Pick<Workspace, "host" | "engine">,
  keeps: boolean,
): Pick<Validation, "verdicts" | "faults" | "judged"> {
  const before = readKept(host, KEPT) as ValidationCache | undefined;
  const validation = validateIncremental(engine.files, (path) => engine.stats.fileDigest(path), before);
  const isNews = validation.judged > 0 || JSON.stringify(validation.cache) !== JSON.stringify(before);
  if (keeps && isNews) keepIfPossible(host, KEPT, validation.cache);
  return validation;
}
