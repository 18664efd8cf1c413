/**
 * Validation of a whole workspace that judges again only what could come out differently. A cached verdict holds while
 * the unit's bytes are the same and every question that it asked of the workspace (is this id in the catalog? is that
 * prerequisite shipped? does this file exist?) would get the same answer. The cache is a value: whoever calls keeps it.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Fault } from "../fault.ts";
import { CatalogText } from "./rubric/catalog-text.ts";
import { FilePresence } from "./rubric/file-presence.ts";
import { type FileStatus, SITE_GLOB, StatusTable, statusOfBytes, UNIT_GLOB } from "./rubric/file-status.ts";
import type { Finding, Verdict } from "./rubric/finding.ts";
import { CATALOG_PATH, DEPS_PATH, depsParts, indexOf } from "./rubric/index-of-workspace.ts";
import { type Answers, Reasker, recordFacts } from "./rubric/recorded-facts.ts";
import { validateBytes } from "./rubric/validate-unit.ts";
import type { WorkspaceFacts } from "./rubric/workspace-facts.ts";

/** Part of the cache's format: raised whenever a check, its order or its messages change. */
export const RUBRIC_VERSION = 1;

/** Plain data that survives `JSON.stringify`. */
export interface ValidationCache {
  readonly version: number;
  readonly catalog: Digest | undefined;
  readonly deps: { readonly digest: Digest; readonly pending: readonly string[] } | undefined;
  readonly files: Readonly<Record<RepoPath, CachedFile>>;
}

interface CachedFile {
  readonly digest: Digest;
  readonly id?: string;
  readonly status?: string;
  /** Absent for content of the site, which gives statuses but is not judged. */
  readonly judged?: CachedVerdict;
}

interface CachedVerdict {
  readonly passed: number;
  readonly total: number;
  readonly failed: readonly string[];
  readonly findings: readonly Omit<Finding, "path">[];
  readonly asked: Answers;
}

export interface Validation {
  /** One verdict a unit, sorted by path. */
  readonly verdicts: readonly Verdict[];
  /** What is wrong with the shared files themselves. */
  readonly faults: readonly Fault[];
  /** How many units were judged anew. */
  readonly judged: number;
  /** To be passed in next time. */
  readonly cache: ValidationCache;
}

/**
 * The digest of a file of the view where it is known without reading, from a stat cache; undefined where it is not, and
 * the file is then read and hashed here.
 */
export type KnownDigest = (path: RepoPath) => Digest | undefined;

/**
 * Judges all units of a view.
 *
 * @param known must agree with the view's bytes
 * @param cache of an earlier call; undefined judges everything
 */
export function validateIncremental(
  view: WorkspaceView,
  known: KnownDigest,
  cache: ValidationCache | undefined,
): Validation {
  const old = cache?.version === RUBRIC_VERSION ? cache : undefined;
  const units = readStates(view, known, view.list([UNIT_GLOB]), old);
  const site = readStates(view, known, view.list([SITE_GLOB]), old);
  const { deps, faults } = readDeps(view, known, old?.deps);
  const catalog = open(view, known, CATALOG_PATH);
  const facts = indexOf({
    statuses: new StatusTable(new Map([...units, ...site].map(([path, { status }]) => [path, status]))),
    catalog: new CatalogText(() => catalog?.bytes()),
    presence: FilePresence.of(view),
    pending: new Set(deps?.pending),
    faults,
  });
  const reasker = new Reasker(
    facts,
    new Set(catalog !== undefined && old?.catalog === catalog.digest ? ["catalog"] : []),
  );
  const verdicts: Verdict[] = [];
  const files: Record<RepoPath, CachedFile> = {};
  let judged = 0;
  for (const [path, state] of units) {
    let verdict = state.judged;
    if (verdict === undefined || !reasker.allStand(verdict.asked)) {
      verdict = judgeAnew(path, state.file, facts);
      judged += 1;
    }
    files[path] = { digest: state.file.digest, ...state.status, judged: verdict };
    verdicts.push(verdictOf(path, verdict));
  }
  for (const [path, { file, status }] of site) files[path] = { digest: file.digest, ...status };
  return { verdicts, faults, judged, cache: { version: RUBRIC_VERSION, catalog: catalog?.digest, deps, files } };
}

/** A file that exists, with its digest; its bytes are read at most once, and only if somebody wants them. */
interface OpenFile {
  readonly digest: Digest;
  bytes(): Uint8Array;
}

function open(view: WorkspaceView, known: KnownDigest, path: RepoPath): OpenFile | undefined {
  const digest = known(path);
  let bytes = digest === undefined ? view.bytes(path) : undefined;
  if (digest === undefined) return bytes === undefined ? undefined : { digest: digestOf(bytes), bytes: () => bytes! };
  return {
    digest,
    bytes() {
      bytes ??= view.bytes(path) ?? new Uint8Array(0);
      return bytes;
    },
  };
}

interface FileState {
  readonly file: OpenFile;
  readonly status: FileStatus | undefined;
  /** The verdict of last time, if the file has not changed since. */
  readonly judged: CachedVerdict | undefined;
}

function readStates(
  view: WorkspaceView,
  known: KnownDigest,
  paths: readonly RepoPath[],
  old: ValidationCache | undefined,
): ReadonlyMap<RepoPath, FileState> {
  const states = new Map<RepoPath, FileState>();
  for (const path of paths) {
    const file = open(view, known, path);
    if (file === undefined) continue;
    const last = old?.files[path];
    if (last?.digest !== file.digest) {
      // The head is read again for the verdict: to keep thousands of heads costs more than to parse them twice.
      states.set(path, { file, status: statusOfBytes(file.bytes()), judged: undefined });
      continue;
    }
    const { id, status } = last;
    states.set(path, {
      file,
      status: id === undefined || status === undefined ? undefined : { id, status },
      judged: last.judged,
    });
  }
  return states;
}

function readDeps(
  view: WorkspaceView,
  known: KnownDigest,
  old: ValidationCache["deps"],
): { readonly deps: ValidationCache["deps"]; readonly faults: readonly Fault[] } {
  const file = open(view, known, DEPS_PATH);
  if (file === undefined) return { deps: undefined, faults: [] };
  if (old?.digest === file.digest) return { deps: old, faults: [] };
  const { pending, faults } = depsParts(file.bytes());
  // A broken file is not cached, so that it is complained of every time.
  return { deps: faults.length > 0 ? undefined : { digest: file.digest, pending: [...pending] }, faults };
}

function judgeAnew(path: RepoPath, file: OpenFile, facts: WorkspaceFacts): CachedVerdict {
  const recording = recordFacts(facts);
  const { passed, total, failed, findings } = validateBytes(path, file.bytes(), recording.facts);
  return { passed, total, failed, findings: findings.map(({ path: _, ...rest }) => rest), asked: recording.asked };
}

const verdictOf = (path: RepoPath, { passed, total, failed, findings }: CachedVerdict): Verdict => ({
  path,
  passed,
  total,
  failed,
  findings: findings.map((finding) => ({ path, ...finding })),
});
