/**
 * The checks that the campaign's written rubric asks for and its validator does not make. They are advice: never part of
 * the count, run only when asked for. Each names the paragraph of the rubric that it comes from.
 */
import type { RepoPath, WorkspaceView } from "../../artifact/workspace.ts";
import { isTier } from "../unit/tiers.ts";
import { parseUnit } from "../unit/unit.ts";
import { adviseExercises, adviseQuestions } from "./advisory-exercises.ts";
import { adviseMasterPhrases, adviseReadingGrade } from "./advisory-prose.ts";
import { adviseConnections, adviseNotation, adviseOverlap, adviseReferences } from "./advisory-sources.ts";
import type { Finding } from "./finding.ts";
import { presentTiers } from "./identity.ts";
import { Report } from "./report.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

/** Advice on the unit at a path, in the order of the rubric; none for a file that cannot be read as a unit. */
export function adviseUnit(view: WorkspaceView, path: RepoPath, facts: WorkspaceFacts): readonly Finding[] {
  const bytes = view.bytes(path);
  const parsed = bytes === undefined ? undefined : parseUnit(bytes);
  if (!parsed?.ok) return [];
  const unit = parsed.value;
  const report = new Report(path, unit);
  const tiers = new Set(presentTiers(unit).filter(isTier));
  adviseReferences(report, unit, facts);
  adviseNotation(report, unit, view);
  adviseOverlap(report, unit, view);
  if (tiers.has("beginner")) {
    adviseReadingGrade(report, unit);
    adviseQuestions(report, unit);
  }
  if (tiers.has("intermediate")) adviseExercises(report, unit);
  if (tiers.has("master")) {
    adviseMasterPhrases(report, unit);
    adviseConnections(report, unit);
  }
  return report.verdict().findings;
}
