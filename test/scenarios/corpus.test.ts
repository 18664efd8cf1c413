/** The real campaign's slice, where it lies beside the checkout: the readers work on it with a config of a few lines. */
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Campaign, SHARED } from "./harness.ts";

const CORPUS = join(SHARED, "corpus");
const present = existsSync(CORPUS);
if (!present) process.stdout.write("skipped: ../shared/corpus is not here, so the corpus is not tried\n");

const CONFIG = `
import { defineConfig, fasttrack } from "codex-build";
const { rules, campaign } = fasttrack();
export default defineConfig({ rules, pools: { audit: 12, gap: 6, plan: 4, production: 8, integration: 1, verification: 2, weaving: 1, flow: 4, sampling: 1 }, campaign });
`;

describe.skipIf(!present)("the corpus", () => {
  const campaign = new Campaign({ "codex.config.ts": CONFIG });
  if (present) {
    cpSync(CORPUS, campaign.root, { recursive: true, mode: 0 });
    cpSync(
      fileURLToPath(new URL("../../manifests/books.yaml", import.meta.url)),
      campaign.path("manifests/books.yaml"),
      { force: true },
    );
  }

  test("status shows the books that have plans", () => {
    const run = campaign.codex("status");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toContain("book/lawson-michelsohn-spin-geometry");
    expect(run.out).toContain("book/hartshorne-algebraic-geometry");
    expect(run.out).toContain("64 books");
  });

  test("the whole graph prints", () => {
    const run = campaign.codex("graph", "all", "--format", "json");
    expect(run.code, run.err).toBe(0);
    const ids: string[] = JSON.parse(run.out).targets.map((target: { id: string }) => target.id);
    expect(ids).toContain("book/lawson-michelsohn-spin-geometry/P4_production/03.09.11");
    expect(ids.length).toBeGreaterThan(64 * 9);
  });

  test("a real audit that Codex did not write is never overwritten", () => {
    const plan = campaign.read("plans/fasttrack/lawson-michelsohn-spin-geometry.md");
    const run = campaign.codex("build", "book/lawson-michelsohn/P1_audit");
    expect(run.code).toBe(4);
    expect(run.out).toContain("holds a person's work");
    expect(campaign.read("plans/fasttrack/lawson-michelsohn-spin-geometry.md")).toBe(plan);
  });

  test("validate judges the 167 units, and the second time at once", () => {
    const first = campaign.codex("validate");
    expect(first.code).toBe(1);
    expect(first.out).toContain("59 of 167 units pass all checks");
    const second = campaign.codex("validate");
    expect(second.out).toBe(first.out);
  });

  test("continuity is as expected, to six decimals", () => {
    const run = campaign.codex("continuity", "--format", "json");
    expect(run.code).toBe(1);
    expect(JSON.parse(run.out)).toEqual(JSON.parse(readFileSync(join(SHARED, "expected/continuity.json"), "utf8")));
  });
});
