import { describe, expect, it } from "vitest";
import { parseOutputs } from "../../src/agents/contract.ts";
import type { AgentRequest } from "../../src/agents/provider.ts";
import { REPLAY_MODEL, replayProvider } from "../../src/agents/replay.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { address, error, memoryView, value } from "./scripted.ts";

const recording = (attempts: string): string =>
  `recording: 1\naddress: book/x/P1\nmade: { by: a person, on: 2026-11-22 }\nattempts:\n${attempts}`;
const send = (files: Record<string, string>, at: Partial<AgentRequest> = {}) =>
  replayProvider(memoryView(files), "recordings").send(
    {
      address: address("book/x/P1"),
      attempt: 1,
      turn: 1,
      model: undefined,
      messages: [],
      tools: [],
      maxTokens: 1,
      ...at,
    },
    new AbortController().signal,
  );

const TWO = recording(`  - turns:
      - say: Looking.
        tools: [{ list: { glob: "*" } }, { read: { ref: a.md } }]
      - say: Done.
        outputs: { audit: { file: P1.md }, note: { text: "one line" } }
  - turns:
      - outputs: { audit: { text: again } }
`);
const FILES = { "recordings/x/P1.yaml": TWO, "recordings/x/P1.md": "## §1\n\ntext\n" };

describe("replayProvider", () => {
  it("answers each turn of each attempt from the recording, at no cost, and says that it is replay", async () => {
    const first = value(await send(FILES));
    expect(first).toEqual({
      content: [
        { type: "text", text: "Looking." },
        { type: "tool_use", id: "t1", name: "list", input: { glob: "*" } },
        { type: "tool_use", id: "t2", name: "read", input: { ref: "a.md" } },
      ],
      usage: NO_USAGE,
      model: REPLAY_MODEL,
      stop: "tool_use",
    });
    const second = value(await send(FILES, { turn: 2 }));
    expect(second.content).toHaveLength(1);
    const [block] = second.content;
    expect(block?.type === "text" && value(parseOutputs(block.text))).toEqual({
      audit: "## §1\n\ntext\n",
      note: "one line\n",
    });
    expect(value(await send(FILES, { attempt: 2 })).content).toEqual([
      { type: "text", text: '<output name="audit">\nagain\n</output>' },
    ]);
  });

  it("answers with nothing where the recorded turn says nothing", async () => {
    expect(value(await send({ "recordings/x/P1.yaml": recording("  - turns: [{}]\n") })).content).toEqual([]);
  });

  it.each<[string, Partial<AgentRequest>, string]>([
    ["an attempt beyond the recording", { attempt: 3 }, "holds 2 attempts, and attempt 3"],
    ["a turn beyond the attempt", { turn: 3 }, "attempt 1 of the recording ends before turn 3"],
    ["a turn beyond the second attempt", { attempt: 2, turn: 2 }, "attempt 2 of the recording ends before turn 2"],
  ])("is loud about %s", async (_, at, told) => {
    const { fault } = error(await send(FILES, at));
    expect(fault).toMatchObject({ where: "recordings/x/P1.yaml", exit: 1 });
    expect(fault.what).toContain(told);
    expect(fault.mend).not.toBe("");
  });

  it("is loud about a target without a recording", async () => {
    expect(error(await send(FILES, { address: address("book/x/P2") })).fault.what).toContain(
      "no recording of book/x/P2",
    );
  });

  it("is loud about a file that is not beside the recording", async () => {
    const { "recordings/x/P1.yaml": yaml } = FILES;
    const { fault } = error(await send({ "recordings/x/P1.yaml": yaml }, { turn: 2 }));
    expect(fault.what).toContain("P1.md");
    expect(fault.mend).toContain("recordings/x/P1.md");
  });

  it.each(["../../secret.md", "../y.md", "a/../../../b", "C:\\x"])(
    "does not follow %s out of the recording's folder",
    async (file) => {
      const yaml = recording(`  - turns: [{ outputs: { a: { file: ${JSON.stringify(file)} } } }]\n`);
      expect(
        error(await send({ "recordings/x/P1.yaml": yaml, "secret.md": "s", "recordings/y.md": "s" })).fault.exit,
      ).toBe(2);
    },
  );
});
