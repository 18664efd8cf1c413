/**
 * Several files change together or not at all. A record of what is to be written is made durable first; from then on
 * the commit will happen, by this process or, after a crash, by the next one that takes the writer's lock.
 *
 *   stage bytes in the store ─▶ record (fsync) ─▶ rename file after file ─▶ remove the record
 *                                     └───────────── crash ──▶ rollForward ──▶──┘
 *
 * A file that a person changed in between is left as the person made it: the commit's version stays in the store, and
 * the report says so.
 */
import { dirname, join } from "node:path";
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import { Files } from "../artifact/files.ts";
import { isWritable, parsePath } from "../artifact/path.ts";
import { encodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { removeAtomic, removeTemporaries, replaceFile, syncFolder, writeAtomic } from "../artifact/write.ts";
import { type Fault, FaultError, usageFault } from "../fault.ts";
import type { Host } from "../host.ts";
import { err, ok, type Result } from "../result.ts";
import type { Store } from "./store.ts";

export interface CommitFile {
  readonly path: RepoPath;
  /** The whole file's digest as the commit found it, `MISSING` where there was none. */
  readonly before: Digest;
  /** The digest to leave behind, whose bytes are in the store; `MISSING` removes the file. */
  readonly after: Digest;
}

/** Files in the order in which they are written: outputs first, then the traces that speak of them. */
export interface CommitPlan {
  readonly files: readonly CommitFile[];
}

/** A file that was left alone because it is neither what the commit found nor what it was to write. */
export interface Kept {
  readonly path: RepoPath;
  /** What is on disk. */
  readonly found: Digest;
  /** What the commit would have written: in the store, unless it was to be removed (`MISSING`). */
  readonly meant: Digest;
}

export interface CommitReport {
  /** Files that are now as the plan says. */
  readonly written: readonly RepoPath[];
  readonly kept: readonly Kept[];
  /** Files whose new bytes the store has lost. If there are any, nothing more was written. */
  readonly lost: readonly RepoPath[];
}

interface CommitRecord extends CommitPlan {
  readonly version: typeof VERSION;
  /** UTC, ISO 8601. */
  readonly at: string;
}

const VERSION = 1;

/**
 * Writes the plan's files. The caller holds the writer's lock and has put every `after` into the store. A fault,
 * before anything is written, where a file has changed since the plan was made or the plan cannot be carried out.
 */
export function commit(host: Host, store: Store, plan: CommitPlan): Result<CommitReport, Fault> {
  const files = new Files(host);
  for (const { path, before, after } of plan.files) {
    if (!isWritable(path))
      return err(usageFault("a rule may not write there", path, "write to the workspace's own files"));
    if (digestAt(files, path) !== before) {
      return err({
        what: "the file changed while its new version was made",
        where: path,
        mend: "build again",
        exit: 1,
      });
    }
    if (after !== MISSING && store.get(after) === undefined) {
      return err({ what: "the store does not hold the file's new version", where: path, mend: "build again", exit: 1 });
    }
  }
  if (new Set(plan.files.map((file) => file.path)).size !== plan.files.length) {
    throw new Error("a commit names a file twice");
  }
  const record: CommitRecord = { version: VERSION, at: new Date(host.now()).toISOString(), files: plan.files };
  const path = join(folderOf(host), `${(records(host).at(-1) ?? 0) + 1}.json`);
  replaceFile(host.fs, path, encodeUtf8(`${JSON.stringify(record)}\n`));
  const report = carryOut(host, store, plan);
  forget(host, path);
  return ok(report);
}

/**
 * Finishes what a crash interrupted; undefined where there is nothing to finish. The caller holds the writer's lock,
 * and calls this before it looks at the workspace.
 */
export function rollForward(host: Host, store: Store): Result<CommitReport | undefined, Fault> {
  removeTemporaries(host.fs, folderOf(host));
  const unfinished = records(host);
  if (unfinished.length === 0) return ok(undefined);
  const report = { written: [] as RepoPath[], kept: [] as Kept[], lost: [] as RepoPath[] };
  for (const number of unfinished) {
    const path = join(folderOf(host), `${number}.json`);
    const plan = readRecord(host, path);
    if (!plan.ok) return plan;
    for (const folder of new Set(plan.value.files.map((file) => dirname(join(host.root, file.path))))) {
      removeTemporaries(host.fs, folder);
    }
    const one = carryOut(host, store, plan.value);
    forget(host, path);
    report.written.push(...one.written);
    report.kept.push(...one.kept);
    report.lost.push(...one.lost);
  }
  return ok(report);
}

/** What a person must be told of a commit: nothing where all went as planned. */
export function notices(report: CommitReport): readonly Fault[] {
  return [
    ...report.kept.map(({ path, meant }) =>
      usageFault(
        `it was edited while a commit was unfinished; the edit stays${meant === MISSING ? "" : `, and the commit's version is ${meant} in the store`}`,
        path,
        "keep it, or build again with --overwrite-edits",
      ),
    ),
    ...report.lost.map((path) =>
      usageFault(
        "an unfinished commit was given up, because the store has lost this file's new version",
        path,
        "codex build",
      ),
    ),
  ];
}

function carryOut(host: Host, store: Store, plan: CommitPlan): CommitReport {
  const files = new Files(host);
  const found = new Map(plan.files.map(({ path }) => [path, digestAt(files, path)]));
  const pending = plan.files.filter(({ path, before, after }) => found.get(path) === before && before !== after);
  const lost = pending
    .filter(({ after }) => after !== MISSING && store.get(after) === undefined)
    .map(({ path }) => path);
  if (lost.length > 0) return { written: [], kept: [], lost };

  const written: RepoPath[] = [];
  const kept: Kept[] = [];
  for (const { path, before, after } of plan.files) {
    const absolute = join(host.root, path);
    // Asked again, just before the rename: what a person saves from here on is the narrowest window there is.
    const current = digestAt(files, path);
    const bytes = after === MISSING ? undefined : store.get(after);
    if (current === after) {
      // The rename may have happened without having become durable.
      const folder = dirname(absolute);
      if (host.fs.statSync(folder, { throwIfNoEntry: false })) syncFolder(host.fs, folder);
      written.push(path);
    } else if (current === before) {
      if (bytes) writeAtomic(host, absolute, bytes);
      else removeAtomic(host, absolute);
      written.push(path);
    } else {
      kept.push({ path, found: current, meant: after });
    }
  }
  return { written, kept, lost };
}

/** Absolute paths of the records of commits that a crash interrupted, or that are under way; for those who only look. */
export const unfinishedCommits = (host: Host): readonly string[] =>
  records(host).map((number) => join(folderOf(host), `${number}.json`));

const folderOf = (host: Host): string => join(host.root, ".codex", "commits");

/** The numbers of unfinished commits, ascending. */
function records(host: Host): readonly number[] {
  if (!host.fs.statSync(folderOf(host), { throwIfNoEntry: false })) return [];
  return host.fs
    .readdirSync(folderOf(host))
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function forget(host: Host, path: string): void {
  host.fs.unlinkSync(path);
  syncFolder(host.fs, folderOf(host));
}

function readRecord(host: Host, path: string): Result<CommitPlan, Fault> {
  try {
    const record: unknown = JSON.parse(host.fs.readFileSync(path, "utf8"));
    if (isRecord(record)) return ok(record);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return err(
    usageFault(
      "the record of an unfinished commit is damaged",
      path,
      `look at the files that changed last, then remove ${path}`,
    ),
  );
}

function isRecord(value: unknown): value is CommitRecord {
  if (typeof value !== "object" || value === null || !("version" in value) || !("files" in value)) return false;
  return (
    value.version === VERSION &&
    Array.isArray(value.files) &&
    value.files.every((file: Record<string, unknown> | null) => {
      const path = typeof file?.path === "string" ? parsePath(file.path) : undefined;
      return (
        path?.ok &&
        path.value === file?.path &&
        isWritable(path.value) &&
        typeof file.before === "string" &&
        typeof file.after === "string"
      );
    })
  );
}

/** A file that cannot be read as one (a folder or a stray link took its place) is whatever a person made of it. */
function digestAt(files: Files, path: RepoPath): Digest {
  try {
    const bytes = files.bytes(path);
    return bytes === undefined ? MISSING : digestOf(bytes);
  } catch (error) {
    if (error instanceof FaultError) return UNREADABLE;
    throw error;
  }
}

const UNREADABLE = "unreadable" as Digest;
