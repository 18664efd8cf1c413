/**
 * The one way in which Codex puts bytes on the disk. After a crash or a power cut a file is either as it was or as it
 * was to be: never half of it, and never a name without its bytes.
 */
import { basename, dirname, join, sep } from "node:path";
import { FaultError, usageFault } from "../fault.ts";
import type { Host, HostFs } from "../host.ts";

/**
 * Writes a file of the workspace, making the folders above it. Refuses (FaultError) where a symbolic link on the way
 * leads outside; a link to a file inside is followed, so that it stays a link.
 */
export function writeAtomic(host: Host, absPath: string, bytes: Uint8Array): void {
  replaceFile(host.fs, targetInside(host, absPath), bytes);
}

/** Removes a file of the workspace (not what a link leads to), durably; a missing one is no error. */
export function removeAtomic(host: Host, absPath: string): void {
  requireInside(host, dirname(absPath), absPath);
  try {
    host.fs.unlinkSync(absPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  syncFolder(host.fs, dirname(absPath));
}

/** Writes a file wherever it is: for `.codex`, which may be a link to another disk. */
export function replaceFile(fs: HostFs, absPath: string, bytes: Uint8Array): void {
  const folder = dirname(absPath);
  makeFolder(fs, folder);
  const mode = fs.statSync(absPath, { throwIfNoEntry: false })?.mode;
  const temporary = writeTemporary(fs, folder, bytes, mode);
  try {
    fs.renameSync(temporary, absPath);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(fs, folder);
}

const TEMPORARY = /^\.codex-(\d+)-\d+\.tmp$/;
let written = 0;

/** Writes and fsyncs a file beside its future name, and returns its path. */
export function writeTemporary(fs: HostFs, folder: string, bytes: Uint8Array, mode?: number): string {
  for (;;) {
    const path = join(folder, `.codex-${process.pid}-${written++}.tmp`);
    let file: number;
    try {
      file = fs.openSync(path, "wx");
    } catch (error) {
      // Left by a dead process that had our number.
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    try {
      fs.writeFileSync(file, bytes);
      if (mode !== undefined) fs.fchmodSync(file, mode & 0o7777);
      fs.fsyncSync(file);
    } catch (error) {
      fs.closeSync(file);
      fs.rmSync(path, { force: true });
      throw error;
    }
    fs.closeSync(file);
    return path;
  }
}

/** The number of the process that a temporary file was made by; undefined where the name is not one's. */
export function temporaryOwner(name: string): number | undefined {
  const pid = TEMPORARY.exec(name)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** Removes what killed writers left in a folder. Only for the one who holds the writer's lock. */
export function removeTemporaries(fs: HostFs, folder: string): void {
  if (!isFolder(fs, folder)) return;
  for (const name of fs.readdirSync(folder)) {
    if (TEMPORARY.test(name)) fs.rmSync(join(folder, name), { force: true });
  }
}

/** Folders whose names are known to be durable, by the file system that they are seen through. */
const durable = new WeakMap<HostFs, Set<string>>();

/**
 * Makes a folder and those above it, and the names of the new ones durable. A process that was killed may have made some
 * of them a moment ago and not come to the latter: a folder that holds no file yet is not taken for one that will stay.
 */
export function makeFolder(fs: HostFs, folder: string): void {
  const known = durable.get(fs) ?? new Set();
  durable.set(fs, known);
  const first = fs.mkdirSync(folder, { recursive: true });
  const isNew = (path: string): boolean => first !== undefined && path.length >= first.length;
  for (let at = folder; at !== dirname(at) && (isNew(at) || !known.has(at)); at = dirname(at)) {
    if (!isNew(at) && holdsFile(fs, at)) break;
    syncFolder(fs, dirname(at));
  }
  for (let at = folder; !known.has(at) && at !== dirname(at); at = dirname(at)) known.add(at);
}

const holdsFile = (fs: HostFs, folder: string): boolean =>
  fs.readdirSync(folder, { withFileTypes: true }).some((entry) => entry.isFile());

/** Makes the names in a folder durable: a rename is only as safe as its folder. */
export function syncFolder(fs: HostFs, folder: string): void {
  const handle = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** The real path to write for a path of the workspace. */
function targetInside(host: Host, absPath: string): string {
  requireInside(host, dirname(absPath), absPath);
  const stat = host.fs.lstatSync(absPath, { throwIfNoEntry: false });
  if (stat?.isDirectory()) throw refusal("there is a folder of that name", absPath, "move the folder away");
  if (!stat?.isSymbolicLink()) return absPath;
  let real: string;
  try {
    real = host.fs.realpathSync(absPath);
  } catch {
    throw refusal("it is a symbolic link that leads nowhere", absPath, "remove the link");
  }
  requireInside(host, dirname(real), absPath);
  return real;
}

/** Refuses where the folder, or the deepest part of it that exists, is really outside the workspace. */
function requireInside(host: Host, folder: string, absPath: string): void {
  // Codex's own folder may be a link to another disk: whoever linked it meant it, and no rule can write there.
  const own = join(host.root, ".codex");
  if (absPath.startsWith(own + sep) && isFolder(host.fs, own)) return;
  const root = host.fs.realpathSync(host.root);
  let existing = folder;
  // `lstat` sees a dangling link, through which a folder must not be made.
  while (host.fs.lstatSync(existing, { throwIfNoEntry: false }) === undefined) existing = dirname(existing);
  let real: string | undefined;
  try {
    real = host.fs.realpathSync(existing);
  } catch {
    real = undefined;
  }
  if (real === undefined || (real !== root && !real.startsWith(root + sep))) {
    throw refusal("a symbolic link leads out of the workspace", absPath, `replace the link at ${basename(existing)}`);
  }
}

const isFolder = (fs: HostFs, path: string): boolean =>
  fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const refusal = (what: string, where: string, mend: string): FaultError =>
  new FaultError(usageFault(what, where, mend));
