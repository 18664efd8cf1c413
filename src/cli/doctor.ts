/**
 * What `codex doctor` finds: each thing that a build needs, whether it is there, and the command that mends it. The checks
 * look and change nothing; what they look at comes in as values, so that each can be tried without a sick machine.
 */
import type { Holder } from "../cache/lock.ts";
import type { Fault } from "../fault.ts";
import type { Config } from "../rules/config.ts";
import { plural } from "./view/plain.ts";

export interface Finding {
  readonly name: string;
  readonly level: "ok" | "warn" | "fail";
  readonly says: string;
  /** A command, or what to do; empty where all is well. */
  readonly mend: string;
}

const fine = (name: string, says: string): Finding => ({ name, level: "ok", says, mend: "" });
const warn = (name: string, says: string, mend: string): Finding => ({ name, level: "warn", says, mend });
const fail = (name: string, says: string, mend: string): Finding => ({ name, level: "fail", says, mend });

const OLDEST_NODE = [20, 19] as const;

/** @param version e.g. `20.19.0`. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return isOld
    ? fail("Node", `${version} is too old`, `install Node ${OLDEST_NODE.join(".")} or newer: https://nodejs.org`)
    : fine("Node", version);
}

const MIB = 1024 * 1024;
const LITTLE = 1024 * MIB;
const TOO_LITTLE = 100 * MIB;

/**
 * @param free bytes; undefined where the system does not say.
 * @param writable whether the workspace can be written to.
 */
export function checkDisk(free: number | undefined, writable: boolean): Finding {
  if (!writable)
    return fail("disk", "the workspace cannot be written to", "check the folder's owner and permissions: ls -ld .");
  if (free === undefined) return fine("disk", "it can be written to");
  const says = `${free >= 10 * LITTLE ? Math.round(free / LITTLE) : (free / LITTLE).toFixed(1)} GiB free`;
  if (free < TOO_LITTLE) return fail("disk", says, "make room; `codex cache gc` removes what no target needs");
  if (free < LITTLE) return warn("disk", says, "make room; `codex cache gc` removes what no target needs");
  return fine("disk", says);
}

export const checkConfiguration = (fault: Fault | undefined, targets: number): Finding =>
  fault === undefined
    ? fine("configuration", `codex.config.ts makes ${plural(targets, "target")}`)
    : fail("configuration", `${fault.where === "" ? "" : `${fault.where}: `}${fault.what}`, fault.mend);

export const checkLock = (holder: Holder | undefined): Finding =>
  holder === undefined
    ? fine("lock", "nobody is writing")
    : warn(
        "lock",
        `${JSON.stringify(holder.command)} is writing: process ${holder.pid} on ${holder.host}, since ${holder.since}`,
        "wait for it; reading commands work meanwhile",
      );

/** @param key whether ANTHROPIC_API_KEY is set and not blank; its text is nobody's business here. */
export function checkAgents({ agents }: Pick<Config, "agents">, key: boolean, program: boolean): Finding {
  switch (agents.provider) {
    case "replay":
      return fine("agents", "answers are replayed from recordings: no key is needed, nothing is paid");
    case "anthropic":
      return key
        ? fine("agents", "ANTHROPIC_API_KEY is set")
        : fail("agents", "the provider is anthropic and ANTHROPIC_API_KEY is not set", "export ANTHROPIC_API_KEY=…");
    case "command":
      return program
        ? fine("agents", `${agents.command?.[0]} answers`)
        : fail(
            "agents",
            `${agents.command?.[0]} is not to be found`,
            "install it, or correct agents.command in codex.config.ts",
          );
  }
}

/** The earliest moment at which a clock can be right that runs this program. */
const BUILT = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/**
 * @param now milliseconds since the epoch; @param newest time of the newest file looked at; @param logged the last
 * line of the audit log. A clock that runs backwards makes ledgers lie, and file times untrustworthy.
 */
export function checkClock(now: number, newest: number | undefined, logged: number | undefined): Finding {
  const says = `${new Date(now).toISOString().slice(0, 16)}Z`;
  const mend = "set the clock: sudo timedatectl set-ntp true";
  if (now < BUILT) return fail("clock", `${says} is long past`, mend);
  if (logged !== undefined && logged > now + DAY)
    return warn("clock", `${says}, and the audit log is ahead of it`, mend);
  if (newest !== undefined && newest > now + DAY)
    return warn("clock", `${says}, and there are files from the future`, mend);
  return fine("clock", says);
}

export interface GitFacts {
  /** Whether the workspace is in a repository; undefined where git is not installed. */
  readonly inside: boolean | undefined;
  readonly ignoresCache: boolean;
  readonly ignoresTraces: boolean;
}

export function checkGit({ inside, ignoresCache, ignoresTraces }: GitFacts): Finding {
  if (inside === undefined)
    return warn("git", "it is not installed", "install git: traces and ledgers belong in a repository");
  if (!inside)
    return warn("git", "this is no repository", "git init: traces and ledgers belong in git, like a lock file");
  if (ignoresTraces)
    return warn("git", "manifests/traces is ignored", "take it out of .gitignore: a clone knows by it what is fresh");
  if (!ignoresCache) return warn("git", ".codex is not ignored", "echo .codex/ >> .gitignore");
  return fine("git", "traces are tracked, caches are not");
}

export interface SharedCacheFacts {
  readonly url: string;
  /** Why it is of no use; undefined where it answers. */
  readonly trouble: string | undefined;
  /** Milliseconds that the answer took. */
  readonly took: number;
  readonly pushing: boolean;
  /** What to look at where it is of no use. */
  readonly mend: string;
}

export const checkSharedCache = ({ url, trouble, took, pushing, mend }: SharedCacheFacts): Finding =>
  trouble === undefined
    ? fine(
        "shared cache",
        `${url} answers in ${Math.round(took)} ms; builds here take results from it${pushing ? " and keep theirs there" : ", and keep none there"}`,
      )
    : warn("shared cache", `${url} is of no use: ${trouble}; builds go on without it`, mend);

export interface CacheFacts {
  readonly files: number;
  readonly bytes: number;
  readonly unfinished: number;
  /** Whether every trace file could be read. */
  readonly tracesFault: Fault | undefined;
}

const LARGE = 4 * 1024 ** 3;

export function checkCache({ files, bytes, unfinished, tracesFault }: CacheFacts): Finding {
  if (tracesFault !== undefined) return fail("cache", `${tracesFault.where}: ${tracesFault.what}`, tracesFault.mend);
  if (unfinished > 0) return warn("cache", "a commit was interrupted", "codex build (it is finished first)");
  const says = `${plural(files, "stored file")}, ${(bytes / MIB).toFixed(1)} MiB`;
  return bytes > LARGE ? warn("cache", says, "codex cache gc") : fine("cache", says);
}
