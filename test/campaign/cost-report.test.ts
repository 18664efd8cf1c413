/** What was spent, by what: sums that agree with the ledger to the micro-dollar, whatever they are sums by. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CostLine, CostOutcome } from "../../src/campaign/cost-ledger.ts";
import { costReport, GROUPINGS } from "../../src/campaign/cost-report.ts";
import { microsOf } from "../../src/money.ts";

const lineOf = (changes: Partial<CostLine> = {}): CostLine => ({
  timestamp: "2026-11-22T10:00:00Z",
  book: "x",
  pass: "P1_audit",
  agent_id: "agent-x-P1_audit-1",
  model: "m-1",
  input_tokens: 100,
  output_tokens: 10,
  cost_usd: 0.1,
  duration_s: 2,
  address: "book/x/P1_audit",
  attempt: 1,
  turn: 1,
  call: "c",
  outcome: "answered",
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cache_write_hour_tokens: 0,
  web_searches: 0,
  ...changes,
});

describe("a report", () => {
  test("sums by what was asked, the dearest first", () => {
    const lines = [
      lineOf({ cost_usd: 0.1 }),
      lineOf({
        book: "y",
        address: "book/y/P2_gap",
        pass: "P2_gap",
        cost_usd: 0.7,
        model: "m-2",
        timestamp: "2026-11-21T23:59:59Z",
      }),
      lineOf({ cost_usd: 0.2, turn: 2 }),
      lineOf({ book: null, address: "flow/f/PA_trajectory", pass: "PA_trajectory", cost_usd: 0.05 }),
    ];
    const keys = (by: (typeof GROUPINGS)[number]) => costReport(lines, by).groups.map(({ key, usd }) => [key, usd]);
    expect(keys("book")).toEqual([
      ["y", 0.7],
      ["x", 0.3],
      ["flow/f", 0.05],
    ]);
    expect(keys("pass")).toEqual([
      ["P2_gap", 0.7],
      ["P1_audit", 0.3],
      ["PA_trajectory", 0.05],
    ]);
    expect(keys("model")).toEqual([
      ["m-2", 0.7],
      ["m-1", 0.35],
    ]);
    expect(keys("day")).toEqual([
      ["2026-11-21", 0.7],
      ["2026-11-22", 0.35],
    ]);
    expect(keys("target").map(([key]) => key)).toEqual(["book/y/P2_gap", "book/x/P1_audit", "flow/f/PA_trajectory"]);
  });

  test("tells what came to nothing, and what asked again", () => {
    const outcomes: CostOutcome[] = [
      "failed",
      "failed",
      "answered",
      "answered",
      "refused",
      "truncated",
      "lost",
      "answered",
    ];
    const lines = outcomes.map((outcome, index) => lineOf({ outcome, turn: index < 4 ? 1 : 2 }));
    const { total } = costReport(lines, "book");
    expect(total).toMatchObject({ calls: 8, failed: 4, lost: 1, usd: 0.8, wastedUsd: 0.5 });
    // The second and third after a failure each; the fourth is asked anew after an answer; in turn 2 three after the first.
    expect(total.retries).toBe(5);
  });

  test("has the share of the prompts that the cache held", () => {
    const lines = [
      lineOf({ input_tokens: 10, cache_write_tokens: 30, cache_write_hour_tokens: 10 }),
      lineOf({ input_tokens: 10, cache_read_tokens: 40 }),
    ];
    expect(costReport(lines, "book").total).toMatchObject({ promptTokens: 100, cachedShare: 0.4 });
    expect(costReport([], "book")).toMatchObject({ groups: [], total: { calls: 0, usd: 0, cachedShare: 0 } });
  });

  test("loses nothing, whatever it is by", () => {
    const line = fc
      .record({
        book: fc.constantFrom("x", "y", null),
        pass: fc.constantFrom("P1", "P2"),
        model: fc.constantFrom("a", "b"),
        micros: fc.nat(5_000_000),
        outcome: fc.constantFrom<CostOutcome>("answered", "failed", "lost", "refused", "truncated"),
        turn: fc.integer({ min: 1, max: 3 }),
      })
      .map(({ micros, ...rest }) => lineOf({ ...rest, cost_usd: micros / 1e6, address: `${rest.book}/${rest.pass}` }));
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom(...GROUPINGS), (lines, by) => {
        const { groups, total } = costReport(lines, by);
        const sum = (of: (group: (typeof groups)[number]) => number): number =>
          groups.reduce((left, group) => left + of(group), 0);
        expect(sum(({ usd }) => microsOf(usd))).toBe(
          lines.reduce((left, { cost_usd }) => left + microsOf(cost_usd), 0),
        );
        expect(sum(({ usd }) => microsOf(usd))).toBe(microsOf(total.usd));
        expect(sum(({ calls }) => calls)).toBe(lines.length);
        expect(sum(({ retries }) => retries)).toBe(total.retries);
        expect(total.wastedUsd).toBeLessThanOrEqual(total.usd);
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
      }),
    );
  });
});
