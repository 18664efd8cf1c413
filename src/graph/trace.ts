/** What a target read and wrote when it last succeeded: the whole evidence from which freshness is judged. */
import type { Digest } from "../artifact/digest.ts";
import type { ReadRecord } from "../artifact/question.ts";

export interface Trace {
  readonly key: Digest;
  /** The parts that the key was made of, by name: what a later check compares one by one. */
  readonly parts: Readonly<Record<string, Digest>>;
  readonly soft: Readonly<Record<string, Digest>>;
  /** The questions that the run asked of the workspace, with the digests of the answers. */
  readonly reads: readonly ReadRecord[];
  /** Files and fragments written, as references → digest. */
  readonly outputs: Readonly<Record<string, Digest>>;
  /** Intermediates, by name: their bytes are in the store. */
  readonly products: Readonly<Record<string, Digest>>;
  /** Links of amend chains: file → what it was and became. */
  readonly amends: Readonly<Record<string, { readonly before: Digest; readonly after: Digest }>>;
  readonly run: RunRecord;
  /** Edits of a person that count as what the target left (`codex accept`), by reference. A later run merges them in. */
  readonly accepted?: Readonly<Record<string, AcceptedEdit>>;
}

export interface AcceptedEdit {
  /** The text that the target had left itself, and the one that the person made of it, as digests of the store. */
  readonly base: Digest;
  readonly mine: Digest;
  /** Who accepted it, when (UTC, ISO 8601) and why. */
  readonly by: string;
  readonly at: string;
  readonly why: string;
}

/** How the work was done; never part of a key. */
export interface RunRecord {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly seconds: number;
  readonly usd: number;
  readonly attempts: number;
  /** Who did it: an agent's id, `engine`, or a person. */
  readonly agent: string;
  readonly model?: string;
  /** The side state in which a rung of the ladder let it stand, where it did not pass its check: `needs-rework`. */
  readonly state?: string;
  /** Why a person took what was there as it is, without a run (`codex adopt`). */
  readonly why?: string;
}
