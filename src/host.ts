/**
 * Everything outside the process that Codex touches comes in through one object, so that a whole campaign can run
 * on a fake disk with a seeded clock. Only `src/cli/main.ts` makes the real one.
 */
import type * as nodeFs from "node:fs";

/** The synchronous part of `node:fs` that Codex uses; `memfs` satisfies it too. */
export type HostFs = Pick<
  typeof nodeFs,
  | "closeSync"
  | "fchmodSync"
  | "fsyncSync"
  | "linkSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readFileSync"
  | "readdirSync"
  | "realpathSync"
  | "renameSync"
  | "rmSync"
  | "statSync"
  | "unlinkSync"
  | "writeSync"
  | "writeFileSync"
>;

export interface Host {
  readonly fs: HostFs;
  /** Absolute path of the workspace: the folder that holds `codex.config.ts`. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls `fn` after `ms` milliseconds, unless the returned function is called first. */
  after(ms: number, fn: () => void): () => void;
}
