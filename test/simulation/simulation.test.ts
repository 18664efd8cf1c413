import { describe, expect, it } from "vitest";
import { FAILED_SEEDS } from "./failed-seeds.ts";
import { many, seedsFrom } from "./many.ts";
import { simulate } from "./simulate.ts";

// Two halves in two files, so that both cores are used: see second-half.test.ts.
describe("simulated campaigns", () => {
  it.each(FAILED_SEEDS)("seed %i: %s", { timeout: 60_000 }, async (seed) => {
    expect((await simulate(seed)).violation).toBeUndefined();
  });

  it("hold all invariants for 250 seeds", { timeout: 600_000 }, async () => {
    const batch = await many(seedsFrom(1, 250));
    expect(batch.findings).toEqual([]);
    expect(batch.campaigns).toBe(250);
    // The weather must have been bad enough to show something.
    expect(batch.crashes).toBeGreaterThan(250);
    expect(batch.paid).toBeGreaterThan(5_000);
  });

  it("are the same for the same seed, and others for another", { timeout: 60_000 }, async () => {
    const [one, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again).toEqual(one);
    expect(other.digest).not.toBe(one.digest);
  });
});
