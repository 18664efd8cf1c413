/**
 * Validation of a whole workspace that judges again only what could come out differently. A cached verdict holds while
 * the unit's bytes are the same and every question that it asked of the workspace (is this id in the catalog? is that
 * prerequisite shipped? does this file exist?) would get the same answer. The cache is a value: whoever calls keeps it.
 */

import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Fault } from "../fault.ts";
import { CatalogText } from "./rubric/catalog-text.ts";
import { FilePresence } from "./rubric/file-presence.ts";
import {
  type FileStatus,
  guessStatus,
  SITE_GLOB,
  StatusTable,
  sameStatus,
  statusOfBytes,
  statusOfHead,
  UNIT_GLOB,
} from "./rubric/file-status.ts";
import type { Finding, Verdict } from "./rubric/finding.ts";
import { depsParts, indexOf } from "./rubric/index-of-workspace.ts";
import { type Answers, type QuestionKind, Reasker, recordFacts } from "./rubric/recorded-facts.ts";
import { judgeParsed } from "./rubric/validate-unit.ts";
import type { WorkspaceFacts } from "./rubric/workspace-facts.ts";
import { CATALOG_PATH, DEPS_PATH } from "./shared-files.ts";
import { parseUnit } from "./unit/unit.ts";

/** Part of the cache's format: raised whenever a check, its order or its messages change. */
const RUBRIC_VERSION = 1;

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
  const units = readStates(view, known, view.list([UNIT_GLOB]), old, guessStatus);
  const site = readStates(view, known, view.list([SITE_GLOB]), old, statusOfBytes);
  const { deps, faults } = readDeps(view, known, old?.deps);
  const catalog = open(view, known, CATALOG_PATH);
  const shared = {
    catalog: new CatalogText(() => catalog?.bytes()),
    presence: FilePresence.of(view),
    pending: new Set(deps?.pending),
    faults,
  };
  const factsNow = (): WorkspaceFacts => indexOf({ ...shared, statuses: tableOf(units, site) });
  const settled = new Set<QuestionKind>(old !== undefined && old.catalog === catalog?.digest ? ["catalog"] : []);
  // Statuses must be known before verdicts, but to parse every file first for the one and then for the other takes a
  // quarter longer. So units are judged by guessed statuses, which their parsing then corrects; where a guess was wrong,
  // a second round judges those units again to which it made a difference.
  const misguessed = judgeStale(units, new Reasker(factsNow(), settled));
  if (misguessed) judgeStale(units, new Reasker(factsNow(), settled));
  const verdicts: Verdict[] = [];
  const files: Record<RepoPath, CachedFile> = {};
  for (const [path, { file, status, verdict }] of units) {
    if (verdict === undefined) continue;
    files[path] = { digest: file.digest, ...status, judged: verdict };
    verdicts.push(verdictOf(path, verdict));
  }
  for (const [path, { file, status }] of site) files[path] = { digest: file.digest, ...status };
  return {
    verdicts,
    faults,
    judged: [...units.values()].filter(({ judgedAnew }) => judgedAnew).length,
    cache: { version: RUBRIC_VERSION, catalog: catalog?.digest, deps, files },
  };
}

/** Judges the units that have no verdict that stands; says whether the status of one was not what it had been taken for. */
function judgeStale(units: ReadonlyMap<RepoPath, FileState>, reasker: Reasker): boolean {
  let misguessed = false;
  for (const [path, state] of units) {
    if (state.verdict !== undefined && reasker.allStand(state.verdict.asked)) continue;
    const parsed = parseUnit(state.file.bytes());
    const recording = recordFacts(reasker.facts);
    const { passed, total, failed, findings } = judgeParsed(path, parsed, recording.facts);
    const bare = findings.map(({ path: _, ...rest }) => rest);
    state.verdict = { passed, total, failed, findings: bare, asked: recording.asked };
    state.judgedAnew = true;
    const status = parsed.ok ? statusOfHead(parsed.value) : undefined;
    misguessed ||= !sameStatus(status, state.status);
    state.status = status;
  }
  return misguessed;
}

const tableOf = (...files: readonly ReadonlyMap<RepoPath, FileState>[]): StatusTable =>
  new StatusTable(new Map(files.flatMap((states) => [...states].map(([path, { status }]) => [path, status] as const))));

/** A file that exists, with its digest; its bytes are read at most once, and only if somebody wants them. */
interface OpenFile {
  readonly digest: Digest;
  bytes(): Uint8Array;
}

function open(view: WorkspaceView, known: KnownDigest, path: RepoPath): OpenFile | undefined {
  const digest = known(path);
  if (digest === MISSING) return undefined;
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
  status: FileStatus | undefined;
  /** The verdict of last time, if the file has not changed since; then that of this time. */
  verdict: CachedVerdict | undefined;
  judgedAnew: boolean;
}

/** @param statusOf reads or guesses the status of a file that has changed */
function readStates(
  view: WorkspaceView,
  known: KnownDigest,
  paths: readonly RepoPath[],
  old: ValidationCache | undefined,
  statusOf: (bytes: Uint8Array) => FileStatus | undefined,
): ReadonlyMap<RepoPath, FileState> {
  const states = new Map<RepoPath, FileState>();
  for (const path of paths) {
    const file = open(view, known, path);
    if (file === undefined) continue;
    const last = old?.files[path];
    if (last?.digest === file.digest) {
      const { id, status, judged } = last;
      const kept = id === undefined || status === undefined ? undefined : { id, status };
      states.set(path, { file, status: kept, verdict: judged, judgedAnew: false });
    } else {
      states.set(path, { file, status: statusOf(file.bytes()), verdict: undefined, judgedAnew: false });
    }
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

const verdictOf = (path: RepoPath, { passed, total, failed, findings }: CachedVerdict): Verdict => ({
  path,
  passed,
  total,
  failed,
  findings: findings.map((finding) => ({ path, ...finding })),
});
