/** What a check says about a unit: one finding a place, one verdict a unit. */
import type { RepoPath } from "../../artifact/workspace.ts";

export interface Finding {
  /** The check's name in the rubric. */
  readonly check: string;
  /** `failed` counts against the unit; `note` and `advice` are shown only. */
  readonly level: "failed" | "note" | "advice";
  readonly path: RepoPath;
  /** From 1. */
  readonly line: number;
  /** From 1, in Unicode code points. */
  readonly column: number;
  /** One clause: what is wrong. */
  readonly what: string;
  /** The offending text, shortened; empty where something is absent. */
  readonly text: string;
  /** How to mend it. */
  readonly mend: string;
  /** For advice: the paragraph of the campaign's written rubric that asks for it. */
  readonly source?: string;
}

export interface Verdict {
  readonly path: RepoPath;
  /** How many checks passed, of how many that apply to this unit. */
  readonly passed: number;
  readonly total: number;
  /** The names of the checks that failed, in the rubric's order. */
  readonly failed: readonly string[];
  /** At least one for each failed check, in the rubric's order, then notes, which are off the count. */
  readonly findings: readonly Finding[];
}
