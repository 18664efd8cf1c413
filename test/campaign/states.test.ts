/** A book's state follows from which of its targets are settled. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOOK_STATES, type BookState, bookStanding, bookState } from "../../src/campaign/states.ts";
import type { Status } from "../../src/graph/evaluate.ts";
import { edited, fresh, run, stale, statuses, targetsOf, traceOf, unknown, waiting } from "./book.ts";

const UNITS = ["P4_brief/1", "P4_production/1", "P4_brief/2", "P4_production/2", "integrate/1"];
const FIRST = ["P1_audit", "P2_gap", "P3_plan"];
const LAST = ["P5_verification", "PW_weaving", "PV_samples", "PV_continuity"];
const ALL = [...FIRST, ...UNITS, ...LAST];

/** The state of a book whose named targets are settled and whose others are stale. */
const stateWith = (settled: readonly string[], all: readonly string[] = ALL): BookState =>
  bookState(targetsOf(Object.fromEntries(all.map((name) => [name, settled.includes(name) ? fresh : stale]))));

describe("which targets are settled decides the state", () => {
  test.each<[settled: readonly string[], state: BookState]>([
    [[], "draft"],
    [["P1_audit"], "audited"],
    [["P1_audit", "P2_gap"], "gap-analysed"],
    [FIRST, "production-ready"],
    [[...FIRST, "P4_brief/1"], "in-production"],
    [[...FIRST, "P4_brief/1", "P4_production/1"], "in-production"],
    [[...FIRST, ...UNITS.slice(0, -1)], "in-production"],
    [[...FIRST, ...UNITS], "production-complete"],
    [[...FIRST, ...UNITS, "P5_verification"], "verified"],
    [[...FIRST, ...UNITS, "P5_verification", "PW_weaving"], "woven"],
    [[...FIRST, ...UNITS, "P5_verification", "PW_weaving", "PV_samples"], "woven"],
    [ALL, "equivalence-covered"],
    // Later passes count for nothing while an earlier one is not settled.
    [ALL.filter((name) => name !== "P1_audit"), "draft"],
    [ALL.filter((name) => name !== "P3_plan"), "gap-analysed"],
    [ALL.filter((name) => name !== "P4_production/2"), "in-production"],
    [ALL.filter((name) => name !== "integrate/1"), "in-production"],
    [ALL.filter((name) => name !== "P5_verification"), "production-complete"],
  ])("%j: %s", (settled, state) => {
    expect(stateWith(settled)).toBe(state);
  });

  test("every state is reached, in order, as a book goes on", () => {
    const states = ALL.map((_, index) => stateWith(ALL.slice(0, index + 1)));
    expect(["draft", ...new Set(states)]).toEqual(BOOK_STATES);
  });

  test("settling one more never takes a book back", () => {
    fc.assert(
      fc.property(fc.subarray(ALL), fc.constantFrom(...ALL), (settled, more) => {
        const rank = (names: readonly string[]): number =>
          BOOK_STATES.indexOf(stateWith(names) as (typeof BOOK_STATES)[number]);
        expect(rank([...settled, more])).toBeGreaterThanOrEqual(rank(settled));
      }),
    );
  });
});

describe("what counts as settled", () => {
  test("an edited target does: what a person wrote stands", () => {
    expect(bookState(targetsOf({ P1_audit: edited, P2_gap: stale }))).toBe("audited");
  });

  test.each(Object.entries(statuses).filter(([kind]) => kind !== "fresh"))(
    "one that is %s does not",
    (_kind, status) => {
      expect(bookState(targetsOf({ P1_audit: fresh, P2_gap: status }))).toBe("audited");
    },
  );

  test("a pass with a gate is settled when the gate is", () => {
    expect(bookState(targetsOf({ P1_audit: fresh, P2_gap: fresh, "P2_gap.gate": waiting }))).toBe("audited");
    expect(bookState(targetsOf({ P1_audit: fresh, P2_gap: fresh, "P2_gap.gate": fresh }))).toBe("gap-analysed");
  });
});

describe("production", () => {
  test("has begun when anything of it was ever built, even if it is stale again", () => {
    const before = { P1_audit: fresh, P2_gap: fresh, P3_plan: fresh };
    expect(bookState(targetsOf({ ...before, "P4_production/1": stale }))).toBe("production-ready");
    expect(bookState(targetsOf({ ...before, "P4_production/1": stale }, ["P4_production/1"]))).toBe("in-production");
  });

  test("that was built for a plan which is stale now has not", () => {
    expect(bookState(targetsOf({ P1_audit: fresh, P2_gap: fresh, P3_plan: stale, "P4_production/1": fresh }))).toBe(
      "gap-analysed",
    );
  });

  test("that the plan has yet to decide has not begun", () => {
    expect(
      bookState(
        targetsOf({ P1_audit: fresh, P2_gap: fresh, P3_plan: fresh, P4_production: unknown, integrate: unknown }),
      ),
    ).toBe("production-ready");
  });
});

test("a book without targets is a draft", () => {
  expect(bookState([])).toBe("draft");
});

describe("what stands beside the state", () => {
  const DONE = Object.fromEntries(ALL.map((name) => [name, fresh]));
  /** A book that is done but for what is given, with the side states in which some targets were let stand. */
  const standing = (
    changes: Readonly<Record<string, Status>>,
    stood: Readonly<Record<string, string>> = {},
    deferrals?: Parameters<typeof bookStanding>[1],
  ) =>
    bookStanding(
      targetsOf({ ...DONE, ...changes }).map((target) => {
        const state = stood[target.id.slice("book/x/".length)];
        return state === undefined ? target : { ...target, trace: traceOf(run({ state })) };
      }),
      deferrals,
    );
  const why = { why: "later", by: "person:ada", at: "2026-01-01T00:00:00Z" };

  test("a degraded audit or an accepted threshold ends as partial, and no more", () => {
    expect(standing({}, { P1_audit: "audit-degraded" })).toEqual({
      state: "equivalence-partial",
      side: ["audit-degraded", "equivalence-partial"],
    });
    expect(standing({}, { "P5_verification/2": "equivalence-partial" }).state).toBe("equivalence-covered");
    expect(
      standing(
        { "P4_repair/1": fresh, "P5_verification/2": fresh },
        { P5_verification: "needs-rework", "P5_verification/2": "equivalence-partial" },
      ),
    ).toEqual({ state: "equivalence-partial", side: ["equivalence-partial"] });
  });

  test("a verification that went back takes the book to production, until it is verified again", () => {
    const back = { P5_verification: "needs-rework" };
    const rounds = { "P4_repair/1": stale, "P5_verification/2": unknown, PW_weaving: unknown, PV_continuity: unknown };
    expect(standing(rounds, back)).toEqual({ state: "production-ready", side: ["needs-rework"] });
    const repaired = { ...rounds, "P4_repair/1": fresh, "P5_verification/2": stale };
    expect(standing(repaired, back).state).toBe("production-complete");
    const verified = { ...repaired, "P5_verification/2": fresh };
    expect(standing(verified, back).state).toBe("verified");
  });

  test("weaving that is asked for again leaves the book woven", () => {
    const back = { PV_continuity: "needs-rework" };
    expect(standing({ "PW_weaving/2": stale, "PV_continuity/2": unknown }, back)).toEqual({
      state: "woven",
      side: ["needs-rework"],
    });
    expect(standing({ "PW_weaving/2": fresh, "PV_continuity/2": fresh }, back)).toEqual({
      state: "equivalence-covered",
      side: [],
    });
  });

  test("a unit whose attempts all failed is rework, whether or not a person was asked yet", () => {
    const escalated: Status = { kind: "waiting", reasons: [{ kind: "escalated", attempts: 3, defect: "bad" }] };
    for (const status of [statuses.failed, escalated])
      expect(standing({ "P4_production/1": status }).side).toEqual(["needs-rework"]);
    expect(standing({ "P4_production/1": waiting }).side).toEqual([]);
  });

  test("what is put off is said, and a book that is put off is nothing else", () => {
    expect(standing({}, {}, { units: { "01.01.01": why } })).toEqual({
      state: "equivalence-partial",
      side: ["deferred", "equivalence-partial"],
    });
    expect(standing({}, {}, { book: why, units: {} })).toEqual({ state: "deferred", side: ["deferred"] });
  });
});
