/** Which reference books and Lean files exist. They are listed once: opening a book only to see it would read it whole. */
import type { RepoPath, WorkspaceView } from "../../artifact/workspace.ts";

const FOLDERS = ["reference/", "lean/"];

export class FilePresence {
  readonly #list: () => readonly string[];
  readonly #changes: ReadonlyMap<string, unknown>;
  #known: ReadonlySet<string> | undefined;

  private constructor(list: () => readonly string[], changes: ReadonlyMap<string, unknown>) {
    this.#list = list;
    this.#changes = changes;
  }

  /** The files of a view, listed when first asked for. */
  static of(view: WorkspaceView): FilePresence {
    let files: readonly string[] | undefined;
    return new FilePresence(() => {
      files ??= view.list(FOLDERS.map((folder) => `${folder}**`));
      return files;
    }, new Map());
  }

  /** The same with some files changed; undefined stands for a file that is gone. */
  with(changes: ReadonlyMap<RepoPath, Uint8Array | undefined>): FilePresence {
    const relevant = [...changes].filter(([path]) => FOLDERS.some((folder) => path.startsWith(folder)));
    return relevant.length === 0 ? this : new FilePresence(this.#list, new Map([...this.#changes, ...relevant]));
  }

  /** Whether there is a file or a folder at the path; a path that leaves the workspace is nowhere. */
  exists(path: string): boolean {
    this.#known ??= this.#collect();
    const normal = normalise(path);
    return normal !== undefined && this.#known.has(normal);
  }

  #collect(): ReadonlySet<string> {
    const known = new Set<string>();
    const files = this.#list().filter((path) => !this.#changes.has(path));
    const added = [...this.#changes].filter(([, bytes]) => bytes !== undefined).map(([path]) => path);
    for (const path of [...files, ...added]) {
      // A file brings its folders into being; the first known one has brought the rest.
      for (let part = path; part !== "" && !known.has(part); part = part.slice(0, Math.max(0, part.lastIndexOf("/")))) {
        known.add(part);
      }
    }
    return known;
  }
}

/** The path without empty, `.` and `..` parts; undefined where it leaves the workspace. */
function normalise(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
