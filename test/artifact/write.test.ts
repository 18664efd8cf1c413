import * as fs from "node:fs";
import { memfs } from "memfs";
import { describe, expect, it } from "vitest";
import { removeAtomic, removeTemporaries, writeAtomic } from "../../src/artifact/write.ts";
import type { Host, HostFs } from "../../src/host.ts";
import { Clock } from "../simulation/clock.ts";
import { Disk } from "../simulation/disk.ts";
import { random } from "../simulation/random.ts";
import { disk } from "./disk.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file system that notes what it is asked, and throws where told. */
function watched(fail?: (call: string) => boolean): { fs: HostFs; calls: string[] } {
  const calls: string[] = [];
  const names = ["openSync", "writeFileSync", "fsyncSync", "renameSync", "mkdirSync", "closeSync"] as const;
  const handles = new Map<number, string>();
  const real: Record<string, unknown> = { ...fs };
  const watcher = { ...real };
  for (const name of names) {
    watcher[name] = (...args: unknown[]) => {
      const subject = typeof args[0] === "number" ? (handles.get(args[0]) ?? "?") : String(args[0]);
      const call = `${name} ${subject.replace(/^.*\/ws/, "ws").replace(/\.codex-\d+-\d+/, "TEMP")}`;
      calls.push(call);
      if (fail?.(call)) throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
      const result = (real[name] as (...all: unknown[]) => unknown)(...args);
      if (name === "openSync") handles.set(result as number, subject);
      return result;
    };
  }
  return { fs: watcher as unknown as HostFs, calls };
}

describe("writeAtomic", () => {
  it("makes new folders, replaces, and keeps the mode", () => {
    const { host, at, read } = disk();
    writeAtomic(host, at("a/b/c.sh"), bytes("one"));
    expect(read("a/b/c.sh")).toBe("one");
    fs.chmodSync(at("a/b/c.sh"), 0o751);
    const inode = fs.statSync(at("a/b/c.sh")).ino;
    writeAtomic(host, at("a/b/c.sh"), bytes("two"));
    expect(read("a/b/c.sh")).toBe("two");
    expect(fs.statSync(at("a/b/c.sh")).mode & 0o777).toBe(0o751);
    expect(fs.statSync(at("a/b/c.sh")).ino).not.toBe(inode);
    expect(fs.readdirSync(at("a/b"))).toEqual(["c.sh"]);
  });

  it("syncs the bytes before the rename and the folders after it", () => {
    const { host, at, write } = disk();
    write("codex.config.ts", "");
    const { fs: watcher, calls } = watched();
    writeAtomic({ ...host, fs: watcher }, at("a/b/c"), bytes("x"));
    const order = calls.filter((call) => /^(fsync|rename|writeFile)/.test(call));
    expect(order).toEqual([
      "fsyncSync ws/a",
      "fsyncSync ws",
      "writeFileSync ws/a/b/TEMP.tmp",
      "fsyncSync ws/a/b/TEMP.tmp",
      "renameSync ws/a/b/TEMP.tmp",
      "fsyncSync ws/a/b",
    ]);
    expect(calls.filter((call) => call.startsWith("open")).length).toBe(
      calls.filter((call) => call.startsWith("close")).length,
    );
  });

  it.each(["writeFileSync", "fsyncSync ws/TEMP", "renameSync"])(
    "leaves the old file and no litter when %s fails",
    (step) => {
      const { host, at, write, read } = disk();
      write("a", "old");
      const { fs: watcher } = watched((call) => call.startsWith(step));
      expect(() => writeAtomic({ ...host, fs: watcher }, at("a"), bytes("new"))).toThrow("disk full");
      expect(read("a")).toBe("old");
      expect(fs.readdirSync(at("."))).toEqual(["a"]);
    },
  );

  it("writes through links inside the workspace and through none that leads out", () => {
    const { host, at, write, read, outside } = disk();
    write("real/a.md", "old");
    fs.mkdirSync(`${outside}/elsewhere`);
    fs.writeFileSync(`${outside}/elsewhere/a.md`, "theirs");
    fs.symlinkSync("real/a.md", at("link.md"));
    fs.symlinkSync("../elsewhere/a.md", at("out.md"));
    fs.symlinkSync("../elsewhere", at("out"));
    fs.symlinkSync("../elsewhere/new", at("dangling"));
    fs.mkdirSync(at("folder"));
    writeAtomic(host, at("link.md"), bytes("new"));
    expect(read("real/a.md")).toBe("new");
    expect(fs.lstatSync(at("link.md")).isSymbolicLink()).toBe(true);
    for (const path of ["out.md", "out/a.md", "out/new.md", "out/deep/new.md", "dangling", "dangling/x.md"]) {
      expect(() => writeAtomic(host, at(path), bytes("x")), path).toThrow(/link/);
    }
    expect(() => writeAtomic(host, at("folder"), bytes("x"))).toThrow(/folder of that name/);
    expect(() => writeAtomic(host, `${outside}/elsewhere/a.md`, bytes("x"))).toThrow(/out of the workspace/);
    expect(() => removeAtomic(host, at("out/a.md"))).toThrow(/out of the workspace/);
    expect(fs.readdirSync(`${outside}/elsewhere`)).toEqual(["a.md"]);
    expect(fs.readFileSync(`${outside}/elsewhere/a.md`, "utf8")).toBe("theirs");
  });

  it("lets Codex's own folder be a link to another disk", () => {
    const { host, at, outside } = disk();
    fs.mkdirSync(`${outside}/state`);
    fs.symlinkSync("../state", at(".codex"));
    writeAtomic(host, at(".codex/ac/x.json"), bytes("x"));
    expect(fs.readFileSync(`${outside}/state/ac/x.json`, "utf8")).toBe("x");
  });

  it("works on a fake disk", () => {
    const { fs: fake } = memfs({ "/ws/a": "old" });
    const host: Host = { ...disk().host, fs: fake as unknown as HostFs, root: "/ws" };
    writeAtomic(host, "/ws/a", bytes("new"));
    writeAtomic(host, "/ws/b/c", bytes("new"));
    expect(fake.readFileSync("/ws/a", "utf8")).toBe("new");
    expect(fake.readFileSync("/ws/b/c", "utf8")).toBe("new");
  });
});

describe("after a power cut", () => {
  /** Whether a file that a second process wrote is there, where a first one was killed while it made the folders. */
  function survives(seed: number, killedAt: number, path: string): boolean {
    const chance = random(seed);
    const disk = new Disk(new Clock(0, chance), chance, (violation) => {
      throw violation;
    });
    disk.write("codex.config.ts", "");
    const hostOf = (hostFs: HostFs): Host => ({
      fs: hostFs,
      root: disk.root,
      env: {},
      now: () => 0,
      random: () => 0,
      after: () => () => {},
    });
    let calls = 0;
    const dying = disk.connect(() => {
      if (calls++ >= killedAt) throw new Error("killed");
    });
    const target = `${disk.root}/${path}`;
    try {
      writeAtomic(hostOf(dying), target, bytes("one"));
    } catch {
      // It is dead.
    }
    writeAtomic(hostOf(disk.connect()), target, bytes("two"));
    disk.cut();
    return disk.read(path) === "two";
  }

  it("a file is there whoever made the folders that it is in, and however that one ended", () => {
    for (let seed = 0; seed < 40; seed++) {
      for (let killedAt = 0; killedAt < 16; killedAt++)
        expect([seed, killedAt, survives(seed, killedAt, ".codex/cas/ab/cd")]).toEqual([seed, killedAt, true]);
    }
  });
});

describe("removing", () => {
  it("removes a file or a link, not what it leads to; a missing one is no error", () => {
    const { host, at, write, read } = disk();
    write("a", "x");
    fs.symlinkSync("a", at("link"));
    removeAtomic(host, at("link"));
    expect(read("a")).toBe("x");
    removeAtomic(host, at("a"));
    removeAtomic(host, at("a"));
    removeAtomic(host, at("no/such/folder"));
    expect(fs.readdirSync(at("."))).toEqual([]);
  });

  it("clears temporaries and nothing else", () => {
    const { host, at, write } = disk();
    for (const name of [".codex-12-0.tmp", ".codex-x.tmp", "a.tmp", ".codex-1-2.tmp.md"]) write(`f/${name}`, "");
    removeTemporaries(host.fs, at("f"));
    removeTemporaries(host.fs, at("none"));
    expect(fs.readdirSync(at("f")).sort()).toEqual([".codex-1-2.tmp.md", ".codex-x.tmp", "a.tmp"]);
  });
});
