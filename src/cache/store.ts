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

const DIGEST = /^[0-9a-f]{64}$/;

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
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { kind: "missing" };
      throw error;
    }
    return digestOf(bytes) === digest ? { kind: "sound", bytes } : { kind: "corrupt" };
  }

  /** Whether there is a file for the digest; only `get` and `read` know whether it is sound. */
  has(digest: Digest): boolean {
    return DIGEST.test(digest) && this.#host.fs.statSync(this.#pathOf(digest), { throwIfNoEntry: false }) !== undefined;
  }

  #pathOf(digest: Digest): string {
    return join(this.#host.root, ".codex", "cas", digest.slice(0, 2), digest.slice(2));
  }
}
