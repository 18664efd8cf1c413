import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type CommandOptions, commandProvider } from "../../src/agents/command-provider.ts";
import { parseCalls, transcript } from "../../src/agents/plain-tools.ts";
import type { AgentRequest } from "../../src/agents/provider.ts";
import { toolSpec } from "../../src/agents/tools.ts";
import { runProgram } from "../../src/exec/run-program.ts";
import { disk } from "../artifact/disk.ts";
import { address, error, text, use, value } from "./scripted.ts";

const NEVER = new AbortController().signal;
const ask = (changes: Partial<AgentRequest> = {}): AgentRequest => ({
  address: address("book/x/P1"),
  attempt: 1,
  turn: 1,
  model: undefined,
  messages: [{ role: "user", content: [{ ...text("ROLE\n\n"), stable: true } as never, text("This book.")] }],
  tools: [],
  maxTokens: 100,
  ...changes,
});

function running(script: string, changes: Partial<CommandOptions> = {}) {
  const { host } = disk();
  const provider = commandProvider({
    argv: [process.execPath, "-e", script, "--", "{model}"],
    model: "a-model",
    limitMs: 20_000,
    temporary: `${host.root}/tmp`,
    host: {
      ...host,
      env: { PATH: process.env.PATH, HOME: "/nowhere", ANTHROPIC_API_KEY: "secret", NODE_OPTIONS: "--bad" },
      after(ms, fn) {
        const timer = setTimeout(fn, ms);
        return () => clearTimeout(timer);
      },
    },
    run: runProgram,
    ...changes,
  });
  const left = (): string[] => (existsSync(`${host.root}/tmp`) ? readdirSync(`${host.root}/tmp`) : []);
  return { provider, left };
}

const READ_ALL = 'let t="";process.stdin.on("data",(d)=>t+=d).on("end",()=>{';

describe("commandProvider", () => {
  it("gives the prompt on standard input, and takes what is printed", async () => {
    const { provider, left } = running(`${READ_ALL}console.log(JSON.stringify([t,process.argv.at(-1)]))})`);
    const reply = value(await provider.send(ask(), NEVER));
    expect(reply).toMatchObject({ model: "a-model", stop: "end_turn", usage: { usd: 0 } });
    expect(reply.content).toEqual([text('["ROLE\\n\\nThis book.\\n","a-model"]\n')]);
    expect(left()).toEqual([]);
  });

  it("runs in an empty folder of its own, with little of the environment", async () => {
    const { provider, left } = running(
      'require("fs").writeFileSync("left.txt","x");console.log(JSON.stringify([require("fs").readdirSync("."),Object.keys(process.env).sort()]))',
    );
    const [block] = value(await provider.send(ask({ model: "m" }), NEVER)).content;
    const [files, env] = JSON.parse(block?.type === "text" ? block.text : "") as [string[], string[]];
    expect(files).toEqual(["left.txt"]);
    expect(env).toEqual(["HOME", "PATH"]);
    expect(left()).toEqual([]);
  });

  it.each([
    [
      "ends with an error",
      'console.error("no quota");process.exit(3)',
      "transient",
      "ended with exit code 3: no quota",
    ],
    ["is ended", 'process.kill(process.pid,"SIGTERM")', "transient", "was ended by SIGTERM"],
    ["prints without end", 'const b="x".repeat(1e6);for(;;)require("fs").writeSync(1,b)', "fault", "wrote more than"],
  ])("says that the program %s", async (_, script, kind, said) => {
    const { provider, left } = running(script);
    const failure = error(await provider.send(ask(), NEVER));
    expect(failure.kind).toBe(kind);
    expect(failure.fault.what).toContain(said);
    expect(left()).toEqual([]);
  });

  it("ends a program that takes too long, with its children", async () => {
    const { provider, left } = running("setInterval(()=>{},1000)", { limitMs: 200 });
    const failure = error(await provider.send(ask(), NEVER));
    expect(failure).toMatchObject({ kind: "transient", fault: { what: expect.stringContaining("more than 0.2 s") } });
    expect(left()).toEqual([]);
  });

  it("pauses all where there is no such program", async () => {
    const { provider } = running("", { argv: ["/no/such/program"] });
    expect(error(await provider.send(ask(), NEVER))).toMatchObject({ kind: "pause", fault: { exit: 2 } });
  });

  it("offers tools in plain text, and understands calls of them", async () => {
    const { provider } = running(
      `${READ_ALL}const asked=t.includes("- read: Read a file")&&!t.includes("FOUND");` +
        'console.log(asked?"I look.\\n<call tool=\\"read\\">\\n{\\"ref\\": \\"a.md\\"}\\n</call>":"done: "+t.includes("<result id=\\"c1\\">\\nFOUND\\n</result>"))})',
    );
    const first = value(await provider.send(ask({ tools: [toolSpec("read")] }), NEVER));
    expect(first.stop).toBe("tool_use");
    expect(first.content).toEqual([text("I look.\n"), use("read", { ref: "a.md" }, "c1")]);
    const messages = [
      ...ask().messages,
      { role: "assistant", content: first.content } as const,
      { role: "user", content: [{ type: "tool_result", id: "c1", text: "FOUND", isError: false }] } as const,
    ];
    const second = value(await provider.send(ask({ tools: [toolSpec("read")], messages }), NEVER));
    expect(second).toMatchObject({ stop: "end_turn", content: [text("done: true\n")] });
  });
});

describe("parseCalls", () => {
  const tools = [toolSpec("read")];
  it.each([
    ["no tools", '<call tool="read">\n{}\n</call>', []],
    ["no JSON", '<call tool="read">\n{\n</call>', tools],
    ["in the middle of a line", 'Say <call tool="read">\n{}\n</call>', tools],
    ["not closed", '<call tool="read">\n{}\n', tools],
  ])("leaves in the text what is no call: %s", (_, said, given) => {
    expect(parseCalls(said, given)).toEqual([text(said)]);
  });

  it("reads what transcript writes", () => {
    const call = use("read", { ref: 'a"</call>\n.md' }, "c1");
    const said = transcript([
      { role: "user", content: [] },
      { role: "assistant", content: [call] },
    ]);
    expect(parseCalls(said, tools).filter((block) => block.type === "tool_use")).toEqual([call]);
  });

  it("is quick with text that only looks like calls", () => {
    const started = performance.now();
    parseCalls('<call tool="read">\n'.repeat(200_000), tools);
    parseCalls(`<call tool="read">\n${"x\n".repeat(200_000)}</call>`, tools);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
