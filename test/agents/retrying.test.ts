import { describe, expect, it } from "vitest";
import type { AgentReply, AgentRequest, CallFailure, Provider } from "../../src/agents/provider.ts";
import { retrying } from "../../src/agents/retrying.ts";
import { Throttle } from "../../src/agents/throttle.ts";
import type { Event } from "../../src/events.ts";
import { err, ok, type Result } from "../../src/result.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { clock } from "./clock.ts";
import { address, error, text, value } from "./scripted.ts";

const NEVER = new AbortController().signal;
const ASK: AgentRequest = {
  address: address("book/x/P1"),
  attempt: 1,
  turn: 2,
  model: undefined,
  messages: [{ role: "user", content: [text("hello")] }],
  tools: [],
  maxTokens: 10,
};
const paid = (usd: number) => ({ ...NO_USAGE, outputTokens: 1, usd });
const reply: AgentReply = { content: [text("x")], usage: paid(1), model: "m", stop: "end_turn" };
const fails = (error: string, changes: Partial<CallFailure> = {}): Result<never, CallFailure> =>
  err({
    kind: "transient",
    error,
    fault: { what: `it was ${error}`, where: "book/x/P1", mend: "again", exit: 1 },
    usage: paid(0.25),
    ...changes,
  });

function over(answers: readonly Result<AgentReply, CallFailure>[], retries?: number, dice = 0.5) {
  const host = clock(dice);
  const events: Event[] = [];
  const times: number[] = [];
  const inner: Provider = {
    name: "inner",
    send() {
      times.push(host.now());
      return Promise.resolve(answers[Math.min(times.length, answers.length) - 1]!);
    },
  };
  const emit = (event: Event): void => void events.push(event);
  const provider = retrying(inner, { host, emit, ...(retries === undefined ? {} : { retries }) });
  const waits = (): number[] => times.slice(1).map((at, index) => at - times[index]!);
  return { host, provider, events, waits, times };
}

describe("retrying", () => {
  it("tries again what is transient, and counts what was paid on the way", async () => {
    const { host, provider, events, waits } = over([fails("overloaded_error"), fails("stalled"), ok(reply)]);
    expect(value(await host.until(provider.send(ASK, NEVER))).usage).toEqual({
      ...NO_USAGE,
      outputTokens: 3,
      usd: 1.5,
    });
    expect(waits()).toEqual([1000, 2000]);
    expect(events).toMatchObject([
      { type: "callRetried", target: "book/x/P1", turn: 2, error: "overloaded_error", inMs: 1000 },
      { type: "callRetried", error: "stalled", inMs: 2000 },
    ]);
  });

  it.each(["fault", "pause"] as const)("leaves a %s alone", async (kind) => {
    const { host, provider, times } = over([fails("authentication_error", { kind })]);
    expect(error(await host.until(provider.send(ASK, NEVER)))).toMatchObject({ kind, usage: { usd: 0.25 } });
    expect(times).toHaveLength(1);
  });

  it("waits as long as the server says, and not for ever", async () => {
    const { host, provider, waits } = over(
      [fails("rate_limit_error", { retryAfterMs: 30_000 }), fails("x", { retryAfterMs: 1e9 }), ok(reply)],
      undefined,
      0,
    );
    await host.until(provider.send(ASK, NEVER));
    expect(waits()).toEqual([30_000, 600_000]);
  });

  it("draws its waits from nothing to twice as much each time, up to a minute", async () => {
    const most = over([fails("stalled")], 8, 0.999_999);
    await most.host.until(most.provider.send(ASK, NEVER));
    expect(most.waits()).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    const least = over([fails("stalled")], 2, 0);
    await least.host.until(least.provider.send(ASK, NEVER));
    expect(least.waits()).toEqual([0, 0]);
  });

  it.each([
    ["overloaded_error", "pause"],
    ["rate_limit_error", "pause"],
    ["connection", "pause"],
    ["stalled", "fault"],
    ["broken_stream", "fault"],
  ])("gives up %s in the end, as a %s, and says how often it tried", async (name, kind) => {
    const { host, provider, times } = over([fails(name)], 3);
    const failure = error(await host.until(provider.send(ASK, NEVER)));
    expect(failure).toMatchObject({ kind, error: name, usage: { usd: 1 } });
    expect(failure.fault.what).toMatch(/^4 attempts failed/);
    expect(times).toHaveLength(4);
  });

  it("does not wait on when it is stopped", async () => {
    const { host, provider, times } = over([fails("overloaded_error")]);
    const stop = new AbortController();
    const sent = provider.send(ASK, stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect((await sent).ok).toBe(false);
    expect(times).toHaveLength(1);
    expect(await host.next()).toBe(false);
  });
});

describe("retrying with a throttle", () => {
  it("keeps to the places there are, and a retry gives its place up while it waits", async () => {
    const host = clock();
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    const inner: Provider = {
      name: "inner",
      async send(request) {
        running++;
        most = Math.max(most, running);
        seen.push(request.turn);
        await new Promise<void>((resolve) => void host.after(100, resolve));
        running--;
        return request.turn === 1 && seen.filter((turn) => turn === 1).length === 1 ? fails("stalled") : ok(reply);
      },
    };
    const provider = retrying(inner, { host, emit: () => {}, throttle: new Throttle(host, { floor: 1, ceiling: 2 }) });
    const all = [1, 2, 3, 4, 5, 6].map((turn) => provider.send({ ...ASK, turn }, NEVER));
    const results = await host.until(Promise.all(all));
    expect(results.every((each) => each.ok)).toBe(true);
    expect(most).toBe(2);
    expect(seen.indexOf(3)).toBeLessThan(seen.lastIndexOf(1));
  });
});
