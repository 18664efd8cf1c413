/**
 * Conflicts between an accepted edit and what its rule makes now. The texts with markers lie in `.codex/conflicts/`,
 * never in the workspace's own files: nothing reads a marker by mistake, and no glob finds one.
 */
import { join } from "node:path";
import { type Digest, digestOf } from "../artifact/digest.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import { replaceFile } from "../artifact/write.ts";
import { isDigests, isRecord } from "../cache/traces.ts";
import type { Address } from "../graph/address.ts";
import type { Host } from "../host.ts";

const FOLDER = ".codex/conflicts";

/** A run of a target whose outputs wait for a person to merge an edit in. */
export interface Conflict {
  readonly target: Address;
  /** The key of the run: when it is not the target's any more, the conflict is out of date. */
  readonly key: Digest;
  /** Of each output in conflict, by reference: what was merged, as digests of the store. */
  readonly outputs: Readonly<Record<string, { readonly mine: Digest; readonly theirs: Digest }>>;
}

/** Where the text of an output in conflict lies, relative to the workspace. */
export function sideFile(target: Address, output: string): string {
  const name = output.replace(/[^A-Za-z0-9._-]+/g, "-").slice(-80);
  // Two outputs may look alike without their special characters.
  return `${FOLDER}/${target}/${name}.${digestOf(output).slice(0, 8)}.merge`;
}

const recordOf = (target: Address): string => `${FOLDER}/${target}/conflict.json`;

/**
 * Writes a conflict down.
 * @param texts by output, with markers. A side file of the same conflict is left as a person may have begun to mend it.
 */
export function keepConflict(host: Host, conflict: Conflict, texts: ReadonlyMap<string, string>): void {
  const encoder = new TextEncoder();
  const before = pendingConflict(host, conflict.target);
  for (const [output, text] of texts) {
    const path = sideFile(conflict.target, output);
    const same = JSON.stringify(before?.outputs[output]) === JSON.stringify(conflict.outputs[output]);
    if (!same || readSide(host, path) === undefined) replaceFile(host.fs, join(host.root, path), encoder.encode(text));
  }
  const record = encoder.encode(`${JSON.stringify({ version: 1, ...conflict })}\n`);
  replaceFile(host.fs, join(host.root, recordOf(conflict.target)), record);
}

/** The conflict of a target that has not been resolved; undefined where there is none. */
export function pendingConflict(host: Host, target: Address): Conflict | undefined {
  const text = readSide(host, recordOf(target));
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isConflict(value) && value.target === target ? value : undefined;
  } catch {
    // Damaged: the next build writes it again.
    return undefined;
  }
}

/** A side file's text; undefined where there is none. */
export function readSide(host: Host, path: string): string | undefined {
  try {
    return readUtf8(host.fs.readFileSync(join(host.root, path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes what was kept of a target's conflict. */
export function forgetConflict(host: Host, target: Address): void {
  const conflict = pendingConflict(host, target);
  for (const output of Object.keys(conflict?.outputs ?? {}))
    host.fs.rmSync(join(host.root, sideFile(target, output)), { force: true });
  host.fs.rmSync(join(host.root, recordOf(target)), { force: true });
}

const isConflict = (value: unknown): value is Conflict =>
  isRecord(value) &&
  value.version === 1 &&
  typeof value.target === "string" &&
  typeof value.key === "string" &&
  isRecord(value.outputs) &&
  Object.values(value.outputs).every(isDigests);
