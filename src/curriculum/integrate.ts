/**
 * Integration as a pure transaction: a batch of drafts goes in, the files to be committed together come out, or none.
 * Each draft is judged with its proposals laid over the workspace and all that was accepted before it; then the
 * connections of the accepted ones are registered, and the whole corpus is judged once more as it would be.
 */

import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { CONNECTIONS_PATH } from "./connections.ts";
import { newProblems, UNITS_GLOB } from "./corpus-checks.ts";
import type { Draft } from "./draft.ts";
import type { AcceptedDraft, Integration, Rejection, WholeCorpus } from "./integration.ts";
import { integrationReport } from "./integration-report.ts";
import {
  judgeDraft,
  type Standing,
  standingOf,
  standingWith,
  type UnitVerdict,
  type ValidateUnit,
} from "./judge-draft.ts";
import { PROPOSALS_PATH } from "./proposals.ts";
import { registerConnections } from "./register-connections.ts";
import { CATALOG_PATH, DEPS_PATH } from "./shared-files.ts";
import { byCodeUnit } from "./text-edit.ts";

export const SHARED_FILES: readonly RepoPath[] = [CATALOG_PATH, DEPS_PATH, CONNECTIONS_PATH, PROPOSALS_PATH];

/**
 * Integrates a batch. The result depends on the set of drafts and on what `order` says, not on how they come.
 * @param at the time to write on queued connection proposals, UTC ISO 8601; left empty by default.
 * @param order the ids of the batch's units as the plan has them follow each other; by id where it names none.
 * @throws FaultError where a shared file is missing or broken.
 */
export function integrate(
  view: WorkspaceView,
  drafts: readonly Draft[],
  validate: ValidateUnit,
  { at = "", order = [] }: { readonly at?: string; readonly order?: readonly string[] } = {},
): Integration {
  const before = standingOf(view);
  let standing = before;
  const changes = new Map<RepoPath, Uint8Array>();
  const refs: string[] = [];
  const rejected: Rejection[] = [];
  const judged: AcceptedDraft[] = [];
  for (const draft of inOrder(drafts, order)) {
    const outcome = judgeDraft(standing, draft, validate);
    if (!outcome.ok) {
      rejected.push({ draft, defects: outcome.error });
      continue;
    }
    const { applied, verdict, after } = outcome.value;
    standing = after;
    for (const [path, bytes] of applied.changes) changes.set(path, bytes);
    refs.push(...applied.refs);
    judged.push({ draft, verdict, actions: applied.actions, notices: applied.notices });
  }

  const batch = judged.map(({ draft }) => draft);
  const registered = registerConnections(standing.view, standing.corpus, batch, at);
  standing = standingWith(standing, registered.changes);
  for (const [path, bytes] of registered.changes) changes.set(path, bytes);
  refs.push(...registered.refs);

  const whole = judgeWhole(before, standing, validate, batch);
  const isGood = whole.regressions.length === 0;
  const writes = new Map<RepoPath, Uint8Array>();
  if (isGood) {
    for (const [path, bytes] of [...changes].sort(([a], [b]) => byCodeUnit(a, b))) {
      if (!isSame(view.bytes(path), bytes)) writes.set(path, bytes);
    }
  }
  const result = {
    outcome: batch.length === 0 ? "nothing accepted" : isGood ? "integrated" : "rolled back",
    accepted: isGood ? batch : [],
    rejected,
    heldBack: isGood ? [] : batch,
    regressions: whole.regressions,
    writes,
    // A fragment of a file that ends up as it was is not written.
    fragments: [...new Set(refs)]
      .filter((ref) => SHARED_FILES.some((path) => writes.has(path) && ref.startsWith(`${path}#`)))
      .sort(byCodeUnit),
  } as const;
  const reported = judged.map((one) => ({
    ...one,
    actions: [...one.actions, ...(registered.actions.get(one.draft.unitId) ?? [])],
  }));
  return { ...result, report: integrationReport(result, reported, whole) };
}

/** Judges the whole corpus as it would be. What was wrong before is no regression. */
function judgeWhole(before: Standing, after: Standing, validate: ValidateUnit, batch: readonly Draft[]): WholeCorpus {
  if (batch.length === 0) return { units: 0, passing: 0, regressions: [] };
  const fresh = new Set(batch.map((draft) => draft.unitPath));
  const passes = ({ passed, total }: UnitVerdict): boolean => passed === total;
  const paths = after.view.list([UNITS_GLOB]);
  const failing = paths.filter((path) => !passes(validate(after.view, path)));
  const passedBefore = (path: RepoPath): boolean =>
    before.view.bytes(path) !== undefined && passes(validate(before.view, path));
  const regressions = [
    ...newProblems(before.problems, after.problems).map(({ where, what }) => `${where}: ${what}`),
    ...failing.flatMap((path) => {
      if (fresh.has(path)) return [`${path}: the new unit fails with the whole batch`];
      return passedBefore(path) ? [`${path}: a unit that passed before fails with the whole batch`] : [];
    }),
  ];
  return { units: paths.length, passing: paths.length - failing.length, regressions };
}

/** Drafts after those of the batch that they build on, otherwise as the plan says, and then by unit id. */
function inOrder(drafts: readonly Draft[], order: readonly string[]): readonly Draft[] {
  const place = ({ unitId }: Draft): number => {
    const index = order.indexOf(unitId);
    return index < 0 ? order.length : index;
  };
  const waiting = [...drafts].sort((a, b) => place(a) - place(b) || byCodeUnit(sortKey(a), sortKey(b)));
  const ordered: Draft[] = [];
  while (waiting.length > 0) {
    const left = new Set(waiting.map((draft) => draft.unitId));
    const ready = waiting.findIndex(({ unitId, prerequisites }) =>
      prerequisites.every((id) => id === unitId || !left.has(id)),
    );
    // In a ring of drafts nobody is ready; the first then fails on its own merits.
    ordered.push(...waiting.splice(Math.max(ready, 0), 1));
  }
  return ordered;
}

const sortKey = ({ unitId, unitPath, unit }: Draft): string => [unitId, unitPath, unit].join("\u0000");

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;
