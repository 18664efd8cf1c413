/**
 * The workspace's files as they are on disk: the view that everything else lays its drafts over. Reading is the
 * boundary: whatever path an agent or a rule names, no byte from outside the workspace comes through here.
 */
import type { BigIntStats } from "node:fs";
import { sep } from "node:path";
import picomatch from "picomatch";
import { FaultError, usageFault } from "../fault.ts";
import type { Host } from "../host.ts";
import { parsePath, RESERVED_FOLDERS } from "./path.ts";
import type { RepoPath, WorkspaceView } from "./workspace.ts";

/** Larger files are refused in bytes: they are no text that an agent or a check could use. */
export const LARGEST_FILE = 64 * 1024 * 1024;
/** What the system says of a name behind which there is nothing. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);
const LONGEST_GLOB = 1_000;
/** Stands in a name for bytes that are no UTF-8: under the name that is shown there may be nothing. */
const REPLACED = "\ufffd";

/** What tells a changed file from an unchanged one without reading it. Times are nanoseconds since the epoch. */
export interface FileStat {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

interface Glob {
  /** The folder, or the one file, that holds all it can match; empty for the workspace. */
  readonly base: string;
  readonly matches: (path: string) => boolean;
}

/**
 * Each folder's place is checked once for the life of a `Files`; make a new one for each command. A folder that is
 * swapped for a link in the meantime is the doing of someone who can already write to the workspace.
 */
export class Files implements WorkspaceView {
  readonly #host: Host;
  readonly #root: string;
  readonly #folders = new Map<string, boolean>();
  readonly #globs = new Map<string, Glob>();

  constructor(host: Host) {
    this.#host = host;
    this.#root = host.fs.realpathSync(host.root);
  }

  bytes(path: RepoPath): Uint8Array | undefined {
    const stat = this.#regular(path);
    if (!stat) return undefined;
    if (stat.size > LARGEST_FILE) {
      throw refusal(
        `the file is larger than ${LARGEST_FILE / 1024 / 1024} MiB`,
        path,
        "leave it out of the workspace's inputs",
      );
    }
    return this.#reading(path, () => this.#host.fs.readFileSync(this.#absolute(path)));
  }

  /** The file's stat, of the file that a link leads to; undefined where there is no file. */
  stat(path: RepoPath): FileStat | undefined {
    const stat = this.#regular(path);
    return stat && { size: Number(stat.size), mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs, ino: stat.ino };
  }

  /**
   * Globs are picomatch's, against paths from the workspace's root; a name that starts with a dot is matched only by a
   * dot. `.git`, `.codex` and `node_modules` are skipped, and so are links to folders and links that lead outside.
   */
  list(globs: readonly string[]): readonly RepoPath[] {
    const compiled = globs.map((glob) => this.#compile(glob));
    const bases = [...new Set(compiled.map((glob) => glob.base))];
    const outermost = bases.filter(
      (base) => !bases.some((other) => other !== base && (other === "" || base.startsWith(`${other}/`))),
    );
    const found: RepoPath[] = [];
    const visit = (path: string): void => {
      if (!compiled.some((glob) => glob.matches(path))) return;
      const parsed = parsePath(path);
      // A name that no reference could spell (a backslash in it, say) is not part of the workspace.
      if (parsed.ok && parsed.value === path) found.push(parsed.value);
    };
    for (const base of outermost) this.#walk(base, visit);
    return found.sort();
  }

  #walk(base: string, visit: (path: string) => void): void {
    if (base.split("/").some((step) => RESERVED_FOLDERS.has(step))) return;
    const stat = this.#statOf(base, false);
    if (stat?.isDirectory() && this.#isInside(base)) this.#walkFolder(base, visit);
    else if (stat && base !== "" && this.#isListed(base)) visit(base);
  }

  #walkFolder(folder: string, visit: (path: string) => void): void {
    const entries = this.#reading(folder, () =>
      this.#host.fs.readdirSync(this.#absolute(folder), { withFileTypes: true }),
    );
    for (const entry of entries ?? []) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!RESERVED_FOLDERS.has(entry.name)) this.#walkFolder(path, visit);
      } else if ((entry.isFile() && !entry.name.includes(REPLACED)) || this.#isListed(path)) visit(path);
    }
  }

  /** Whether a path is a regular file of the workspace, perhaps by a link inside it. */
  #isListed(path: string): boolean {
    if (!this.#isInside(parentOf(path))) return false;
    if (this.#statOf(path, false)?.isSymbolicLink() && !this.#leadsInside(path)) return false;
    return this.#statOf(path, true)?.isFile() ?? false;
  }

  #compile(glob: string): Glob {
    const known = this.#globs.get(glob);
    if (known) return known;
    if (glob.length > LONGEST_GLOB || glob.startsWith("/") || glob.split("/").includes("..") || glob.includes("\0")) {
      throw refusal(
        "a glob stays in the workspace and is short",
        JSON.stringify(glob),
        "write it like content/**/*.md",
      );
    }
    const normal = glob.replace(/^(?:\.\/+)+/, "");
    const scan = picomatch.scan(normal);
    // A base that holds an escape is not spelled as the folder is; its first plain steps are.
    const steps = scan.base === "." ? [] : scan.base.split("/");
    const plain = steps.findIndex((step) => step.includes("\\"));
    const compiled = {
      base: (plain < 0 ? steps : steps.slice(0, plain)).join("/"),
      matches: picomatch(normal, { nonegate: true, windows: false }),
    };
    this.#globs.set(glob, compiled);
    return compiled;
  }

  /** The stat of a regular file of the workspace. */
  #regular(path: RepoPath): BigIntStats | undefined {
    let stat = this.#statOf(path, false);
    if (!stat) return undefined;
    if (!this.#isInside(parentOf(path)) || (stat.isSymbolicLink() && !this.#leadsInside(path, true))) {
      throw refusal("a symbolic link leads out of the workspace", path, "replace the link by what it should hold");
    }
    if (stat.isSymbolicLink()) stat = this.#statOf(path, true);
    if (stat && !stat.isFile()) throw refusal("this is not a regular file", path, "name a file");
    return stat;
  }

  #statOf(path: string, follow: boolean): BigIntStats | undefined {
    const { fs } = this.#host;
    const options = { bigint: true, throwIfNoEntry: false } as const;
    return this.#reading(path, () => (follow ? fs.statSync : fs.lstatSync)(this.#absolute(path), options));
  }

  /** Whether a folder really lies in the workspace; a missing one does, for it shows nothing. */
  #isInside(folder: string): boolean {
    let inside = this.#folders.get(folder);
    if (inside === undefined) {
      inside = this.#leadsInside(folder, true);
      this.#folders.set(folder, inside);
    }
    return inside;
  }

  #leadsInside(path: string, ifMissing = false): boolean {
    const real = this.#reading(path, () => this.#host.fs.realpathSync(this.#absolute(path)));
    return real === undefined
      ? ifMissing
      : real === this.#root || real.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep);
  }

  #absolute(path: string): string {
    // Both are normalised, so that joining them is enough; `path.join` costs as much as the stat.
    return path === "" ? this.#root : `${this.#root}/${path}`;
  }

  /** Absence is an answer; what else stops a read is said to the person. */
  #reading<T>(path: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== undefined && ABSENT.has(code)) return undefined;
      if (code === undefined) throw error;
      throw refusal(`it cannot be read (${code})`, path, "check its permissions");
    }
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

const refusal = (what: string, where: string, mend: string): FaultError =>
  new FaultError(usageFault(what, where, mend));
