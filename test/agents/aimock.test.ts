/** The real SDK, our turn loop and retries against an emulator that others wrote: what we misread, our own stub might misread too. */
import { LLMock } from "@copilotkit/aimock";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anthropicWire } from "../../src/agents/anthropic.ts";
import type { Provider } from "../../src/agents/provider.ts";
import { retrying } from "../../src/agents/retrying.ts";
import { runSession } from "../../src/agents/session.ts";
import { Throttle } from "../../src/agents/throttle.ts";
import { Toolbox } from "../../src/agents/tools.ts";
import type { Event } from "../../src/events.ts";
import { address, error, memoryView, text, value } from "./scripted.ts";

const mock = new LLMock({ port: 0 });
beforeAll(async () => {
  await mock.start();
});
afterAll(() => mock.stop());
beforeEach(() => {
  mock.reset();
});

const NEVER = new AbortController().signal;
const host = {
  now: () => Date.now(),
  // Waits are drawn at random: none here.
  random: () => 0,
  after(ms: number, fn: () => void) {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
const DONE = { content: 'Done.\n<output name="audit">\nThe sea.\n</output>' };

function asking() {
  const events: Event[] = [];
  const emit = (event: Event): void => void events.push(event);
  const throttle = new Throttle(host, { floor: 1, ceiling: 4 });
  const connection = { apiKey: "sk-test", baseUrl: mock.url, model: "claude-opus-5-5", idleMs: 5000 };
  const wire = anthropicWire({ ...connection, host, emit, onHeaders: (headers) => throttle.observe(headers) });
  return { wire, provider: retrying(wire, { host, emit, throttle, retries: 30 }), events };
}

function session(provider: Provider, prompt: string) {
  const toolbox = new Toolbox({
    view: memoryView({ "notes/a.md": "The moon pulls the sea.\n" }),
    allowed: ["read"],
    reads: ["**"],
    lookup: undefined,
    amends: [],
    validate: () => "",
  });
  const request = {
    address: address("book/x/P1"),
    attempt: 1,
    model: undefined,
    prompt: { stable: "ROLE", varying: prompt },
    tools: ["read"] as const,
    turns: 4,
    maxTokens: 1000,
    expected: ["audit"],
  };
  return runSession(provider, request, toolbox, NEVER);
}

describe("Claude as aimock plays it", () => {
  it("calls a tool, gets its answer, and gives the output", async () => {
    mock.onToolResult("toolu_a", DONE);
    mock.onMessage("tides", {
      toolCalls: [{ name: "read", arguments: '{"ref":"notes/a.md"}', id: "toolu_a" }],
    });
    const { provider } = asking();
    const outcome = value(await session(provider, "Tell me of the tides."));
    expect(outcome).toMatchObject({ outputs: { audit: "The sea.\n" }, turns: 2, toolErrors: [] });
    expect(mock.getRequests()).toHaveLength(2);
  });

  it.each([
    [401, "authentication_error", "pause"],
    [400, "invalid_request_error", "fault"],
    [529, "overloaded_error", "transient"],
    [500, "api_error", "transient"],
  ])("answers with %i, which is a %s and a %s", async (status, type, kind) => {
    mock.onMessage("tides", { error: { message: "no", type }, status });
    const failure = error(
      await asking().wire.send(
        {
          address: address("book/x/P1"),
          attempt: 1,
          turn: 1,
          model: undefined,
          messages: [{ role: "user", content: [text("tides")] }],
          tools: [],
          maxTokens: 10,
        },
        NEVER,
      ),
    );
    expect(failure).toMatchObject({ kind, error: type });
  });

  it("comes through limits, drops, broken lines and cut streams", async () => {
    mock.onMessage("tides", DONE);
    mock.setChaos({ dropRate: 0.2, malformedRate: 0.1, disconnectRate: 0.1 });
    const { provider, events } = asking();
    for (let n = 0; n < 15; n++)
      expect(value(await session(provider, `${n}: tell me of the tides.`)).outputs.audit).toBe("The sea.\n");
    expect(events.filter((event) => event.type === "callRetried").length).toBeGreaterThan(0);
  });
});
