/** How far a build has come, by its events alone. */
import { describe, expect, test } from "vitest";
import { advance, NO_PROGRESS, type Progress, spent } from "../../src/cli/view/progress.ts";
import type { Event } from "../../src/events.ts";
import { NO_USAGE } from "../../src/usage.ts";

const T = "book/x/P1_audit";
const U = "book/y/P1_audit";

const following = (...events: readonly Event[]): Progress => events.reduce(advance, NO_PROGRESS);
const begun: Event = { type: "buildStarted", at: 1000, goals: ["all"], targets: 5, provider: "anthropic" };
const start = (target: string): Event => ({
  type: "targetStarted",
  at: 2000,
  target,
  executor: "agent",
  reasons: ["never built"],
});
const dispatched = (turn: number, attempt = 1): Event => ({
  type: "callDispatched",
  at: 2100,
  target: T,
  attempt,
  turn,
  call: `c${turn}`,
  model: "m",
  reservedUsd: 1,
});
const settled = (turn: number, usd: number): Event => ({
  type: "callSettled",
  at: 2200,
  target: T,
  attempt: 1,
  turn,
  call: `c${turn}`,
  model: "m",
  usage: { ...NO_USAGE, inputTokens: 100, cacheReadTokens: 900, outputTokens: 50, usd },
  seconds: 1,
  outcome: "answered",
});
const invoked = (usd: number): Event => ({
  type: "agentInvoked",
  at: 2300,
  target: T,
  agent: "agent-1",
  model: "m",
  attempt: 1,
  inputTokens: 1,
  outputTokens: 1,
  usd,
  seconds: 1,
  outcome: "answered",
});
const finished = (target: string, how: "ran" | "restored", usd: number): Event => ({
  type: "targetFinished",
  at: 3000,
  target,
  how,
  seconds: 1,
  usd,
  attempts: 1,
  agent: "agent-1",
  reasons: [],
  changed: true,
});
const fault = { what: "it broke", where: "", mend: "", exit: 1 };

describe("a running target", () => {
  test("has its turn, its tokens and what it cost, by its calls", () => {
    const state = following(begun, start(T), dispatched(1), settled(1, 0.25), dispatched(2), {
      type: "callProgress",
      at: 2300,
      target: T,
      attempt: 1,
      turn: 2,
      outputTokens: 33,
    });
    expect(state.running.get(T)).toMatchObject({
      attempt: 1,
      turn: 2,
      inputTokens: 1000,
      outputTokens: 50,
      streamedTokens: 33,
      callsUsd: 0.25,
    });
  });

  test("what was streamed is counted once: with the call's end it is in the usage", () => {
    const progressed: Event = { type: "callProgress", at: 1, target: T, attempt: 1, turn: 1, outputTokens: 49 };
    expect(following(start(T), dispatched(1), progressed, settled(1, 0)).running.get(T)).toMatchObject({
      outputTokens: 50,
      streamedTokens: 0,
    });
  });

  test("money is counted once, where both calls and sessions tell of it", () => {
    expect(spent(following(start(T), dispatched(1), settled(1, 0.25), invoked(0.25)))).toBe(0.25);
    expect(spent(following(start(T), invoked(0.4)))).toBe(0.4);
    expect(spent(following(start(T), settled(1, 0.25), invoked(0.25), finished(T, "ran", 0.25)))).toBe(0.25);
  });

  test("goes on to the next attempt, on its rung", () => {
    const failed: Event = { type: "attemptFailed", at: 1, target: T, attempt: 1, defects: ["d"], next: "again: mend" };
    expect(following(start(T), dispatched(3), failed).running.get(T)).toMatchObject({
      attempt: 2,
      rung: "again: mend",
      turn: 0,
    });
  });

  test("waits to ask again until it asks", () => {
    const retried: Event = { type: "callRetried", at: 5000, target: T, turn: 1, error: "overloaded", inMs: 2000 };
    expect(following(start(T), retried).running.get(T)?.retry).toEqual({ error: "overloaded", until: 7000 });
    expect(following(start(T), retried, dispatched(1)).running.get(T)?.retry).toBeUndefined();
  });
});

test("ends are counted by kind, and nothing runs after the last", () => {
  const failed: Event = { type: "targetFailed", at: 1, target: "z", attempts: 1, seconds: 1, fault };
  const state = following(
    begun,
    start(T),
    start(U),
    start("z"),
    finished(T, "ran", 1),
    finished(U, "restored", 0),
    failed,
  );
  expect(state).toMatchObject({ targets: 5, startedAt: 1000, ran: 1, restored: 1, failed: 1, finished: false });
  expect([...state.running.keys()]).toEqual([]);
});

test("what a failed or a stopped target cost stays counted", () => {
  const failed: Event = { type: "targetFailed", at: 1, target: T, attempts: 1, seconds: 1, fault };
  expect(spent(following(start(T), invoked(0.4), failed))).toBe(0.4);
  const ended: Event = {
    type: "buildFinished",
    at: 1,
    summary: { ran: 0, restored: 0, fresh: 0, failed: 0, waiting: 0, blocked: 0, seconds: 0, usd: 0.4 },
  };
  expect(spent(following(start(T), invoked(0.4), ended))).toBe(0.4);
});

test("ceilings and pauses are kept", () => {
  const state = following(
    { type: "budgetAlert", at: 1, scope: "run", spentUsd: 8, ceilingUsd: 10, reached: false },
    { type: "budgetAlert", at: 2, scope: "run", spentUsd: 10, ceilingUsd: 10, reached: true },
    { type: "paused", at: 3, fault },
  );
  expect([...state.ceilings.values()]).toEqual([{ scope: "run", ceilingUsd: 10, reached: true }]);
  expect(state.paused).toEqual(fault);
});

test("what is told of a target that does not run changes nothing", () => {
  expect(following(dispatched(1), settled(1, 1), invoked(1)).running.size).toBe(0);
});
