/**
 * The issue's own measure: eight books over loopback, with limits, overloads, stalls, dropped sockets and malformed
 * outputs, come to an end with no hand laid on; the ledger has every call once and sums up to what the server served.
 */
import { afterEach, describe, expect, it } from "vitest";
import { Prices } from "../../src/agents/prices.ts";
import { usdOf } from "../../src/money.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { type Asked, type Behaviour, calls, inputTokens, StubServer, says } from "../agents/stub-server.ts";
import { Campaign } from "./harness.ts";

const MODEL = "claude-opus-5-5";
const BOOKS = 8;
const UNITS = 5;
const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

const CONFIG = (url: string): string => `
import { agent, again, collection, defineConfig, file, rule } from "codex-build";
const slugs = Array.from({ length: ${BOOKS} }, (_, n) => \`book-\${n + 1}\`);
const books = collection("book", {
  items: slugs.map((slug) => ({ slug, tier: "alpha", entry: null, title: slug, author: "A", year: 2000, plan: \`plans/\${slug}.md\` })),
  key: (book) => book.slug,
});
const ids = Array.from({ length: ${UNITS} }, (_, n) => \`u\${n + 1}\`);
const says = (name) => ({ outputs }) =>
  outputs[name].startsWith("# ") ? [] : [{ what: "no heading", where: "", mend: "begin with a heading" }];
const ask = (tools) => agent({ prompt: "prompts/pass.md", tools, turns: 6, maxTokens: 4000 });
const pass = (name, before) => rule({
  name,
  each: books,
  inputs: ({ book }) => before === undefined ? {} : { before: file(\`out/\${book.slug}/\${before}.md\`) },
  reads: ["notes/**"],
  outputs: ({ book }) => ({ text: file(\`out/\${book.slug}/\${name}.md\`) }),
  run: ask(["read", "list"]),
  check: says("text"),
  recovery: [again(), again()],
});
const unit = (id) => rule({
  name: \`P4_\${id}\`,
  each: books,
  inputs: ({ book }) => ({ plan: file(\`out/\${book.slug}/P3_plan.md\`) }),
  reads: ["notes/**"],
  outputs: ({ book }) => ({ text: file(\`out/\${book.slug}/\${id}.md\`) }),
  run: ask(["read", "list", "search"]),
  check: says("text"),
  recovery: [again(), again()],
});
const verification = rule({
  name: "P5_verification",
  each: books,
  inputs: ({ book }) => Object.fromEntries(ids.map((id) => [id, file(\`out/\${book.slug}/\${id}.md\`)])),
  outputs: ({ book }) => ({ text: file(\`out/\${book.slug}/P5_verification.md\`) }),
  run: ask([]),
  check: says("text"),
  recovery: [again(), again()],
});
export default defineConfig({
  rules: [pass("P1_audit"), pass("P2_gap", "P1_audit"), pass("P3_plan", "P2_gap"), ...ids.map(unit), verification],
  agents: { provider: "anthropic", model: ${JSON.stringify(MODEL)}, baseUrl: ${JSON.stringify(url)}, idle: 3, requests: 24 },
  campaign: { books },
});
`;
const PROMPT = `# Role\n\nYou write one pass.\n\n${"Long and stable instructions. ".repeat(60)}\n\n# This book\n\n{{book.title}}\n\n{{inputs}}\n\n{{hint}}\n\n{{defects}}\n\n{{contract}}\n`;

function campaignAt(url: string): Campaign {
  const campaign = new Campaign({
    "codex.config.ts": CONFIG(url),
    "prompts/pass.md": PROMPT,
    "notes/a.txt": "A note.\n",
  });
  campaign.env = { ...campaign.env, ANTHROPIC_API_KEY: "sk-ant-0123456789abcdef" };
  return campaign;
}

type Trouble = "429" | "529" | "529 in the stream" | "stall" | "drop" | "drop in the stream" | "malformed";

/** What befalls two hundred requests: 5 % are limited, 2 % overloaded, 1 % stall, 1 % are dropped, 0.5 % are malformed. */
const TROUBLES: readonly (readonly [Trouble, number])[] = [
  ["429", 10],
  ["529", 2],
  ["529 in the stream", 2],
  ["stall", 2],
  ["drop", 1],
  ["drop in the stream", 1],
  ["malformed", 1],
];

/** A server's script with exactly these rates, in an order drawn from the seed. */
function unreliable(seed: number): { readonly script: (asked: Asked) => Behaviour; readonly met: Set<Trouble> } {
  let state = seed;
  const dice = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const deck: (Trouble | undefined)[] = TROUBLES.flatMap(([trouble, count]) => Array<Trouble>(count).fill(trouble));
  while (deck.length < 200) deck.push(undefined);
  for (let last = deck.length - 1; last > 0; last--) {
    const other = Math.floor(dice() * (last + 1));
    [deck[last], deck[other]] = [deck[other], deck[last]];
  }
  const met = new Set<Trouble>();
  return {
    met,
    script({ n, body }) {
      const trouble = deck[(n - 1) % deck.length];
      if (trouble !== undefined) met.add(trouble);
      const headers = { "retry-after": "0" };
      const usage = { input_tokens: inputTokens(body), output_tokens: 700 };
      switch (trouble) {
        case "429":
          return { kind: "status", status: 429, type: "rate_limit_error", headers };
        case "529":
          return { kind: "status", status: 529, type: "overloaded_error", headers };
        case "529 in the stream":
          return { kind: "broken", how: "error" };
        case "stall":
          return { kind: "broken", how: "stall" };
        case "drop":
          return { kind: "drop" };
        case "drop in the stream":
          return { kind: "broken", how: "drop" };
        case "malformed":
          return { kind: "message", content: [says('<output name="text">\nno end')], usage };
        case undefined: {
          const turn = (body.messages.length + 1) / 2;
          const content =
            body.tools !== undefined && turn < 3
              ? [calls("list", { glob: `notes/${turn}*` })]
              : [says('<output name="text">\n# Done\n</output>')];
          return { kind: "message", content, usage, delayMs: Math.round(dice() * 30) };
        }
      }
    },
  };
}

/** What the server served, at the prices that Codex knows. */
function billOf(stub: StubServer): number {
  const price = new Prices().of(MODEL, Date.now());
  if (!price.ok) throw new Error(price.error.what);
  const micros = stub.billed.map(({ tokens }) =>
    price.value.cost({ ...NO_USAGE, inputTokens: tokens.input_tokens, outputTokens: tokens.output_tokens }, false),
  );
  return micros.reduce((sum, each) => sum + usdOf(each), 0);
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

describe("a campaign of eight books over an unreliable line", () => {
  it("comes to an end by itself, and its ledger agrees with the server to the micro-dollar", async () => {
    const { script, met } = unreliable(20_261_122);
    const stub = await StubServer.start(script);
    stubs.push(stub);
    const campaign = campaignAt(stub.url);
    const built = await campaign.start("build", "-j", "32").ended;
    expect(built.err).toBe("");
    expect(built.code).toBe(0);
    // All kinds of trouble were met, or the test shows nothing.
    expect([...met].sort()).toEqual(TROUBLES.map(([trouble]) => trouble).sort());
    for (let book = 1; book <= BOOKS; book++)
      expect(campaign.read(`out/book-${book}/P5_verification.md`)).toBe("# Done\n");

    const lines = ledgerOf(campaign);
    expect(new Set(lines.map((line) => line.call)).size).toBe(lines.length);
    expect(lines).toHaveLength(stub.asked.length);
    expect(sumOf(lines)).toBeCloseTo(billOf(stub), 6);
    expect(await campaign.start("ledger", "verify").ended).toMatchObject({ err: "", code: 0 });
    const again = await campaign.start("build").ended;
    expect(again.out).toContain("Nothing to do");
    expect(ledgerOf(campaign)).toHaveLength(lines.length);
  }, 120_000);

  it("stops below a budget of one dollar, and goes on where it stopped", async () => {
    const { script } = unreliable(7);
    const stub = await StubServer.start(script);
    stubs.push(stub);
    const campaign = campaignAt(stub.url);
    const stopped = await campaign.start("build", "-j", "32", "--budget", "1").ended;
    expect(stopped.code).toBe(5);
    expect(billOf(stub)).toBeLessThan(1);
    expect(billOf(stub)).toBeGreaterThan(0.5);
    expect(sumOf(ledgerOf(campaign))).toBeCloseTo(billOf(stub), 6);

    const finished = await campaign.start("build", "-j", "32").ended;
    expect(finished.code).toBe(0);
    const lines = ledgerOf(campaign);
    expect(lines.filter((line) => line.outcome !== "journal")).toHaveLength(stub.asked.length);
    expect(sumOf(lines)).toBeCloseTo(billOf(stub), 6);
  }, 120_000);
});
