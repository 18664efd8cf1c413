/**
 * What lies under `.codex` for people to look at: the texts that runs were given, for `codex why`, and conflicts that
 * somebody may have begun to mend. No build reads the former, and nothing makes the latter again.
 */
import { join, relative } from "node:path";
import { temporaryOwner } from "../artifact/write.ts";
import type { Host } from "../host.ts";
import { filesBelow, type StoredFile } from "./store.ts";

const EVIDENCE = /^([0-9a-f]{64})\.json$/;
const RECORD = "conflict.json";

/** The texts of runs, each file by its run's key. */
export const evidenceFiles = (host: Host): StoredFile[] =>
  filesBelow(host, join(host.root, ".codex", "inputs"), (_, name) => EVIDENCE.exec(name)?.[1]);

/** The files of one target's conflict. */
export interface ConflictFiles {
  /** Address of the target. */
  readonly target: string;
  /** What says which run is in conflict with what; undefined where there is no conflict (any more). */
  readonly record: string | undefined;
  /** The record, and the texts with markers. */
  readonly files: readonly StoredFile[];
}

/** Conflicts by target. */
export function conflicts(host: Host): ConflictFiles[] {
  return conflictFolders(host).flatMap((folder) => {
    const target = relative(conflictsFolder(host), folder.path);
    const files = folder.files
      .filter((name) => temporaryOwner(name) === undefined)
      .map((name): StoredFile => {
        const path = join(folder.path, name);
        const { size, mtimeMs } = host.fs.statSync(path);
        return { path, name: `${target}/${name}`, bytes: size, modified: mtimeMs };
      });
    const record = folder.files.includes(RECORD) ? host.fs.readFileSync(join(folder.path, RECORD), "utf8") : undefined;
    return files.length === 0 ? [] : [{ target, record, files }];
  });
}

const conflictsFolder = (host: Host): string => join(host.root, ".codex", "conflicts");

/** Every folder in which a conflict may lie, by its absolute path, with the names of its files. */
export function conflictFolders(host: Host): { readonly path: string; readonly files: readonly string[] }[] {
  const found: { path: string; files: readonly string[] }[] = [];
  const visit = (path: string): void => {
    const entries = host.fs.readdirSync(path, { withFileTypes: true });
    found.push({ path, files: entries.filter((entry) => entry.isFile()).map(({ name }) => name) });
    for (const entry of entries) if (entry.isDirectory()) visit(join(path, entry.name));
  };
  const top = conflictsFolder(host);
  if (host.fs.statSync(top, { throwIfNoEntry: false })?.isDirectory()) visit(top);
  return found;
}
