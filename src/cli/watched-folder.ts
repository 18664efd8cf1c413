/** The workspace's files as somebody else writes them: what chokidar tells of, less what Codex itself wrote. */
import { relative } from "node:path";
import type { FSWatcher } from "chokidar";
import { RESERVED_FOLDERS } from "../artifact/path.ts";
import { temporaryOwner } from "../artifact/write.ts";
import { stampOf } from "../cache/stamp.ts";
import type { Host } from "../host.ts";
import type { OwnWrites } from "./own-writes.ts";

/** chokidar tells of one change of a file in 50 ms: what was written last within it is looked for later. */
const SECOND_LOOK_MS = 75;

export class WatchedFolder {
  private readonly watcher: FSWatcher;
  /** Files that have appeared and that no build has seen. */
  private readonly born: Set<string>;
  private readonly host: Host;

  private constructor(host: Host, watcher: FSWatcher, born: Set<string>) {
    this.host = host;
    this.watcher = watcher;
    this.born = born;
  }

  /**
   * Begins to watch, and returns when every later change will be told of.
   * @param saved told of each file that somebody else wrote or removed, by its path from the root.
   * @param failed told where the system gives up watching.
   */
  static async open(
    host: Host,
    own: OwnWrites,
    saved: (path: string) => void,
    failed: (error: Error) => void,
  ): Promise<WatchedFolder> {
    const { watch } = await import("chokidar");
    const { root, fs } = host;
    const isIgnored = (path: string): boolean => {
      const steps = relative(root, path).split("/");
      return steps.some((step) => RESERVED_FOLDERS.has(step)) || temporaryOwner(steps.at(-1)!) !== undefined;
    };
    const watcher = watch(root, { ignored: isIgnored, ignoreInitial: true, followSymlinks: false });
    const stampAt = (path: string): string => {
      const stat = fs.statSync(`${root}/${path}`, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? "" : stampOf(stat);
    };
    const tell = (path: string): void => {
      if (!own.made(host, path)) saved(path);
    };
    const born = new Set<string>();
    watcher.on("all", (event, absolute) => {
      if (event === "addDir" || event === "unlinkDir") return;
      const path = relative(root, absolute);
      if (event === "add") born.add(path);
      // It came and went between two builds: a file that an editor writes beside the one it saves.
      if (event === "unlink" && born.delete(path)) return;
      tell(path);
      const stamp = stampAt(path);
      host.after(SECOND_LOOK_MS, () => {
        if (!watcher.closed && stampAt(path) !== stamp) tell(path);
      });
    });
    watcher.on("error", (error) => failed(error instanceof Error ? error : new Error(String(error))));
    await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
    return new WatchedFolder(host, watcher, born);
  }

  /** Those of the saved files that a build must look at: what has come and gone again was never there. */
  worthBuilding(changed: ReadonlySet<string>): ReadonlySet<string> {
    const { fs, root } = this.host;
    return new Set(
      [...changed].filter((path) => {
        if (!this.born.has(path)) return true;
        const isThere = fs.lstatSync(`${root}/${path}`, { throwIfNoEntry: false }) !== undefined;
        if (isThere) this.born.delete(path);
        return isThere;
      }),
    );
  }

  /** How many files are watched. */
  get files(): number {
    return Object.values(this.watcher.getWatched()).reduce((sum, names) => sum + names.length, 0);
  }

  close(): Promise<void> {
    return this.watcher.close();
  }
}
