/**
 * The gate through which every path enters. A path that an agent, a config or a file names becomes a `RepoPath` only
 * here, so nothing behind this file needs to think about `..`, drives or backslashes again.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import type { RepoPath } from "./workspace.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const UNPRINTABLE = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;
const DRIVE = /^[A-Za-z]:/;
/** Nothing to drop or to refuse: most paths, and asked of each many times. */
const PLAIN = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/**
 * Reads a path relative to the workspace. `./` steps and doubled slashes are dropped; whatever could lead out of the
 * workspace, or mean something else on another system, is refused rather than repaired.
 */
export function parsePath(text: string): Result<RepoPath, Fault> {
  if (PLAIN.test(text)) return ok(text as RepoPath);
  const refuse = (why: string): Result<RepoPath, Fault> =>
    err(usageFault(why, JSON.stringify(text), "give a path relative to the workspace, such as plans/x.md"));
  if (UNPRINTABLE.test(text)) return refuse("a path holds no control characters and no broken Unicode");
  if (text.includes("\\")) return refuse("a path is written with /, not with backslashes");
  if (text.startsWith("/") || DRIVE.test(text)) return refuse("a path is relative to the workspace, never absolute");
  const steps = text.split("/").filter((step) => step !== "" && step !== ".");
  if (steps.includes("..")) return refuse("a path does not climb with ..");
  if (steps.length === 0) return refuse("a path names a file");
  if (text.endsWith("/") || text.endsWith("/.")) return refuse("a path names a file, not a folder");
  // A step that was dropped may have hidden a drive: `./C:/x`.
  if (DRIVE.test(steps[0]!)) return refuse("a path is relative to the workspace, never absolute");
  return ok(steps.join("/") as RepoPath);
}

/** Folders that are no part of the workspace's content: never listed, never written as an artifact. */
export const RESERVED_FOLDERS: ReadonlySet<string> = new Set([".git", ".codex", "node_modules"]);

// Characters that some file systems ignore in names, so that `.g<ZWNJ>it` opens `.git` there.
const IGNORABLE = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether a rule may write there. Compared as the laxest file system would (letter case and invisible characters
 * ignored), because writing `.GIT/hooks/x` on such a disk runs code at the next commit.
 */
export function isWritable(path: RepoPath): boolean {
  return path.split("/").every((step) => !RESERVED_FOLDERS.has(step.replace(IGNORABLE, "").toLowerCase()));
}
