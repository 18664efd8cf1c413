/** A book's state follows from which of its targets are settled. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOOK_STATES, type BookState, bookState } from "../../src/campaign/states.ts";
import { edited, fresh, stale, statuses, targetsOf, unknown, waiting } from "./book.ts";

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
