/**
 * Which globs match a path: the other way round than `written-paths.ts`. Nearly all globs of a campaign name a folder and
 * begin a file's name, so they are looked up by these two.
 */
import picomatch from "picomatch";
import type { RepoPath } from "../artifact/workspace.ts";
import { folderOfGlob, nameOfGlob } from "./written-paths.ts";

export class GlobIndex {
  /** By folder, then by how the name begins. */
  private readonly byFolder = new Map<string, Map<string, Map<string, (path: string) => boolean>>>();

  add(glob: string): void {
    const normal = glob.replace(/^(?:\.\/+)+/, "");
    const names = getOrMake(this.byFolder, folderOfGlob(normal));
    getOrMake(names, nameOfGlob(normal)).set(glob, picomatch(normal, { nonegate: true, windows: false }));
  }

  delete(glob: string): void {
    const normal = glob.replace(/^(?:\.\/+)+/, "");
    const names = this.byFolder.get(folderOfGlob(normal));
    const globs = names?.get(nameOfGlob(normal));
    globs?.delete(glob);
    if (globs?.size === 0) names!.delete(nameOfGlob(normal));
    if (names?.size === 0) this.byFolder.delete(folderOfGlob(normal));
  }

  /** The globs that match a path. */
  matching(path: RepoPath): readonly string[] {
    const found: string[] = [];
    if (this.byFolder.size === 0) return found;
    const name = path.slice(path.lastIndexOf("/") + 1);
    // A folder is a prefix that ends at any character: what stands before the first star may end within a name.
    for (let end = 0; end <= path.length; end = end === path.length ? end + 1 : nextStep(path, end)) {
      const names = this.byFolder.get(path.slice(0, end));
      if (names === undefined) continue;
      for (let length = 0; length <= name.length; length++) {
        const globs = names.get(name.slice(0, length));
        if (globs !== undefined) for (const [glob, matches] of globs) if (matches(path)) found.push(glob);
      }
    }
    return found;
  }
}

/** The end of the next folder's name, or of the path. */
function nextStep(path: string, end: number): number {
  const slash = path.indexOf("/", end + 1);
  return slash < 0 ? path.length : slash;
}

function getOrMake<K, V>(map: Map<K, Map<string, V>>, key: K): Map<string, V> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}
