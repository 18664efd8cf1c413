/** Append-only files of one JSON value a line, synced to disk before anything builds on a line. */
import { dirname, relative } from "node:path";
import { diskFault } from "../artifact/disk-fault.ts";
import { makeFolder, syncFolder } from "../artifact/write.ts";
import { FaultError } from "../fault.ts";
import type { Host, HostFs } from "../host.ts";

const NEWLINE = 10;
/** Paths of which this process has made the names safe. */
const safeNames = new WeakMap<HostFs, Set<string>>();

/** A line as it stands in the file. */
export interface RawLine {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** What it says; undefined where it is torn, damaged or blank. */
  readonly value: unknown;
  /** Whether a line feed ends it: only the last line may lack it. */
  readonly ended: boolean;
}

/**
 * Appends a value as one line. A torn last line (a crash while writing) is ended first, and stays as evidence. Throws a
 * `FaultError` where the disk does not take it.
 * @param whole whether the last line is known to be whole: then nothing of the file is read.
 */
export function appendLine(host: Host, path: string, value: unknown, whole = false): void {
  const { fs } = host;
  try {
    makeFolder(fs, dirname(path));
    const before = whole ? undefined : read(host, path);
    const torn = before !== undefined && before.length > 0 && before[before.length - 1] !== NEWLINE;
    const fd = fs.openSync(path, "a");
    try {
      // Writes on until all is written; `writeSync` may stop short on a full disk.
      fs.writeFileSync(fd, `${torn ? "\n" : ""}${JSON.stringify(value)}\n`);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    // A new file is only as safe as its name, and whoever made it may have been killed before the name was safe.
    const named = safeNames.get(fs) ?? new Set();
    if (named.has(path)) return;
    syncFolder(fs, dirname(path));
    safeNames.set(fs, named.add(path));
  } catch (error) {
    const fault = diskFault(error);
    if (fault === undefined) throw error;
    throw new FaultError({ ...fault, where: relative(host.root, path) });
  }
}

/** The last line that is whole and readable; undefined where there is none. Earlier lines are not parsed: logs grow long. */
export function lastLine(host: Host, path: string): unknown {
  const bytes = read(host, path) ?? new Uint8Array();
  for (let end = bytes.length; end > 0; ) {
    const start = bytes.lastIndexOf(NEWLINE, end - 1) + 1;
    const value = parse(bytes.subarray(start, end));
    if (value !== undefined) return value;
    end = start - 1;
  }
  return undefined;
}

/** Every whole, readable line. */
export function readLines(host: Host, path: string): unknown[] {
  return rawLines(host, path).flatMap((line) => (line.value === undefined ? [] : [line.value]));
}

/** Every line, the damaged ones too; none where there is no file. */
export function rawLines(host: Host, path: string): RawLine[] {
  const bytes = read(host, path) ?? new Uint8Array();
  const lines: RawLine[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    lines.push({ number: lines.length + 1, bytes: line, value: parse(line), ended: found >= 0 });
    start = end + 1;
  }
  return lines;
}

/** The last line, where a crash cut it off: not ended, and not readable. */
export function tornTail(host: Host, path: string): RawLine | undefined {
  const bytes = read(host, path);
  if (bytes === undefined || bytes.length === 0 || bytes[bytes.length - 1] === NEWLINE) return undefined;
  const last = rawLines(host, path).at(-1)!;
  return last.value === undefined ? last : undefined;
}

const decoder = new TextDecoder();

/** The value of a line; undefined where it is blank or torn. */
function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(line));
  } catch {
    return undefined;
  }
}

function read(host: Host, path: string): Uint8Array | undefined {
  try {
    return host.fs.readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
