/**
 * The continuity of a whole workspace, measured again only where it can come out differently: a unit whose bytes have
 * changed is counted anew, and where the registry has other anchor phrases only those are looked for again. The cache is a
 * value: whoever calls keeps it.
 */
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { anchorIndex, countAnchors, measureUnit, type UnitContinuity } from "./continuity.ts";
import type { MeasuredUnit } from "./continuity-report.ts";
import { readUnitCard } from "./unit-card.ts";
import type { KnownDigest } from "./validate-incremental.ts";

/** Part of the cache's format: raised whenever something is counted in another way. */
const VERSION = 1;

/** Plain data that survives `JSON.stringify`. */
export interface ContinuityCache {
  readonly version: number;
  /** Digest of the anchor phrases that were looked for. */
  readonly anchors: Digest;
  readonly files: Readonly<Record<RepoPath, CachedUnit>>;
}

interface CachedUnit {
  readonly digest: Digest;
  /** What was counted, or why the file is no unit. */
  readonly found: UnitContinuity | string;
}

export interface Measured {
  /** Sorted by path. */
  readonly units: readonly MeasuredUnit[];
  /** Files of `content/` that cannot be read as units, with the reason as a clause. */
  readonly unreadable: readonly { readonly path: RepoPath; readonly why: string }[];
  /** How many files were counted anew, if only their anchor phrases. */
  readonly counted: number;
  /** To be passed in next time. */
  readonly cache: ContinuityCache;
}

/**
 * Measures all units of a view.
 *
 * @param known must agree with the view's bytes
 * @param phrases the registered anchor phrases
 * @param cache of an earlier call; undefined measures everything
 */
export function measureIncremental(
  view: WorkspaceView,
  known: KnownDigest,
  phrases: readonly string[],
  cache: ContinuityCache | undefined,
): Measured {
  const old = cache?.version === VERSION ? cache : undefined;
  const anchors = digestOf(JSON.stringify(phrases));
  const index = anchorIndex(phrases);
  const files: Record<RepoPath, CachedUnit> = {};
  let counted = 0;
  for (const path of view.list(["content/**/*.md"])) {
    const digest = known(path) ?? digestOf(view.bytes(path) ?? new Uint8Array());
    if (digest === MISSING) continue;
    const last = old?.files[path]?.digest === digest ? old.files[path] : undefined;
    if (last !== undefined && (old?.anchors === anchors || typeof last.found === "string")) {
      files[path] = last;
      continue;
    }
    const bytes = view.bytes(path);
    if (bytes === undefined) continue;
    counted++;
    files[path] = { digest, found: count(path, bytes, index, last?.found) };
  }
  const all = Object.entries(files) as [RepoPath, CachedUnit][];
  return {
    units: all.flatMap(([path, { found }]) => (typeof found === "string" ? [] : [{ path, continuity: found }])),
    unreadable: all.flatMap(([path, { found }]) => (typeof found === "string" ? [{ path, why: found }] : [])),
    counted,
    cache: { version: VERSION, anchors, files },
  };
}

/** @param last what was counted in the same bytes for other anchor phrases */
function count(
  path: RepoPath,
  bytes: Uint8Array,
  anchors: ReturnType<typeof anchorIndex>,
  last: CachedUnit["found"] | undefined,
): CachedUnit["found"] {
  if (last !== undefined && typeof last !== "string") return { ...last, ...countAnchors(readUtf8(bytes), anchors) };
  const card = readUnitCard(path, bytes);
  return card.ok ? measureUnit(readUtf8(bytes), card.value.id, anchors) : card.error;
}
