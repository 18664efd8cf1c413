/** Integration as a rule runs it: a batch's drafts in, the rule's outputs out, or the defects of those that were rejected. */

import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { type Defect, defect, type InputTexts, type RunOutputs } from "../exec/action.ts";
import { type Draft, parseDraft } from "./draft.ts";
import { integrate, SHARED_FILES } from "./integrate.ts";
import type { Batch } from "./production.ts";
import { validator } from "./rubric/validator.ts";

/** @param inputs the drafts: `unit/<id>` and `proposals/<id>`. */
export function integrateBatch(batch: Batch, inputs: InputTexts, view: WorkspaceView): RunOutputs {
  const drafts: Draft[] = [];
  const defects: Defect[] = [];
  for (const unit of batch.units) {
    const draft = parseDraft({
      unitPath: unit.path,
      unit: inputs[`unit/${unit.id}`] ?? "",
      proposals: inputs[`proposals/${unit.id}`] ?? "",
    });
    if (draft.ok) drafts.push(draft.value);
    else defects.push(...draft.error.map((what) => defect(what, unit.id)));
  }
  if (defects.length > 0) return { outputs: {}, defects };

  const result = integrate(view, drafts, validator(), { order: batch.units.map(({ id }) => id) });
  // A batch is committed whole or not at all: one rejected draft goes back to production, and the others wait for it.
  for (const { draft, defects: found } of result.rejected)
    defects.push(...found.map((what) => defect(what, draft.unitId)));
  defects.push(...result.regressions.map((what) => defect(what)));
  if (defects.length > 0) return { outputs: {}, defects };

  const writes = new Map<RepoPath, Uint8Array>();
  const outputs: Record<string, string> = { report: result.report };
  for (const [path, bytes] of result.writes) {
    const unit = batch.units.find((each) => each.path === path);
    if (unit !== undefined) outputs[unit.id] = readUtf8(bytes);
    else if (SHARED_FILES.includes(path)) writes.set(path, bytes);
  }
  return { outputs, writes, fragments: result.fragments };
}
