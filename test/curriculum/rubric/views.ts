/** Views for tests: files in memory, and files laid over another view. */
import picomatch from "picomatch";
import type { RepoPath, WorkspaceView } from "../../../src/artifact/workspace.ts";

/** A view of texts or bytes by path. */
export function memoryView(files: Readonly<Record<string, string | Uint8Array>>): WorkspaceView {
  return {
    bytes(path) {
      const file = files[path];
      return typeof file === "string" ? new TextEncoder().encode(file) : file;
    },
    list: (globs) =>
      Object.keys(files)
        .filter((path) => picomatch([...globs])(path))
        .sort() as RepoPath[],
  };
}

/** Another view with some files replaced; undefined stands for a file that is gone. */
export function overlayView(
  base: WorkspaceView,
  changes: ReadonlyMap<RepoPath, Uint8Array | undefined>,
): WorkspaceView {
  return {
    bytes: (path) => (changes.has(path) ? changes.get(path) : base.bytes(path)),
    list(globs) {
      const matches = picomatch([...globs]);
      const files = base.list(globs).filter((path) => !changes.has(path));
      const added = [...changes].filter(([path, bytes]) => bytes !== undefined && matches(path)).map(([path]) => path);
      return [...files, ...added].sort();
    },
  };
}
