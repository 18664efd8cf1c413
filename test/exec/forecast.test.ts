import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecast } from "../../src/exec/forecast.ts";
import type { Task } from "../../src/exec/task.ts";
import type { Address } from "../../src/graph/address.ts";
import { Heap } from "../../src/graph/heap.ts";
import { graphOf, target } from "../graph/world.ts";

interface Job {
  readonly after?: readonly string[];
  readonly seconds: number;
  readonly pool?: string;
  readonly shared?: "read" | "write";
}

function play(jobs: Readonly<Record<string, Job>>, pools: Record<string, number> = {}, limit = 100) {
  const targets = Object.entries(jobs).map(([id, { after = [] }]) => target(id, { after }));
  const graph = graphOf(...targets);
  const tasks = new Map(
    targets.map((each) => {
      const { pool = "default", shared } = jobs[each.id]!;
      return [each.id, { target: each, pool, shared } as unknown as Task] as const;
    }),
  );
  return forecast(graph, tasks, graph.order, (id: Address) => jobs[id]!.seconds, { pools, limit });
}

describe("a forecast", () => {
  it.each<[string, Record<string, Job>, Record<string, number>, number, number]>([
    ["of nothing", {}, {}, 8, 0],
    ["of a chain is its sum", { a: { seconds: 3 }, b: { seconds: 4, after: ["a"] } }, {}, 8, 7],
    ["of jobs side by side is the longest", { a: { seconds: 3 }, b: { seconds: 4 } }, {}, 8, 4],
    ["under the global limit", { a: { seconds: 3 }, b: { seconds: 4 } }, {}, 1, 7],
    [
      "under a pool's limit",
      { a: { seconds: 3, pool: "p" }, b: { seconds: 4, pool: "p" }, c: { seconds: 5 } },
      { p: 1 },
      8,
      7,
    ],
    [
      "begins with the longest chain",
      { a: { seconds: 2 }, b: { seconds: 1 }, c: { seconds: 6, after: ["b"] } },
      {},
      1,
      9,
    ],
    [
      "keeps readers from a writer",
      { r: { seconds: 3, shared: "read" }, w: { seconds: 2, shared: "write" }, s: { seconds: 4, shared: "read" } },
      {},
      8,
      6,
    ],
  ])("%s", (_, jobs, pools, limit, seconds) => {
    expect(play(jobs, pools, limit).seconds).toBe(seconds);
  });

  it("is never better than the bounds, and never worse than one after the other", () => {
    const job = fc.record({
      seconds: fc.nat(20),
      needs: fc.array(fc.nat(20), { maxLength: 3 }),
      pool: fc.constantFrom("p", "q"),
    });
    fc.assert(
      fc.property(
        fc.array(job, { maxLength: 20 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        (list, slots, limit) => {
          const jobs = Object.fromEntries(
            list.map(({ seconds, needs, pool }, index) => [
              `t${index}`,
              { seconds, pool, after: [...new Set(needs.filter((need) => need < index))].map((need) => `t${need}`) },
            ]),
          );
          const { seconds, criticalSeconds, workSeconds } = play(jobs, { p: slots }, limit);
          const inPool = list.filter(({ pool }) => pool === "p").reduce((sum, each) => sum + each.seconds, 0);
          expect(seconds).toBeGreaterThanOrEqual(Math.max(criticalSeconds, workSeconds / limit, inPool / slots));
          expect(seconds).toBeLessThanOrEqual(workSeconds);
        },
      ),
    );
  });

  it("of ten thousand targets comes at once", () => {
    const jobs: Record<string, Job> = {};
    for (let i = 0; i < 10_000; i++)
      jobs[`t${i}`] = { seconds: i % 7, pool: `p${i % 5}`, after: i < 100 ? [] : [`t${i - 100}`] };
    const began = performance.now();
    play(jobs, { p1: 3 }, 32);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

it("a heap gives its items in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (items) => {
      const heap = new Heap<number>((a, b) => a < b);
      for (const item of items) heap.push(item);
      const out = items.map(() => heap.pop());
      expect(out).toEqual([...items].sort((a, b) => a - b));
      expect([heap.pop(), heap.size]).toEqual([undefined, 0]);
    }),
  );
});
