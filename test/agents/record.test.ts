import { describe, expect, it } from "vitest";
import type { AgentReply, AgentRequest, Block, StopReason } from "../../src/agents/provider.ts";
import { recordingOf, Transcripts } from "../../src/agents/record.ts";
import { replayProvider } from "../../src/agents/replay.ts";
import { ok } from "../../src/result.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { address, error, memoryView, outputs, text, use, value } from "./scripted.ts";

const A = address("book/x/P4_production/01.02.03");
const NEVER = new AbortController().signal;
const MADE = { by: "codex record (anthropic, m)", on: "2026-11-22" };
const reply = (content: readonly Block[], stop: StopReason = "end_turn"): AgentReply => ({
  content,
  stop,
  usage: NO_USAGE,
  model: "m",
});
const ask = (attempt: number, turn: number): AgentRequest => ({
  address: A,
  attempt,
  turn,
  model: undefined,
  messages: [],
  tools: [],
  maxTokens: 1,
});
const record = (attempts: readonly (readonly AgentReply[])[]) => recordingOf("recordings", A, attempts, MADE);

describe("recordingOf", () => {
  it("plays what was said, called and given, as it was", async () => {
    const long = `# A unit\n\n${"Text. ".repeat(40)}`;
    const live = [
      [
        reply([text("I look."), use("read", { ref: "a.md" }, "toolu_1"), { type: "opaque", value: 1 }], "tool_use"),
        reply([outputs({ unit: "draft\n\nof it", note: "short" }), use("validate_unit", {}, "toolu_2")], "tool_use"),
        reply([text('<output name="unit">\nno end')]),
      ],
      [reply([], "refusal")],
      [reply([text("Here."), outputs({ unit: long })])],
    ];
    const files = value(record(live));
    expect([...files.keys()]).toEqual([
      "recordings/x/P4_production/01.02.03.yaml",
      "recordings/x/P4_production/01.02.03/unit.attempt-1.turn-2.md",
      "recordings/x/P4_production/01.02.03/unit.md",
    ]);
    const replay = replayProvider(memoryView(Object.fromEntries(files)), "recordings");
    for (const [a, turns] of live.entries())
      for (const [t, said] of turns.entries()) {
        const played = value(await replay.send(ask(a + 1, t + 1), NEVER));
        expect(played.stop).toBe(said.stop);
        const shown = (blocks: readonly Block[]) => ({
          text: blocks
            .flatMap((block) => (block.type === "text" ? [block.text] : []))
            .join("\n")
            .replace(/\n+/g, "\n"),
          calls: blocks.flatMap((block) => (block.type === "tool_use" ? [[block.name, block.input]] : [])),
        });
        expect(shown(played.content)).toEqual(shown(said.content));
      }
  });

  it("says what it cannot hold", () => {
    expect(error(record([[reply([use("shell", {})])]]))).toBe("attempt 1, turn 1: it called shell, which is no tool");
    expect(error(record([[reply([use("read", [1])])]]))).toContain("no object");
  });

  it("lets an output's name lead to no file elsewhere", () => {
    const files = value(record([[reply([outputs({ "../../../x": "long\n".repeat(50) })])]]));
    expect([...files.keys()]).toEqual(["recordings/x/P4_production/01.02.03.yaml"]);
  });
});

describe("Transcripts", () => {
  it("keeps what was answered, whole attempts only", async () => {
    const transcripts = new Transcripts();
    const provider = transcripts.of({ name: "p", send: () => Promise.resolve(ok(reply([text("x")]))) });
    expect(transcripts.attempts(A)).toBeUndefined();
    await provider.send(ask(2, 1), NEVER);
    expect(transcripts.attempts(A)).toBeUndefined();
    await provider.send(ask(1, 1), NEVER);
    await provider.send(ask(1, 2), NEVER);
    expect(transcripts.attempts(A)?.map((turns) => turns.length)).toEqual([2, 1]);
  });
});
