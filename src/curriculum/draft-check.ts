/** A draft judged before it is integrated: the unit with its proposals laid over the workspace, by the same code. */
import type { WorkspaceView } from "../artifact/workspace.ts";
import { type Defect, defect } from "../exec/action.ts";
import { parseDraft } from "./draft.ts";
import { judgeDraft, standingOf } from "./judge-draft.ts";
import type { ProducedUnit } from "./production.ts";
import { validator } from "./rubric/validator.ts";

/** @param unit the draft's text; @param proposals its proposals, as YAML. */
export function draftDefects(
  view: WorkspaceView,
  planned: ProducedUnit,
  unit: string,
  proposals: string,
): readonly Defect[] {
  const draft = parseDraft({ unitPath: planned.path, unit, proposals });
  if (!draft.ok) return draft.error.map((what) => defect(what));
  const judged = judgeDraft(standingOf(view), draft.value, validator());
  return judged.ok ? [] : judged.error.map((what) => defect(what));
}
