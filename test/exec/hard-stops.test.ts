import { describe, expect, it } from "vitest";
import type { Event } from "../../src/events.ts";
import { DEFAULT_HARD_STOPS, HardStops } from "../../src/exec/hard-stops.ts";

function stops() {
  const told: Event[] = [];
  const hard = new HardStops(
    DEFAULT_HARD_STOPS,
    () => 0,
    (event) => told.push(event),
  );
  const fault = { what: "no", where: "", mend: "", exit: 1 };
  return {
    hard,
    told,
    start: (target: string, executor: "agent" | "call" = "agent") =>
      hard.note({ type: "targetStarted", at: 0, target, executor, reasons: [] }),
    attemptFailed: (target: string, timedOut: boolean) =>
      hard.note({
        type: "attemptFailed",
        at: 0,
        target,
        attempt: 1,
        defects: [],
        next: "",
        ...(timedOut ? { timedOut: true } : {}),
      }),
    stall: (target: string) => hard.note({ type: "callRetried", at: 0, target, turn: 1, error: "stalled", inMs: 1 }),
    fail: (target: string) => hard.note({ type: "targetFailed", at: 0, target, attempts: 1, seconds: 1, fault }),
    finish: (target: string) =>
      hard.note({
        type: "targetFinished",
        at: 0,
        target,
        how: "ran",
        seconds: 1,
        usd: 0,
        attempts: 1,
        agent: "a",
        reasons: [],
        changed: true,
      }),
    begin: () => hard.note({ type: "buildStarted", at: 0, goals: [], targets: 0, provider: "x" }),
  };
}

const unit = (n: number, pass = "P4_production"): string => `book/b${n}/${pass}/u`;

describe("hard stops", () => {
  it("stop when three agents of one batch stalled, and say so once", () => {
    const { hard, told, start, stall, attemptFailed, finish } = stops();
    for (let n = 1; n <= 6; n++) start(unit(n));
    stall(unit(1));
    finish(unit(1));
    finish(unit(2));
    attemptFailed(unit(3), true);
    expect(hard.held()).toBeUndefined();
    stall(unit(4));
    // Twice in one session is one stall.
    stall(unit(4));
    finish(unit(4));
    expect(hard.held()).toMatchObject({
      what: expect.stringContaining("3 of the last 4 agents of P4_production"),
      exit: 4,
    });
    attemptFailed(unit(5), true);
    expect(told.map((event) => event.type)).toEqual(["paused"]);
  });

  it("do not stop for stalls that are far apart, or in several passes", () => {
    const { hard, start, stall, finish } = stops();
    for (let n = 1; n <= 40; n++) {
      start(unit(n));
      if (n % 5 === 0) stall(unit(n));
      finish(unit(n));
    }
    for (const pass of ["P1_audit", "P2_gap", "P3_plan"]) {
      start(unit(1, pass));
      stall(unit(1, pass));
      finish(unit(1, pass));
    }
    expect(hard.held()).toBeUndefined();
  });

  it("stop after three targets of a pass that gave up one after the other", () => {
    const { hard, start, fail, finish } = stops();
    for (let n = 1; n <= 8; n++) start(unit(n));
    fail(unit(1));
    fail(unit(2));
    finish(unit(3));
    fail(unit(4));
    fail(unit(5));
    expect(hard.held()).toBeUndefined();
    fail(unit(6));
    expect(hard.held()?.what).toContain("3 targets of P4_production failed one after the other");
  });

  it("count agents only, and begin anew with each build", () => {
    const { hard, start, fail, begin } = stops();
    for (let n = 1; n <= 5; n++) {
      start(unit(n, "integrate"), "call");
      fail(unit(n, "integrate"));
    }
    expect(hard.held()).toBeUndefined();
    for (let n = 1; n <= 3; n++) {
      start(unit(n));
      fail(unit(n));
    }
    expect(hard.held()).toBeDefined();
    begin();
    expect(hard.held()).toBeUndefined();
  });
});
