/** What watches over a campaign: sampling, the pilot's criteria, convergence and the watchdog, as an operator types them. */
import { beforeAll, describe, expect, test } from "vitest";
import { type Campaign, pilot } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const RECORDING = "recordings/2026-11-22/quality/03.09.16.yaml";

let built: Campaign;
beforeAll(() => {
  built = pilot();
  expect(built.codex("build", BOOK)).toMatchObject({ code: 0, err: "" });
}, 120_000);

describe("the pilot", () => {
  test("has succeeded when its units have been sampled, and not before", () => {
    const campaign = built.clone();
    const before = campaign.codex("pilot", "report", "--format", "json");
    expect(before.code).toBe(3);
    expect(JSON.parse(before.out).criteria.filter(({ met }: { met: boolean }) => !met)).toEqual([
      expect.objectContaining({ found: "no unit of it was sampled: codex sample" }),
    ]);

    const sampled = campaign.codex("sample", "--date", "2026-11-22");
    expect(sampled.err).toBe("");
    expect(sampled.out).toContain("Mean of 2026-11-22: 4.40 of 5");
    expect(campaign.read("manifests/quality_report.md")).toContain("| 03.09.16 | 5 | 4 | 4 | 5 | 4 | 4.40 |");

    const after = campaign.codex("pilot", "report");
    expect(after.out).toContain("succeeded");
    expect(after.code).toBe(0);
  });

  test("takes a book and nothing else", () => {
    expect(built.codex("pilot", "report", "tier/alpha")).toMatchObject({ code: 2 });
  });
});

describe("a sample", () => {
  test("whose unit is weak flags it; the operator's word makes it again, with the reader's reason", () => {
    const campaign = built.clone();
    campaign.edit(
      RECORDING,
      '"density": 5, "genius": 4, "bridges": 4, "connections": 5, "tiers": 4',
      '"density": 4, "genius": 2, "bridges": 2, "connections": 4, "tiers": 3',
    );
    const sampled = campaign.codex("sample", "--date", "2026-11-22");
    expect(sampled.out).toContain("Flagged: 03.09.16");
    expect(campaign.codex("watchdog").out).toContain("quality drift");
    // Sampling itself changes nothing that was shipped.
    expect(campaign.codex("build", BOOK).out).toContain("Nothing to do");

    expect(campaign.codex("sample", "rework", "03.09.14")).toMatchObject({ code: 2 });
    const approved = campaign.codex("sample", "rework", "03.09.16");
    expect(approved.out).toContain(`To be reworked: ${BOOK}/P4_production/03.09.16`);
    expect(campaign.codex("why", `${BOOK}/P4_production/03.09.16`).out).toContain("stale");
    expect(campaign.read("manifests/campaign.log.jsonl")).toContain("genius, Historical & philosophical context");
  });

  test("of a day on which nothing had shipped is empty, and is not written down", () => {
    const campaign = built.clone();
    const before = campaign.read("manifests/quality_samples.yaml");
    expect(campaign.codex("sample", "--date", "2020-01-01").out).toContain("Nothing has shipped");
    expect(campaign.read("manifests/quality_samples.yaml")).toBe(before);
    expect(campaign.codex("sample", "--date", "tomorrow")).toMatchObject({ code: 2 });
  });

  test("of today is drawn from what shipped today, and kept", () => {
    const campaign = built.clone();
    const today = new Date().toISOString().slice(0, 10);
    const drawn = campaign.codex("sample", "--dry-run", "--rate", "100", "--date", today);
    // The committed day has its list already; on any other day all five units are drawn.
    const units = /Sample of [\d-]+: (.*)/.exec(drawn.out)?.[1]?.split(", ");
    expect(units).toHaveLength(today === "2026-11-22" ? 1 : 5);
  });
});

test("convergence says what is missing, release by release", () => {
  const { out, code } = built.codex("converge", "--release", "v0.7");
  expect(code).toBe(3);
  expect(out).toContain("books of tier α are equivalence-covered (1 of 12)");
  const json = JSON.parse(built.codex("converge", "--format", "json").out);
  expect(json.map(({ release }: { release: string }) => release)).toEqual(["v0.7", "v0.9", "v1.0"]);
});

describe("the watchdog", () => {
  test("says nothing of a healthy campaign, and writes its report", () => {
    const campaign = built.clone();
    expect(campaign.codex("watchdog").out).toContain("Nothing is stuck.");
    expect(campaign.read("manifests/watchdog_report.md")).toContain("## Owner without progress\n\nNothing.");
  });

  test("builds, with --act, the weaving that was forgotten", () => {
    const campaign = pilot();
    campaign.edit("codex.config.ts", "  campaign,", "  campaign,\n  watchdog: { verifiedHours: 0.0001 },");
    expect(campaign.codex("build", `${BOOK}/P5_verification`)).toMatchObject({ code: 0 });
    const looked = campaign.codex("watchdog");
    expect(looked.out).toContain("(verified and not woven)");
    expect(looked.out).toContain(`codex build ${BOOK}/PW_weaving`);
    const acted = campaign.codex("watchdog", "--act");
    expect(acted.out).toContain(`${BOOK}/PW_weaving: built`);
    expect(campaign.read("manifests/watchdog_report.md")).toContain("## Carried out");
    expect(campaign.codex("watchdog").out).toContain("Nothing is stuck.");
  });

  test("finds a covered book whose unit does not validate any more", () => {
    const campaign = built.clone();
    const unit = "content/03-modern-geometry/09-spin-geometry/03.09.16-psc-obstruction.md";
    campaign.edit(unit, "One would expect that", "Obviously");
    const { out } = campaign.codex("watchdog");
    // A person's edit takes the book back: what is not covered any more is no contradiction.
    expect(out).toContain("Nothing is stuck.");
    expect(campaign.codex("validate", unit)).toMatchObject({ code: 1 });
  });

  test("goes by the configured share of a ceiling", () => {
    const campaign = built.clone();
    const line = JSON.stringify({
      timestamp: "2026-11-22T10:00:00Z",
      book: BOOK.slice("book/".length),
      pass: "P1_audit",
      agent_id: "agent-x",
      model: "m",
      input_tokens: 1,
      output_tokens: 1,
      cost_usd: 45,
      duration_s: 1,
      address: `${BOOK}/P1_audit`,
      attempt: 1,
      turn: 1,
      call: "a-call-of-a-test",
      outcome: "answered",
      cache_read_tokens: 0,
      cache_write_tokens: 0,
      cache_write_hour_tokens: 0,
      web_searches: 0,
    });
    const ledger = "manifests/cost_ledger.jsonl";
    campaign.write(ledger, `${campaign.exists(ledger) ? campaign.read(ledger) : ""}${line}\n`);
    expect(campaign.codex("watchdog").out).toContain("$45.00 of $50.00 is spent (90 %)");
    campaign.edit("codex.config.ts", "  campaign,", "  campaign,\n  watchdog: { alertAt: 0.95 },");
    expect(campaign.codex("watchdog").out).toContain("Nothing is stuck.");
  });
});
