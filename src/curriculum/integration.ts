/** What integration takes and gives. */
import type { RepoPath } from "../artifact/workspace.ts";
import type { Draft } from "./draft.ts";
import type { UnitVerdict } from "./judge-draft.ts";

export interface Rejection {
  readonly draft: Draft;
  /** Sentences to hand back to the agent. */
  readonly defects: readonly string[];
}

export interface Integration {
  readonly outcome: "integrated" | "rolled back" | "nothing accepted";
  /** Drafts that are in `writes`; none after a rollback. */
  readonly accepted: readonly Draft[];
  readonly rejected: readonly Rejection[];
  /** Drafts that had no defect of their own but were rolled back with the batch. */
  readonly heldBack: readonly Draft[];
  /** Why the batch was rolled back. */
  readonly regressions: readonly string[];
  /** The files to be committed together, whole; only those that change. */
  readonly writes: ReadonlyMap<RepoPath, Uint8Array>;
  /** The fragments that the writes put into shared files, sorted: the batch owns them. Those of others that it edits are not here. */
  readonly fragments: readonly string[];
  /** Markdown. */
  readonly report: string;
}

/** What happened to one accepted draft, for the report. */
export interface AcceptedDraft {
  readonly draft: Draft;
  readonly verdict: UnitVerdict;
  readonly actions: readonly string[];
  readonly notices: readonly string[];
}

/** How the corpus would stand with the whole batch in it. */
export interface WholeCorpus {
  readonly units: number;
  readonly passing: number;
  readonly regressions: readonly string[];
}
