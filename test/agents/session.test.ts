import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { AgentRequest, Block, Provider, StopReason } from "../../src/agents/provider.ts";
import { runSession, type SessionRequest } from "../../src/agents/session.ts";
import { structureOf } from "../../src/agents/structure.ts";
import { Toolbox } from "../../src/agents/tools.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { err, ok } from "../../src/result.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { address, error, memoryView, outputs, scripted, text, use, value } from "./scripted.ts";

const FILES = { "content/a.md": "# A\n\nalpha\n" };
const request = (changes: Partial<SessionRequest> = {}): SessionRequest => ({
  address: address("book/x/P1"),
  attempt: 1,
  model: "asked-for",
  prompt: { stable: "", varying: "PROMPT" },
  tools: ["read", "list", "validate_unit", "propose_edit"],
  turns: 5,
  maxTokens: 100,
  expected: ["audit"],
  ...changes,
});
const toolbox = (): Toolbox =>
  new Toolbox({
    view: memoryView(FILES),
    allowed: request().tools,
    reads: ["**"],
    lookup: undefined,
    amends: ["content/a.md" as RepoPath],
    validate: (given) => `judged: ${JSON.stringify(given)}`,
  });
const NEVER = new AbortController().signal;

describe("runSession", () => {
  it("sends the prompt, runs the tools that are asked for, and ends with the outputs", async () => {
    const provider = scripted(({ turn }) =>
      turn === 1
        ? [text("Looking."), use("read", { ref: "content/a.md" }, "r1"), use("list", { glob: "content/*" }, "r2")]
        : [text("Here it is."), outputs({ audit: "## §1" })],
    );
    const tools = toolbox();
    expect(value(await runSession(provider, request(), tools, NEVER))).toEqual({
      outputs: { audit: "## §1\n" },
      usage: { ...NO_USAGE, inputTokens: 20, outputTokens: 2, usd: 0.02 },
      model: "m-1",
      turns: 2,
      toolErrors: [],
    });
    expect(tools.reads.map((read) => read.question.kind)).toEqual(["read", "list"]);
    const [first, second] = provider.requests;
    expect(first).toMatchObject({ address: "book/x/P1", attempt: 1, turn: 1, model: "asked-for", maxTokens: 100 });
    expect(first?.messages).toEqual([{ role: "user", content: [{ type: "text", text: "PROMPT" }] }]);
    expect(first?.tools.map((tool) => tool.name)).toEqual(request().tools);
    expect(second?.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          text("Looking."),
          use("read", { ref: "content/a.md" }, "r1"),
          use("list", { glob: "content/*" }, "r2"),
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", id: "r1", text: FILES["content/a.md"], isError: false },
          { type: "tool_result", id: "r2", text: "content/a.md", isError: false },
        ],
      },
    ]);
  });

  it("tells the agent of a wrong call and goes on", async () => {
    const provider = scripted(({ turn }) =>
      turn === 1
        ? [use("shell", {}), use("propose_edit", { path: "content/a.md", find: "no", replace: "x" })]
        : [outputs({ audit: "x" })],
    );
    const outcome = value(await runSession(provider, request(), toolbox(), NEVER));
    expect(outcome.toolErrors).toEqual([
      expect.stringMatching(/^shell: there is no tool/),
      expect.stringMatching(/^propose_edit: /),
    ]);
    expect(provider.requests[1]?.messages.at(-1)?.content).toMatchObject([{ isError: true }, { isError: true }]);
  });

  it("judges the outputs of the message that asks for it, but does not take them for the last", async () => {
    const provider = scripted(({ turn }) =>
      turn === 1
        ? [outputs({ audit: "draft" }), use("validate_unit", {})]
        : turn === 2
          ? [text('<output name="audit">\nopen'), use("validate_unit", {})]
          : [outputs({ audit: "final" })],
    );
    expect(value(await runSession(provider, request(), toolbox(), NEVER)).outputs).toEqual({ audit: "final\n" });
    expect(provider.requests[1]?.messages.at(-1)?.content).toMatchObject([{ text: 'judged: {"audit":"draft\\n"}' }]);
    expect(provider.requests[2]?.messages.at(-1)?.content).toMatchObject([{ text: "judged: {}" }]);
  });

  it.each([
    ["nothing", [], "output audit is missing"],
    ["chatter", [text("I am done.")], "output audit is missing"],
    ["another output", [outputs({ other: "x" })], "output audit is missing"],
    ["one more", [outputs({ audit: "x", other: "y" })], "output other was not asked for"],
    [
      "a hidden one",
      [outputs({ audit: "x" }), text('<output name="__proto__">\ny\n</output>')],
      "output __proto__ was not asked for",
    ],
    ["one twice", [outputs({ audit: "x" }), outputs({ audit: "y" })], "output audit is given twice"],
    ["an open one", [text('<output name="audit">\nx')], "output audit is not closed"],
  ])("calls %s the agent's failure, for the ladder", async (_, said, what) => {
    expect(
      error(
        await runSession(
          scripted(() => said),
          request(),
          toolbox(),
          NEVER,
        ),
      ),
    ).toEqual({
      kind: "agent",
      what,
      usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 1, usd: 0.01 },
      model: "m-1",
    });
  });

  it("asks no more often than it may, and counts what was paid", async () => {
    const provider = scripted(({ turn }) => [use("list", { glob: `${turn}*` })]);
    const failure = error(await runSession(provider, request({ turns: 3 }), toolbox(), NEVER));
    expect(failure).toMatchObject({ kind: "agent", what: "no answer within 3 turns", usage: { inputTokens: 30 } });
    expect(provider.requests).toHaveLength(3);
  });

  it("leaves a provider's fault to a person, with what the turns before it cost", async () => {
    const fault = { what: "no credit", where: "api", mend: "pay", exit: 5 };
    const provider = scripted(({ turn }) => (turn === 1 ? [use("list", { glob: "*" })] : fault));
    expect(error(await runSession(provider, request(), toolbox(), NEVER))).toEqual({
      kind: "fault",
      fault,
      usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 1, usd: 0.01 },
    });
  });

  it("stops when it is told to, and counts the answer that came all the same", async () => {
    const stop = new AbortController();
    const provider = scripted(({ turn }) => {
      if (turn === 2) stop.abort();
      return [use("list", { glob: "*" })];
    });
    const failure = error(await runSession(provider, request(), toolbox(), stop.signal));
    expect(failure).toMatchObject({ kind: "fault", fault: { exit: 130 }, usage: { inputTokens: 20, outputTokens: 2 } });
    expect(provider.requests).toHaveLength(2);
  });

  it("hands the provider the signal", async () => {
    const stop = new AbortController();
    let given: AbortSignal | undefined;
    await runSession(
      scripted((_, signal) => {
        given = signal;
        return [outputs({ audit: "x" })];
      }),
      request(),
      toolbox(),
      stop.signal,
    );
    expect(given).toBe(stop.signal);
  });

  it("sends what is stable first, by itself", async () => {
    const provider = scripted(() => [outputs({ audit: "x" })]);
    await runSession(provider, request({ prompt: { stable: "ROLE", varying: "BOOK" } }), toolbox(), NEVER);
    expect(provider.requests[0]?.messages[0]?.content).toEqual([{ ...text("ROLE"), stable: true }, text("BOOK")]);
  });

  it.each<[StopReason, string]>([
    ["max_tokens", "the answer was cut off at 100 tokens"],
    ["refusal", "the model declined to answer"],
    ["context_window", "the conversation no longer fits the model's context window"],
  ])("takes no answer that ended by %s, complete as it may look", async (stop, what) => {
    const provider = stopping(() => [[outputs({ audit: "x" })], stop]);
    expect(error(await runSession(provider, request(), toolbox(), NEVER))).toMatchObject({ kind: "agent", what });
  });

  it("lets a paused turn go on, with what came as it came", async () => {
    const opaque = { type: "opaque", value: { type: "server_tool_use" } } as const;
    const provider = stopping(({ turn }) =>
      turn === 1 ? [[text("Searching."), opaque], "pause_turn"] : [[outputs({ audit: "x" })], "end_turn"],
    );
    expect(value(await runSession(provider, request(), toolbox(), NEVER)).turns).toBe(2);
    expect(provider.requests[1]?.messages.slice(1)).toEqual([
      { role: "assistant", content: [text("Searching."), opaque] },
    ]);
  });

  it("tells an agent that asks the same again and again, and then gives it up", async () => {
    const provider = scripted(() => [use("read", { ref: "content/a.md" })]);
    const failure = error(await runSession(provider, request({ turns: 9 }), toolbox(), NEVER));
    expect(failure).toMatchObject({ kind: "agent", what: expect.stringContaining("goes in circles") });
    expect(provider.requests).toHaveLength(4);
    const told = provider.requests.map((each) => each.messages.at(-1)?.content[0]);
    expect(told[2]).toMatchObject({ isError: false });
    expect(told[3]).toMatchObject({ isError: true, text: expect.stringContaining("was called 3 times") });
  });

  it("carries out 64 calls of a message, and answers all", async () => {
    const provider = scripted(({ turn }) =>
      turn === 1
        ? Array.from({ length: 70 }, (_, n) => use("list", { glob: `${n}*` }, `t${n}`))
        : [outputs({ audit: "x" })],
    );
    const tools = toolbox();
    expect(value(await runSession(provider, request(), tools, NEVER)).toolErrors).toHaveLength(6);
    expect(tools.reads).toHaveLength(64);
    expect(provider.requests[1]?.messages.at(-1)?.content).toHaveLength(70);
  });

  it("takes no answer of more than four million characters", async () => {
    const provider = scripted(() => [outputs({ audit: "x".repeat(4_000_001) })]);
    expect(error(await runSession(provider, request(), toolbox(), NEVER))).toMatchObject({
      kind: "agent",
      what: "the answer has more than 4000000 characters",
    });
  });

  it("calls a pause what it is, so that nobody else asks in vain", async () => {
    const fault = { what: "no credit", where: "api", mend: "pay", exit: 5 };
    const provider: Provider = {
      name: "p",
      send: () => Promise.resolve(err({ kind: "pause", error: "billing_error", fault, usage: NO_USAGE })),
    };
    expect(error(await runSession(provider, request(), toolbox(), NEVER))).toMatchObject({ kind: "pause", fault });
  });
});

describe("runSession with outputs of a form", () => {
  const structure = structureOf({ audit: z.strictObject({ score: z.number().int().min(1).max(5) }) });
  const given = (texts: readonly string[]) => {
    const provider = scripted(({ turn }) => [outputs({ audit: texts[turn - 1]! })]);
    return { provider, done: runSession(provider, request({ structure }), toolbox(), NEVER) };
  };

  it("takes what fits", async () => {
    expect(value(await given(['{"score": 4}']).done).outputs.audit).toBe('{"score": 4}\n');
  });

  it.each([
    ["no JSON", "score: 4", "output audit: not readable as JSON"],
    ["another form", '{"score": 9}', "output audit: score:"],
    ["a hidden member", '{"score": 4, "__proto__": {}}', "output audit: it:"],
  ])("asks once more, with what is wrong, after %s", async (_, first, said) => {
    const { provider, done } = given([first, '{"score": 5}']);
    expect(value(await done)).toMatchObject({ turns: 2, outputs: { audit: '{"score": 5}\n' } });
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain(said);
  });

  it("asks no third time", async () => {
    const { provider, done } = given(["{}", "[]", '{"score": 5}']);
    expect(error(await done)).toMatchObject({ kind: "agent", what: expect.stringContaining("output audit") });
    expect(provider.requests).toHaveLength(2);
  });
});

/** Answers with blocks and the reason why the message ended. */
function stopping(script: (asked: AgentRequest) => [Block[], StopReason]): Provider & { requests: AgentRequest[] } {
  const requests: AgentRequest[] = [];
  return {
    name: "stopping",
    requests,
    send(asked) {
      requests.push({ ...asked, messages: [...asked.messages] });
      const [content, stop] = script(asked);
      return Promise.resolve(ok({ content, stop, usage: NO_USAGE, model: "m" }));
    },
  };
}
