/** Agents over loopback: a real process, the real SDK, a server that does what the test says and keeps the books. */
import { existsSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Prices } from "../../src/agents/prices.ts";
import { usdOf } from "../../src/money.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { type Asked, type Behaviour, calls, StubServer, says } from "../agents/stub-server.ts";
import { Campaign, type Run, until } from "./harness.ts";

const KEY = "sk-ant-api03-a-key-that-must-not-be-seen-anywhere";
const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

async function serve(script: (asked: Asked) => Behaviour): Promise<StubServer> {
  const stub = await StubServer.start(script);
  stubs.push(stub);
  return stub;
}

const config = (url: string, more = ""): string => `
import { agent, again, collection, defineConfig, file, rule } from "codex-build";
const note = collection("note", { items: [{ slug: "tides" }, { slug: "comets" }], key: (each) => each.slug });
export default defineConfig({
  rules: [
    rule({
      name: "summary",
      each: note,
      inputs: ({ note }) => ({ text: file(\`notes/\${note.slug}.txt\`) }),
      reads: ["notes/**"],
      outputs: ({ note }) => ({ summary: file(\`out/\${note.slug}.md\`) }),
      run: agent({ prompt: "prompts/summary.md", turns: 6, maxTokens: 1000 }),
      check: ({ outputs }) => outputs.summary.includes("sea") ? [] : [{ what: "no sea", where: "", mend: "name the sea" }],
      recovery: [again({ hint: "Name the sea." })],
    }),
  ],
  agents: { provider: "anthropic", model: "claude-haiku-4-5", baseUrl: ${JSON.stringify(url)}, idle: 1 },
  ${more}
});
`;
const PROMPT =
  "# Role\n\nYou summarise notes.\n\n# This note\n\n{{note.slug}}\n\n{{inputs}}\n\n{{hint}}\n\n{{defects}}\n\n{{contract}}\n";
const workspace = (url: string, more?: string): Campaign => {
  const campaign = new Campaign({
    "codex.config.ts": config(url, more),
    "prompts/summary.md": PROMPT,
    "notes/tides.txt": "The moon pulls the sea.\n",
    "notes/comets.txt": "Comets have tails.\n",
  });
  campaign.env = { ...campaign.env, ANTHROPIC_API_KEY: KEY };
  return campaign;
};
const answer = (text: string) => says(`<output name="summary">\n${text}\n</output>`);
const run = (campaign: Campaign, ...args: string[]): Promise<Run> => campaign.start(...args).ended;

describe("codex build with Claude", () => {
  it("asks, answers tools, writes, and asks nothing again", async () => {
    const stub = await serve(({ body }) => ({
      kind: "message",
      content: body.messages.length === 1 ? [calls("list", { glob: "notes/*" })] : [answer("The sea.")],
    }));
    const campaign = workspace(stub.url);
    const built = await run(campaign, "build");
    expect(built).toMatchObject({ code: 0, err: "" });
    expect(campaign.read("out/tides.md")).toBe("The sea.\n");
    expect(stub.asked).toHaveLength(4);
    expect((await run(campaign, "build")).out).toContain("Nothing to do");
    expect(stub.asked).toHaveLength(4);
  });

  it("says that the key is missing before anything is sent, and needs none where nothing is to be done", async () => {
    const stub = await serve(() => ({ kind: "message", content: [answer("The sea.")] }));
    const campaign = workspace(stub.url);
    const key = campaign.env;
    campaign.env = { ...key, ANTHROPIC_API_KEY: "" };
    const refused = await run(campaign, "build");
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("no key");
    expect(refused.err).toContain("ANTHROPIC_API_KEY");
    expect(stub.asked).toHaveLength(0);
    campaign.env = key;
    expect((await run(campaign, "build")).code).toBe(0);
    campaign.env = { ...key, ANTHROPIC_API_KEY: "" };
    expect((await run(campaign, "build")).code).toBe(0);
  });

  it.each<[string, Behaviour, number, string]>([
    ["a wrong key", { kind: "status", status: 401, type: "authentication_error" }, 2, "refuses the key"],
    [
      "a spent account",
      { kind: "status", status: 429, type: "rate_limit_error", code: "enforced_spend_limit_reached" },
      5,
      "may not spend more",
    ],
  ])("pauses all at %s, after one request", async (_, told, code, said) => {
    const stub = await serve(() => told);
    const campaign = workspace(stub.url);
    const paused = await run(campaign, "build", "-j", "1");
    expect(paused.code).toBe(code);
    expect(paused.err).toContain(said);
    expect(stub.asked).toHaveLength(1);
    expect(paused.out).not.toContain("Traceback");
  });

  it("tries again what fails on its way, and uses no attempt for it", async () => {
    const stub = await serve(({ n }) => {
      if (n === 1) return { kind: "status", status: 529, type: "overloaded_error", headers: { "retry-after": "0" } };
      if (n === 2) return { kind: "broken", how: "drop" };
      if (n === 3) return { kind: "broken", how: "stall" };
      return { kind: "message", content: [answer("The sea.")] };
    });
    const campaign = workspace(stub.url);
    const built = await run(campaign, "build", "note/tides", "-j", "1");
    expect(built).toMatchObject({ code: 0 });
    expect(built.out).toContain("asked again in");
    expect(built.out).not.toContain("attempt 1 failed");
    expect(stub.asked).toHaveLength(4);
  });

  it.each<[string, Behaviour, string]>([
    ["cut off", { kind: "message", content: [answer("The sea.")], stop: "max_tokens" }, "cut off at 1000 tokens"],
    ["declined", { kind: "message", content: [], stop: "refusal" }, "declined"],
    ["malformed", { kind: "message", content: [says("The sea.")] }, "output summary is missing"],
  ])("answers an answer that was %s with the ladder", async (_, first, said) => {
    const stub = await serve(({ n }) => (n === 1 ? first : { kind: "message", content: [answer("The sea.")] }));
    const campaign = workspace(stub.url);
    const built = await run(campaign, "build", "note/tides");
    expect(built.code).toBe(0);
    expect(built.out).toContain(said);
    expect(JSON.stringify(stub.asked[1]?.body)).toContain(said);
    expect(JSON.stringify(stub.asked[1]?.body)).toContain("Name the sea.");
  });

  it("leaves the key nowhere, though the server repeats it", async () => {
    const stub = await serve(({ n, headers }) => {
      const key = String(headers["x-api-key"] ?? headers.authorization);
      if (n === 1) return { kind: "status", status: 529, type: "overloaded_error", message: `not now, ${key}` };
      if (n === 2) return { kind: "broken", how: "drop", text: `your key is ${key}` };
      if (n === 3) return { kind: "message", content: [calls("search", { pattern: key, glob: "notes/*" })] };
      return { kind: "message", content: [answer(`By the sea, ${key}`)] };
    });
    const campaign = workspace(stub.url);
    const built = await run(campaign, "build", "note/tides", "--json");
    expect(built.code).toBe(0);
    const written = Object.entries(campaign.snapshot()).filter(([, state]) =>
      Buffer.from(state.split(" ")[2] ?? "", "base64").includes(KEY),
    );
    expect(written.map(([path]) => path)).toEqual([]);
    expect(built.out + built.err).not.toContain(KEY);
    expect(stub.asked.length).toBe(4);
  });

  it("asks in a batch at half the price, and after a kill collects it", async () => {
    const stub = await serve(() => ({ kind: "message", content: [answer("The sea.")] }));
    stub.batchPolls = 1e9;
    const campaign = workspace(stub.url);
    campaign.edit("codex.config.ts", "turns: 6", "tools: [], turns: 6");
    const killed = campaign.start("build", "--batch");
    await until(() => stub.batches.length === 1 && existsSync(campaign.path(".codex/batches")), "it is submitted");
    await new Promise((resolve) => setTimeout(resolve, 300));
    killed.child.kill("SIGKILL");
    await killed.ended;
    stub.batchPolls = 0;
    expect(await run(campaign, "build", "--batch")).toMatchObject({ code: 0 });
    expect(stub.batches).toHaveLength(1);
    expect(stub.asked).toHaveLength(2);
    const lines = ledgerOf(campaign);
    expect(lines.map((line) => line.outcome)).toEqual(["answered", "answered"]);
    expect(sumOf(lines)).toBeCloseTo(billOf(stub), 6);
  });

  it("records a live run, which replay then plays", async () => {
    const stub = await serve(({ n }) => ({
      kind: "message",
      content:
        n === 1 ? [says("I look."), calls("list", { glob: "notes/*" })] : [answer(n === 2 ? "Land." : "The sea.")],
    }));
    const campaign = workspace(stub.url);
    const recorded = await run(campaign, "record", "note/tides");
    expect(recorded).toMatchObject({ code: 0, err: "" });
    expect(recorded.out).toContain("Recorded: note/tides/summary in recordings/tides/summary.yaml");
    const built = campaign.read("out/tides.md");
    expect((await run(campaign, "record", "note/tides")).code).toBe(2);
    const again = await run(campaign, "record", "note/tides", "--replace");
    expect(again.out).toContain("was not asked");
    campaign.edit("codex.config.ts", 'provider: "anthropic", ', "");
    const replayed = await run(campaign, "build", "note/tides", "--force");
    expect(replayed).toMatchObject({ code: 0 });
    expect(replayed.out).toContain("no sea");
    expect(campaign.read("out/tides.md")).toBe(built);
    expect(stub.asked).toHaveLength(3);
  });

  it("answers by a program, which has a price of its own and sees nothing of the workspace", async () => {
    const stub = await serve(() => ({ kind: "message", content: [] }));
    const campaign = workspace(stub.url, 'prices: { "answer.cjs": { call: 0.25 } },');
    campaign.write(
      "tools/answer.cjs",
      `let t = ""; process.stdin.on("data", (d) => (t += d)).on("end", () => {
        const look = !t.includes("<result");
        if (look) console.log('<call tool="read">\\n{"ref": "notes/tides.txt"}\\n</call>');
        else console.log('<output name="summary">\\n' + JSON.stringify([t.includes("The moon pulls the sea"), require("fs").readdirSync("."), process.env.ANTHROPIC_API_KEY ?? null]) + ' sea\\n</output>');
      });`,
    );
    campaign.edit(
      "codex.config.ts",
      'provider: "anthropic", model: "claude-haiku-4-5"',
      `provider: "command", model: "answer.cjs", command: ["node", ${JSON.stringify(campaign.path("tools/answer.cjs"))}]`,
    );
    const built = await run(campaign, "build", "note/tides");
    expect(built).toMatchObject({ code: 0, err: "" });
    expect(campaign.read("out/tides.md")).toBe("[true,[],null] sea\n");
    expect(sumOf(ledgerOf(campaign))).toBeCloseTo(0.5, 6);
    expect(stub.asked).toHaveLength(0);
  });

  it("refuses a model without a price before anything is sent, and says how to add it", async () => {
    const stub = await serve(() => ({ kind: "message", content: [answer("The sea.")] }));
    const campaign = workspace(stub.url);
    campaign.edit("codex.config.ts", "claude-haiku-4-5", "claude-unheard-of");
    const refused = await run(campaign, "build");
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain("claude-unheard-of has no price");
    expect(stub.asked).toHaveLength(0);
  });

  it("asks each pass's own model", async () => {
    const stub = await serve(() => ({ kind: "message", content: [answer("The sea.")] }));
    const campaign = workspace(stub.url);
    campaign.edit("codex.config.ts", "baseUrl:", 'models: { summary: "claude-sonnet-5-5" }, baseUrl:');
    expect((await run(campaign, "build", "note/tides")).code).toBe(0);
    expect(stub.asked.map((asked) => asked.body.model)).toEqual(["claude-sonnet-5-5"]);
    campaign.edit("codex.config.ts", "claude-sonnet-5-5", "claude-opus-5-5");
    expect((await run(campaign, "status")).code).toBe(0);
    const plan = await run(campaign, "build", "-n", "--refresh", "note/tides");
    expect(plan.out).toContain("model changed");
  });
});

/** What the server served, at the prices that Codex knows. */
function billOf(stub: StubServer): number {
  const prices = new Prices();
  const at = Date.now();
  return stub.billed.reduce((sum, { model, tokens, batch }) => {
    const price = prices.of(model, at);
    if (!price.ok) throw new Error(price.error.what);
    const usage = { ...NO_USAGE, inputTokens: tokens.input_tokens, outputTokens: tokens.output_tokens };
    return sum + usdOf(price.value.cost(usage, batch));
  }, 0);
}

interface LedgerLine {
  readonly call: string;
  readonly outcome: string;
  readonly cost_usd: number;
}
const ledgerOf = (campaign: Campaign): LedgerLine[] =>
  campaign
    .read("manifests/cost_ledger.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LedgerLine);
const sumOf = (lines: readonly LedgerLine[]): number => lines.reduce((sum, line) => sum + line.cost_usd, 0);
