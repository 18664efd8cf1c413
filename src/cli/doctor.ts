/**
 * What `codex doctor` finds: each thing that a build needs, whether it is there, and the command that mends it. The checks
 * look and change nothing.
 */
import { parsePath } from "../artifact/path.ts";
import { currentHolder } from "../cache/lock.ts";
import { pendingCommits } from "../cache/commit.ts";
import type { Fault } from "../fault.ts";
import type { Host } from "../host.ts";
import type { Config } from "../rules/config.ts";

export interface Finding {
  readonly name: string;
  readonly level: "ok" | "warn" | "fail";
  readonly says: string;
  /** A command, or what to do; empty where all is well. */
  readonly mend: string;
}
