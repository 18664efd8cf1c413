/**
 * Which written files a glob matches. Campaigns have thousands of globs over thousands of written files, nearly all of
 * which name a folder or begin a file's name: sorted indexes over both leave few files to test.
 */
import picomatch from "picomatch";
import type { RepoPath } from "../artifact/workspace.ts";

/** Characters that make a pattern more than names, slashes and stars. */
const INTRICATE = /[{}()[\]\\!+@|]/;

export class WrittenPaths {
  private readonly byPath: readonly (readonly [key: string, path: RepoPath])[];
  private readonly byName: readonly (readonly [key: string, path: RepoPath])[];
  private readonly known = new Map<string, readonly RepoPath[]>();

  constructor(paths: Iterable<RepoPath>) {
    const list = [...new Set(paths)];
    this.byPath = list.map((path) => [path, path] as const).sort(byKey);
    this.byName = list.map((path) => [path.slice(path.lastIndexOf("/") + 1), path] as const).sort(byKey);
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
    const { base } = picomatch.scan(glob, { nonegate: true });
    const folder = base.includes("\\") ? "" : base;
    const [from, to] = folder === "" || folder === "." ? [0, this.byPath.length] : range(this.byPath, folder);
    const name = INTRICATE.test(glob) ? "" : glob.slice(glob.lastIndexOf("/") + 1).replace(/[*?].*$/s, "");
    const [nameFrom, nameTo] = name === "" ? [0, Number.POSITIVE_INFINITY] : range(this.byName, name);
    if (nameTo - nameFrom >= to - from) return this.byPath.slice(from, to).map(([, path]) => path);
    return this.byName
      .slice(nameFrom, nameTo)
      .map(([, path]) => path)
      .sort();
  }
}

const byKey = (a: readonly [string, string], b: readonly [string, string]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;

/** Where the keys with a prefix stand in a sorted list, the end excluded. */
function range(list: readonly (readonly [string, RepoPath])[], prefix: string): [number, number] {
  return [lowerBound(list, prefix), lowerBound(list, `${prefix}\uffff`)];
}

function lowerBound(list: readonly (readonly [string, RepoPath])[], key: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]![0] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
