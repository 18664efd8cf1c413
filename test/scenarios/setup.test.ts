/** The first five minutes: `init`, `doctor`, and being told what was meant. */
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Campaign, SHARED } from "./harness.ts";

describe("codex init", () => {
  test("an empty folder builds at once, and doctor finds nothing amiss but git", () => {
    const campaign = new Campaign();
    const init = campaign.codex("init");
    expect([init.code, init.err]).toEqual([0, ""]);
    expect(init.out).toContain("+ wrote codex.config.ts");
    expect(campaign.codex("build").out).toContain("Targets: 1 ran");
    expect(campaign.read("loud/hello.txt")).toBe("HELLO, CAMPAIGN.\n");
    const doctor = campaign.codex("doctor");
    expect(doctor.code).toBe(0);
    expect(doctor.out.match(/^. (ok|warn|fail)/gm)?.filter((line) => !line.endsWith("ok"))).toEqual(["! warn"]);
  });

  test("writes over nothing, and twice is once", () => {
    const campaign = new Campaign({ "notes/hello.txt": "mine", ".gitignore": "dist/" });
    campaign.codex("init");
    expect(campaign.read("notes/hello.txt")).toBe("mine");
    expect(campaign.read(".gitignore")).toBe("dist/\n.codex/\n");
    const before = campaign.snapshot();
    expect(campaign.codex("init").out).toContain("is a campaign already");
    expect(campaign.snapshot()).toEqual(before);
  });

  test("--dry-run writes nothing", () => {
    const campaign = new Campaign();
    expect(campaign.codex("init", "--dry-run").out).toContain("would write codex.config.ts");
    expect(campaign.snapshot()).toEqual({});
  });

  const CORPUS = join(SHARED, "corpus");
  if (!existsSync(CORPUS)) process.stdout.write("skipped: ../shared/corpus is not here, so init is not tried on it\n");
  test.skipIf(!existsSync(CORPUS))("a campaign that was begun without Codex is one afterwards", () => {
    const campaign = new Campaign();
    cpSync(CORPUS, campaign.root, { recursive: true, mode: 0 });
    const init = campaign.codex("init");
    expect([init.code, init.err]).toEqual([0, ""]);
    expect(init.out).toMatch(/Found a campaign that was begun without Codex: \d+ plans, 167 units/);
    const plan = campaign.codex("build", "-n", "all");
    expect([plan.code, plan.err]).toEqual([0, ""]);
    expect(campaign.codex("status").out).toContain("book/lawson-michelsohn-spin-geometry");
  });
});

describe("codex doctor", () => {
  test("says what is broken, and what mends it", () => {
    const campaign = new Campaign({ "codex.config.ts": "export default {" });
    const run = campaign.codex("doctor");
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/✗ fail configuration +codex\.config\.ts: it cannot be compiled/);
    const missing = new Campaign().codex("doctor");
    expect(missing.out).toContain("there is no codex.config.ts");
  });

  test("a missing key is said, and the key itself is never printed", () => {
    const campaign = new Campaign();
    campaign.codex("init");
    campaign.edit("codex.config.ts", "rules: [shout]", 'rules: [shout], agents: { provider: "anthropic" }');
    campaign.env = { ...campaign.env, ANTHROPIC_API_KEY: undefined };
    expect(campaign.codex("doctor").out).toContain("export ANTHROPIC_API_KEY=");
    campaign.env = { ...campaign.env, ANTHROPIC_API_KEY: "sk-ant-secret" };
    const run = campaign.codex("doctor", "--format", "json");
    expect(run.code).toBe(0);
    expect(run.out + run.err).not.toContain("secret");
    expect(JSON.parse(run.out).findings).toContainEqual(expect.objectContaining({ name: "agents", level: "ok" }));
  });
});

test("what was meant is said: commands, options, addresses", () => {
  const campaign = new Campaign();
  campaign.codex("init");
  expect(campaign.codex("biuld").err).toContain("Did you mean build?");
  expect(campaign.codex("build", "--forse").err).toContain("Did you mean --force?");
  expect(campaign.codex("build", "note/helo").err).toContain("did you mean note/hello");
  for (const args of [["biuld"], ["build", "--forse"], ["build", "note/helo"]])
    expect(campaign.codex(...args).code).toBe(2);
});

test("--help has examples", () => {
  expect(new Campaign().codex("build", "--help").out).toContain("Examples:\n  codex build ");
});
