import { afterEach, describe, expect, it } from "vitest";
import { type AnthropicOptions, anthropicWire } from "../../src/agents/anthropic.ts";
import type { AgentRequest } from "../../src/agents/provider.ts";
import { toolSpec } from "../../src/agents/tools.ts";
import type { Event } from "../../src/events.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { address, error, text, value } from "./scripted.ts";
import { type Asked, type Behaviour, calls, StubServer, says } from "./stub-server.ts";

const KEY = "sk-ant-test-0123456789";
const NEVER = new AbortController().signal;
const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

const ASK: AgentRequest = {
  address: address("book/x/P1"),
  attempt: 1,
  turn: 1,
  model: undefined,
  messages: [{ role: "user", content: [{ type: "text", text: "ROLE", stable: true }, text("This book.")] }],
  tools: [],
  maxTokens: 100,
};

async function over(script: (asked: Asked) => Behaviour, changes: Partial<AnthropicOptions> = {}) {
  const stub = await StubServer.start(script);
  stubs.push(stub);
  const events: Event[] = [];
  const headers: Headers[] = [];
  const wire = anthropicWire({
    apiKey: KEY,
    baseUrl: stub.url,
    model: "claude-default",
    idleMs: 200,
    host: {
      now: () => Date.now(),
      after(ms, fn) {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
    },
    emit: (event) => events.push(event),
    onHeaders: (each) => headers.push(each),
    ...changes,
  });
  return { stub, wire, events, headers };
}

const ending = { type: "ephemeral" };

describe("anthropicWire", () => {
  it("streams a message with its own key, and reads text, calls and usage", async () => {
    const usage = {
      input_tokens: 12,
      output_tokens: 34,
      cache_read_input_tokens: 5,
      cache_creation_input_tokens: 7,
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
    };
    const { stub, wire } = await over(() => ({
      kind: "message",
      content: [says("Let me look."), calls("read", { ref: "content/a.md" }, "toolu_9")],
      usage,
    }));
    expect(value(await wire.send(ASK, NEVER))).toEqual({
      content: [
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "toolu_9", name: "read", input: { ref: "content/a.md" } },
      ],
      usage: {
        ...NO_USAGE,
        inputTokens: 12,
        outputTokens: 34,
        cacheReadTokens: 5,
        cacheWriteTokens: 7,
        webSearches: 2,
      },
      model: "claude-default",
      stop: "tool_use",
    });
    const [asked] = stub.asked;
    expect(asked?.body).toMatchObject({ model: "claude-default", max_tokens: 100, stream: true });
    expect(asked?.headers["x-api-key"] ?? asked?.headers.authorization).toContain(KEY);
  });

  it("puts the tools and the stable part first, marked for the cache, and marks the end of the conversation", async () => {
    const { stub, wire } = await over(() => ({ kind: "message", content: [says("x")] }));
    const result = { type: "tool_result", id: "t1", text: "found", isError: false } as const;
    await wire.send(
      {
        ...ASK,
        tools: [toolSpec("read"), toolSpec("list")],
        web: { maxUses: 3, domains: ["example.org"] },
        messages: [
          ...ASK.messages,
          { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "list", input: { glob: "*" } }] },
          { role: "user", content: [result] },
        ],
      },
      NEVER,
    );
    const body = stub.asked[0]!.body;
    expect(body.system).toEqual([{ type: "text", text: "ROLE", cache_control: ending }]);
    expect(body.tools?.map((tool) => [tool.name, tool.cache_control])).toEqual([
      ["read", undefined],
      ["list", undefined],
      ["web_search", undefined],
      ["web_fetch", ending],
    ]);
    expect(body.tools?.[3]).toMatchObject({ max_uses: 3, allowed_domains: ["example.org"] });
    expect(body.messages.map((message) => message.content)).toEqual([
      [{ type: "text", text: "This book.", cache_control: ending }],
      [{ type: "tool_use", id: "t1", name: "list", input: { glob: "*" } }],
      [{ type: "tool_result", tool_use_id: "t1", content: "found", is_error: false, cache_control: ending }],
    ]);
  });

  it("hands back what only the server understands as it came", async () => {
    const thinking = { type: "thinking", thinking: "Hm.", signature: "sig" };
    const search = { type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "spin" } };
    const citation = { type: "web_search_result_location", url: "https://example.org", encrypted_index: "e" };
    const pieces = [
      { type: "text", text: "The theorem ", citations: [] },
      { type: "text", text: "is old.", citations: [citation] },
    ];
    const { stub, wire } = await over(({ n }) => ({
      kind: "message",
      content: n === 1 ? [thinking, search, ...pieces] : [says("done")],
      ...(n === 1 ? { stop: "pause_turn" } : {}),
    }));
    const first = value(await wire.send(ASK, NEVER));
    expect(first.stop).toBe("pause_turn");
    expect(first.content.find((block) => block.type === "text")).toMatchObject({ text: "The theorem is old." });
    await wire.send({ ...ASK, messages: [...ASK.messages, { role: "assistant", content: first.content }] }, NEVER);
    expect(stub.asked[1]!.body.messages[1]?.content).toEqual([thinking, search, ...pieces]);
  });

  it.each([
    ["end_turn", "end_turn"],
    ["stop_sequence", "end_turn"],
    ["max_tokens", "max_tokens"],
    ["refusal", "refusal"],
    ["pause_turn", "pause_turn"],
    ["model_context_window_exceeded", "context_window"],
  ])("knows the stop reason %s", async (stop, expected) => {
    const { wire } = await over(() => ({ kind: "message", content: [says("x")], stop }));
    expect(value(await wire.send(ASK, NEVER)).stop).toBe(expected);
  });

  it("asks for no message again that ended for an unknown reason, and counts it", async () => {
    const { wire } = await over(() => ({ kind: "message", content: [says("x")], stop: "moon_phase" }));
    const failure = error(await wire.send(ASK, NEVER));
    expect(failure).toMatchObject({ kind: "fault", fault: { what: expect.stringContaining("moon_phase") } });
    expect(failure.usage.outputTokens).toBeGreaterThan(0);
  });

  it.each([
    ['{"ref": nonsense}', "transient"],
    ["]", "transient"],
  ])("takes a call with the arguments %s for a broken message", async (input, kind) => {
    const { wire } = await over(() => ({ kind: "message", content: [says("I look."), calls("read", input)] }));
    expect(error(await wire.send(ASK, NEVER))).toMatchObject({ kind, partial: [text("I look.")] });
  });

  it.each<[string, Behaviour, string, string, number]>([
    ["a 429", { kind: "status", status: 429, type: "rate_limit_error" }, "transient", "rate_limit_error", 1],
    ["a 529", { kind: "status", status: 529, type: "overloaded_error" }, "transient", "overloaded_error", 1],
    ["a 500", { kind: "status", status: 500, type: "api_error" }, "transient", "api_error", 1],
    ["a proxy's page", { kind: "status", status: 502, type: null }, "transient", "api_error", 1],
    ["a gateway's 500", { kind: "status", status: 500, type: "server_error" }, "transient", "api_error", 1],
    ["a gateway's 429", { kind: "status", status: 429, type: "slow_down" }, "transient", "rate_limit_error", 1],
    ["a time-out", { kind: "status", status: 408, type: null }, "transient", "timeout_error", 1],
    ["a closed socket", { kind: "drop" }, "transient", "connection", 1],
    ["a wrong key", { kind: "status", status: 401, type: "authentication_error" }, "pause", "authentication_error", 2],
    ["a 402", { kind: "status", status: 402, type: "billing_error" }, "pause", "billing_error", 5],
    [
      "a spend limit as a 429",
      { kind: "status", status: 429, type: "rate_limit_error", code: "enforced_spend_limit_reached" },
      "pause",
      "billing_error",
      5,
    ],
    [
      "a spend limit as a 400",
      { kind: "status", status: 400, type: "invalid_request_error", message: "Your credit balance is too low" },
      "pause",
      "billing_error",
      5,
    ],
    ["an unknown model", { kind: "status", status: 404, type: "not_found_error" }, "fault", "not_found_error", 2],
    [
      "a bad request",
      { kind: "status", status: 400, type: "invalid_request_error" },
      "fault",
      "invalid_request_error",
      1,
    ],
    ["too much", { kind: "status", status: 413, type: "request_too_large" }, "fault", "request_too_large", 1],
  ])("calls %s what it is, after one attempt", async (_, told, kind, name, exit) => {
    const { stub, wire } = await over(() => told);
    const failure = error(await wire.send(ASK, NEVER));
    expect(failure).toMatchObject({ kind, error: name, usage: NO_USAGE, fault: { where: "book/x/P1", exit } });
    expect(failure.fault.mend).not.toBe("");
    expect(stub.asked).toHaveLength(1);
  });

  it.each<[string, Extract<Behaviour, { kind: "broken" }>, string, string]>([
    ["an overload within the stream", { kind: "broken", how: "error" }, "transient", "overloaded_error"],
    ["a limit within it", { kind: "broken", how: "error", type: "rate_limit_error" }, "transient", "rate_limit_error"],
    ["a gateway's error within it", { kind: "broken", how: "error", type: "server_error" }, "transient", "api_error"],
    ["a bill within it", { kind: "broken", how: "error", type: "billing_error" }, "pause", "billing_error"],
    ["a stall", { kind: "broken", how: "stall" }, "transient", "stalled"],
    ["a dropped socket", { kind: "broken", how: "drop" }, "transient", "broken_stream"],
    ["an early end", { kind: "broken", how: "end" }, "transient", "broken_stream"],
    ["a line that is no JSON", { kind: "broken", how: "garbage" }, "transient", "broken_stream"],
  ])("keeps of %s what came before, and what that used", async (_, told, kind, name) => {
    const { stub, wire } = await over(() => told);
    const failure = error(await wire.send(ASK, NEVER));
    expect(failure).toMatchObject({ kind, error: name, partial: [{ type: "text", text: "Half a " }] });
    const [billed] = stub.billed;
    expect(failure.usage).toEqual({ ...NO_USAGE, inputTokens: billed?.tokens.input_tokens, outputTokens: 3 });
  });

  it("reads how long to wait", async () => {
    const told = { kind: "status", status: 429, type: "rate_limit_error" } as const;
    const { wire } = await over(({ n }) => ({
      ...told,
      headers: n === 1 ? { "retry-after": "7" } : { "retry-after": new Date(Date.now() + 60_000).toUTCString() },
    }));
    expect(error(await wire.send(ASK, NEVER)).retryAfterMs).toBe(7000);
    const dated = error(await wire.send(ASK, NEVER)).retryAfterMs ?? 0;
    expect(dated).toBeGreaterThan(50_000);
    expect(dated).toBeLessThanOrEqual(60_000);
  });

  it("tells the headers of answers and of refusals", async () => {
    const { wire, headers } = await over(({ n }) => ({
      ...(n === 1
        ? ({ kind: "message", content: [says("x")] } as const)
        : ({ kind: "status", status: 429, type: "rate_limit_error" } as const)),
      headers: { "anthropic-ratelimit-requests-remaining": String(n) },
    }));
    await wire.send(ASK, NEVER);
    await wire.send(ASK, NEVER);
    expect(headers.map((each) => each.get("anthropic-ratelimit-requests-remaining"))).toEqual(["1", "2"]);
  });

  it("stops when it is told to", async () => {
    const { wire } = await over(() => ({ kind: "broken", how: "stall" }), { idleMs: 60_000 });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(error(await wire.send(ASK, stop.signal))).toMatchObject({ error: "aborted", fault: { exit: 130 } });
  });

  it("shows signs of life, at most one a second", async () => {
    let now = 0;
    const long = "x".repeat(10_000);
    const { wire, events } = await over(() => ({ kind: "message", content: [says(long)] }), {
      host: { now: () => (now += 400), after: () => () => {} },
    });
    await wire.send(ASK, NEVER);
    const told = events.flatMap((event) => (event.type === "callProgress" ? [event.outputTokens] : []));
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(8);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it("takes nothing from the environment", async () => {
    const before = { ...process.env };
    process.env.ANTHROPIC_BASE_URL = "http://127.0.0.1:9";
    process.env.ANTHROPIC_AUTH_TOKEN = "another";
    process.env.ANTHROPIC_LOG = "debug";
    try {
      const { stub, wire } = await over(() => ({ kind: "message", content: [says("x")] }));
      expect((await wire.send(ASK, NEVER)).ok).toBe(true);
      expect(JSON.stringify(stub.asked[0]?.headers)).not.toContain("another");
    } finally {
      process.env = before;
    }
  });
});
