/**
 * Judging one draft: its unit by the rubric and its proposals by the corpus' own checks, with both laid over the workspace.
 * An agent that checks itself and the integration that accepts or rejects it get the same answer.
 */
import { overlay } from "../artifact/overlay.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { err, ok, type Result } from "../result.ts";
import { type AppliedDraft, applyDraft } from "./apply-draft.ts";
import { type Corpus, corpusProblems, newProblems, type Problem, readCorpus, updateCorpus } from "./corpus-checks.ts";
import type { Draft } from "./draft.ts";
import type { Finding, Verdict } from "./rubric/finding.ts";

/** What integration needs of a unit's verdict. */
export type UnitVerdict = Pick<Verdict, "passed" | "total" | "findings">;

/** Judges one unit of a view. Asked about few views and many paths: an index may be kept for each view. */
export type ValidateUnit = (view: WorkspaceView, path: RepoPath) => UnitVerdict;

/** A workspace with what the corpus checks know of it. */
export interface Standing {
  readonly view: WorkspaceView;
  readonly corpus: Corpus;
  readonly problems: readonly Problem[];
}

/** Reads a workspace once for any number of drafts. */
export function standingOf(view: WorkspaceView): Standing {
  const corpus = readCorpus(view);
  return { view, corpus, problems: corpusProblems(corpus) };
}

/** The workspace with some files changed. */
export function standingWith(standing: Standing, changes: ReadonlyMap<RepoPath, Uint8Array>): Standing {
  if (changes.size === 0) return standing;
  const view = overlay(standing.view, changes);
  const corpus = updateCorpus(standing.corpus, view, changes.keys());
  return { view, corpus, problems: corpusProblems(corpus) };
}

export interface JudgedDraft {
  readonly applied: AppliedDraft;
  readonly verdict: UnitVerdict;
  /** The workspace with the draft in it. */
  readonly after: Standing;
}

/**
 * Judges a draft. The errors are defects to hand back to the agent, a sentence each.
 * @throws FaultError where a shared file is missing or broken.
 */
export function judgeDraft(
  standing: Standing,
  draft: Draft,
  validate: ValidateUnit,
): Result<JudgedDraft, readonly string[]> {
  const applied = applyDraft(standing.view, standing.corpus, draft);
  if (!applied.ok) return applied;
  const after = standingWith(standing, applied.value.changes);
  const verdict = validate(after.view, draft.unitPath);
  const defects = [
    ...verdict.findings.filter((finding) => finding.level === "failed").map(describeFinding),
    ...newProblems(standing.problems, after.problems).map(({ what }) => `proposals: ${what}`),
  ];
  if (verdict.passed < verdict.total && defects.length === 0) {
    defects.push(`unit: passes ${verdict.passed} of ${verdict.total} checks`);
  }
  return defects.length > 0 ? err(defects) : ok({ applied: applied.value, verdict, after });
}

const describeFinding = ({ check, line, what, text, mend }: Finding): string =>
  `unit: line ${line}: ${check}: ${what}${text === "" ? "" : ` (${text})`}; ${mend}`;
