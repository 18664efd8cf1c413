import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { acquireLock, beating, currentHolder, type Lock } from "../../src/cache/lock.ts";
import { type Processes, systemProcesses } from "../../src/cache/processes.ts";
import type { Host } from "../../src/host.ts";
import { type Disk, disk } from "../artifact/disk.ts";
import { type Bundled, bundle } from "./bundle.ts";
import { interrupted } from "./dying-fs.ts";

/** A machine on which only these processes live; their value is when they started. */
const machine = (pid: number, living: Record<number, string>, more: Partial<Processes> = {}): Processes => ({
  pid,
  host: "here",
  boot: "boot-1",
  find: (other) => (living[other] === undefined ? undefined : { started: living[other] }),
  ...more,
});

const take = (host: Host, processes: Processes): Lock => {
  const lock = acquireLock(host, "codex build", processes);
  if (!lock.ok) throw new Error(lock.error.what);
  return lock.value;
};

describe("acquireLock", () => {
  it("keeps everyone else out until it is released, and says who holds it since when", () => {
    const { host } = disk({ now: Date.UTC(2026, 10, 22, 13) });
    const living = { 1: "10", 2: "20" };
    const lock = take(host, machine(1, living));
    expect(acquireLock(host, "codex watch", machine(2, living))).toEqual({
      ok: false,
      error: {
        what: 'another codex is writing to this workspace: "codex build", process 1 on here, since 2026-11-22T13:00:00.000Z',
        where: ".codex/lock",
        mend: "wait for it, or stop it with: kill 1",
        exit: 2,
      },
    });
    expect(acquireLock(host, "again", machine(1, living)).ok).toBe(false);
    expect(currentHolder(host, machine(2, living))).toEqual(lock.holder);
    lock.release();
    expect(currentHolder(host, machine(2, living))).toBeUndefined();
    const next = take(host, machine(2, living));
    lock.release();
    expect(currentHolder(host, machine(1, living))).toEqual(next.holder);
  });

  it.each<[name: string, later: Processes, free: boolean]>([
    ["the process is gone", machine(2, { 2: "20" }), true],
    ["its number was given to another", machine(2, { 1: "99", 2: "20" }), true],
    [
      "the machine was started again, and the number is in use",
      machine(2, { 1: "10", 2: "20" }, { boot: "boot-2" }),
      true,
    ],
    ["it lives", machine(2, { 1: "10", 2: "20" }), false],
    ["it lives, and starts cannot be told", machine(2, { 1: "", 2: "" }), false],
    ["it lives, and boots cannot be told", machine(2, { 1: "10", 2: "20" }, { boot: "" }), false],
    ["it is on another machine", machine(2, { 2: "20" }, { host: "there" }), false],
  ])("after %s: free %s", (_, later, free) => {
    const { host } = disk();
    take(host, machine(1, { 1: "10" }));
    const lock = acquireLock(host, "codex build", later);
    expect(lock.ok).toBe(free);
    if (!lock.ok && later.host === "there") expect(lock.error.mend).toContain("two minutes");
  });

  /** Sets back the time at which the holder gave its last sign of life. */
  const silentFor = ({ host }: Disk, seconds: number): void => {
    const folder = join(host.root, ".codex/lock");
    const file = join(folder, fs.readdirSync(folder).find((name) => name.endsWith(".json"))!);
    const then = Date.now() / 1000 - seconds;
    fs.utimesSync(file, then, then);
  };

  it.each<[name: string, holder: Partial<Processes>, later: Partial<Processes>]>([
    ["on another machine", { host: "there", boot: "boot-9" }, {}],
    ["in another container of this machine", { space: "11" }, { space: "22" }],
  ])("%s a holder counts as gone after two minutes without a sign of life", (_, holder, later) => {
    const made = disk();
    const other = machine(1, { 1: "10" }, holder);
    const self = machine(2, { 2: "20" }, later);
    const lock = take(made.host, other);
    silentFor(made, 110);
    expect(acquireLock(made.host, "codex build", self).ok).toBe(false);
    lock.beat();
    silentFor(made, 130);
    expect(acquireLock(made.host, "codex build", self).ok).toBe(true);
  });

  it("a sign of life is what keeps it", () => {
    const made = disk();
    const lock = take(made.host, machine(1, { 1: "10" }, { host: "there" }));
    silentFor(made, 1000);
    lock.beat();
    expect(acquireLock(made.host, "codex build", machine(2, { 2: "20" })).ok).toBe(false);
  });

  it("gives signs of life for as long as it is told to", () => {
    const made = disk();
    const timers: (() => void)[] = [];
    const host: Host = {
      ...made.host,
      after: (_, fn) => {
        timers.push(fn);
        return () => timers.splice(timers.indexOf(fn), 1);
      },
    };
    const lock = take(host, machine(1, { 1: "10" }));
    const stop = beating(host, lock);
    for (let beat = 0; beat < 3; beat++) {
      silentFor(made, 1000);
      timers.shift()!();
      expect(fs.statSync(join(host.root, ".codex/lock/1.json")).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    }
    stop();
    expect(timers).toEqual([]);
  });

  it("sweeps away what the dead have left, and nothing of the living", () => {
    const { host, write, at } = disk();
    const living = { 1: "10", 2: "20" };
    take(host, machine(1, living));
    const left = (pid: number): string[] =>
      ["", "lock/", "commits/", "cas/ab/", "ac/cd/", "calls/"].map((folder) => `.codex/${folder}.codex-${pid}-0.tmp`);
    for (const path of [...left(1), ...left(2), ...left(3)]) write(path, "half");
    write(".codex/cas/ab/cd", "x");
    take(host, machine(4, { 2: "20", 4: "40" }));
    for (const path of [...left(1), ...left(3)]) expect([path, fs.existsSync(at(path))]).toEqual([path, false]);
    for (const path of left(2)) expect([path, fs.existsSync(at(path))]).toEqual([path, true]);
    expect(fs.existsSync(at(".codex/cas/ab/cd"))).toBe(true);
  });

  it.each(["", "{", "null", '{"pid":1}', "garbage"])("is not held by a damaged file: %j", (text) => {
    const { host, write } = disk();
    write(".codex/lock/7.json", text);
    expect(take(host, machine(1, { 1: "10" })).holder.pid).toBe(1);
    expect(fs.readdirSync(join(host.root, ".codex/lock"))).toEqual(["8.json"]);
  });

  it("does not pile up files", () => {
    const { host } = disk();
    for (let round = 0; round < 5; round++) take(host, machine(1, { 1: "10" })).release();
    expect(fs.readdirSync(join(host.root, ".codex/lock"))).toEqual(["5.json"]);
  });

  it("is never held by two, whatever a rival does between two of its steps", { timeout: 180_000 }, () => {
    // At each step of one process the others take, release or die with the lock, in every order of three acts.
    const acts = ["take", "takeAndRelease", "takeAndDie", "takeReleaseTake"] as const;
    let deepest = 0;
    for (const before of ["nothing", "dead", "released"]) {
      for (const first of acts) {
        for (const second of [undefined, ...acts]) {
          for (let step = 0; step < 40; step++) {
            const made: Disk = disk();
            const living: Record<number, string> = { 1: "1", 2: "2", 3: "3", 4: "4", 5: "5" };
            if (before !== "nothing") {
              const earlier = take(made.host, machine(5, living));
              if (before === "released") earlier.release();
              else delete living[5];
            }
            // Who believes to hold it.
            const holding = new Set<number>();
            const act = (kind: (typeof acts)[number], pid: number): void => {
              const lock = acquireLock(made.host, "rival", machine(pid, living));
              if (!lock.ok) return;
              if (kind === "takeAndDie") delete living[pid];
              else if (kind === "take") holding.add(pid);
              else lock.value.release();
              if (kind === "takeReleaseTake") act("take", pid);
            };
            let reached = false;
            const host = {
              ...made.host,
              fs: interrupted((call) => {
                if (call === step) {
                  reached = true;
                  act(first, 2);
                }
                if (call === step + 2 && second) act(second, 3);
              }),
            };
            const mine = acquireLock(host, "mine", machine(1, living));
            if (mine.ok) holding.add(1);
            const name = `${before}, ${first} at ${step}, then ${second ?? "nothing"}`;
            expect(holding.size, name).toBeLessThanOrEqual(1);
            expect(currentHolder(made.host, machine(4, living))?.pid, name).toBe([...holding][0]);
            if (!reached) break;
            deepest = Math.max(deepest, step);
          }
        }
      }
    }
    expect(deepest).toBeGreaterThan(8);
  });
});

describe("real processes", () => {
  let bundled: Bundled;
  beforeAll(async () => {
    bundled = await bundle(new URL("lock-child.ts", import.meta.url));
  });
  afterAll(() => bundled.remove());

  const run = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [bundled.script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    return child;
  };
  const said = (child: ChildProcess): Promise<string> =>
    new Promise((done) => child.stdout?.once("data", (data) => done(String(data))));
  const gone = (child: ChildProcess): Promise<void> => new Promise((done) => child.once("exit", () => done()));

  it("know themselves, and know the dead", () => {
    const processes = systemProcesses(fs);
    const self = processes.find(process.pid);
    expect(self?.started).not.toBe("");
    expect(processes.find(process.pid)).toEqual(self);
    expect(processes.find(2 ** 22 + 1)).toBeUndefined();
  });

  it("keep the lock while they live and lose it at once by SIGKILL", async () => {
    const { host } = disk({ now: Date.now() });
    const child = run("hold", host.root);
    expect(await said(child)).toBe("held");
    const refused = acquireLock(host, "codex build");
    expect(refused).toMatchObject({
      ok: false,
      error: { what: expect.stringContaining(`process ${child.pid} `), exit: 2 },
    });
    const dead = gone(child);
    child.kill("SIGKILL");
    await dead;
    expect(acquireLock(host, "codex build").ok).toBe(true);
  });

  it("never hold it together, though some die with it", { timeout: 60_000 }, async () => {
    const { host, outside } = disk();
    const children = Array.from({ length: 5 }, () => run("contend", host.root, "20"));
    await Promise.all(children.map(gone));
    const lines = fs.readFileSync(join(outside, "log"), "utf8").trim().split("\n");
    expect(lines).toHaveLength(200);
    for (let index = 0; index < lines.length; index += 2) {
      expect([lines[index], lines[index + 1]]).toEqual([lines[index], lines[index]?.replace("in", "out")]);
    }
  });
});
