/**
 * Makes room under `.codex`. What is needed is never removed: bytes that a trace names, or an unfinished commit, or the
 * journal of calls; results that cost money or a person's time, whose key may be seen again; answers of the journal that a
 * run could still use, or that the cost ledger does not know; and conflicts that wait for a person, with all that is needed
 * to resolve them. Of the rest the oldest goes first.
 */
import { join } from "node:path";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { Actions, type CachedAction } from "./actions.ts";
import { decodeSegment } from "./call-record.ts";
import { callsFolder, segments } from "./calls.ts";
import { unfinishedCommits } from "./commit.ts";
import { conflicts, evidenceFiles } from "./side-files.ts";
import { type StoredFile, storedFiles } from "./store.ts";

export interface GcLimits {
  /** What is not needed and older than this goes; in milliseconds. */
  readonly maxAge: number;
  /** Then, while the store is larger than this, more of what is not needed, oldest first; in bytes. */
  readonly maxSize: number;
}

export interface Garbage {
  /** Absolute paths, oldest first. */
  readonly files: readonly StoredFile[];
  /** What is left. */
  readonly kept: { readonly files: number; readonly bytes: number };
  /** Bytes of what is left and needed: a limit below it cannot be reached. */
  readonly needed: number;
}

const DAY = 24 * 60 * 60 * 1000;
export const DEFAULT_LIMITS: GcLimits = { maxAge: 30 * DAY, maxSize: 2 * 1024 ** 3 };
/** However small the limit of size: what is younger may be what somebody is working on. */
const YOUNG = DAY;

/**
 * What may be removed. The caller holds the writer's lock, if it is to be removed indeed.
 * @param traces all traces of the workspace, by address
 * @param told the calls that the cost ledger holds
 */
export function findGarbage(
  host: Host,
  traces: ReadonlyMap<string, Trace>,
  told: ReadonlySet<string>,
  limits: GcLimits,
): Garbage {
  const now = host.now();
  const needed = neededDigests(host, [...traces.values()]);
  const keys = new Set<string>([...traces.values()].map((trace) => trace.key));
  const ofPeople = conflicts(host).map(({ target, record, files }) => {
    // A conflict is with an edit that was accepted; without one there is nothing left to resolve.
    const isOpen = record !== undefined && traces.get(target)?.accepted !== undefined;
    // The run that waits is not in any trace: without it, what a person has begun to mend would be forgotten.
    for (const into of isOpen ? [needed, keys] : []) addDigests(record ?? "", into);
    return files.map((file) => ({ ...file, isNeeded: isOpen }));
  });
  const actions = new Actions(host);
  const results = actions.files().map((file) => {
    const known = actions.read(file.path);
    const isNeeded = keys.has(file.name) || known.some(isCostly);
    return { ...file, isNeeded, text: JSON.stringify(known) };
  });
  for (const { isNeeded, text } of results) if (isNeeded) addDigests(text, needed);
  // As long as a result is kept, so is what it wrote.
  const inUse = new Set(needed);
  for (const { modified, isNeeded, text } of results)
    if (!isNeeded && now - modified <= limits.maxAge) addDigests(text, inUse);

  const all = [
    ...results.map((file) => ({ ...file, old: now - file.modified > limits.maxAge })),
    ...[
      ...journal(host, told),
      ...ofPeople.flat(),
      ...evidenceFiles(host).map((file) => ({ ...file, isNeeded: keys.has(file.name) })),
    ].map((file) => ({ ...file, old: now - file.modified > limits.maxAge })),
    ...storedFiles(host).map((file) => ({
      ...file,
      isNeeded: needed.has(file.name),
      old: !inUse.has(file.name) && now - file.modified > limits.maxAge,
    })),
  ];
  const removable = all.filter(({ isNeeded }) => !isNeeded).sort((a, b) => a.modified - b.modified);
  const garbage = removable.filter(({ old }) => old);
  let bytes = sum(all) - sum(garbage);
  for (const file of removable) {
    if (bytes <= limits.maxSize || now - file.modified <= YOUNG) break;
    if (file.old) continue;
    garbage.push(file);
    bytes -= file.bytes;
  }
  return {
    files: garbage.map(({ path, name, bytes, modified }) => ({ path, name, bytes, modified })),
    kept: { files: all.length - garbage.length, bytes },
    needed: sum(all.filter(({ isNeeded }) => isNeeded)),
  };
}

/** The segments of the journal. One that is used up is evidence only, and that no more when the ledger has its calls. */
function journal(host: Host, told: ReadonlySet<string>): (StoredFile & { readonly isNeeded: boolean })[] {
  return segments(host).map(({ name, path, state }) => {
    const stat = host.fs.statSync(path);
    const known = (): boolean =>
      decodeSegment(host.fs.readFileSync(path)).records.every(
        (record) => record.type === "usedUp" || told.has(record.call),
      );
    return { path, name, bytes: stat.size, modified: stat.mtimeMs, isNeeded: state !== "used" || !known() };
  });
}

/** Whether making it again would cost money, or somebody's time. */
export const isCostly = ({ trace }: CachedAction): boolean => isCostlyTrace(trace);
export const isCostlyTrace = ({ run }: Trace): boolean => run.usd > 0 || run.agent.startsWith("person:");

/** What traces, unfinished commits and the journal name: any text there that could be a digest counts. */
function neededDigests(host: Host, traces: readonly Trace[]): Set<string> {
  const digests = new Set<string>();
  for (const trace of traces) addDigests(JSON.stringify(trace), digests);
  for (const path of unfinishedCommits(host)) addDigests(host.fs.readFileSync(path, "utf8"), digests);
  const calls = callsFolder(host);
  if (host.fs.statSync(calls, { throwIfNoEntry: false })) {
    for (const name of host.fs.readdirSync(calls)) addDigests(host.fs.readFileSync(join(calls, name), "utf8"), digests);
  }
  return digests;
}

export function addDigests(text: string, to: Set<string>): void {
  for (const [digest] of text.matchAll(/\b[0-9a-f]{64}\b/g)) to.add(digest);
}

const sum = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((total, { bytes }) => total + bytes, 0);
