import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Before,
  describeRegression,
  type Figures,
  holdFault,
  holdOf,
  isMended,
  parseHold,
  regression,
  renderHold,
  standingOf,
} from "../../src/campaign/integration-hold.ts";
import { DEFAULT_THRESHOLDS, type UnitContinuity } from "../../src/curriculum/continuity.ts";
import type { MeasuredUnit } from "../../src/curriculum/continuity-report.ts";

/** A unit of 1000 words that meets every threshold but for what is said of it. */
const unit = (path: string, counts: Partial<UnitContinuity> = {}): MeasuredUnit => ({
  path,
  continuity: {
    unitId: path,
    words: 1000,
    wordsIntermediate: 300,
    wordsMaster: 400,
    backwardRefs: 10,
    forwardPromises: 4,
    lateralMaster: 4,
    synthesisIntermediate: 3,
    synthesisMaster: 5,
    anchorsInvoked: 0,
    anchorsVerbatim: 0,
    ...counts,
  },
});
const figures = (judged: readonly MeasuredUnit[], failing: readonly string[] = []): Figures => ({
  judged,
  failing,
  passing: judged.map(({ path }) => path).filter((path) => !failing.includes(path)),
});
const compare = (before: Figures, now: Figures, share = 0.02) =>
  regression(standingOf(before), now, DEFAULT_THRESHOLDS, share);

describe("a regression", () => {
  const both = [unit("a"), unit("b")];
  it.each<[name: string, before: Figures, now: Figures, found: readonly string[]]>([
    ["nothing changed", figures(both), figures(both), []],
    ["a metric that fell and is still met", figures(both), figures([unit("a", { backwardRefs: 8 }), unit("b")]), []],
    [
      "a metric that was met and is not",
      figures(both),
      figures([unit("a", { backwardRefs: 5 }), unit("b")]),
      ["backwardDensity"],
    ],
    [
      "a metric that was below and fell by less than the share",
      figures([unit("a", { forwardPromises: 2.5 })]),
      figures([unit("a", { forwardPromises: 2.46 })]),
      [],
    ],
    [
      "a metric that was below and fell by more",
      figures([unit("a", { forwardPromises: 2.5 })]),
      figures([unit("a", { forwardPromises: 2.4 })]),
      ["forwardDensity"],
    ],
    ["a unit that was added and is not woven", figures(both), figures([...both, unit("c", { backwardRefs: 0 })]), []],
    ["the first units of all", figures([]), figures([unit("a", { backwardRefs: 0 })]), []],
    ["units that are gone", figures(both), figures([]), []],
    ["a unit that fails validation as before", figures(both, ["b"]), figures(both, ["b"]), []],
    ["a unit that fails validation anew", figures(both), figures(both, ["b"]), ["b"]],
    ["a unit that was added and fails", figures([unit("a")]), figures(both, ["b"]), []],
  ])("%s", (_, before, now, found) => {
    const worse = compare(before, now);
    expect([...Object.keys(worse?.metrics ?? {}), ...(worse?.failing ?? [])]).toEqual(found);
  });

  it("is none where only units were added, whatever they are", () => {
    const counts = fc.record({ backwardRefs: fc.nat(20), lateralMaster: fc.nat(9), synthesisMaster: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(counts), fc.array(counts), (there, added) => {
        const before = there.map((each, index) => unit(`there-${index}`, each));
        const now = [...before, ...added.map((each, index) => unit(`added-${index}`, each))];
        expect(compare(figures(before), figures(now), 0)).toBeUndefined();
      }),
    );
  });
});

describe("a hold", () => {
  const before = figures([unit("a", { backwardRefs: 9 }), unit("b")]);
  const now = figures([unit("a", { backwardRefs: 2 }), unit("b"), unit("c", { backwardRefs: 0 })], ["b"]);
  const standing: Before = standingOf(before);
  const hold = holdOf("book/x/integrate/1", 0, compare(before, now)!, standing, now);

  it("says since when, what and how to go on", () => {
    expect(hold).toMatchObject({ at: "1970-01-01T00:00:00.000Z", added: ["c"], failing: ["b"] });
    expect(describeRegression(hold, DEFAULT_THRESHOLDS)).toBe(
      "backward references per 1000 words 9.50 → 6.00 (at least 8); b fails validation",
    );
    expect(holdFault(hold, DEFAULT_THRESHOLDS)).toMatchObject({
      where: "book/x/integrate/1",
      exit: 4,
      mend: expect.stringContaining("codex continuity --accept"),
    });
  });

  it("comes back from its file as it was, and is refused where the file is damaged", () => {
    expect(parseHold(renderHold(hold), "hold.json")).toEqual({ ok: true, value: hold });
    for (const text of ["", "{", "null", "{}", renderHold(hold).replace('"version": 1', '"version": 2')])
      expect(parseHold(text, "hold.json")).toMatchObject({ ok: false, error: { exit: 4, where: "hold.json" } });
  });

  it.each<[name: string, now: Figures, mended: boolean]>([
    ["as it was", now, false],
    ["with only the figure mended", figures([unit("a", { backwardRefs: 9 }), unit("b"), unit("c")], ["b"]), false],
    ["with only the unit mended", figures([unit("a", { backwardRefs: 2 }), unit("b"), unit("c")]), false],
    ["with both", figures([unit("a", { backwardRefs: 9 }), unit("b"), unit("c", { backwardRefs: 0 })]), true],
    ["with the threshold met, if less than before", figures([unit("a", { backwardRefs: 7 }), unit("b")]), true],
    ["with the units gone", figures([]), true],
  ])("%s", (_, standing, mended) => {
    expect(isMended(hold, standing, DEFAULT_THRESHOLDS, 0.02)).toBe(mended);
  });
});
