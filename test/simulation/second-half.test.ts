import { describe, expect, it } from "vitest";
import * as bugs from "./bugs.ts";
import { many, seedsFrom } from "./many.ts";

describe("simulated campaigns, second half", () => {
  it("hold all invariants for 250 more seeds", { timeout: 600_000 }, async () => {
    const batch = await many(seedsFrom(251, 250));
    expect(batch.findings).toEqual([]);
    expect(batch.campaigns).toBe(250);
  });
});

describe("a planted bug is found within 200 seeds", () => {
  it.each(Object.entries(bugs))("%s", { timeout: 300_000 }, async (_, seams) => {
    const { findings } = await many(seedsFrom(1, 200), seams, 1);
    expect(findings).toHaveLength(1);
    // By an invariant, not by falling over.
    expect(findings[0]).not.toContain("threw");
  });
});
