/**
 * The pilot with Claude: the same campaign, asked over the Messages API. The server answers with what the recordings hold,
 * and finds out which one from nothing but the request, as a model would.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import glob from "fast-glob";
import { afterEach, describe, expect, it } from "vitest";
import { replayProvider } from "../../src/agents/replay.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import type { Address } from "../../src/graph/address.ts";
import { type Asked, type Behaviour, StubServer } from "../agents/stub-server.ts";
import { pilot } from "./harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

/** The pass of each prompt, as its recordings name it. */
const PASSES: Readonly<Record<string, string>> = {
  "p1-audit": "P1_audit",
  "p2-gap": "P2_gap",
  "p3-plan": "P3_plan",
  "p4-production": "P4_production",
  "p5-verification": "P5_verification",
  "pw-weaving": "PW_weaving",
  "pv-continuity": "PV_samples",
};
const BEGINNINGS = Object.entries(PASSES).map(([name, pass]) => [read(`prompts/${name}.md`), pass] as const);

const VIEW: WorkspaceView = {
  bytes: (path) => readFileSync(join(ROOT, path)),
  list: (globs) => glob.sync([...globs], { cwd: ROOT }).sort() as RepoPath[],
};
const ADDRESSES = VIEW.list(["recordings/lawson-michelsohn-spin-geometry/**/*.yaml"]).flatMap((path) => {
  const address = /^address: (\S+)$/m.exec(read(path))?.[1];
  return address === undefined ? [] : [address as Address];
});

/** Which target a request is about, told by what it says. */
function addressOf({ body }: Asked): Address {
  const stable = String(body.system?.[0]?.text);
  const pass = BEGINNINGS.find(([prompt]) => prompt.startsWith(stable))?.[1];
  const said = String(body.messages[0]?.content[0]?.text);
  const found = ADDRESSES.filter((address) => address.split("/").includes(pass ?? "")).filter(
    (address) => pass !== "P4_production" || said.startsWith(`# This unit\n\n${address.split("/").at(-1)} `),
  );
  if (found.length !== 1) throw new Error(`${found.length} recordings for: ${said.slice(0, 100)}`);
  return found[0]!;
}

const stubs: StubServer[] = [];
afterEach(async () => {
  for (const stub of stubs.splice(0)) await stub.stop();
});

describe("the pilot with Claude", () => {
  it("covers the book, and what it cost is in the ledger and in the totals", async () => {
    const attempts = new Map<Address, number>();
    const played = replayProvider(VIEW, "recordings");
    const answers: Promise<void>[] = [];
    const script = (asked: Asked): Behaviour => {
      const address = addressOf(asked);
      const turn = (asked.body.messages.length + 1) / 2;
      if (turn === 1) attempts.set(address, (attempts.get(address) ?? 0) + 1);
      const behaviour = { kind: "message" as const, content: [] as Record<string, unknown>[], delayMs: 20 };
      const request = {
        address,
        attempt: attempts.get(address)!,
        turn,
        model: undefined,
        messages: [],
        tools: [],
        maxTokens: 1,
      };
      const answer = played.send(request, new AbortController().signal).then((reply) => {
        if (!reply.ok) throw new Error(reply.error.fault.what);
        // The content is filled in before the delay is over.
        behaviour.content.push(...(reply.value.content as unknown as Record<string, unknown>[]));
      });
      answers.push(answer);
      return behaviour;
    };
    const stub = await StubServer.start(script);
    stubs.push(stub);

    const campaign = pilot();
    campaign.edit(
      "codex.config.ts",
      'provider: "replay"',
      `provider: "anthropic", baseUrl: ${JSON.stringify(stub.url)}`,
    );
    campaign.env = { ...campaign.env, ANTHROPIC_API_KEY: "sk-ant-0123456789abcdef" };
    const built = await campaign.start("build", "book/lawson-michelsohn").ended;
    await Promise.all(answers);
    expect(built.err).toBe("");
    expect(built.code, built.out).toBe(0);
    expect(built.out).not.toContain("recordings");

    const ledger = JSON.parse(campaign.read("manifests/campaign.json"));
    expect(ledger.books["lawson-michelsohn-spin-geometry"]).toMatchObject({ status: "equivalence-covered" });
    const lines = campaign
      .read("manifests/cost_ledger.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { cost_usd: number; model: string; input_tokens: number });
    expect(lines).toHaveLength(stub.asked.length);
    expect(new Set(lines.map((line) => line.model))).toEqual(new Set(["claude-opus-5-5"]));
    const sum = lines.reduce((total, line) => total + line.cost_usd, 0);
    expect(sum).toBeGreaterThan(0);
    expect(ledger.totals.cost_usd_total).toBeCloseTo(sum, 2);
    // P1 may search the web, and every pass begins with what is the same for all of its targets.
    const audit = stub.asked.find(({ body }) => body.tools?.some((tool) => tool.name === "web_search"));
    expect(audit?.body.tools?.map((tool) => tool.name)).toEqual(["web_search", "web_fetch"]);
    for (const { body } of stub.asked) expect(body.system?.[0]).toMatchObject({ cache_control: { type: "ephemeral" } });
  }, 120_000);
});
