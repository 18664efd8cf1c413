/**
 * Hashes everything in the store again. A damaged file is worth nothing to Codex, which never believes it; what matters
 * is whether its bytes can be had again: from a file of the workspace that still has them, or by building. What cannot is
 * left where it is, since a person may still read it.
 */
import { relative } from "node:path";
import { type Digest, digestOf } from "../artifact/digest.ts";
import { parsePath } from "../artifact/path.ts";
import { replaceFile } from "../artifact/write.ts";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { Actions } from "./actions.ts";
import { decodeSegment } from "./call-record.ts";
import { segments } from "./calls.ts";
import { unfinishedCommits } from "./commit.ts";
import { addDigests, isCostly, isCostlyTrace } from "./gc.ts";
import { storedFiles } from "./store.ts";

export interface Damage {
  /** Path relative to the workspace, with the line where it is one of the journal's. */
  readonly where: string;
  /** One sentence. */
  readonly what: string;
  /**
   * `mended`: its bytes were found in the workspace; `removed`: it can be made again; `kept`: it cannot, or only for
   * money. Without `repair`: what would be done.
   */
  readonly outcome: "mended" | "removed" | "kept";
}

export interface StoreReport {
  readonly checked: number;
  readonly bytes: number;
  readonly damages: readonly Damage[];
}

/** @param repair whether to mend and remove; the caller then holds the writer's lock. */
export function verifyStore(host: Host, traces: readonly Trace[], repair: boolean): StoreReport {
  const damages: Damage[] = [];
  const at = (path: string): string => relative(host.root, path);
  const files = storedFiles(host);
  let bytes = 0;
  let precious: Set<string> | undefined;
  for (const file of files) {
    bytes += file.bytes;
    const damage = damageOf(host, file.path, file.name);
    if (damage === undefined) continue;
    precious ??= preciousDigests(host, traces);
    const found = inWorkspace(host, traces, file.name);
    if (found !== undefined) {
      if (repair) replaceFile(host.fs, file.path, found.bytes);
      damages.push({ where: at(file.path), what: `${damage}; ${found.path} has its bytes`, outcome: "mended" });
    } else if (precious.has(file.name)) {
      const what = `${damage}, and an unfinished commit, a paid result or a person's answer needs it: restore it from a copy`;
      damages.push({ where: at(file.path), what, outcome: "kept" });
    } else {
      if (repair) host.fs.rmSync(file.path, { force: true });
      damages.push({ where: at(file.path), what: damage, outcome: "removed" });
    }
  }
  const actions = new Actions(host);
  for (const file of actions.files()) {
    if (actions.read(file.path).length > 0) continue;
    if (repair) host.fs.rmSync(file.path, { force: true });
    damages.push({ where: at(file.path), what: "the list of results cannot be read", outcome: "removed" });
  }
  for (const segment of segments(host)) {
    for (const line of decodeSegment(host.fs.readFileSync(segment.path)).damaged) {
      const what = "a line of the journal of calls is damaged; its answer is bought again when it is asked for";
      damages.push({ where: `${at(segment.path)}:${line}`, what, outcome: "kept" });
    }
  }
  return { checked: files.length, bytes, damages };
}

/** What is wrong with a file of the store; undefined where it is sound. */
function damageOf(host: Host, path: string, name: string): string | undefined {
  try {
    return digestOf(host.fs.readFileSync(path)) === name ? undefined : "its bytes are not what its name says";
  } catch (error) {
    return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Digests of what cannot be made again, or not for nothing. */
function preciousDigests(host: Host, traces: readonly Trace[]): Set<string> {
  const digests = new Set<string>();
  for (const path of unfinishedCommits(host)) addDigests(host.fs.readFileSync(path, "utf8"), digests);
  for (const trace of traces) {
    if (isCostlyTrace(trace)) addDigests(JSON.stringify(trace), digests);
    // What a person wrote is in no other place.
    else if (trace.accepted !== undefined) addDigests(JSON.stringify(trace.accepted), digests);
  }
  const actions = new Actions(host);
  for (const file of actions.files())
    for (const known of actions.read(file.path)) if (isCostly(known)) addDigests(JSON.stringify(known), digests);
  return digests;
}

/** A file of the workspace that a target wrote and that still has the bytes. */
function inWorkspace(
  host: Host,
  traces: readonly Trace[],
  digest: string,
): { readonly path: string; readonly bytes: Uint8Array } | undefined {
  for (const { outputs, amends } of traces) {
    const digests: [string, Digest][] = [
      ...Object.entries(outputs),
      ...Object.entries(amends).map(([path, { after }]): [string, Digest] => [path, after]),
    ];
    for (const [name, each] of digests) {
      const path = each === digest ? parsePath(name) : undefined;
      if (path?.ok !== true) continue;
      try {
        const bytes = host.fs.readFileSync(`${host.root}/${path.value}`);
        if (digestOf(bytes) === digest) return { path: path.value, bytes };
      } catch {
        // It is gone: another may have the same bytes.
      }
    }
  }
  return undefined;
}
