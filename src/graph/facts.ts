/**
 * What the graph asks of the world. The questions are synchronous and answered from caches (`src/exec/world.ts`), or
 * from tables in tests; nothing in this room does I/O.
 */
import type { Digest } from "../artifact/digest.ts";
import type { ReadRecord } from "../artifact/question.ts";
import type { Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import type { Trace } from "./trace.ts";

/**
 * What a target must not see: the writing of itself and of its own descendants. Without this a gap analysis would
 * be made stale by the very units that close the gap.
 */
export interface Hidden {
  /** The earlier version as which a file is to be seen, by its digest; `MISSING` if as absent, undefined if as it is. */
  version(path: RepoPath): Digest | undefined;
  /** Fragments of a file to be seen as absent; undefined where there are none. */
  fragments(path: RepoPath): readonly Ref[] | undefined;
}

export const NOTHING_HIDDEN: Hidden = { version: () => undefined, fragments: () => undefined };

/** A run whose ladder ended with a person. */
export interface GaveUp {
  readonly key: Digest;
  readonly attempts: number;
  /** What was wrong with the last attempt, a line each. */
  readonly defects: readonly string[];
}

export interface Facts {
  trace(id: Address): Trace | undefined;
  /** A file or fragment as it is, less what is hidden; `MISSING` where there is none. */
  digest(ref: Ref, hidden: Hidden): Digest;
  /** The matching paths and their digests, as one digest. */
  globDigest(patterns: readonly string[], hidden: Hidden): Digest;
  /** The recorded digest of an intermediate; `MISSING` before its target has run. */
  product(of: Address, name: string): Digest;
  /** Whether the store holds these bytes. */
  stored(digest: Digest): boolean;
  /** The digest of the answer that a recorded question would get now. */
  answer(record: ReadRecord, hidden: Hidden): Digest;
  /** Whether the target has failed in this run. */
  failed(id: Address): boolean;
  /** Why the target cannot be decided: the list that makes it cannot be read. It has failed, whoever looks. */
  undecidable?(id: Address): string | undefined;
  /** Whether a person has answered this key before: what was shown is what is shown now. */
  answered?(key: Digest): boolean;
  /** Whether a target of this workspace once wrote just this, by reference: it is nobody's work, and the store has it. */
  wroteOnce?(ref: string, digest: Digest): boolean;
  /** The run after which the target was left to a person; undefined where none was. */
  escalation?(id: Address): GaveUp | undefined;
}

/** The same facts, but for those that are given. */
export const otherwise = (facts: Facts, others: Partial<Facts>): Facts => ({
  trace: (id) => facts.trace(id),
  digest: (ref, hidden) => facts.digest(ref, hidden),
  globDigest: (patterns, hidden) => facts.globDigest(patterns, hidden),
  product: (of, name) => facts.product(of, name),
  stored: (digest) => facts.stored(digest),
  answer: (record, hidden) => facts.answer(record, hidden),
  failed: (id) => facts.failed(id),
  undecidable: (id) => facts.undecidable?.(id),
  answered: (key) => facts.answered?.(key) ?? false,
  wroteOnce: (ref, digest) => facts.wroteOnce?.(ref, digest) ?? false,
  escalation: (id) => facts.escalation?.(id),
  ...others,
});
