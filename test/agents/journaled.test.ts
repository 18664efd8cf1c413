/** Pay once: what a rerun finds in the journal, and what it must ask anew. */
import { describe, expect, it } from "vitest";
import { callKey } from "../../src/agents/journaled.ts";
import type { AgentRequest } from "../../src/agents/provider.ts";
import { leftBehind } from "../../src/cache/left-behind.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { disk } from "../artifact/disk.ts";
import { answer, failure, request, till, wireOf } from "./paying.ts";
import { address, error, text, use, value } from "./scripted.ts";

const key = (changes: Partial<AgentRequest> = {}, generation = "") =>
  callKey(request(changes), { provider: "wire", model: "m-1", generation: () => generation });

describe("a question is another one", () => {
  it.each<[string, Partial<AgentRequest>]>([
    ["for another target", { address: address("book/y/P1") }],
    ["at another attempt", { attempt: 2 }],
    ["in another turn", { turn: 2 }],
    ["to another model", { model: "m-2" }],
    ["with other words", { messages: [{ role: "user", content: [text("what is a twistor?")] }] }],
    ["with other tools", { tools: [{ name: "read", description: "", inputSchema: {} }] }],
    ["with another limit", { maxTokens: 1001 }],
    ["with the web", { web: { maxUses: 1 } }],
  ])("%s", (_, changes) => {
    expect(key(changes)).not.toBe(key());
  });

  it("once its target has been made since", () => {
    expect(key({}, "k1 2026-11-22T10:00:00.000Z")).not.toBe(key());
  });

  it("not by the order of keys, the default model's name, or the name of the call", () => {
    const { messages, ...rest } = request();
    expect(callKey({ messages, ...rest }, { provider: "wire", model: "m-1", generation: () => "" })).toBe(key());
    expect(key({ model: "m-1" })).toBe(key());
    expect(key({ call: "000001-x" })).toBe(key());
    const blocks = (input: unknown) => ({ messages: [{ role: "assistant" as const, content: [use("read", input)] }] });
    expect(key(blocks({ a: 1, b: { c: 2, d: 3 } }))).toBe(key(blocks({ b: { d: 3, c: 2 }, a: 1 })));
    expect(key(blocks([1, 2]))).not.toBe(key(blocks([2, 1])));
  });
});

/** An agent's session of four turns, each of which sends what was said before. */
async function session(shop: ReturnType<typeof till>, turns = 4): Promise<string[]> {
  const said: string[] = [];
  for (let turn = 1; turn <= turns; turn++) {
    const messages = [{ role: "user" as const, content: [text("go on"), ...said.map(text)] }];
    const reply = await shop.send({ turn, messages });
    if (!reply.ok) return [...said, `failed: ${reply.error.error}`];
    said.push(reply.value.content.map((block) => (block.type === "text" ? block.text : "")).join());
  }
  return said;
}

describe("a session that died", () => {
  it("goes on at the turn where it died, and pays nothing twice", async () => {
    const { host } = disk();
    const dying = wireOf((_, n) => (n < 3 ? answer(`turn ${n}`) : new Promise<never>(() => {})));
    const first = till(host, dying);
    void session(first);
    while (dying.asked.length < 3) await new Promise((resolve) => setImmediate(resolve));

    // The process is gone; another one begins.
    const wire = wireOf((sent) => answer(`turn ${sent.turn}`));
    const second = till(host, wire);
    expect(await session(second)).toEqual(["turn 1", "turn 2", "turn 3", "turn 4"]);
    expect(wire.asked.map((sent) => sent.turn)).toEqual([3, 4]);
    expect(second.events.filter((event) => event.type === "callSettled").map((event) => event.outcome)).toEqual([
      "journal",
      "journal",
      "answered",
      "answered",
    ]);
    expect(leftBehind(host)?.lost).toMatchObject([{ turn: 3 }]);
  });

  it("uses nothing of what it finds", async () => {
    const { host } = disk();
    await till(
      host,
      wireOf(() => answer("yes")),
    ).send();
    const shop = till(
      host,
      wireOf(() => answer("no")),
      { run: 0 },
    );
    expect(value(await shop.send())).toMatchObject({
      content: [text("yes")],
      usage: NO_USAGE,
      stop: "end_turn",
      model: "m-1",
    });
    expect(shop.events).toMatchObject([{ type: "callSettled", outcome: "journal", usage: NO_USAGE }]);
  });
});

describe("what was no answer is asked again", () => {
  it.each([
    ["an error", () => failure("transient", "overloaded_error")],
    ["a refusal", () => answer("I would rather not", { stop: "refusal" as const })],
    ["a truncated answer", () => answer("it begins with", { stop: "max_tokens" as const })],
    ["an answer past the context window", () => answer("…", { stop: "context_window" as const })],
  ])("%s", async (_, bad) => {
    const { host } = disk();
    await till(host, wireOf(bad)).send();
    const wire = wireOf(() => answer("good"));
    expect(value(await till(host, wire).send()).content).toEqual([text("good")]);
    expect(wire.asked).toHaveLength(1);
  });

  it("within one run, too: a retry is not answered with the failure", async () => {
    const wire = wireOf((_, n) => (n === 1 ? failure("transient", "overloaded_error") : answer("good")));
    const shop = till(disk().host, wire);
    expect(error(await shop.send()).error).toBe("overloaded_error");
    expect(value(await shop.send()).content).toEqual([text("good")]);
    const calls = shop.events.flatMap((event) => (event.type === "callSettled" ? [event.call] : []));
    expect(new Set(calls).size).toBe(2);
  });
});

describe("an answer that has done its service is asked for anew", () => {
  const finished = {
    type: "targetFinished",
    at: 0,
    target: "book/x/P1",
    how: "ran",
    seconds: 1,
    usd: 0,
    attempts: 1,
    agent: "agent-x-P1-1",
    reasons: [],
    changed: true,
  } as const;
  const failed = { type: "attemptFailed", at: 0, target: "book/x/P1", attempt: 1, defects: [], next: "" } as const;

  it("when its target was committed: --force buys", async () => {
    const { host } = disk();
    const first = till(
      host,
      wireOf(() => answer("old")),
    );
    await first.send();
    first.paying.heard(finished);
    await first.paying.end();
    const wire = wireOf(() => answer("new"));
    expect(value(await till(host, wire).send()).content).toEqual([text("new")]);
  });

  it("when its target's ladder has ended", async () => {
    const { host } = disk();
    const first = till(
      host,
      wireOf(() => answer("bad")),
    );
    await first.send();
    first.paying.heard({ ...failed, givenUp: true });
    expect(
      value(
        await till(
          host,
          wireOf(() => answer("new")),
        ).send(),
      ).content,
    ).toEqual([text("new")]);
  });

  it("not when an attempt failed and the ladder goes on, or when the target was stopped", async () => {
    const { host } = disk();
    const first = till(
      host,
      wireOf(() => answer("kept")),
    );
    await first.send();
    first.paying.heard(failed);
    first.paying.heard({
      type: "targetFailed",
      at: 0,
      target: "book/x/P1",
      attempts: 1,
      seconds: 1,
      fault: { what: "the prompt file is missing", where: "", mend: "", exit: 2 },
    });
    expect(
      value(
        await till(
          host,
          wireOf(() => answer("new")),
        ).send(),
      ).content,
    ).toEqual([text("kept")]);
  });

  it("when a crash came between the commit and the note of it: the trace tells", async () => {
    const { host } = disk();
    await till(
      host,
      wireOf(() => answer("old")),
    ).send();
    const wire = wireOf(() => answer("new"));
    const later = till(host, wire, {}, { generation: () => "k1 2026-11-22T10:00:00.000Z" });
    expect(value(await later.send()).content).toEqual([text("new")]);
  });
});

it("a call whose answer waits at the provider is collected under its name, and charged once", async () => {
  const { host } = disk();
  const dying = wireOf(() => new Promise<never>(() => {}), { resumable: () => true });
  const first = till(host, dying);
  void first.send();
  while (dying.asked.length < 1) await new Promise((resolve) => setImmediate(resolve));
  expect(leftBehind(host)?.lost).toEqual([]);

  const wire = wireOf(() => answer("from the batch", { batch: true }), { resumable: () => true });
  const second = till(host, wire);
  expect(value(await second.send()).usage.usd).toBe(0.001);
  expect(wire.asked[0]?.call).toBe(dying.asked[0]?.call);
  await second.paying.end();
});
