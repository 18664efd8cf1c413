import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOf, MISSING } from "../../src/artifact/digest.ts";
import { Files } from "../../src/artifact/files.ts";
import { parseRef, type Ref } from "../../src/artifact/ref.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { StatCache } from "../../src/cache/statcache.ts";
import type { Host } from "../../src/host.ts";
import { type Disk, disk, repoPath } from "../artifact/disk.ts";

const A = repoPath("a.md");
const ref = (text: string): Ref => {
  const parsed = parseRef(text);
  if (!parsed.ok) throw new Error(parsed.error.what);
  return parsed.value;
};

/** Counts what is read and asked of the disk. */
class Counting extends Files {
  reads = 0;
  stats = 0;
  override bytes(path: RepoPath): Uint8Array | undefined {
    this.reads++;
    return super.bytes(path);
  }
  override stat(path: RepoPath): ReturnType<Files["stat"]> {
    this.stats++;
    return super.stat(path);
  }
}

/** A workspace whose clock stands `later` milliseconds after the files' own. */
function setUp(
  later = 10_000,
): Disk & { open(): { cache: StatCache; files: Counting }; clock: { now: number }; host: Host } {
  const clock = { now: Date.now() + later };
  const made = disk(clock);
  const open = (): { cache: StatCache; files: Counting } => {
    const files = new Counting(made.host);
    return { cache: StatCache.load(made.host, files), files };
  };
  return { ...made, open, clock };
}

describe("StatCache", () => {
  it("reads a file once and then only asks for its stat, in the next command too", () => {
    const { open, write } = setUp();
    write("a.md", "one");
    const first = open();
    expect(first.cache.fileDigest(A)).toBe(digestOf("one"));
    expect(first.cache.fileDigest(A)).toBe(digestOf("one"));
    expect([first.files.reads, first.files.stats]).toEqual([1, 2]);
    first.cache.save();
    const second = open();
    expect(second.cache.fileDigest(A)).toBe(digestOf("one"));
    expect([second.files.reads, second.files.stats]).toEqual([0, 1]);
  });

  it("sees every change of size, time or inode", () => {
    const { open, write, at } = setUp();
    write("a.md", "one");
    const { cache } = open();
    expect(cache.fileDigest(A)).toBe(digestOf("one"));
    write("a.md", "three");
    expect(cache.fileDigest(A)).toBe(digestOf("three"));
    fs.rmSync(at("a.md"));
    expect(cache.fileDigest(A)).toBe(MISSING);
    write("a.md", "three");
    expect(cache.fileDigest(A)).toBe(digestOf("three"));
    const { atime, mtime } = fs.statSync(at("a.md"));
    write("other.md", "tthre");
    fs.utimesSync(at("other.md"), atime, mtime);
    fs.renameSync(at("other.md"), at("a.md"));
    expect(cache.fileDigest(A)).toBe(digestOf("tthre"));
    // An old time put back after an edit: only ctime tells.
    write("a.md", "THREE");
    fs.utimesSync(at("a.md"), atime, mtime);
    expect(cache.fileDigest(A)).toBe(digestOf("THREE"));
  });

  it("does not believe the stat of a file that was touched in the same tick as it was read", () => {
    // The disk is real and its clock may tick between the two writes, so the same stat is put in its place.
    const { open, write, host, clock } = setUp(0);
    write("a.md", "one");
    const frozen = new Files(host).stat(A)!;
    const { cache, files } = open();
    files.stat = () => frozen;
    clock.now = Number(frozen.mtimeNs / 1_000_000n) + 5;
    expect(cache.fileDigest(A)).toBe(digestOf("one"));
    write("a.md", "two");
    expect(cache.fileDigest(A)).toBe(digestOf("two"));
    cache.save();
    clock.now += 10_000;
    const next = open();
    next.files.stat = () => frozen;
    expect(next.cache.fileDigest(A)).toBe(digestOf("two"));
    // Now the entry is believed: this is what the rule protects from.
    write("a.md", "six");
    expect(next.cache.fileDigest(A)).toBe(digestOf("two"));
  });

  it("waits longer where the clock of the disk counts whole seconds", () => {
    const { open, write, clock } = setUp(0);
    write("a.md", "one");
    const { cache, files } = open();
    const second = 1_700_000_000n * 1_000_000_000n;
    files.stat = () => ({ size: 3, mtimeNs: second, ctimeNs: second, ino: 1n });
    clock.now = 1_700_000_001_500;
    cache.fileDigest(A);
    write("a.md", "two");
    expect(cache.fileDigest(A)).toBe(digestOf("two"));
    clock.now = 1_700_000_002_001;
    cache.fileDigest(A);
    write("a.md", "six");
    expect(cache.fileDigest(A)).toBe(digestOf("two"));
  });

  it("caches fragments by the file's digest", () => {
    const { open, write } = setUp();
    write("a.md", "## §1 A\n\na\n\n## §2 B\n\nb\n");
    write("b.json", '{"x": [1, 2]}');
    const first = open();
    const expected = digestOf("## §1 A\n\na");
    expect(first.cache.digest(ref("a.md#§1"))).toEqual({ ok: true, value: expected });
    expect(first.cache.digest(ref("a.md#§2"))).toEqual({ ok: true, value: digestOf("## §2 B\n\nb") });
    expect(first.cache.digest(ref("a.md#§3"))).toEqual({ ok: true, value: MISSING });
    expect(first.cache.digest(ref("b.json#/x"))).toEqual({ ok: true, value: digestOf("[1,2]") });
    expect(first.cache.digest(ref("a.md"))).toEqual({ ok: true, value: first.cache.fileDigest(A) });
    expect(first.cache.digest(ref("none.md#§1"))).toEqual({ ok: true, value: MISSING });
    expect(first.files.reads).toBe(4);
    first.cache.save();
    const second = open();
    expect(second.cache.digest(ref("a.md#§1"))).toEqual({ ok: true, value: expected });
    expect(second.cache.digest(ref("a.md#§3"))).toEqual({ ok: true, value: MISSING });
    expect(second.files.reads).toBe(0);
    write("a.md", "## §1 A\n\nchanged\n");
    expect(second.cache.digest(ref("a.md#§1"))).toEqual({ ok: true, value: digestOf("## §1 A\n\nchanged") });
    expect(second.cache.digest(ref("a.md#§2"))).toEqual({ ok: true, value: MISSING });
  });

  it("names the file in a fragment's fault, and does not keep it", () => {
    const { open, write } = setUp();
    write("a.md", "## §1 A\n\n## §1 B\n");
    const { cache } = open();
    expect(cache.digest(ref("a.md#§1"))).toMatchObject({
      ok: false,
      error: { where: expect.stringMatching(/^a\.md: /) },
    });
    expect(cache.digest(ref("a.md#§1")).ok).toBe(false);
  });

  it("drops fragments of versions that are gone", () => {
    const { open, write, read } = setUp();
    write("a.md", "## §1 A\n");
    const { cache } = open();
    cache.digest(ref("a.md#§1"));
    cache.save();
    const old = digestOf("## §1 A\n");
    expect(read(".codex/stat.json")).toContain(old);
    write("a.md", "## §1 B\n");
    cache.digest(ref("a.md#§1"));
    cache.save();
    expect(read(".codex/stat.json")).not.toContain(old);
  });

  it("writes nothing where nothing was learnt", () => {
    const { open, write, at } = setUp();
    open().cache.save();
    expect(fs.existsSync(at(".codex"))).toBe(false);
    write("a.md", "one");
    const { cache } = open();
    cache.fileDigest(A);
    cache.save();
    const inode = fs.statSync(at(".codex/stat.json")).ino;
    const again = open();
    again.cache.fileDigest(A);
    again.cache.save();
    expect(fs.statSync(at(".codex/stat.json")).ino).toBe(inode);
  });

  it("starts empty from a damaged file, whatever the damage", () => {
    const { open, write, read } = setUp();
    write("a.md", "one");
    const { cache } = open();
    cache.fileDigest(A);
    cache.save();
    const sound = read(".codex/stat.json");
    expect(() => JSON.parse(sound)).not.toThrow();
    const digest = digestOf("one");
    const flipped = sound.replace(digest, digest.startsWith("f") ? `e${digest.slice(1)}` : `f${digest.slice(1)}`);
    for (const damaged of [
      "",
      "{}",
      "null",
      "[]",
      sound.slice(0, -20),
      flipped,
      `${sound} `,
      sound.replace('"version":1', '"version":2'),
    ]) {
      write(".codex/stat.json", damaged);
      const next = open();
      expect(next.cache.fileDigest(A), damaged).toBe(digest);
      expect(next.files.reads, damaged).toBe(1);
    }
  });
});
