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
    fs.writeSync(fd, `${torn ? "\n" : ""}${JSON.stringify(value)}\n`);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The last line that is whole and readable; undefined where there is none. */
export function lastLine(host: Host, path: string): unknown {
  const lines = readLines(host, path);
  return lines[lines.length - 1];
}

/** Every whole, readable line. */
export function readLines(host: Host, path: string): unknown[] {
  const bytes = read(host, path);
  if (bytes === undefined) return [];
  return new TextDecoder()
    .decode(bytes)
    .split("\n")
    .flatMap((line) => {
      if (line.trim() === "") return [];
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
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
