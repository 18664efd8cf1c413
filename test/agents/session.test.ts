import { describe, expect, it } from "vitest";
import { runSession, type SessionRequest } from "../../src/agents/session.ts";
import { Toolbox } from "../../src/agents/tools.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
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
});
