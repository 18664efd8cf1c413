/**
 * A view that gives the same bytes, the same list, as the same object again while nothing changed: what was made of them
 * can be kept beside them. It remembers what it was asked, so that whoever writes a file knows whether that matters.
 */
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { GlobIndex } from "../graph/glob-index.ts";

export class KeptView implements WorkspaceView {
  private readonly known = new Map<RepoPath, Uint8Array | undefined>();
  private readonly lists = new Map<string, readonly RepoPath[]>();
  private readonly globs = new GlobIndex();
  private readonly current = new Set<string>();
  private readonly view: WorkspaceView;

  constructor(view: WorkspaceView) {
    this.view = view;
  }

  /**
   * From here on the workspace is asked again, each thing once.
   * @param written asked again is only what these files have to do with; everything where undefined.
   */
  look(written?: Iterable<RepoPath>): void {
    if (written === undefined) {
      this.current.clear();
      return;
    }
    const globs = new Set<string>();
    for (const path of written) {
      this.current.delete(`bytes ${path}`);
      for (const glob of this.globs.matching(path)) globs.add(glob);
    }
    for (const key of globs.size === 0 ? [] : this.lists.keys())
      if (key.split("\n").some((glob) => globs.has(glob))) this.current.delete(`list ${key}`);
  }

  /** Whether anything that was asked could be answered differently, now that these files were written. */
  restsOn(paths: Iterable<RepoPath>): boolean {
    for (const path of paths) if (this.known.has(path) || this.globs.matching(path).length > 0) return true;
    return false;
  }

  bytes(path: RepoPath): Uint8Array | undefined {
    const known = this.known.get(path);
    if (this.current.has(`bytes ${path}`)) return known;
    const bytes = this.view.bytes(path);
    this.current.add(`bytes ${path}`);
    if (known !== undefined && bytes !== undefined && Buffer.compare(known, bytes) === 0) return known;
    this.known.set(path, bytes);
    return bytes;
  }

  list(globs: readonly string[]): readonly RepoPath[] {
    const key = globs.join("\n");
    const known = this.lists.get(key);
    if (known !== undefined && this.current.has(`list ${key}`)) return known;
    const paths = this.view.list(globs);
    this.current.add(`list ${key}`);
    if (known !== undefined && known.length === paths.length && known.every((path, index) => path === paths[index]))
      return known;
    if (known === undefined) for (const glob of globs) this.globs.add(glob);
    this.lists.set(key, paths);
    return paths;
  }
}

/** What was asked of a view, and answered, while something was made. */
export class Asked implements WorkspaceView {
  // Most ask nothing.
  private files: Map<RepoPath, Uint8Array | undefined> | undefined;
  private lists: (readonly [globs: readonly string[], paths: readonly RepoPath[]])[] | undefined;
  private readonly view: WorkspaceView;

  constructor(view: WorkspaceView) {
    this.view = view;
  }

  bytes(path: RepoPath): Uint8Array | undefined {
    const bytes = this.view.bytes(path);
    this.files ??= new Map();
    this.files.set(path, bytes);
    return bytes;
  }

  list(globs: readonly string[]): readonly RepoPath[] {
    const paths = this.view.list(globs);
    this.lists ??= [];
    this.lists.push([globs, paths]);
    return paths;
  }

  /** Whether a kept view would give the same objects again. */
  isSame(): boolean {
    for (const [path, bytes] of this.files ?? []) if (this.view.bytes(path) !== bytes) return false;
    return this.lists?.every(([globs, paths]) => this.view.list(globs) === paths) ?? true;
  }
}
