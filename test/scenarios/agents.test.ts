/** Agents over loopback: a real process, the real SDK, a server that does what the test says and keeps the books. */
import { afterEach, describe, expect, it } from "vitest";
import { type Asked, type Behaviour, calls, StubServer, says } from "../agents/stub-server.ts";
import { Campaign, type Run } from "./harness.ts";

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
const PROMPT = "# Role\n\nYou summarise notes.\n\n# This note\n\n{{note.slug}}\n\n{{inputs}}\n\n{{hint}}\n\n{{defects}}\n\n{{contract}}\n";
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
});
