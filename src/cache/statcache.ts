/**
 * Digests without reading: a file whose size, times and inode are what they were has the bytes that it had. One stat
 * a path is all that a null build costs.
 *
 * The one thing that a stat cannot show is a change within the same tick of the clock as the last one. Git's answer
 * is taken: an entry is believed only if the file was last touched well before it was read.
 */
import { join } from "node:path";
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import type { Files } from "../artifact/files.ts";
import { FragmentIndex, type IndexedText } from "../artifact/fragment.ts";
import { type Fragment, formatFragment, type Ref } from "../artifact/ref.ts";
import { encodeUtf8, readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { replaceFile } from "../artifact/write.ts";
import type { Fault } from "../fault.ts";
import type { Host } from "../host.ts";
import { ok, type Result } from "../result.ts";
import { Searches } from "./searches.ts";
import { isRacy, stampOf } from "./stamp.ts";

const VERSION = 1;
const PREFIX = '{"check":"';
const MIDDLE = '","data":';
const SUFFIX = "}\n";
const CHECK_LENGTH = 64;

interface Snapshot {
  readonly version: typeof VERSION;
  /** Path → stamp and digest. */
  readonly files: Readonly<Record<string, readonly [stamp: string, digest: Digest]>>;
  /** Digest of a file → fragment → digest. */
  readonly fragments: Readonly<Record<Digest, Readonly<Record<string, Digest>>>>;
}

export class StatCache {
  /** What searches found in the files that are known here. */
  readonly searches: Searches;
  readonly #host: Host;
  readonly #files: Files;
  readonly #entries: Map<string, readonly [stamp: string, digest: Digest]>;
  readonly #fragments: Map<Digest, Map<string, Digest>>;
  readonly #index = new FragmentIndex();
  #dirty = false;

  private constructor(host: Host, files: Files, snapshot: Snapshot | undefined) {
    this.searches = new Searches(host);
    this.#host = host;
    this.#files = files;
    this.#entries = new Map(Object.entries(snapshot?.files ?? {}));
    this.#fragments = new Map(
      Object.entries(snapshot?.fragments ?? {}).map(([file, digests]) => [
        file as Digest,
        new Map(Object.entries(digests)),
      ]),
    );
  }

  /** The cache as the last command left it; an unreadable or damaged one is empty. */
  static load(host: Host, files: Files): StatCache {
    return new StatCache(host, files, readSnapshot(host));
  }

  /** The digest of a whole file, `MISSING` where there is none. One stat, and a read only where that is not enough. */
  fileDigest(path: RepoPath): Digest {
    const before = this.#host.now();
    const stat = this.#files.stat(path);
    if (!stat) {
      this.#forget(path);
      return MISSING;
    }
    const stamp = stampOf(stat);
    const known = this.#entries.get(path);
    if (known?.[0] === stamp) return known[1];
    const bytes = this.#files.bytes(path);
    if (!bytes) {
      this.#forget(path);
      return MISSING;
    }
    const digest = digestOf(bytes);
    if (isRacy(stat, before)) this.#forget(path);
    else {
      this.#entries.set(path, [stamp, digest]);
      this.#dirty = true;
    }
    return digest;
  }

  /** The digest of a file's fragment. A fault (an ambiguous heading, broken JSON) names the file. */
  fragmentDigest(path: RepoPath, fragment: Fragment): Result<Digest, Fault> {
    const file = this.fileDigest(path);
    if (file === MISSING) return ok(MISSING);
    const name = formatFragment(fragment);
    const known = this.#fragments.get(file)?.get(name);
    if (known !== undefined) return ok(known);
    const parsed = this.#index.get(file) ?? this.#parse(path);
    if (!parsed) return ok(MISSING);
    const digest = parsed.text.digest(fragment);
    if (!digest.ok) return { ok: false, error: { ...digest.error, where: `${path}: ${digest.error.where}` } };
    const digests = this.#fragments.get(parsed.file) ?? new Map<string, Digest>();
    this.#fragments.set(parsed.file, digests.set(name, digest.value));
    this.#dirty = true;
    return digest;
  }

  /** Parses the file as it is now, which may be later than when its digest was taken. */
  #parse(path: RepoPath): IndexedText | undefined {
    const bytes = this.#files.bytes(path);
    return bytes && this.#index.add(digestOf(bytes), readUtf8(bytes));
  }

  /** The digest of what a reference names. */
  digest(ref: Ref): Result<Digest, Fault> {
    return ref.fragment === undefined ? ok(this.fileDigest(ref.path)) : this.fragmentDigest(ref.path, ref.fragment);
  }

  /** Writes what was learnt, where anything was. For commands that hold the writer's lock; a dry run does not. */
  save(): void {
    this.searches.save();
    if (!this.#dirty) return;
    const current = new Set([...this.#entries.values()].map(([, digest]) => digest));
    const snapshot: Snapshot = {
      version: VERSION,
      files: Object.fromEntries([...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1))),
      // Fragments of versions that no file has any more would pile up for ever.
      fragments: Object.fromEntries(
        [...this.#fragments]
          .filter(([file]) => current.has(file))
          .map(([file, digests]) => [file, Object.fromEntries(digests)]),
      ),
    };
    const data = JSON.stringify(snapshot);
    replaceFile(this.#host.fs, pathOf(this.#host), encodeUtf8(PREFIX + digestOf(data) + MIDDLE + data + SUFFIX));
    this.#dirty = false;
  }

  #forget(path: RepoPath): void {
    if (this.#entries.delete(path)) this.#dirty = true;
  }
}

const pathOf = (host: Host): string => join(host.root, ".codex", "stat.json");

/** Reads and checks the saved file: a wrong digest believed here would call a stale target fresh. */
function readSnapshot(host: Host): Snapshot | undefined {
  let text: string;
  try {
    text = host.fs.readFileSync(pathOf(host), "utf8");
  } catch {
    return undefined;
  }
  const check = text.slice(PREFIX.length, PREFIX.length + CHECK_LENGTH);
  const data = text.slice(PREFIX.length + CHECK_LENGTH + MIDDLE.length, -SUFFIX.length);
  if (digestOf(data) !== check) return undefined;
  const snapshot = JSON.parse(data) as Snapshot;
  return snapshot.version === VERSION ? snapshot : undefined;
}
