/** Money, as an operator meets it: ceilings that hold, a kill that loses nothing, and a ledger that says what was paid. */
import { afterEach, describe, expect, it } from "vitest";
import { type Asked, type Behaviour, StubServer, says } from "../agents/stub-server.ts";
import { Campaign, type Run, until } from "./harness.ts";

const KEY = "sk-ant-api03-a-key-that-must-not-be-seen-anywhere-1";
const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

async function serve(script: (asked: Asked) => Behaviour): Promise<StubServer> {
  const stub = await StubServer.start(script);
  stubs.push(stub);
  return stub;
}

/** Four books in two tiers, one pass each. A call is 1,000 tokens in and 9,000 out: 46 cents of claude-haiku-4-5's 10. */
const config = (url: string, more: string): string => `
import { agent, collection, defineConfig, file, rule } from "codex-build";
const books = collection("book", {
  items: [["ada", "alpha"], ["bab", "alpha"], ["cal", "gamma"], ["dee", "gamma"]].map(([slug, tier]) => ({
    slug, tier, entry: null, author: "", title: slug, year: 2000, scope: [], plan: "plans/" + slug + ".md",
  })),
  key: (each) => each.slug,
  groups: (each) => ["tier/" + each.tier],
});
export default defineConfig({
  rules: [
    rule({
      name: "P1_audit",
      each: books,
      outputs: ({ book }) => ({ audit: file("out/" + book.slug + ".md") }),
      run: agent({ prompt: "p.md", tools: [], maxTokens: 10000 }),
    }),
  ],
  agents: { provider: "anthropic", model: "claude-haiku-4-5", baseUrl: ${JSON.stringify(url)}, idle: 5 },
  campaign: { books, ceilings: "manifests/books.yaml" },
  ${more}
});
`;
const BOOKS = `
version: 1
tiers:
  alpha: { book_usd: 1, tier_usd: 2 }
  gamma: { book_usd: 1, tier_usd: 2 }
campaign_usd: 10
books: []
`;
/** What one call costs: 1,000 tokens in at $1, 9,000 out at $5 a million. */
const CALL = 0.046;
const GOOD: Behaviour = {
  kind: "message",
  content: [says('<output name="audit">\nText.\n</output>')],
  usage: { input_tokens: 1000, output_tokens: 9000 },
};

function workspace(url: string, more = ""): Campaign {
  const campaign = new Campaign({
    "codex.config.ts": config(url, more),
    "p.md": "Write. {{contract}}",
    "manifests/books.yaml": BOOKS,
  });
  campaign.env = { ...campaign.env, ANTHROPIC_API_KEY: KEY };
  return campaign;
}

const run = (campaign: Campaign, ...args: string[]): Promise<Run> => campaign.start(...args).ended;

interface Line {
  readonly call: string;
  readonly outcome: string;
  readonly cost_usd: number;
  readonly address: string;
}
const ledger = (campaign: Campaign): Line[] =>
  campaign.exists("manifests/cost_ledger.jsonl")
    ? campaign
        .read("manifests/cost_ledger.jsonl")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Line)
    : [];
const paid = (campaign: Campaign): number =>
  Math.round(ledger(campaign).reduce((sum, line) => sum + line.cost_usd, 0) * 1e6) / 1e6;

describe("a budget", () => {
  it("of a run stops below it with exit code 5, and the next run goes on", async () => {
    const stub = await serve(() => GOOD);
    const campaign = workspace(stub.url);
    const first = await run(campaign, "build", "--budget", "0.12");
    expect(first.code).toBe(5);
    expect(first.err).toContain("Paused: the budget of run does not allow another call: $0.09 of $0.12 is spent");
    expect(first.err).toContain("raise --budget, and build again: it goes on where it stopped");
    expect(first.out + first.err).not.toContain("failed");
    expect(stub.asked).toHaveLength(2);
    expect(paid(campaign)).toBe(2 * CALL);

    const second = await run(campaign, "build");
    expect(second).toMatchObject({ code: 0, err: "" });
    expect(stub.asked).toHaveLength(4);
    expect(paid(campaign)).toBe(4 * CALL);

    // What is said of the estimate, and of the sum, agrees with the ledger.
    expect(first.out).toContain("Estimated $0.00 for 2 targets, actual $0.09 (there was nothing to go by)");
    expect(second.out).toContain("Estimated $0.09 for 2 targets, actual $0.09 (error 0 %)");
    const kept = campaign.read(".codex/estimates.jsonl").trimEnd().split("\n");
    expect(kept.map((line) => JSON.parse(line))).toMatchObject([
      { goals: ["all"], targets: 2, estimatedUsd: 0, actualUsd: 2 * CALL },
      { goals: ["all"], targets: 2, estimatedUsd: 2 * CALL, actualUsd: 2 * CALL },
    ]);
    const { books, totals } = JSON.parse(campaign.read("manifests/campaign.json"));
    expect(totals.cost_usd_total).toBe(4 * CALL);
    expect(books.ada.passes.P1_audit.cost_usd).toBe(CALL);
    expect(await run(campaign, "ledger", "verify")).toMatchObject({ code: 0 });
  });

  it("of a tier defers its books where the configuration says so, and the others are finished", async () => {
    const stub = await serve(() => GOOD);
    const campaign = workspace(stub.url, 'budgets: { tiers: { gamma: { total: 0.06, atCeiling: "defer" } } },');
    const built = await run(campaign, "build");
    expect(built.code).toBe(5);
    expect(
      ledger(campaign)
        .map((line) => line.address.split("/")[1])
        .sort()
        .slice(0, 2),
    ).toEqual(["ada", "bab"]);
    expect(stub.asked).toHaveLength(3);
    expect(built.out).toContain("Budget of tier/gamma: $0.05 of $0.06 is spent: nothing more is bought there");
    // What was spent before counts, also in the next run.
    const again = await run(campaign, "build");
    expect(again.code).toBe(5);
    expect(stub.asked).toHaveLength(3);
  });

  it.each([["nothing"], ["-1"], [""]])("of %j is a mistake in what was typed", async (typed) => {
    const campaign = workspace("http://127.0.0.1:9");
    const built = await run(campaign, "build", `--budget=${typed}`);
    expect(built.code).toBe(2);
    expect(built.err).toContain("--budget takes US dollars");
  });
});

describe("a model without a price", () => {
  it("is asked nothing, and the line to add is said", async () => {
    const stub = await serve(() => GOOD);
    const campaign = workspace(stub.url);
    campaign.edit("codex.config.ts", '"claude-haiku-4-5"', '"claude-next-9"');
    const refused = await run(campaign, "build");
    expect(refused.code).toBe(2);
    expect(refused.err.split("Paused: the model claude-next-9 has no price")).toHaveLength(2);
    expect(refused.err).toContain('prices: { "claude-next-9": { input: …, output: … } }');
    expect(stub.asked).toEqual([]);
    campaign.edit(
      "codex.config.ts",
      "campaign: {",
      'prices: { "claude-next-9": { input: 1, output: 5 } },\n  campaign: {',
    );
    expect((await run(campaign, "build", "book/ada")).code).toBe(0);
    expect(paid(campaign)).toBe(CALL);
  });
});

describe("a kill", () => {
  it("while calls are under way: what was answered is kept, what is lost is charged and bought once more", async () => {
    let stalled = true;
    const stub = await serve(({ n }) => (n > 2 && stalled ? { ...GOOD, delayMs: 60_000 } : GOOD));
    const campaign = workspace(stub.url);
    const running = campaign.start("build");
    await until(
      () => stub.asked.length === 4 && ledger(campaign).length === 2,
      "two are answered and two are under way",
    );
    // A build that lives has lost nothing, and nobody else may spend meanwhile.
    const meanwhile = await run(campaign, "cost", "--format", "json");
    expect(JSON.parse(meanwhile.out)).toMatchObject({ unwritten: 0, report: { total: { calls: 2, lost: 0 } } });
    const second = await run(campaign, "build");
    expect(second.code).toBe(2);
    expect(second.err).toContain("another codex is writing to this workspace");
    expect(ledger(campaign)).toHaveLength(2);
    running.child.kill("SIGKILL");
    await running.ended;
    stalled = false;

    const cost = await run(campaign, "cost", "--format", "json");
    expect(JSON.parse(cost.out)).toMatchObject({ unwritten: 2, report: { total: { calls: 4, lost: 2 } } });

    const built = await run(campaign, "build");
    expect(built.code).toBe(0);
    expect(built.out).toContain("Lost calls: 2 were under way when a run died.");
    expect(stub.asked).toHaveLength(6);
    const lines = ledger(campaign);
    expect(lines.map((line) => line.outcome).sort()).toEqual([
      "answered",
      "answered",
      "answered",
      "answered",
      "lost",
      "lost",
    ]);
    expect(new Set(lines.map((line) => line.call)).size).toBe(6);
    const lost = lines.filter((line) => line.outcome === "lost");
    for (const line of lost) expect(line.cost_usd).toBeGreaterThan(CALL);

    expect((await run(campaign, "build")).out).toContain("Nothing to do");
    expect(ledger(campaign)).toHaveLength(6);
    expect(stub.asked).toHaveLength(6);
  });
});

describe("Ctrl-C twice", () => {
  it("ends the calls that are under way: they are told as failed, and none is lost", async () => {
    let slow = true;
    const stub = await serve(() => (slow ? { ...GOOD, delayMs: 60_000 } : GOOD));
    const campaign = workspace(stub.url);
    const running = campaign.start("build");
    await until(() => stub.asked.length === 4, "all are under way");
    running.child.kill("SIGINT");
    await until(() => running.text().includes("Stopping"), "the first is heard");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(ledger(campaign).map(({ outcome, cost_usd }) => [outcome, cost_usd])).toEqual(Array(4).fill(["failed", 0]));
    slow = false;
    const built = await run(campaign, "build");
    expect(built.code).toBe(0);
    expect(built.out).not.toContain("Lost");
    expect(paid(campaign)).toBe(4 * CALL);
  });
});

describe("codex cost", () => {
  it("sums what was paid, failed calls included, against the ceilings", async () => {
    const stub = await serve(({ n }) =>
      n === 1 ? { kind: "status", status: 529, type: "overloaded_error", headers: { "retry-after": "0" } } : GOOD,
    );
    const campaign = workspace(stub.url);
    expect((await run(campaign, "build", "tier/alpha", "-j", "1")).code).toBe(0);
    const text = await run(campaign, "cost");
    expect(text).toMatchObject({ code: 0, err: "" });
    expect(text.out.split("\n").map((line) => line.replace(/\d+\.\d s/, "0.0 s"))).toEqual([
      "Book  Calls  Failed  Lost  Retries  Prompt  Cached  Output   Cost",
      expect.stringMatching(/^(ada|bab) {4,}2 {7}1 {5}0 {8}1 {3}1\.0 k {5}0 % {3}9\.0 k {2}\$0\.05$/),
      expect.stringMatching(/^(ada|bab) {4,}1 {7}0 {5}0 {8}0 {3}1\.0 k {5}0 % {3}9\.0 k {2}\$0\.05$/),
      "all       3       1     0        1   2.0 k     0 %  18.0 k  $0.09",
      "",
      "3 calls, 0.0 s of answering: $0.09",
      "Of that $0.00 for 1 call that gave nothing",
      "",
      "Ceiling     Spent      Of",
      "campaign    $0.09  $10.00  1 %",
      "tier/alpha  $0.09   $2.00  5 %",
      expect.stringMatching(/^book\/(ada|bab) {4}\$0\.05 {3}\$1\.00 {2}5 %$/),
      expect.stringMatching(/^book\/(ada|bab) {4}\$0\.05 {3}\$1\.00 {2}5 %$/),
      "tier/gamma  $0.00   $2.00  0 %",
      "",
    ]);
    const json = JSON.parse((await run(campaign, "cost", "--by", "model", "--format", "json")).out);
    expect(json).toMatchObject({
      version: 1,
      report: { groups: [{ key: "claude-haiku-4-5", calls: 3, usd: 2 * CALL }] },
    });
    const md = await run(campaign, "cost", "--by", "pass", "--format", "md");
    expect(md.out).toContain("| P1_audit | 3 | 1 | 0 | 1 | 2.0 k | 0 % | 18.0 k | $0.09 |");
    expect((await run(campaign, "cost", "--since", "2999-01-01")).out).toBe("Nothing since 2999-01-01T00:00:00Z.\n");
    expect((await run(campaign, "cost", "--since", "yesterday")).code).toBe(2);
  });

  it("writes nothing, and says so where there is nothing", async () => {
    const campaign = workspace("http://127.0.0.1:9");
    await run(campaign, "build", "-n");
    const before = campaign.snapshot();
    expect((await run(campaign, "cost")).out).toBe("Nothing has been asked of a model yet.\n");
    expect(campaign.snapshot()).toEqual(before);
  });
});

it("the key is in nothing that is written", async () => {
  const stub = await serve(({ n, headers }) =>
    n === 1
      ? {
          kind: "status",
          status: 529,
          type: "overloaded_error",
          message: String(headers["x-api-key"] ?? headers.authorization),
          headers: { "retry-after": "0" },
        }
      : GOOD,
  );
  const campaign = workspace(stub.url);
  const built = await run(campaign, "build", "--json");
  expect(built.code).toBe(0);
  expect(built.out + built.err).not.toContain(KEY);
  const holding = Object.entries(campaign.snapshot()).filter(([, state]) =>
    Buffer.from(state.split(" ")[2] ?? "", "base64").includes(KEY),
  );
  expect(holding.map(([path]) => path)).toEqual([]);
});
