/** Samples that nobody chooses. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/curriculum/connections.ts";
import type { Flow } from "../../src/curriculum/flow.ts";
import { describeSamples, pickSamples, SAMPLE_SIZES, seeded, unread } from "../../src/curriculum/pick-samples.ts";

const unit = (n: number): string => `01.01.${String(n).padStart(2, "0")}`;
const UNITS = Array.from({ length: 40 }, (_, n) => unit(n));
const REGISTRY = UNITS.slice(1).map(
  (id, n) =>
    ({ id: `conn:${String(n).padStart(3, "0")}.x`, appears_in_units: [UNITS[n], id] }) as unknown as Connection,
);
const FLOWS = Array.from(
  { length: 9 },
  (_, n) =>
    ({
      id: `flow-number-${n}`,
      steps: [
        { n: 1, bridge_after: "so" },
        { n: 2, bridge_after: "" },
      ],
    }) as unknown as Flow,
);

describe("what is drawn", () => {
  test("is ten pairs, ten units, five flows and three bridges, of what there is", () => {
    const drawn = pickSamples("a seed", UNITS, REGISTRY, FLOWS);
    expect([drawn.pairs.length, drawn.units.length, drawn.flows.length, drawn.bridges.length]).toEqual([10, 10, 5, 3]);
    expect(SAMPLE_SIZES).toEqual({ pairs: 10, units: 10, flows: 5, bridges: 3 });
    // A step without a bridge has none to read.
    expect(drawn.bridges.every(({ step }) => step === 1)).toBe(true);
  });

  test("is the same for the same seed, and another for another", () => {
    expect(pickSamples("a", UNITS, REGISTRY, FLOWS)).toEqual(pickSamples("a", UNITS, REGISTRY, FLOWS));
    expect(pickSamples("a", UNITS, REGISTRY, FLOWS)).not.toEqual(pickSamples("b", UNITS, REGISTRY, FLOWS));
  });

  test("is everything where there is less, and each thing once", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(25), (seed, many) => {
        const { units, pairs } = pickSamples(seed, UNITS.slice(0, many), REGISTRY, []);
        expect(units).toHaveLength(Math.min(many, 10));
        expect(new Set(units).size).toBe(units.length);
        // Pairs join units that are judged.
        expect(pairs.every((pair) => pair.units.every((id) => UNITS.indexOf(id) < many))).toBe(true);
      }),
    );
  });

  test("favours nothing", () => {
    const random = seeded("fair");
    const mean = Array.from({ length: 20_000 }, random).reduce((sum, each) => sum + each, 0) / 20_000;
    expect(mean).toBeGreaterThan(0.49);
    expect(mean).toBeLessThan(0.51);
  });
});

describe("a report", () => {
  const samples = describeSamples(pickSamples("a seed", UNITS.slice(0, 3), REGISTRY, FLOWS.slice(0, 1)));

  test("that leaves out a sample is told which", () => {
    expect(unread(samples, "")).toEqual(["01.01.00", "01.01.01", "01.01.02", "flow-number-0"]);
    expect(unread(samples, "01.01.00, 01.01.01 and flow-number-0 hold.")).toEqual(["01.01.02"]);
  });

  test("need not name a connection's id", () => {
    expect(samples).toContain("(conn:000.x)");
    expect(unread(samples, "01.01.00 01.01.01 01.01.02 flow-number-0")).toEqual([]);
  });
});
