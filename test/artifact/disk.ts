/** A workspace in a temporary folder of the real disk: links, renames and fsync mean nothing on a fake one. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Host } from "../../src/host.ts";

export interface Disk {
  readonly host: Host;
  /** The temporary folder; the workspace is `ws` in it, so that there is an outside to escape to. */
  readonly outside: string;
  write(path: string, text: string): void;
  read(path: string): string;
  at(path: string): string;
}

/** A disk that the end of the test removes. `clock.now` is milliseconds, and may be set by the test. */
export function disk(clock: { now: number } = { now: 0 }): Disk {
  const outside = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "codex-test-")));
  onTestFinished(() => fs.rmSync(outside, { recursive: true, force: true }));
  const root = join(outside, "ws");
  fs.mkdirSync(root);
  const host: Host = {
    fs,
    root,
    env: {},
    now: () => clock.now,
    random: () => 0.5,
    after: () => () => undefined,
  };
  const at = (path: string): string => join(root, path);
  return {
    host,
    outside,
    at,
    write: (path, text) => {
      fs.mkdirSync(dirname(at(path)), { recursive: true });
      fs.writeFileSync(at(path), text);
    },
    read: (path) => fs.readFileSync(at(path), "utf8"),
  };
}

export const repoPath = (text: string): RepoPath => text as RepoPath;
