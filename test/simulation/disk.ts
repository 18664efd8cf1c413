/**
 * A disk that can be cut off. What a process sees is memfs; above it this keeps what a power cut would leave: a file's
 * bytes are safe once the file was fsynced, a name is safe once its folder was. Everything else may be there after the
 * cut, or not, or half.
 *
 *   live (memfs) ──fsync(file)──▶ durable bytes of that file
 *        └───────fsync(folder)──▶ durable names of that folder
 *
 *   power cut:  durable names + some of the later ones;  durable bytes + some, all or a torn part of the later ones
 */
import { dirname, join } from "node:path";
import { createFsFromVolume, Volume } from "memfs";
import { type Digest, digestOf, MISSING } from "../../src/artifact/digest.ts";
import type { HostFs } from "../../src/host.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";
import { Violation } from "./violation.ts";

export type DiskOperation = "open" | "write" | "sync" | "rename" | "remove" | "link" | "mkdir" | "read";

/** Called before each operation of a process: throws what the disk is to answer instead of doing it. */
export type Interference = (operation: DiskOperation, path: string) => void;

/** A disk's own refusals, as Node gives them. */
export function refusal(code: "ENOSPC" | "EIO", path: string): NodeJS.ErrnoException {
  const text = code === "ENOSPC" ? "no space left on device" : "input/output error";
  return Object.assign(new Error(`${code}: ${text}, '${path}'`), { code });
}

interface FileNode {
  readonly kind: "file";
  readonly ino: number;
  live: Uint8Array;
  /** Undefined where it was never synced. */
  durable: Uint8Array | undefined;
  touched: number;
}

interface FolderNode {
  readonly kind: "folder";
  readonly ino: number;
  /** The names that a power cut leaves. */
  readonly durable: Map<string, DiskNode>;
  touched: number;
}

type DiskNode = FileNode | FolderNode;

/** Names that changed together in one folder and are not synced. */
interface Pending {
  readonly folder: FolderNode;
  readonly names: readonly (readonly [name: string, node: DiskNode | undefined])[];
}

const NO_INTERFERENCE: Interference = () => undefined;
const TEMPORARY = /\.tmp$/;

/** Whether a path's content must always be whole: what people and rules read. Logs grow line by line. */
const isWhole = (path: string): boolean =>
  !path.includes("/.codex/") && !TEMPORARY.test(path) && !path.endsWith(".jsonl");

export class Disk {
  readonly root = "/ws";
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly accuse: (violation: Violation) => void;
  private raw: HostFs;
  /** Every file and folder by its absolute path: memfs would take longer to say. */
  private nodes = new Map<string, DiskNode>();
  private made = 0;
  private pending: Pending[] = [];
  /** Every content that a path has had as a whole, for all paths that must never be seen half-written. */
  private readonly versions = new Map<string, Set<Digest>>();

  /** @param accuse told of what must never be: an exception could be caught by whoever did it. */
  constructor(clock: Clock, random: Random, accuse: (violation: Violation) => void) {
    this.clock = clock;
    this.random = random;
    this.accuse = accuse;
    this.raw = this.fresh({ kind: "folder", ino: 0, durable: new Map(), touched: clock.now });
    this.connect().mkdirSync(this.root, { recursive: true });
    this.sync();
  }

  /** The disk as a process sees it. */
  connect(interfere: Interference = NO_INTERFERENCE): HostFs {
    return this.connected(interfere);
  }

  /** A person's own write: an editor's, durable when it returns. */
  write(path: string, text: string): void {
    const absolute = join(this.root, path);
    const fs = this.connect();
    fs.mkdirSync(dirname(absolute), { recursive: true });
    const temporary = `${absolute}.person.tmp`;
    const file = fs.openSync(temporary, "w");
    fs.writeFileSync(file, text);
    fs.closeSync(file);
    fs.renameSync(temporary, absolute);
    this.sync(dirname(absolute));
  }

  /** What is there now; undefined where nothing is. */
  read(path: string): string | undefined {
    const node = this.nodes.get(join(this.root, path));
    return node?.kind === "file" ? new TextDecoder().decode(node.live) : undefined;
  }

  /** Absolute paths of all files, sorted. */
  paths(): string[] {
    return [...this.nodes].flatMap(([path, node]) => (node.kind === "file" ? [path] : [])).sort();
  }

  /** The files under a folder that a power cut might change: written or named, and not synced. */
  unsynced(folder: string): string[] {
    const prefix = join(this.root, folder);
    return this.paths().filter((path) => {
      if (!path.startsWith(prefix)) return false;
      const node = this.at(path) as FileNode;
      return node.durable === undefined || !same(node.durable, node.live) || this.isPending(path);
    });
  }

  private isPending(path: string): boolean {
    const folder = this.at(dirname(path));
    const name = path.slice(dirname(path).length + 1);
    return this.pending.some((each) => each.folder === folder && each.names.some(([changed]) => changed === name));
  }

  /** Makes everything durable, or all in one folder: time has passed, and the system has written it. */
  sync(folder?: string): void {
    for (const path of this.paths()) {
      const node = this.at(path) as FileNode;
      if (folder === undefined || path.startsWith(`${folder}/`)) node.durable = node.live;
    }
    for (const each of this.pending) for (const [name, node] of each.names) put(each.folder.durable, name, node);
    this.pending = [];
  }

  /** The power goes. Names come back as they may in a journal (all up to a moment) or in any mixture. */
  cut(): void {
    const { random } = this;
    const inOrder = random.chance(0.5) ? random.int(this.pending.length + 1) : undefined;
    for (const [index, each] of this.pending.entries()) {
      if (inOrder === undefined ? random.chance(0.5) : index < inOrder)
        for (const [name, node] of each.names) put(each.folder.durable, name, node);
    }
    this.pending = [];
    for (const node of this.nodes.values()) if (node.kind === "file") node.live = this.afterCut(node);
    const top = this.at("/") as FolderNode;
    this.raw = this.fresh(top);
    for (const path of this.paths()) this.checkWhole(path);
  }

  /** What of a file is there after the cut. */
  private afterCut({ live, durable }: FileNode): Uint8Array {
    if (durable !== undefined && same(durable, live)) return live;
    const { random } = this;
    const before = durable ?? new Uint8Array();
    const grown = live.length >= before.length && same(live.subarray(0, before.length), before);
    switch (random.int(4)) {
      case 0:
        return before;
      case 1:
        return live;
      case 2: {
        // As far as it had got, from what was safe.
        const from = grown ? before.length : 0;
        return live.slice(0, from + random.int(live.length - from + 1));
      }
      default: {
        // The length was written and the bytes were not.
        const torn = live.slice();
        const from = grown ? before.length : 0;
        torn.fill(0, from + random.int(live.length - from + 1));
        return torn;
      }
    }
  }

  private checkWhole(path: string): void {
    if (!isWhole(path)) return;
    const digest = digestOf((this.at(path) as FileNode).live);
    if (this.versions.get(path)?.has(digest) !== true)
      this.accuse(new Violation("half-written output", `${path} is what nobody ever wrote`));
  }

  private remember(path: string): void {
    if (!isWhole(path)) return;
    const node = this.nodes.get(path);
    const digest = node?.kind === "file" ? digestOf(node.live) : MISSING;
    const known = this.versions.get(path) ?? new Set();
    this.versions.set(path, known.add(digest));
  }

  private at(path: string): DiskNode {
    const node = this.nodes.get(path);
    if (node === undefined) throw new Error(`the simulated disk has no node for ${path}`);
    return node;
  }

  private changed(folder: string, names: Pending["names"]): void {
    const node = this.at(folder) as FolderNode;
    node.touched = this.clock.now;
    this.pending.push({ folder: node, names });
    for (const [name, entry] of names) put(this.nodes, `${folder === "/" ? "" : folder}/${name}`, entry);
  }

  /** A new memfs that holds what is durable in a tree; everything in it is durable. */
  private fresh(top: FolderNode): HostFs {
    const raw = createFsFromVolume(new Volume()) as unknown as HostFs;
    this.nodes = new Map();
    const linked = new Map<FileNode, string>();
    const build = (path: string, node: DiskNode): void => {
      if (node.kind === "folder") {
        if (path !== "/") raw.mkdirSync(path);
        for (const [name, child] of node.durable) build(path === "/" ? `/${name}` : `${path}/${name}`, child);
      } else {
        const other = linked.get(node);
        if (other === undefined) raw.writeFileSync(path, node.live);
        else raw.linkSync(other, path);
        linked.set(node, path);
        node.durable = node.live;
      }
      this.nodes.set(path, node);
    };
    build("/", top);
    return raw;
  }

  private connected(interfere: Interference): HostFs {
    const disk = this;
    const open = new Map<number, string>();
    const raw = (): HostFs => disk.raw;
    /** Takes in what a file now holds. */
    const written = (path: string): void => {
      const node = disk.at(path) as FileNode;
      node.live = new Uint8Array(raw().readFileSync(path));
      node.touched = disk.clock.now;
    };
    const opened = (path: string, flags: string | number, mode?: number): number => {
      const before = disk.nodes.get(path);
      interfere(before === undefined || flags !== "r" ? "open" : "read", path);
      if (flags !== "r" && flags !== "a" && before !== undefined && isWhole(path))
        disk.accuse(new Violation("half-written output", `${path} is written in place`));
      const file = raw().openSync(path, flags as string, mode);
      open.set(file, path);
      if (before === undefined) {
        const node: FileNode = {
          kind: "file",
          ino: ++disk.made,
          live: new Uint8Array(),
          durable: undefined,
          touched: disk.clock.now,
        };
        disk.changed(dirname(path), [[nameOf(path), node]]);
      } else if (flags === "w") written(path);
      return file;
    };
    const write = (file: number, bytes: Uint8Array): number => {
      const path = open.get(file)!;
      try {
        interfere("write", path);
      } catch (error) {
        // A full disk takes what it has room for.
        if ((error as NodeJS.ErrnoException).code === "ENOSPC" && bytes.length > 1) {
          raw().writeSync(file, bytes.subarray(0, disk.random.int(bytes.length)));
          written(path);
        }
        throw error;
      }
      const count = raw().writeSync(file, bytes);
      written(path);
      return count;
    };
    const removed = (path: string): void => {
      interfere("remove", path);
      raw().unlinkSync(path);
      disk.changed(dirname(path), [[nameOf(path), undefined]]);
      disk.remember(path);
    };
    const stat = (path: string, options?: { bigint?: boolean; throwIfNoEntry?: boolean }): unknown => {
      interfere("read", path);
      const node = disk.nodes.get(path);
      // memfs knows how to say that nothing is there; its times would be those of the real clock.
      return node === undefined ? raw().statSync(path, options as never) : statOf(node, options?.bigint === true);
    };

    const fs = {
      closeSync: (file: number) => {
        open.delete(file);
        raw().closeSync(file);
      },
      fchmodSync: () => undefined,
      fsyncSync(file: number) {
        const path = open.get(file)!;
        interfere("sync", path);
        const node = disk.at(path);
        if (node.kind === "file") node.durable = node.live;
        else {
          for (const each of disk.pending.filter(({ folder }) => folder === node))
            for (const [name, entry] of each.names) put(node.durable, name, entry);
          disk.pending = disk.pending.filter(({ folder }) => folder !== node);
        }
      },
      linkSync(from: string, to: string) {
        interfere("link", to);
        const node = disk.at(from);
        raw().linkSync(from, to);
        disk.changed(dirname(to), [[nameOf(to), node]]);
        disk.remember(to);
      },
      lstatSync: stat,
      mkdirSync(path: string, options?: { recursive?: boolean }) {
        const missing: string[] = [];
        for (let at = path; options?.recursive && disk.nodes.get(at) === undefined; at = dirname(at))
          missing.unshift(at);
        if (options?.recursive !== true) missing.push(path);
        for (const each of missing) {
          interfere("mkdir", each);
          raw().mkdirSync(each);
          const node: FolderNode = { kind: "folder", ino: ++disk.made, durable: new Map(), touched: disk.clock.now };
          disk.changed(dirname(each), [[nameOf(each), node]]);
        }
        // memfs gives the last folder made; Node gives the first.
        return missing[0];
      },
      openSync: opened,
      readFileSync: (path: string | number, options?: never) => {
        interfere("read", typeof path === "number" ? open.get(path)! : path);
        return raw().readFileSync(path, options);
      },
      readdirSync: (path: string, options?: never) => {
        interfere("read", path);
        return raw().readdirSync(path, options);
      },
      // There are no links to follow.
      realpathSync: (path: string) => (disk.nodes.has(path) ? path : raw().realpathSync(path)),
      renameSync(from: string, to: string) {
        interfere("rename", to);
        const node = disk.at(from);
        raw().renameSync(from, to);
        if (dirname(from) !== dirname(to)) throw new Error("the simulated disk renames within one folder only");
        disk.changed(dirname(to), [
          [nameOf(from), undefined],
          [nameOf(to), node],
        ]);
        disk.remember(to);
      },
      rmSync(path: string, options?: { force?: boolean }) {
        if (options?.force && disk.nodes.get(path) === undefined) return;
        removed(path);
      },
      statSync: stat,
      unlinkSync: removed,
      writeSync: (file: number, data: string | Uint8Array) => write(file, bytesOf(data)),
      writeFileSync(target: string | number, data: string | Uint8Array, options?: { flag?: string }) {
        const file = typeof target === "number" ? target : opened(target, options?.flag ?? "w");
        write(file, bytesOf(data));
        if (typeof target !== "number") fs.closeSync(file);
      },
    };
    // Only what Codex uses of each signature is there.
    return fs as unknown as HostFs;
  }
}

function statOf(node: DiskNode, big: boolean): unknown {
  const size = node.kind === "file" ? node.live.length : 0;
  const whole = BigInt(Math.round(node.touched * 1000)) * 1000n;
  const number = (value: number): number | bigint => (big ? BigInt(Math.floor(value)) : value);
  return {
    size: number(size),
    ino: number(node.ino),
    mode: number(node.kind === "file" ? 0o100644 : 0o40755),
    mtimeMs: number(node.touched),
    ctimeMs: number(node.touched),
    mtimeNs: whole,
    ctimeNs: whole,
    isFile: () => node.kind === "file",
    isDirectory: () => node.kind === "folder",
    isSymbolicLink: () => false,
  };
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Sets what a name stands for, or takes it out. */
function put(names: Map<string, DiskNode>, name: string, node: DiskNode | undefined): void {
  if (node === undefined) names.delete(name);
  else names.set(name, node);
}

const bytesOf = (data: string | Uint8Array): Uint8Array =>
  typeof data === "string" ? new TextEncoder().encode(data) : data;

const same = (a: Uint8Array, b: Uint8Array): boolean => a === b || Buffer.compare(a, b) === 0;
