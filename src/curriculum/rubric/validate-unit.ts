/**
 * The rubric: all checks of a unit, in their order. Pure over a view, so that a draft is judged as an overlay before it
 * is on disk.
 */
import type { RepoPath, WorkspaceView } from "../../artifact/workspace.ts";
import type { Result } from "../../result.ts";
import { parseUnit, type Unit } from "../unit/unit.ts";
import type { Unreadable } from "../unit/unit-head.ts";
import { checkBeginner } from "./beginner.ts";
import type { Verdict } from "./finding.ts";
import { noteHygiene } from "./hygiene.ts";
import { checkFileName, checkMarkers, checkRequiredFields, checkTiers, presentTiers } from "./identity.ts";
import { checkLean } from "./lean.ts";
import { checkConcept, checkHooks, checkPrerequisites } from "./lookups.ts";
import { checkParagraphs, checkPhrasing } from "./prose.ts";
import { checkCitations, checkReferences } from "./references.ts";
import { Report } from "./report.ts";
import { checkIntermediate, checkMaster } from "./upper-tiers.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

/** The only check of a file that cannot be read as a unit. */
export const READABLE = "unit can be read";

/** Judges the unit at a path of a view. A file that is missing or unreadable fails the one check `READABLE`. */
export function validateUnit(view: WorkspaceView, path: RepoPath, facts: WorkspaceFacts): Verdict {
  const bytes = view.bytes(path);
  if (bytes === undefined) {
    return unreadable(path, {
      what: "there is no such file",
      mend: "correct the path",
      text: "",
      place: { line: 1, column: 1 },
    });
  }
  return judgeParsed(path, parseUnit(bytes), facts);
}

/** Judges what the file at a path was read as. */
export const judgeParsed = (path: RepoPath, unit: Result<Unit, Unreadable>, facts: WorkspaceFacts): Verdict =>
  unit.ok ? judge(path, unit.value, facts) : unreadable(path, unit.error);

/** The verdict on a file that is no unit. */
const unreadable = (path: RepoPath, { what, mend, text, place }: Unreadable): Verdict => ({
  path,
  passed: 0,
  total: 1,
  failed: [READABLE],
  findings: [{ check: READABLE, level: "failed", path, ...place, what, text, mend }],
});

/** The verdict on a unit that has been read. */
function judge(path: RepoPath, unit: Unit, facts: WorkspaceFacts): Verdict {
  const report = new Report(path, unit);
  checkRequiredFields(report, unit);
  checkFileName(report, unit, path);
  checkTiers(report, unit);
  checkConcept(report, unit, facts);
  checkMarkers(report, unit);
  checkPrerequisites(report, unit, facts);
  checkReferences(report, unit, facts);
  checkLean(report, unit, facts);
  checkCitations(report, unit);
  checkHooks(report, unit, facts);
  checkPhrasing(report, unit);
  checkParagraphs(report, unit);
  const tiers = presentTiers(unit);
  if (tiers.includes("beginner")) checkBeginner(report, unit);
  if (tiers.includes("intermediate")) checkIntermediate(report, unit);
  if (tiers.includes("master")) checkMaster(report, unit);
  noteHygiene(report, unit);
  return report.verdict();
}
