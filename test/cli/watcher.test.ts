/** When `codex watch` builds: a state machine over saves and the clock. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IDLE, LONGEST_MS, QUIET_MS, step, type WatchInput, type WatchState } from "../../src/cli/watcher.ts";

const saved = (path: string): WatchInput => ({ kind: "saved", path });

describe("saves", () => {
  test("wait until it is quiet, and are built together", () => {
    const first = step(IDLE, saved("a"), 0);
    expect(first).toMatchObject({ wakeAt: QUIET_MS });
    const second = step(first.state, saved("b"), 15);
    expect(second.wakeAt).toBe(15 + QUIET_MS);
    expect(step(second.state, { kind: "tick" }, QUIET_MS)).toMatchObject({ state: { kind: "settling" } });
    const third = step(second.state, { kind: "tick" }, 15 + QUIET_MS);
    expect(third.build).toEqual(new Set(["a", "b"]));
    expect(third.state).toEqual({ kind: "building", changed: new Set() });
  });

  test("that never end are built all the same", () => {
    let state: WatchState = IDLE;
    let now = 0;
    let built = false;
    for (; now <= LONGEST_MS && !built; now += 5) {
      const due = step(state, { kind: "tick" }, now);
      built = due.build !== undefined;
      state = built ? due.state : step(due.state, saved("a"), now).state;
    }
    expect(built).toBe(true);
  });

  test("during a build are built after it, and none of them before", () => {
    const building: WatchState = { kind: "building", changed: new Set() };
    const noted = step(building, saved("a"), 5);
    expect(noted.build).toBeUndefined();
    const after = step(noted.state, { kind: "ended" }, 100);
    expect(after.state).toMatchObject({ kind: "settling", changed: new Set(["a"]) });
    expect(step(after.state, { kind: "tick" }, after.wakeAt!).build).toEqual(new Set(["a"]));
  });

  test("a build that ends with nothing saved leaves it idle", () => {
    expect(step({ kind: "building", changed: new Set() }, { kind: "ended" }, 0).state).toEqual(IDLE);
  });

  test("are each built once, in whatever order things come", () => {
    const input = fc.oneof(
      fc.constantFrom("a", "b", "c").map(saved),
      fc.constant<WatchInput>({ kind: "tick" }),
      fc.constant<WatchInput>({ kind: "ended" }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(input, fc.nat(60))), (inputs) => {
        let state: WatchState = IDLE;
        let now = 0;
        let open = new Set<string>();
        for (const [each, wait] of inputs) {
          now += wait;
          if (each.kind === "saved") open.add(each.path);
          const next = step(state, each, now);
          if (next.build !== undefined) {
            // All that is open is built, nothing else; and only when nothing is being built.
            expect(next.build).toEqual(open);
            expect(state.kind).toBe("settling");
            open = new Set();
          }
          state = next.state;
          const known = state.kind === "idle" ? new Set() : state.changed;
          expect(known).toEqual(open);
        }
      }),
    );
  });
});
