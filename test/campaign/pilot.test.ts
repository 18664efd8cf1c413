import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activeSeconds, type PilotFacts, pilotCriteria } from "../../src/campaign/pilot.ts";

const names = ["P1_audit", "P2_gap", "P3_plan", "P4_production", "P5_verification", "PW_weaving", "PV_continuity"];
const GOOD: PilotFacts = {
  book: {
    slug: "a",
    title: "a",
    tier: "alpha",
    state: "equivalence-covered",
    since: undefined,
    lastProgress: undefined,
    owner: undefined,
    usd: 0,
    passes: Object.fromEntries(names.map((name) => [name, "completed"])),
  },
  runs: [{ endMs: 3_600_000, seconds: 3600 }],
  units: [{ id: "01.01.01", passed: 27, total: 27 }],
  shortfalls: [],
  spentUsd: 49.99,
  ceilingUsd: undefined,
  quality: 4,
};
const unmet = (more: Partial<PilotFacts>): string[] =>
  pilotCriteria({ ...GOOD, ...more })
    .filter(({ met }) => !met)
    .map(({ found }) => found);

describe("a pilot", () => {
  test("succeeds where all six criteria are met", () => {
    expect(pilotCriteria(GOOD)).toHaveLength(6);
    expect(unmet({})).toEqual([]);
  });

  test.each<[string, Partial<PilotFacts>, string]>([
    ["a pass is open", { book: { ...GOOD.book, state: "woven" } }, "7 of 7 passes, woven"],
    ["a unit fails a check", { units: [{ id: "01.01.01", passed: 26, total: 27 }] }, "01.01.01 26/27"],
    ["a metric is low", { shortfalls: ["backward references 6.1, below 8"] }, "backward references 6.1, below 8"],
    ["it cost the ceiling", { spentUsd: 50 }, "$50.00"],
    ["it cost its own ceiling", { spentUsd: 20, ceilingUsd: 20 }, "$20.00"],
    ["it took eight hours", { runs: [{ endMs: 0, seconds: 8 * 3600 }] }, "8.0 h"],
    ["nobody sampled it", { quality: undefined }, "no unit of it was sampled: codex sample"],
  ])("fails where %s", (_, more, found) => {
    expect(unmet(more)).toEqual([found]);
  });

  test("that produced nothing has shown nothing", () => {
    expect(unmet({ units: [] })).toHaveLength(2);
  });
});

test("time in which several run counts once", () => {
  const run = fc.record({
    endMs: fc.integer({ min: 0, max: 2000 }).map((n) => n * 1000),
    seconds: fc.integer({ min: 0, max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 12 }), (runs) => {
      const seconds = new Set<number>();
      for (const { endMs, seconds: long } of runs) for (let s = 1; s <= long; s++) seconds.add(endMs / 1000 - s);
      expect(activeSeconds(runs)).toBe(seconds.size);
    }),
  );
});
