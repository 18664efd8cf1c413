/** Paying for a call: what happens in which order, what it is charged with, and what is refused before it leaves. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boundOf } from "../../src/agents/metered.ts";
import { segments } from "../../src/cache/calls.ts";
import type { Event } from "../../src/events.ts";
import type { Host } from "../../src/host.ts";
import { disk } from "../artifact/disk.ts";
import { answer, failure, request, till, used, wireOf } from "./paying.ts";
import { error, text, value } from "./scripted.ts";

const types = (events: readonly Event[]): string[] => events.map((event) => event.type);
/** The last event of a type. */
const last = <T extends Event["type"]>(events: readonly Event[], type: T): Extract<Event, { type: T }> =>
  events.filter((event): event is Extract<Event, { type: T }> => event.type === type).at(-1)!;

describe("a call", () => {
  it("is written down and set aside before it leaves, and settled before anybody hears of the answer", async () => {
    const { host } = disk();
    const steps: string[] = [];
    const journal = (): string => readFileSync(segments(host)[0]!.path, "utf8");
    const wire = wireOf((sent) => {
      steps.push(
        `sent with ${journal().includes(`"type":"dispatched"`)} and ${shop.paying.budget.standing("run")?.reserved}`,
      );
      expect(journal()).toContain(sent.call);
      return answer("a spinor");
    });
    const shop = till(host, wire, { run: 1 });
    const reply = value(await shop.send());
    // 1000 tokens in and 100 out.
    expect(reply.usage.usd).toBe(0.002);
    expect(steps).toHaveLength(1);
    const most = boundOf(request());
    const reserved = Math.ceil((most.promptTokens * 2 + 1000 * 10) * 1.1);
    expect(steps[0]).toBe(`sent with true and ${reserved}`);
    expect(shop.paying.budget.standing("run")).toEqual({ spent: 2000, reserved: 0 });
    expect(shop.events).toMatchObject([
      { type: "callDispatched", target: "book/x/P1", attempt: 1, turn: 1, model: "m-1", reservedUsd: reserved / 1e6 },
      {
        type: "callSettled",
        outcome: "answered",
        model: "m-1",
        usage: { inputTokens: 1000, outputTokens: 100, usd: 0.002 },
      },
    ]);
    expect(journal().trimEnd().split("\n")).toHaveLength(2);
  });

  it("is priced by the model that answered, and by half in a batch", async () => {
    const { host } = disk();
    const replies = [
      answer("a", { model: "claude-opus-5-5" }),
      answer("b", { batch: true }),
      answer("c", { model: "unheard-of" }),
    ];
    const shop = till(
      host,
      wireOf((_, n) => replies[n - 1]!),
    );
    const usd = [];
    for (const turn of [1, 2, 3]) usd.push(value(await shop.send({ turn })).usage.usd);
    expect(usd).toEqual([0.006, 0.001, 0.002]);
  });

  it("that broke off is charged with what it used", async () => {
    const shop = till(
      disk().host,
      wireOf(() => failure("transient", "stalled", used(1000, 50))),
      { run: 1 },
    );
    expect(error(await shop.send())).toMatchObject({ kind: "transient", error: "stalled", usage: { usd: 0.0015 } });
    expect(last(shop.events, "callSettled")).toMatchObject({
      outcome: "failed",
      error: "stalled",
      usage: { usd: 0.0015 },
    });
    expect(shop.paying.budget.standing("run")).toEqual({ spent: 1500, reserved: 0 });
  });

  it("that the server refused costs nothing", async () => {
    const shop = till(
      disk().host,
      wireOf(() => failure("transient", "rate_limit_error")),
      { run: 1 },
    );
    await shop.send();
    expect(shop.paying.budget.standing("run")).toEqual({ spent: 0, reserved: 0 });
  });

  it("of a wire that throws is charged with all that was set aside", async () => {
    const shop = till(
      disk().host,
      wireOf(() => {
        throw new TypeError("undefined is not a function");
      }),
      { run: 1 },
    );
    const failed = error(await shop.send());
    expect(failed).toMatchObject({
      kind: "fault",
      fault: { what: "the provider wire threw TypeError: undefined is not a function" },
    });
    expect(shop.paying.budget.standing("run")?.spent).toBe(
      Math.round(last(shop.events, "callDispatched").reservedUsd * 1e6),
    );
  });

  it.each([
    ["max_tokens", "truncated"],
    ["context_window", "truncated"],
    ["refusal", "refused"],
    ["tool_use", "answered"],
    ["pause_turn", "answered"],
  ] as const)("that ends with %s is %s, and paid", async (stop, outcome) => {
    const shop = till(
      disk().host,
      wireOf(() => answer("…", { stop })),
    );
    expect(value(await shop.send()).usage.usd).toBe(0.002);
    expect(last(shop.events, "callSettled")).toMatchObject({ outcome });
  });
});

describe("nothing leaves", () => {
  it("to a model without a price", async () => {
    const wire = wireOf(() => answer("…"));
    const shop = till(disk().host, wire);
    expect(error(await shop.send({ model: "gpt-9" }))).toMatchObject({
      kind: "pause",
      fault: { exit: 2, mend: expect.stringContaining('prices: { "gpt-9"') },
    });
    expect(wire.asked).toEqual([]);
    expect(types(shop.events)).toEqual(["paused"]);
    expect(shop.paying.held("book/y/P1")).toMatchObject({ exit: 2 });
  });

  it("past a ceiling: the first call that could cost too much", async () => {
    const wire = wireOf(() => answer("…"));
    const shop = till(disk().host, wire, { run: 0.01 });
    expect(error(await shop.send())).toMatchObject({ kind: "pause", error: "budget", fault: { exit: 5 } });
    expect(wire.asked).toEqual([]);
    expect(types(shop.events)).toEqual(["budgetAlert", "paused"]);
    expect(shop.paying.held("book/y/P1")).toMatchObject({ exit: 5 });
  });

  it("when the provider has said that no call can succeed", async () => {
    const wire = wireOf(() => failure("pause", "enforced_spend_limit_reached"));
    const shop = till(disk().host, wire);
    expect(error(await shop.send())).toMatchObject({ kind: "pause" });
    expect(error(await shop.send({ address: request().address, turn: 2 }))).toMatchObject({
      kind: "pause",
      fault: { exit: 5 },
    });
    expect(wire.asked).toHaveLength(1);
    expect(types(shop.events)).toEqual(["callDispatched", "paused", "callSettled"]);
  });

  it("that could not be written down before", async () => {
    const made = disk();
    const host: Host = {
      ...made.host,
      fs: {
        ...made.host.fs,
        openSync: ((path: string, flags: string) => {
          if (path.includes("calls")) throw new Error("ENOSPC: no space left on device");
          return made.host.fs.openSync(path, flags);
        }) as Host["fs"]["openSync"],
      },
    };
    const wire = wireOf(() => answer("…"));
    const shop = till(host, wire, { run: 1 });
    expect(error(await shop.send())).toMatchObject({
      kind: "pause",
      fault: { what: "the journal of calls cannot be written: ENOSPC: no space left on device", where: ".codex/calls" },
    });
    expect(wire.asked).toEqual([]);
    expect(shop.paying.budget.standing("run")).toEqual({ spent: 0, reserved: 0 });
  });
});

it("what cost more than was set aside is counted whole, and told", async () => {
  const shop = till(
    disk().host,
    wireOf(() => answer("long pages", { usage: used(1_000_000, 0) })),
    { run: 2 },
  );
  expect(value(await shop.send()).usage.usd).toBe(1);
  expect(shop.paying.budget.standing("run")).toEqual({ spent: 1_000_000, reserved: 0 });
  expect(last(shop.events, "notice").text).toMatch(/^book\/x\/P1 turn 1 cost \$1\.00, and \$0\.01 had been set aside/);
});

it("a call that never ends keeps the end of a build waiting for a while only, and its segment open", async () => {
  const made = disk();
  const timers: (() => void)[] = [];
  const host: Host = {
    ...made.host,
    after: (_, fn) => {
      timers.push(fn);
      return () => {};
    },
  };
  const wire = wireOf(() => new Promise<never>(() => {}));
  const shop = till(host, wire);
  void shop.send();
  while (wire.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const ended = shop.paying.end();
  for (const fire of timers) fire();
  await ended;
  expect(segments(host).map((segment) => segment.state)).toEqual(["open"]);
});

it("an answer that cannot be written down is given all the same, and is the last one bought", async () => {
  const made = disk();
  let full = false;
  const host: Host = {
    ...made.host,
    fs: {
      ...made.host.fs,
      fsyncSync: (file) => {
        if (full) throw new Error("EIO: i/o error");
        made.host.fs.fsyncSync(file);
      },
    },
  };
  const wire = wireOf(() => {
    full = true;
    return answer("paid for");
  });
  const shop = till(host, wire);
  expect(value(await shop.send()).content).toEqual([text("paid for")]);
  expect(error(await shop.send({ turn: 2 }))).toMatchObject({ kind: "pause" });
  expect(wire.asked).toHaveLength(1);
});

it("secrets that come over the wire get no further than here", async () => {
  const key = "sk-ant-api03-abcdefgh12345678";
  const made = disk();
  const host: Host = {
    ...made.host,
    env: { ANTHROPIC_API_KEY: key, DB_PASSWORD: "correct-horse", HOME: "/home/me-myself" },
  };
  const leaky = [
    answer(`the key is ${key}, and correct-horse`),
    failure("transient", `Authorization: Bearer ${key.slice(7)}`),
    answer("another one: sk-ant-api03-99999999zzzzzzzz in /home/me-myself, Basic representation-theory"),
  ];
  const shop = till(
    host,
    wireOf((_, n) => leaky[n - 1]!),
  );
  const first = value(await shop.send());
  expect(first.content).toEqual([text("the key is [redacted], and [redacted]")]);
  expect(JSON.stringify(await shop.send({ turn: 2 }))).not.toContain(key.slice(7));
  expect(value(await shop.send({ turn: 3 })).content).toEqual([
    text("another one: [redacted] in /home/me-myself, Basic representation-theory"),
  ]);
  const written =
    segments(host)
      .map(({ path }) => readFileSync(path, "utf8"))
      .join("") + JSON.stringify(shop.events);
  for (const secret of [key, key.slice(7), "correct-horse", "99999999zzzzzzzz"]) expect(written).not.toContain(secret);
});

it("the bound of a request counts prompt, tools, output and searches", () => {
  const bound = boundOf(request({ messages: [{ role: "user", content: [text("ü".repeat(1000))] }] }));
  expect(bound.promptTokens).toBeGreaterThan(1000);
  expect(bound.outputTokens).toBe(1000);
  expect(boundOf(request({ web: { maxUses: 4 } }))).toMatchObject({ webSearches: 4 });
  expect(boundOf(request({ web: { maxUses: 4 } })).promptTokens).toBeGreaterThan(
    boundOf(request()).promptTokens + 40_000,
  );
});
