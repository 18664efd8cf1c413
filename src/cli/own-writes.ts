/**
 * What Codex itself has written, so that a watcher does not wake for it: the host is seen through, and each file's stamp
 * is taken when it was written. A file that has that stamp still is as Codex left it, however late its event comes.
 */
import { isAbsolute, relative } from "node:path";
import { stampOf } from "../cache/stamp.ts";
import type { Host, HostFs } from "../host.ts";

export class OwnWrites {
  /** Path from the workspace's root → stamp. */
  private readonly stamps = new Map<string, string>();

  /** The same host, whose writes are remembered. */
  around(host: Host): Host {
    const { fs } = host;
    const open = new Map<number, string>();
    // The root may be reached by a link; some writers name files by where they really are.
    const roots = [host.root, fs.realpathSync(host.root)];
    const wrote = (path: unknown): void => {
      if (typeof path !== "string") return;
      const inside = roots
        .map((root) => relative(root, path))
        .find((each) => !each.startsWith("..") && !isAbsolute(each));
      if (inside !== undefined) this.stamps.set(inside, stampAt(fs, path));
    };
    const seen: Partial<HostFs> = {
      renameSync(from, to) {
        fs.renameSync(from, to);
        wrote(from);
        wrote(to);
      },
      linkSync(existing, made) {
        fs.linkSync(existing, made);
        wrote(made);
      },
      unlinkSync(path) {
        fs.unlinkSync(path);
        wrote(path);
      },
      rmSync(path, options) {
        fs.rmSync(path, options);
        wrote(path);
      },
      openSync(path, flags, mode) {
        const file = fs.openSync(path, flags, mode);
        if (typeof path === "string" && flags !== undefined && flags !== "r") open.set(file, path);
        return file;
      },
      closeSync(file) {
        fs.closeSync(file);
        wrote(open.get(file));
        open.delete(file);
      },
    };
    // A file that is written by its name is opened and closed in between.
    const writeFileSync: HostFs["writeFileSync"] = (file, data, options) => {
      fs.writeFileSync(file, data, options);
      wrote(file);
    };
    return { ...host, fs: { ...fs, ...seen, writeFileSync } };
  }

  /**
   * Whether a file, or its absence, is as Codex left it.
   * @param path from the workspace's root.
   */
  made({ fs, root }: Pick<Host, "fs" | "root">, path: string): boolean {
    const stamp = this.stamps.get(path);
    if (stamp === undefined) return false;
    if (stampAt(fs, `${root}/${path}`) === stamp) return true;
    // It is somebody else's now, whatever becomes of it.
    this.stamps.delete(path);
    return false;
  }
}

const GONE = "gone";

function stampAt(fs: HostFs, path: string): string {
  try {
    const stat = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? GONE : stampOf(stat);
  } catch {
    return GONE;
  }
}
