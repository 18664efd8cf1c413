import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Scheduler, SharedGate } from "../../src/exec/scheduler.ts";

/** Lets everything that can go on go on. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

type Mode = "read" | "write" | undefined;
const job = (pool: string, shared: Mode = undefined, priority = 0) => ({ pool, shared, priority: () => priority });

/** Jobs that end when the test says so, and a log of what started when. */
function bench() {
  const started: string[] = [];
  const running = new Set<string>();
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const results = new Map<string, Promise<unknown>>();
  const work = (name: string) => (): Promise<void> => {
    started.push(name);
    running.add(name);
    return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject })).finally(() =>
      running.delete(name),
    );
  };
  return {
    started,
    running,
    add(scheduler: Scheduler, name: string, what: Parameters<Scheduler["run"]>[0]): void {
      const result = scheduler.run(what, work(name));
      result.catch(() => undefined);
      results.set(name, result);
    },
    work,
    async end(name: string, error?: Error): Promise<void> {
      const end = ends.get(name);
      if (end === undefined) throw new Error(`${name} has not started; running: ${[...running]}`);
      if (error) end.reject(error);
      else end.resolve();
      await settle();
    },
    result: (name: string): Promise<unknown> => results.get(name)!,
  };
}

describe("Scheduler", () => {
  it("runs as many of a pool as it has slots, and the next when one ends", async () => {
    const scheduler = new Scheduler({ two: 2 }, 10);
    const { add, started, running, end } = bench();
    for (const name of ["a", "b", "c", "d"]) add(scheduler, name, job("two"));
    await settle();
    expect(started).toEqual(["a", "b"]);
    await end("a");
    expect(started).toEqual(["a", "b", "c"]);
    expect(running).toEqual(new Set(["b", "c"]));
  });

  it("keeps its limits after errors, and hands the errors on", async () => {
    const scheduler = new Scheduler({ one: 1, other: 1 }, 2);
    const { add, started, running, end, result } = bench();
    for (const name of ["a", "b", "c"]) add(scheduler, name, job("one"));
    for (const name of ["x", "y", "z"]) add(scheduler, name, job("other"));
    await settle();
    expect(running).toEqual(new Set(["a", "x"]));
    for (const [name, next] of [
      ["a", "b"],
      ["b", "c"],
    ] as const) {
      await end(name, new Error(`${name} broke`));
      await expect(result(name)).rejects.toThrow(`${name} broke`);
      expect(running.size).toBe(2);
      expect(started.filter((each) => "abc".includes(each)).at(-1)).toBe(next);
    }
    await end("x", new Error("x broke"));
    expect(running).toEqual(new Set(["c", "y"]));
  });

  it("keeps its limits when a job throws before it returns a promise", async () => {
    const scheduler = new Scheduler({ one: 1 }, 1);
    for (let i = 0; i < 3; i++) {
      await expect(
        scheduler.run(job("one", "write"), () => {
          throw new Error("at once");
        }),
      ).rejects.toThrow("at once");
    }
    await expect(scheduler.run(job("one", "read"), () => Promise.resolve(7))).resolves.toBe(7);
  });

  it("never runs more than the limit over all pools", async () => {
    const scheduler = new Scheduler({ a: 5, b: 5 }, 3);
    const { add, started, running, end } = bench();
    for (const name of ["a1", "a2", "b1", "b2", "c1", "c2"]) add(scheduler, name, job(name[0]!));
    await settle();
    expect(running.size).toBe(3);
    while (running.size > 0) {
      await end([...running][0]!);
      expect(running.size).toBeLessThanOrEqual(3);
    }
    expect(started).toHaveLength(6);
  });

  it("gives a free slot to the highest priority, in the order of asking among equals", async () => {
    const scheduler = new Scheduler({ one: 1 }, 10);
    const { add, started, end } = bench();
    add(scheduler, "first", job("one"));
    for (const [name, priority] of [
      ["low", 1],
      ["high", 3],
      ["mid", 2],
      ["high2", 3],
    ] as const)
      add(scheduler, name, job("one", undefined, priority));
    for (const name of ["first", "high", "high2", "mid"]) {
      await settle();
      await end(name);
    }
    expect(started).toEqual(["first", "high", "high2", "mid", "low"]);
  });

  it("asks for priorities again when it is told that they are others", async () => {
    const scheduler = new Scheduler({ one: 1 }, 10);
    const { work, started, end } = bench();
    const priorities: Record<string, number> = { first: 9, a: 1, b: 2, c: 3 };
    for (const name of Object.keys(priorities))
      void scheduler.run({ pool: "one", shared: undefined, priority: () => priorities[name]! }, work(name));
    await settle();
    priorities.a = 5;
    await end("first");
    expect(started.at(-1)).toBe("c");
    scheduler.rerank();
    await end("c");
    expect(started.at(-1)).toBe("a");
  });

  it("lets no reader in between two writers that wait for one slot", async () => {
    const scheduler = new Scheduler({ integration: 1, readers: 4 }, 10);
    const { add, started, end } = bench();
    add(scheduler, "r1", job("readers", "read"));
    await settle();
    add(scheduler, "w1", job("integration", "write"));
    add(scheduler, "w2", job("integration", "write"));
    add(scheduler, "r2", job("readers", "read"));
    await settle();
    // The writer does not wait for the reader that was there before it.
    expect(started).toEqual(["r1", "w1"]);
    await end("w1");
    expect(started).toEqual(["r1", "w1", "w2"]);
    await end("w2");
    expect(started).toEqual(["r1", "w1", "w2", "r2"]);
  });

  it("lets a writer wait for a reader at work that may write the same file", async () => {
    const scheduler = new Scheduler({ integration: 1 }, 10);
    const { add, started, end } = bench();
    add(scheduler, "weaver", { ...job("default", "read"), writes: () => ["a.md", "b.md"] });
    add(scheduler, "reader", { ...job("default", "read"), writes: () => ["c.md"] });
    await settle();
    add(scheduler, "w", { ...job("integration", "write"), writes: () => ["b.md", "d.md"] });
    add(scheduler, "late", job("default", "read"));
    await settle();
    expect(started).toEqual(["weaver", "reader"]);
    await end("weaver");
    expect(started).toEqual(["weaver", "reader", "w"]);
    await end("w");
    expect(started).toEqual(["weaver", "reader", "w", "late"]);
  });

  it("does not let readers that wait for a writer hold the slots that it needs", async () => {
    const scheduler = new Scheduler({ both: 1 }, 10);
    const { add, started, end } = bench();
    add(scheduler, "w1", job("both", "write"));
    await settle();
    add(scheduler, "r", job("both", "read", 9));
    add(scheduler, "w2", job("both", "write"));
    await settle();
    await end("w1");
    await end("w2");
    await end("r");
    expect(started).toEqual(["w1", "w2", "r"]);
  });

  it("gives a slot of the global limit to the highest priority over all pools", async () => {
    const scheduler = new Scheduler({ a: 5, b: 5 }, 1);
    const { add, started, end } = bench();
    add(scheduler, "first", job("a"));
    await settle();
    add(scheduler, "low", job("a", undefined, 1));
    add(scheduler, "high", job("b", undefined, 2));
    await settle();
    await end("first");
    await end("high");
    expect(started).toEqual(["first", "high", "low"]);
  });

  it("does not let a full pool keep the others' slots", async () => {
    const scheduler = new Scheduler({ one: 1 }, 2);
    const { add, running } = bench();
    for (const name of ["a", "b", "c"]) add(scheduler, name, job("one"));
    add(scheduler, "x", job("other"));
    await settle();
    expect(running).toEqual(new Set(["a", "x"]));
  });

  it("does not come to a standstill when readers without a pool fill the limit and a writer waits", async () => {
    const scheduler = new Scheduler({ integration: 1 }, 1);
    const { add, started, end } = bench();
    add(scheduler, "w", job("integration", "write"));
    add(scheduler, "r", job("default", "read"));
    add(scheduler, "x", job("default"));
    await settle();
    while (started.length < 3) {
      const before = started.length;
      await end(started.at(-1)!);
      if (started.length === before) break;
    }
    expect(started).toHaveLength(3);
  });

  it("lets a writer go before readers that wait for a slot and have not started", async () => {
    const scheduler = new Scheduler({ readers: 8, integration: 1 }, 1);
    const { add, started, end } = bench();
    add(scheduler, "r1", job("readers", "read"));
    add(scheduler, "r2", job("readers", "read"));
    add(scheduler, "r3", job("readers", "read"));
    await settle();
    add(scheduler, "w", job("integration", "write"));
    await settle();
    await end("r1");
    expect(started).toEqual(["r1", "w"]);
    await end("w");
    await end("r2");
    expect(started).toEqual(["r1", "w", "r2", "r3"]);
  });

  it("never overlaps two integrations, and lets no reader in once one waits, however they come", async () => {
    const pools = fc.constantFrom("integration", "production", "default");
    const modes = fc.constantFrom<Mode>("read", "write", undefined);
    const few = fc.subarray(["a.md", "b.md", "c.md"]);
    const oneJob = fc.record({
      pool: pools,
      shared: modes,
      priority: fc.nat(3),
      comes: fc.nat(60),
      steps: fc.nat(40),
      fails: fc.boolean(),
      files: few,
    });
    let besideReaders = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(oneJob, { minLength: 1, maxLength: 14 }),
        fc.integer({ min: 1, max: 4 }),
        async (jobs, limit) => {
          const scheduler = new Scheduler({ integration: 3, production: 2 }, limit);
          const held = { write: 0, all: 0, integration: 0, production: 0 };
          /** Writers that were asked for and have not ended. */
          let writers = 0;
          const reading = new Set<readonly string[]>();
          let finished = 0;
          const run = async ({ comes, steps, fails, files, ...what }: (typeof jobs)[number]): Promise<void> => {
            for (let i = 0; i < comes; i++) await Promise.resolve();
            const { shared } = what;
            if (shared === "write") writers++;
            const asked = { ...what, priority: () => what.priority, writes: () => files };
            const work = async (): Promise<void> => {
              const counts = [
                "all",
                ...(shared === "write" ? ["write"] : []),
                ...(what.pool === "default" ? [] : [what.pool]),
              ] as (keyof typeof held)[];
              for (const each of counts) held[each]++;
              if (shared === "read") {
                expect(writers).toBe(0);
                reading.add(files);
              }
              if (shared === "write") {
                if (reading.size > 0) besideReaders++;
                for (const others of reading) expect(others.filter((path) => files.includes(path))).toEqual([]);
              }
              try {
                for (let i = 0; i <= steps; i++) {
                  expect(held.write).toBeLessThanOrEqual(1);
                  expect(held.all).toBeLessThanOrEqual(limit);
                  expect(held.integration).toBeLessThanOrEqual(3);
                  expect(held.production).toBeLessThanOrEqual(2);
                  await Promise.resolve();
                }
              } finally {
                for (const each of counts) held[each]--;
                if (shared === "read") reading.delete(files);
                if (shared === "write") writers--;
                finished++;
              }
              if (fails) throw new RangeError("planned");
            };
            await scheduler.run(asked, work).catch((error: unknown) => {
              if (!(error instanceof RangeError)) throw error;
            });
          };
          await Promise.all(jobs.map(run));
          expect(finished).toBe(jobs.length);
        },
      ),
      { numRuns: 300 },
    );
    // Otherwise it has shown nothing of writers beside readers.
    expect(besideReaders).toBeGreaterThan(20);
  });
});

describe("SharedGate", () => {
  it("lets readers in together, and one writer at a time, when nobody at work may write its files", async () => {
    const gate = new SharedGate();
    const { work, running, end } = bench();
    void gate.readNow(work("r1"), ["a.md"]);
    void gate.readNow(work("r2"), ["b.md"]);
    void gate.write(work("w1"), ["a.md", "b.md"]);
    void gate.write(work("w2"), ["c.md", "b.md"]);
    await settle();
    expect(running).toEqual(new Set(["r1", "r2"]));
    await end("r1");
    expect(running).toEqual(new Set(["r2"]));
    await end("r2");
    expect(running).toEqual(new Set(["w1"]));
    await end("w1");
    expect(running).toEqual(new Set(["w2"]));
  });

  it("lets no new reader in while a writer waits or is at work", async () => {
    const gate = new SharedGate();
    const { work, started, end } = bench();
    void gate.readNow(work("r1"), ["a.md"]);
    await settle();
    void gate.write(work("w"), ["a.md"]);
    let opened = false;
    void gate.open().then(() => {
      opened = true;
    });
    expect(await gate.readNow(work("r2"))).toBeUndefined();
    await end("r1");
    expect(await gate.readNow(work("r2"))).toBeUndefined();
    expect([started, opened]).toEqual([["r1", "w"], false]);
    await end("w");
    expect(opened).toBe(true);
    void gate.readNow(work("r2"));
    await settle();
    expect(started).toEqual(["r1", "w", "r2"]);
  });

  it("opens again after an error, and hands on what was returned", async () => {
    const gate = new SharedGate();
    const broken = [
      () => Promise.reject(new Error("broke")),
      () => {
        throw new Error("broke");
      },
    ];
    for (const fn of broken) {
      await expect(gate.write(fn)).rejects.toThrow("broke");
      await expect(gate.readNow(fn)).rejects.toThrow("broke");
    }
    await expect(gate.write(() => Promise.resolve(1))).resolves.toBe(1);
    await gate.open();
    await expect(gate.readNow(() => Promise.resolve(undefined))).resolves.toEqual({ result: undefined });
  });
});
