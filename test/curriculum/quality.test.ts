import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  assessQuality,
  DIMENSIONS,
  drawSample,
  driftOf,
  formatSamples,
  parseSamples,
  parseScores,
  qualityReport,
  type ScoredUnit,
} from "../../src/curriculum/quality.ts";

const shippedOn = (days: readonly string[]) =>
  days.map((day, index) => ({
    id: `01.01.${10 + index}`,
    path: `content/${index}.md`,
    at: Date.parse(`${day}T12:00:00Z`),
  }));
const RULE = { rate: 0.05, days: 7 };

describe("a sample", () => {
  test("is drawn from what shipped in the seven days that end with its date", () => {
    const shipped = shippedOn(["2026-11-15", "2026-11-16", "2026-11-22", "2026-11-23"]);
    const { units } = drawSample(shipped, "2026-11-22", { rate: 1, days: 7 });
    expect(units.map(({ id }) => id)).toEqual(["01.01.11", "01.01.12"]);
  });

  test("is one in twenty, rounded up, the same however the units are listed, and another on another day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 120 }), fc.infiniteStream(fc.nat()), (count, order) => {
        const shipped = shippedOn(Array.from({ length: count }, () => "2026-11-20"));
        const shuffled = shipped
          .map((unit) => ({ unit, at: order.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ unit }) => unit);
        const drawn = drawSample(shuffled, "2026-11-22", RULE);
        expect(drawn.units).toHaveLength(Math.ceil(count / 20));
        expect(drawn).toEqual(drawSample(shipped, "2026-11-22", RULE));
      }),
    );
    const many = shippedOn(Array.from({ length: 100 }, () => "2026-11-20"));
    expect(drawSample(many, "2026-11-22", RULE).units).not.toEqual(drawSample(many, "2026-11-23", RULE).units);
  });

  test("is kept in a list that reads back", () => {
    const samples = [drawSample(shippedOn(["2026-11-22"]), "2026-11-22", RULE), { date: "2026-11-20", units: [] }];
    expect(parseSamples(formatSamples(samples))).toEqual([samples[1], samples[0]]);
  });
});

const answer = (scores: Partial<Record<string, number | null>>, defects: unknown[] = []): string =>
  JSON.stringify({ scores: { ...Object.fromEntries(DIMENSIONS.map((each) => [each, 5])), ...scores }, defects });

describe("a reader's scores", () => {
  test.each([
    ["what is no JSON", "a: [", "not readable as JSON"],
    ["a score of 6", answer({ density: 6 }), "5"],
    ["a dimension left out", JSON.stringify({ scores: {}, defects: [] }), ""],
    ["null where it may not be", answer({ density: null }), "only bridges"],
    ["a low score without a reason", answer({ genius: 2 }), "without a defect"],
    ["a dimension that is none", answer({}, [{ dimension: "charm", where: "x", what: "y" }]), ""],
  ])("are refused for %s", (_, text, told) => {
    const scores = parseScores(text);
    expect(scores.ok).toBe(false);
    expect(!scores.ok && scores.error.map(({ what }) => what).join()).toContain(told);
  });

  test("may leave out bridges", () => {
    expect(parseScores(answer({ bridges: null })).ok).toBe(true);
  });
});

const scored = (id: string, date: string, score: number): ScoredUnit => ({
  id,
  path: `content/${id}.md`,
  date,
  scores: {
    scores: Object.fromEntries(DIMENSIONS.map((each) => [each, score])) as ScoredUnit["scores"]["scores"],
    defects: score < 4 ? [{ dimension: "density", where: "Master", what: "list-y" }] : [],
  },
});

describe("quality", () => {
  test("counts the newest sample, flags its weak units and shows the trend", () => {
    const units = [scored("a", "2026-11-01", 5), scored("b", "2026-11-08", 5), scored("c", "2026-11-08", 2)];
    const quality = assessQuality(units);
    expect(quality.mean).toBe(3.5);
    expect(quality.flagged.map(({ id }) => id)).toEqual(["c"]);
    expect(quality.trend).toEqual([
      { date: "2026-11-01", mean: 5 },
      { date: "2026-11-08", mean: 3.5 },
    ]);
    expect(driftOf(quality)).toBe("the last sample scores 3.50, below 4.0");
    const report = qualityReport(units);
    expect(report).toContain("threshold 4.0: not met");
    expect(report).toContain("- **c** density, Master: list-y");
    expect(report).toContain("- c (content/c.md)");
    expect(report).not.toContain("- **a**");
  });

  test("drifts when three samples fall in a row, above the threshold too", () => {
    const of = (...means: number[]) =>
      assessQuality(means.map((mean, n) => scored(String(n), `2026-11-0${n + 1}`, mean)));
    expect(driftOf(of(5, 4.5, 4.2))).toContain("5.00, 4.50, 4.20");
    expect(driftOf(of(5, 4.2, 4.5))).toBeUndefined();
    expect(driftOf(of())).toBeUndefined();
    expect(qualityReport([])).toContain("Nothing has been sampled");
  });
});
