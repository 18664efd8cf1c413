import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { memfs } from "memfs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Digest, digestOf, MISSING } from "../../src/artifact/digest.ts";
import { type CommitFile, commit, notices, rollForward } from "../../src/cache/commit.ts";
import { acquireLock } from "../../src/cache/lock.ts";
import { Store } from "../../src/cache/store.ts";
import type { Host, HostFs } from "../../src/host.ts";
import { type Disk, disk, repoPath } from "../artifact/disk.ts";
import { type Bundled, bundle } from "./bundle.ts";
import { interrupted } from "./dying-fs.ts";

const OLD = { "content/a.md": "old a", "content/b.md": "old b", "traces/t.json": "old trace" };
const NEW = { "content/a.md": "new a", "content/c/d.md": "new d", "traces/t.json": "new trace" };
const PATHS = ["content/a.md", "content/b.md", "content/c/d.md", "traces/t.json"] as const;

interface SetUp extends Disk {
  readonly store: Store;
  readonly plan: { readonly files: readonly CommitFile[] };
}

/** A workspace in the old state, with a plan to the new one: one file changed, one removed, one made, and a trace. */
function setUp(): SetUp {
  const made = disk();
  for (const [path, text] of Object.entries(OLD)) made.write(path, text);
  const store = new Store(made.host);
  const digest = (text: string | undefined): Digest => (text === undefined ? MISSING : digestOf(text));
  const files = PATHS.map((path) => {
    const after = (NEW as Record<string, string>)[path];
    if (after !== undefined) store.put(new TextEncoder().encode(after));
    return { path: repoPath(path), before: digest((OLD as Record<string, string>)[path]), after: digest(after) };
  });
  fs.writeFileSync(join(made.outside, "plan.json"), JSON.stringify({ files }));
  return { ...made, store, plan: { files } };
}

/** Every file of the workspace outside `.codex`, leftovers included. */
function state({ host }: Disk): Record<string, string> {
  const files = fs.readdirSync(host.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.startsWith(join(host.root, ".codex")))
      .sort()
      .map((path) => [path.slice(host.root.length + 1), fs.readFileSync(path, "utf8")]),
  );
}

const unfinished = ({ at }: Disk): readonly string[] =>
  fs.existsSync(at(".codex/commits")) ? fs.readdirSync(at(".codex/commits")) : [];

/** Runs until just before the chosen changing call, in this process: an exception stands for the crash. */
function crash(made: SetUp, call: number): boolean {
  const host = {
    ...made.host,
    fs: interrupted((now) => {
      if (now === call) throw new Error("crash");
    }),
  };
  try {
    commit(host, made.store, made.plan);
    return false;
  } catch {
    return true;
  }
}

/** The first call after which the record is on disk, by trying. */
function recordedFrom(): number {
  for (let call = 0; call < 100; call++) {
    const made = setUp();
    crash(made, call);
    if (unfinished(made).some((name) => name.endsWith(".json"))) return call;
  }
  throw new Error("no record is ever written");
}

describe("commit", () => {
  it("writes, makes and removes files, and leaves no record", () => {
    const made = setUp();
    expect(commit(made.host, made.store, made.plan)).toEqual({
      ok: true,
      value: { written: PATHS, kept: [], lost: [] },
    });
    expect(state(made)).toEqual(NEW);
    expect(unfinished(made)).toEqual([]);
    expect(rollForward(made.host, made.store)).toEqual({ ok: true, value: undefined });
  });

  it("writes nothing where a file has changed, the store lacks bytes, or a path is not for rules", () => {
    const changed = setUp();
    changed.write("content/b.md", "edited");
    expect(commit(changed.host, changed.store, changed.plan)).toMatchObject({
      ok: false,
      error: { where: "content/b.md" },
    });
    expect(state(changed)).toEqual({ ...OLD, "content/b.md": "edited" });

    const lacking = setUp();
    fs.rmSync(lacking.at(".codex/cas"), { recursive: true });
    expect(commit(lacking.host, lacking.store, lacking.plan)).toMatchObject({
      ok: false,
      error: { where: "content/a.md" },
    });
    expect(state(lacking)).toEqual(OLD);

    const hook = setUp();
    const file: CommitFile = { path: repoPath(".git/hooks/x"), before: MISSING, after: hook.plan.files[0]!.after };
    expect(commit(hook.host, hook.store, { files: [file] })).toMatchObject({
      ok: false,
      error: { where: ".git/hooks/x" },
    });
    expect(unfinished(hook)).toEqual([]);
  });

  it("works on a fake disk, with the lock", () => {
    const { fs: fake } = memfs({ "/ws/a": "old" });
    const host: Host = { ...disk().host, fs: fake as unknown as HostFs, root: "/ws" };
    const lock = acquireLock(host, "codex build");
    const store = new Store(host);
    const after = store.put(new TextEncoder().encode("new"));
    const files = [
      { path: repoPath("a"), before: digestOf("old"), after },
      { path: repoPath("b/c"), before: MISSING, after },
    ];
    expect(rollForward(host, store)).toEqual({ ok: true, value: undefined });
    expect(commit(host, store, { files })).toMatchObject({ ok: true, value: { written: ["a", "b/c"] } });
    expect(fake.readFileSync("/ws/b/c", "utf8")).toBe("new");
    expect(acquireLock(host, "codex build").ok).toBe(false);
    if (lock.ok) lock.value.release();
    expect(acquireLock(host, "codex build").ok).toBe(true);
  });

  it("leaves alone what a person saves while it writes", () => {
    const made = setUp();
    let edited = false;
    const host = {
      ...made.host,
      fs: interrupted(() => {
        if (edited || made.read("content/a.md") !== "new a") return;
        edited = true;
        made.write("traces/t.json", "mine");
      }),
    };
    const report = commit(host, made.store, made.plan);
    const kept = [{ path: "traces/t.json", found: digestOf("mine"), meant: digestOf("new trace") }];
    expect(report).toMatchObject({ ok: true, value: { kept } });
    expect(state(made)).toEqual({ ...NEW, "traces/t.json": "mine" });
  });
});

describe("rollForward", () => {
  it("keeps a person's edit, finishes the rest, and says where the commit's version is", () => {
    const made = setUp();
    expect(crash(made, recordedFrom())).toBe(true);
    expect(state(made)).toMatchObject(OLD);
    made.write("content/a.md", "mine");
    const rolled = rollForward(made.host, made.store);
    if (!rolled.ok || !rolled.value) throw new Error("nothing was rolled forward");
    expect(state(made)).toEqual({ ...NEW, "content/a.md": "mine" });
    expect(rolled.value.kept).toEqual([{ path: "content/a.md", found: digestOf("mine"), meant: digestOf("new a") }]);
    expect(new TextDecoder().decode(made.store.get(rolled.value.kept[0]!.meant))).toBe("new a");
    expect(notices(rolled.value)).toEqual([
      expect.objectContaining({ where: "content/a.md", what: expect.stringContaining(digestOf("new a")) }),
    ]);
    expect(unfinished(made)).toEqual([]);
  });

  it("keeps whatever took a file's place", () => {
    const made = setUp();
    crash(made, recordedFrom());
    fs.rmSync(made.at("content/a.md"));
    fs.mkdirSync(made.at("content/a.md"));
    const rolled = rollForward(made.host, made.store);
    expect(rolled).toMatchObject({ ok: true, value: { kept: [{ path: "content/a.md" }] } });
    expect(fs.statSync(made.at("content/a.md")).isDirectory()).toBe(true);
  });

  it("writes none of a commit whose bytes are lost, and does not stand in the way for ever", () => {
    const made = setUp();
    crash(made, recordedFrom());
    const lost = digestOf("new trace");
    fs.writeFileSync(made.at(`.codex/cas/${lost.slice(0, 2)}/${lost.slice(2)}`), "new tracf");
    const rolled = rollForward(made.host, made.store);
    expect(rolled).toMatchObject({ ok: true, value: { written: [], lost: ["traces/t.json"] } });
    expect(state(made)).toMatchObject(OLD);
    expect(rollForward(made.host, made.store)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    "",
    "{",
    '{"version":9,"files":[]}',
    '{"version":1,"files":[{"path":"../x","before":"missing","after":"missing"}]}',
    '{"version":1,"files":[{"path":".git/x","before":"missing","after":"missing"}]}',
  ])("stops at a damaged record: %s", (text) => {
    const made = setUp();
    made.write(".codex/commits/1.json", text);
    expect(rollForward(made.host, made.store)).toMatchObject({
      ok: false,
      error: { what: expect.stringContaining("damaged") },
    });
    expect(state(made)).toEqual(OLD);
  });
});

describe("a process killed by SIGKILL", () => {
  let bundled: Bundled;
  beforeAll(async () => {
    bundled = await bundle(new URL("commit-child.ts", import.meta.url));
  });
  afterAll(() => bundled.remove());

  /** The number of calls, or undefined where the process was killed. */
  const run = (what: string, made: Disk, call: number): number | undefined => {
    const child = spawnSync(process.execPath, [bundled.script, what, made.host.root, String(call)], {
      encoding: "utf8",
    });
    if (child.signal === "SIGKILL") return undefined;
    if (child.status !== 0) throw new Error(child.stderr);
    return Number(child.stdout);
  };

  it("before any call leaves all or nothing, once rolled forward", { timeout: 60_000 }, () => {
    const seen = new Set<string>();
    for (let call = 0; ; call++) {
      const made = setUp();
      const finished = run("commit", made, call) !== undefined;
      const recorded = unfinished(made).some((name) => name.endsWith(".json"));
      const rolled = rollForward(made.host, made.store);
      expect(rolled.ok && rolled.value !== undefined, `call ${call}`).toBe(recorded);
      // Without a record it has either not begun, or is done and was killed before the record's removal was durable.
      const now = JSON.stringify(state(made));
      if (recorded || finished) expect(now, `call ${call}`).toBe(JSON.stringify(NEW));
      else expect([JSON.stringify(OLD), JSON.stringify(NEW)], `call ${call}`).toContain(now);
      expect(unfinished(made), `call ${call}`).toEqual([]);
      seen.add(now);
      if (finished) {
        expect(call).toBeGreaterThan(20);
        break;
      }
    }
    expect(seen.size).toBe(2);
  });

  it("again while rolling forward is rolled forward by the next", { timeout: 60_000 }, () => {
    const start = recordedFrom();
    for (let call = 0; ; call += 2) {
      const made = setUp();
      expect(run("commit", made, start + (call % 7))).toBeUndefined();
      const finished = run("rollForward", made, call) !== undefined;
      const rolled = rollForward(made.host, made.store);
      expect(rolled.ok).toBe(true);
      expect(state(made), `call ${call}`).toEqual(NEW);
      expect(unfinished(made)).toEqual([]);
      if (finished) break;
    }
  });

  it("leaves temporaries only where the next roll forward clears them", () => {
    const made = setUp();
    const folder = dirname(made.at("content/a.md"));
    crash(made, recordedFrom());
    fs.writeFileSync(join(folder, ".codex-1-2.tmp"), "half");
    rollForward(made.host, made.store);
    expect(state(made)).toEqual(NEW);
  });
});
