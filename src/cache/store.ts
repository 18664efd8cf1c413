/**
 * The content store: bytes by their digest, in `.codex/cas/ab/cdef…`. Nothing in it is believed before it has been
 * hashed again, so a flipped bit costs a rebuild and never a wrong result.
 */
import { join } from "node:path";
import { type Digest, digestOf } from "../artifact/digest.ts";
import { replaceFile } from "../artifact/write.ts";
import type { Host } from "../host.ts";

/** What the store knows of a digest. */
export type Stored =
  | { readonly kind: "sound"; readonly bytes: Uint8Array }
  | { readonly kind: "missing" }
  /** There is a file of that name whose bytes are others. `put` replaces it. */
  | { readonly kind: "corrupt" };

/** A file under `.codex`, for those who look after the room that it takes. */
export interface StoredFile {
  /** Absolute. */
  readonly path: string;
  /** The digest that it stands for. */
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

const DIGEST = /^[0-9a-f]{64}$/;
const TWO = /^[0-9a-f]{2}$/;
const REST = /^[0-9a-f]{62}$/;

/** Every file of the store, sound or not. */
export const storedFiles = (host: Host): StoredFile[] =>
  filesBelow(host, join(host.root, ".codex", "cas"), (folder, name) => (REST.test(name) ? folder + name : undefined));

/**
 * The files of a folder of folders named by the first two digits of what is in them.
 * @param nameOf what a file stands for; undefined where it is none of those that are asked for
 */
export function filesBelow(
  { fs }: Host,
  top: string,
  nameOf: (folder: string, name: string) => string | undefined,
): StoredFile[] {
  if (!fs.statSync(top, { throwIfNoEntry: false })) return [];
  return fs
    .readdirSync(top)
    .filter((folder) => TWO.test(folder))
    .flatMap((folder) =>
      fs.readdirSync(join(top, folder)).flatMap((file) => {
        const name = nameOf(folder, file);
        if (name === undefined) return [];
        const path = join(top, folder, file);
        const stat = fs.statSync(path);
        return [{ path, name, bytes: stat.size, modified: stat.mtimeMs }];
      }),
    );
}

export class Store {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Keeps the bytes, durably before it returns, and gives their digest. */
  put(bytes: Uint8Array): Digest {
    const digest = digestOf(bytes);
    if (this.read(digest).kind !== "sound") replaceFile(this.#host.fs, this.#pathOf(digest), bytes);
    return digest;
  }

  /** The bytes, or undefined where they are not there or no longer what they were. */
  get(digest: Digest): Uint8Array | undefined {
    const stored = this.read(digest);
    return stored.kind === "sound" ? stored.bytes : undefined;
  }

  /** As `get`, but tells a damaged file from a missing one. */
  read(digest: Digest): Stored {
    if (!DIGEST.test(digest)) return { kind: "missing" };
    let bytes: Uint8Array;
    try {
      bytes = this.#host.fs.readFileSync(this.#pathOf(digest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return { kind: "missing" };
      // The disk has lost the sectors: what else is under other names is as good as it was.
      if (code === "EIO") return { kind: "corrupt" };
      throw error;
    }
    return digestOf(bytes) === digest ? { kind: "sound", bytes } : { kind: "corrupt" };
  }

  /** Whether there is a file for the digest; only `get` and `read` know whether it is sound. */
  has(digest: Digest): boolean {
    return DIGEST.test(digest) && this.#host.fs.statSync(this.#pathOf(digest), { throwIfNoEntry: false }) !== undefined;
  }

  /** The digests that begin so: what a person typed of one. At least two digits. */
  matching(start: string): Digest[] {
    if (!/^[0-9a-f]{2,64}$/.test(start)) return [];
    return storedFiles(this.#host)
      .filter(({ name }) => name.startsWith(start))
      .map(({ name }) => name as Digest);
  }

  #pathOf(digest: Digest): string {
    return join(this.#host.root, ".codex", "cas", digest.slice(0, 2), digest.slice(2));
  }
}
