import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecast } from "../../src/exec/forecast.ts";
import type { Task } from "../../src/exec/task.ts";
import type { Address } from "../../src/graph/address.ts";
import { graphOf, target } from "../graph/world.ts";
import { boundsOf } from "./bounds.ts";

interface Job {
  readonly id: string;
  readonly after: readonly string[];
  readonly seconds: number;
  readonly pool: string;
}

function bounds(jobs: readonly Job[], slots: Readonly<Record<string, number>>) {
  const graph = graphOf(...jobs.map(({ id, after }) => target(id, { after })));
  const byId = new Map(jobs.map((job) => [job.id as Address, job]));
  const took = (id: Address) => ({ total: byId.get(id)!.seconds, least: byId.get(id)!.seconds });
  const found = boundsOf(graph, took, (id) => byId.get(id)!.pool, slots);
  const tasks = new Map(
    [...graph.targets.values()].map((each) => [
      each.id,
      { target: each, pool: byId.get(each.id)!.pool, shared: undefined } as unknown as Task,
    ]),
  );
  const played = forecast(graph, tasks, graph.order, (id) => byId.get(id)!.seconds, { pools: slots, limit: 100 });
  return { ...found, played: played.seconds };
}

describe("the bounds of a makespan", () => {
  it("count the way to a narrow pool and the way from it to the end", () => {
    const books = ["x", "y", "z"].flatMap((book): Job[] => [
      { id: `${book}/plan`, after: [], seconds: 2, pool: "wide" },
      { id: `${book}/make`, after: [`${book}/plan`], seconds: 10, pool: "narrow" },
      { id: `${book}/check`, after: [`${book}/make`], seconds: 3, pool: "wide" },
    ]);
    expect(bounds(books, { wide: 3, narrow: 1 })).toEqual({ criticalPath: 15, simple: 30, proven: 35, played: 35 });
  });

  it("take a pool's slots for as many as it has targets", () => {
    const jobs: Job[] = [
      { id: "a", after: [], seconds: 4, pool: "p" },
      { id: "b", after: ["a"], seconds: 5, pool: "q" },
    ];
    expect(bounds(jobs, { p: 8, q: 8 })).toMatchObject({ proven: 9, played: 9 });
  });

  it("are never above what a schedule took", () => {
    const jobs = fc
      .array(
        fc.record({
          seconds: fc.integer({ min: 1, max: 9 }),
          pool: fc.constantFrom("p", "q", "r"),
          after: fc.array(fc.nat(12), { maxLength: 2 }),
        }),
        { minLength: 1, maxLength: 14 },
      )
      .map((list) =>
        list.map(({ seconds, pool, after }, index): Job => {
          const before = [...new Set(after.filter((each) => each < index))];
          return { id: `t${index}`, seconds, pool, after: before.map((each) => `t${each}`) };
        }),
      );
    let tight = 0;
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 3 }), (list, slots) => {
        const { simple, proven, played } = bounds(list, { p: slots, q: 1, r: 2 });
        expect(proven).toBeGreaterThanOrEqual(simple);
        expect(proven).toBeLessThanOrEqual(played + 1e-9);
        if (proven > played - 1e-9) tight++;
      }),
      { numRuns: 500 },
    );
    expect(tight).toBeGreaterThan(100);
  });
});
