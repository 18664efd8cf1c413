/**
 * A disk in memory that never fails: for simulations whose point is time and money. Appending to a long log costs what
 * the line costs, which memfs does not offer.
 */
import { dirname } from "node:path";
import type { HostFs } from "../../src/host.ts";

interface MemoryFile {
  readonly ino: number;
  bytes: Uint8Array;
  size: number;
  touched: number;
}

const refuse = (code: string, path: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: ${path}`), { code });

export class MemoryDisk {
  readonly root = "/ws";
  private readonly files = new Map<string, MemoryFile>();
  private readonly folders = new Map<string, Set<string>>();
  private readonly open = new Map<number, string>();
  private readonly now: () => number;
  private count = 0;

  /** @param now milliseconds since the epoch. */
  constructor(now: () => number) {
    this.now = now;
    this.folders.set("/", new Set());
    this.folder(this.root);
  }

  read(path: string): string | undefined {
    const file = this.files.get(`${this.root}/${path}`);
    return file === undefined ? undefined : new TextDecoder().decode(contentOf(file));
  }

  write(path: string, text: string): void {
    const absolute = `${this.root}/${path}`;
    this.folder(dirname(absolute));
    this.files.delete(absolute);
    this.append(this.make(absolute), new TextEncoder().encode(text));
  }

  connect(): HostFs {
    const stat = (path: string, options?: { bigint?: boolean; throwIfNoEntry?: boolean }): unknown => {
      const file = this.files.get(path);
      if (file === undefined && !this.folders.has(path)) {
        if (options?.throwIfNoEntry === false) return undefined;
        throw refuse("ENOENT", path);
      }
      return statOf(file, options?.bigint === true);
    };
    const bytesOf = (data: string | Uint8Array): Uint8Array =>
      typeof data === "string" ? new TextEncoder().encode(data) : data;
    const write = (file: number, data: string | Uint8Array): number => {
      const bytes = bytesOf(data);
      this.append(this.files.get(this.open.get(file)!)!, bytes);
      return bytes.length;
    };
    const unlinkSync = (path: string): void => {
      if (!this.files.delete(path)) throw refuse("ENOENT", path);
      this.folders.get(dirname(path))!.delete(nameOf(path));
    };
    const nothing = (): void => undefined;
    const fs = {
      closeSync: (file: number) => void this.open.delete(file),
      fchmodSync: nothing,
      fsyncSync: nothing,
      linkSync: (from: string, to: string) => {
        if (this.files.has(to)) throw refuse("EEXIST", to);
        this.name(to, this.files.get(from)!);
      },
      lstatSync: stat,
      statSync: stat,
      mkdirSync: (path: string) => this.folder(path),
      openSync: (path: string, flags: string) => {
        const there = this.files.has(path) || this.folders.has(path);
        if (flags === "wx" && there) throw refuse("EEXIST", path);
        if (flags === "r" && !there) throw refuse("ENOENT", path);
        if (flags === "w" && there) this.files.delete(path);
        if (!this.files.has(path) && flags !== "r") this.make(path);
        this.open.set(++this.count, path);
        return this.count;
      },
      readFileSync: (path: string, encoding?: string) => {
        const file = this.files.get(path);
        if (file === undefined) throw refuse(this.folders.has(path) ? "EISDIR" : "ENOENT", path);
        const bytes = contentOf(file);
        return encoding === undefined
          ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
          : new TextDecoder().decode(bytes);
      },
      readdirSync: (path: string, options?: { withFileTypes?: boolean }) => {
        const names = this.folders.get(path);
        if (names === undefined) throw refuse("ENOENT", path);
        if (options?.withFileTypes !== true) return [...names];
        return [...names].map((name) => ({ name, ...kindOf(this.files.has(`${path}/${name}`)) }));
      },
      realpathSync: (path: string) => {
        if (!this.files.has(path) && !this.folders.has(path)) throw refuse("ENOENT", path);
        return path;
      },
      renameSync: (from: string, to: string) => {
        const file = this.files.get(from);
        if (file === undefined) throw refuse("ENOENT", from);
        unlinkSync(from);
        this.name(to, file);
      },
      rmSync: (path: string, options?: { force?: boolean }) => {
        if (this.files.has(path) || options?.force !== true) unlinkSync(path);
      },
      unlinkSync,
      writeSync: write,
      writeFileSync: (file: number, data: string | Uint8Array) => void write(file, data),
    };
    // Only what Codex uses of each signature is there.
    return fs as unknown as HostFs;
  }

  private folder(path: string): string | undefined {
    if (this.folders.has(path)) return undefined;
    const first = this.folder(dirname(path)) ?? path;
    this.folders.set(path, new Set());
    this.folders.get(dirname(path))!.add(nameOf(path));
    return first;
  }

  private make(path: string): MemoryFile {
    const file = { ino: ++this.count, bytes: new Uint8Array(256), size: 0, touched: this.now() };
    this.name(path, file);
    return file;
  }

  private name(path: string, file: MemoryFile): void {
    const folder = this.folders.get(dirname(path));
    if (folder === undefined) throw refuse("ENOENT", path);
    folder.add(nameOf(path));
    this.files.set(path, file);
  }

  private append(file: MemoryFile, bytes: Uint8Array): void {
    const size = file.size + bytes.length;
    if (size > file.bytes.length) {
      const grown = new Uint8Array(Math.max(size, 2 * file.bytes.length));
      grown.set(contentOf(file));
      file.bytes = grown;
    }
    file.bytes.set(bytes, file.size);
    file.size = size;
    file.touched = this.now();
  }
}

const contentOf = (file: MemoryFile): Uint8Array => file.bytes.subarray(0, file.size);
const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const kindOf = (isFile: boolean) => ({
  isFile: () => isFile,
  isDirectory: () => !isFile,
  isSymbolicLink: () => false,
});

function statOf(file: MemoryFile | undefined, big: boolean): unknown {
  const number = (value: number): number | bigint => (big ? BigInt(Math.floor(value)) : value);
  const touched = file?.touched ?? 0;
  const ns = BigInt(Math.round(touched * 1000)) * 1000n;
  return {
    size: number(file?.size ?? 0),
    ino: number(file?.ino ?? 1),
    mode: number(0o644),
    mtimeMs: number(touched),
    ctimeMs: number(touched),
    mtimeNs: ns,
    ctimeNs: ns,
    ...kindOf(file !== undefined),
  };
}
