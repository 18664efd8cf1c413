/** A file system that does something just before a chosen call that changes the disk: dies, or lets a rival run. */
import * as fs from "node:fs";
import type { HostFs } from "../../src/host.ts";

const CHANGING = [
  "openSync",
  "writeFileSync",
  "fsyncSync",
  "renameSync",
  "unlinkSync",
  "rmSync",
  "mkdirSync",
  "linkSync",
  "readdirSync",
] as const;

/** Calls `before` with the number of each call, counted from 0. */
export function interrupted(before: (call: number) => void): HostFs {
  const real: Record<string, unknown> = { ...fs };
  const changed = { ...real };
  let calls = 0;
  for (const name of CHANGING) {
    changed[name] = (...args: unknown[]) => {
      before(calls++);
      return (real[name] as (...all: unknown[]) => unknown)(...args);
    };
  }
  return changed as unknown as HostFs;
}
