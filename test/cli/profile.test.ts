/** Where the time of a build went: chains, pools, and what more slots would save. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  longestChain,
  makespan,
  type Place,
  type Profile,
  Profiler,
  type Slots,
  savings,
} from "../../src/cli/profile.ts";
import { chromeTrace, profileMarkdown } from "../../src/cli/view/profile.ts";
import type { Event } from "../../src/events.ts";

type Row = readonly [target: string, pool: string, start: number, end: number, needs?: readonly string[]];

/** A build in which each target ran from one second to another. */
function built(rows: readonly Row[], slots: Slots): Profile {
  const profiler = new Profiler();
  const events: Event[] = rows.flatMap(([target, , start, end]): Event[] => [
    { type: "targetStarted", at: start * 1000, target, executor: "call", reasons: [] },
    {
      type: "targetFinished",
      at: end * 1000,
      target,
      how: "ran",
      seconds: end - start,
      usd: 0.5,
      attempts: 1,
      agent: "",
      reasons: [],
      changed: true,
    },
  ]);
  const summary = { ran: 0, restored: 0, fresh: 0, failed: 0, waiting: 0, blocked: 0, seconds: 0, usd: 0 };
  profiler.take({ type: "buildStarted", at: 1, goals: [], targets: 1, provider: "x" });
  for (const event of events.toSorted((a, b) => a.at - b.at)) profiler.take(event);
  profiler.take({ type: "buildFinished", at: Math.max(1, ...rows.map((row) => row[3] * 1000)), summary });
  const places = new Map(rows.map(([target, pool, , , needs = []]) => [target, { rule: "R", pool, needs } as Place]));
  return profiler.profile((target) => places.get(target), slots);
}

const SLOTS = { pools: { p: 1, q: 2 }, limit: 8 };
const BUILD: readonly Row[] = [
  ["a", "p", 0, 4],
  ["b", "p", 4, 6],
  ["c", "q", 4, 5, ["a"]],
  ["d", "q", 6, 9, ["b", "c"]],
];

describe("a profile", () => {
  const profile = built(BUILD, SLOTS);

  test("the chain goes back through needs and slots", () => {
    expect(longestChain(profile).map(({ run, after }) => [run.target, after])).toEqual([
      ["a", "start"],
      ["b", "slot"],
      ["d", "need"],
    ]);
  });

  test("the makespan is what list scheduling makes of the same durations", () => {
    expect(makespan(profile, SLOTS)).toBe(9);
    expect(makespan(profile, { pools: { p: 2, q: 2 }, limit: 8 })).toBe(8);
    expect(makespan(profile, { pools: {}, limit: 1 })).toBe(10);
  });

  test("one slot more in the pool that holds it up saves what it saves", () => {
    expect(savings(profile)).toEqual([["p", 1]]);
  });

  test("the summary says so", () => {
    const text = profileMarkdown(profile);
    expect(text).toContain("4 targets in 9.0 s: 10 s of work, 1.1 at once on average. $2.00.");
    expect(text).toContain("| `b` | 2.0 s | for a slot of p |");
    expect(text).toContain("| p | 1 | 67 % | 2 | 6.0 s |");
    expect(text).toContain("One slot more would save: 1.0 s in p.");
  });

  test("the trace has a process a pool, and no two slices of a thread overlap", () => {
    const { traceEvents } = chromeTrace(profile);
    expect(traceEvents.filter(({ ph }) => ph === "M").map(({ args }) => args)).toEqual([
      { name: "pool p" },
      { name: "pool q" },
    ]);
    expect(traceEvents.find(({ name }) => name === "c")).toMatchObject({
      ph: "X",
      pid: 2,
      ts: 3_999_000,
      dur: 1_000_000,
    });
  });

  test("a build in which nothing ran has a profile too", () => {
    const empty = built([], SLOTS);
    expect(profileMarkdown(empty)).toContain("0 targets");
    expect(makespan(empty, SLOTS)).toBe(0);
  });
});

test("makespan lies between its bounds, and a slot more never costs more than it did by chance", () => {
  const row = fc.record({
    seconds: fc.integer({ min: 1, max: 9 }),
    pool: fc.constantFrom("p", "q"),
    needs: fc.array(fc.nat(20), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (rows) => {
      // One after the other, as if there were one slot: needs point to earlier ones.
      let at = 0;
      const list = rows.map(({ seconds, pool, needs }, index): Row => {
        const start = at;
        at += seconds;
        return [`t${index}`, pool, start, at, needs.filter((need) => need < index).map((need) => `t${need}`)];
      });
      const profile = built(list, SLOTS);
      const work = rows.reduce((sum, each) => sum + each.seconds, 0);
      const inP = rows.filter(({ pool }) => pool === "p").reduce((sum, each) => sum + each.seconds, 0);
      const length = makespan(profile, SLOTS);
      expect(length).toBeLessThanOrEqual(work);
      expect(length).toBeGreaterThanOrEqual(Math.max(inP, work / 8));
      expect(makespan(profile, { pools: {}, limit: 1 })).toBe(work);
      const { traceEvents } = chromeTrace(profile);
      for (const pid of [1, 2])
        for (const a of traceEvents.filter((event) => event.ph === "X" && event.pid === pid))
          for (const b of traceEvents.filter(
            (event) => event.ph === "X" && event.pid === pid && event.tid === a.tid && event !== a,
          ))
            expect(
              (a.ts as number) + (a.dur as number) <= (b.ts as number) ||
                (b.ts as number) + (b.dur as number) <= (a.ts as number),
            ).toBe(true);
    }),
    { numRuns: 60 },
  );
});
