/** What a disk refuses, as a person is told of it: it is full, read-only, or broken. Codex itself is not at fault then. */
import type { Fault } from "../fault.ts";

const SAYS: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  ENOSPC: ["the disk is full", "make room (codex cache gc makes some)"],
  EDQUOT: ["your share of the disk is used up", "make room (codex cache gc makes some)"],
  EIO: ["the disk has failed", "look at the disk; codex cache verify says what it has damaged"],
  EROFS: ["the disk can only be read", "mount it for writing"],
  EACCES: ["it is not permitted", "mend the permissions"],
  EPERM: ["it is not permitted", "mend the permissions"],
  EMFILE: ["too many files are open", "raise the limit (ulimit -n), or use a lower -j"],
  ENFILE: ["too many files are open on this machine", "close some, or use a lower -j"],
};

/** The fault of an error of the file system; undefined for any other. */
export function diskFault(error: unknown): Fault | undefined {
  const { code, path, message } = error as Partial<NodeJS.ErrnoException>;
  const [what, mend] = (error instanceof Error && code !== undefined && SAYS[code]) || [];
  if (what === undefined) return undefined;
  return {
    what: `${what}: ${message}`,
    where: path ?? "",
    mend: `${mend}; then run the command again: it goes on where it stopped`,
    exit: 1,
  };
}
