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
}
