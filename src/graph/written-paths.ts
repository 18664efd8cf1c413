/**
 * Which written files a glob matches. Campaigns have thousands of globs over thousands of written files, nearly all of
 * which name a folder or begin a file's name: sorted indexes over both leave few files to test.
 */
import picomatch from "picomatch";
import type { RepoPath } from "../artifact/workspace.ts";

/** Characters that make a pattern more than names, slashes and stars. */
const INTRICATE = /[{}()[\]\\!+@|]/;

type Entry = readonly [key: string, path: RepoPath];

export class WrittenPaths {
  private readonly byPath: Entry[];
  private readonly byName: Entry[];
  private readonly known = new Map<string, readonly RepoPath[]>();

  constructor(paths: Iterable<RepoPath>) {
    const list = [...new Set(paths)];
    this.byPath = list.map((path) => [path, path] as const).sort(byKey);
    this.byName = list.map((path) => [baseName(path), path] as const).sort(byKey);
  }

  /** Adds a file, if it is not there. */
  add(path: RepoPath): void {
    const at = lowerBound(this.byPath, path);
    if (this.byPath[at]?.[0] === path) return;
    this.byPath.splice(at, 0, [path, path]);
    this.byName.splice(lowerBound(this.byName, baseName(path)), 0, [baseName(path), path]);
    this.known.clear();
  }

  /** Takes a file out, if it is there. */
  delete(path: RepoPath): void {
    const at = lowerBound(this.byPath, path);
    if (this.byPath[at]?.[0] !== path) return;
    this.byPath.splice(at, 1);
    let named = lowerBound(this.byName, baseName(path));
    while (this.byName[named]![1] !== path) named++;
    this.byName.splice(named, 1);
    this.known.clear();
  }

  /** The files that match, sorted by path. Globs mean what they mean to `Files.list`. */
  matching(glob: string): readonly RepoPath[] {
    let found = this.known.get(glob);
    if (found === undefined) {
      const normal = glob.replace(/^(?:\.\/+)+/, "");
      const matches = picomatch(normal, { nonegate: true, windows: false });
      found = this.candidates(normal).filter((path) => matches(path));
      this.known.set(glob, found);
    }
    return found;
  }

  private candidates(glob: string): RepoPath[] {
    const folder = folderOfGlob(glob);
    const [from, to] = folder === "" ? [0, this.byPath.length] : range(this.byPath, folder);
    const name = nameOfGlob(glob);
    const [nameFrom, nameTo] = name === "" ? [0, Number.POSITIVE_INFINITY] : range(this.byName, name);
    if (nameTo - nameFrom >= to - from) return this.byPath.slice(from, to).map(([, path]) => path);
    return this.byName
      .slice(nameFrom, nameTo)
      .map(([, path]) => path)
      .sort();
  }
}

/** The folder that holds all that a glob can match; empty for the workspace. */
export function folderOfGlob(glob: string): string {
  const { base } = picomatch.scan(glob, { nonegate: true });
  return base.includes("\\") || base === "." ? "" : base;
}

/** How the name of every file begins that a glob can match. */
export const nameOfGlob = (glob: string): string =>
  INTRICATE.test(glob) ? "" : glob.slice(glob.lastIndexOf("/") + 1).replace(/[*?].*$/s, "");

const baseName = (path: RepoPath): string => path.slice(path.lastIndexOf("/") + 1);

const byKey = (a: Entry, b: Entry): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);

/** Where the keys with a prefix stand in a sorted list, the end excluded. */
function range(list: readonly Entry[], prefix: string): [number, number] {
  return [lowerBound(list, prefix), lowerBound(list, `${prefix}\uffff`)];
}

function lowerBound(list: readonly Entry[], key: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]![0] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
