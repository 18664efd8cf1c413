/** Append-only files of one JSON value a line, synced to disk before anything builds on a line. */
import { dirname } from "node:path";
import type { Host } from "../host.ts";

const NEWLINE = 10;

/** Appends a value as one line. A torn last line (a crash while writing) is ended first, and stays as evidence. */
export function appendLine(host: Host, path: string, value: unknown): void {
  const { fs } = host;
  fs.mkdirSync(dirname(path), { recursive: true });
  const torn = isTorn(host, path);
  const fd = fs.openSync(path, "a");
  try {
    // Writes on until all is written; `writeSync` may stop short on a full disk.
    fs.writeFileSync(fd, `${torn ? "\n" : ""}${JSON.stringify(value)}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The last line that is whole and readable; undefined where there is none. Earlier lines are not parsed: logs grow long. */
export function lastLine(host: Host, path: string): unknown {
  const bytes = read(host, path) ?? new Uint8Array();
  for (let end = bytes.length; end > 0; ) {
    const start = bytes.lastIndexOf(NEWLINE, end - 1) + 1;
    const value = parse(new TextDecoder().decode(bytes.subarray(start, end)));
    if (value !== undefined) return value;
    end = start - 1;
  }
  return undefined;
}

/** Every whole, readable line. */
export function readLines(host: Host, path: string): unknown[] {
  return new TextDecoder()
    .decode(read(host, path) ?? new Uint8Array())
    .split("\n")
    .map(parse)
    .filter((value) => value !== undefined);
}

/** The value of a line; undefined where it is blank or torn. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isTorn(host: Host, path: string): boolean {
  const bytes = read(host, path);
  return bytes !== undefined && bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE;
}

function read(host: Host, path: string): Uint8Array | undefined {
  try {
    return host.fs.readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
