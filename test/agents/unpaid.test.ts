/** Calls that cost nothing are told as those that do: each once, with a name of its own. */
import { expect, it } from "vitest";
import { unpaid } from "../../src/agents/unpaid.ts";
import type { Event } from "../../src/events.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { answer, failure, request, wireOf } from "./paying.ts";

it("a call is told when it leaves and when it has ended, and costs nothing", async () => {
  const events: Event[] = [];
  let now = 1000;
  const provider = unpaid(
    wireOf(
      (_, n) => {
        now += 500;
        return n === 1 ? answer("yes", { model: "replay", usage: NO_USAGE }) : failure("fault", "recording");
      },
      { name: "replay", free: true },
    ),
    "run-1",
    () => now,
    (event) => events.push(event),
  );
  const { signal } = new AbortController();
  expect((await provider.send(request(), signal)).ok).toBe(true);
  expect((await provider.send(request({ turn: 2 }), signal)).ok).toBe(false);
  const told = { target: "book/x/P1", attempt: 1 };
  expect(events).toEqual([
    { type: "callDispatched", at: 1000, ...told, turn: 1, call: "replay-run-1-1", model: "replay", reservedUsd: 0 },
    {
      type: "callSettled",
      at: 1500,
      ...told,
      turn: 1,
      call: "replay-run-1-1",
      model: "replay",
      usage: NO_USAGE,
      seconds: 0.5,
      outcome: "answered",
    },
    { type: "callDispatched", at: 1500, ...told, turn: 2, call: "replay-run-1-2", model: "replay", reservedUsd: 0 },
    {
      type: "callSettled",
      at: 2000,
      ...told,
      turn: 2,
      call: "replay-run-1-2",
      model: "replay",
      usage: NO_USAGE,
      seconds: 0.5,
      outcome: "failed",
      error: "recording",
    },
  ]);
});
