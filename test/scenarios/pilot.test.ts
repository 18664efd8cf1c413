/** The pilot from end to end, as a user runs it. */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type Campaign, pilot, type Run } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const PLAN = "plans/fasttrack/lawson-michelsohn-spin-geometry.md";
const CHESSBOARD = "content/03-modern-geometry/09-spin-geometry/03.09.11-clifford-chessboard.md";

describe("the pilot", () => {
  let campaign: Campaign;
  let first: Run;
  let catalogBefore: string;
  beforeAll(() => {
    campaign = pilot();
    catalogBefore = campaign.read("docs/catalogs/CONCEPT_CATALOG.md");
    first = campaign.codex("build", "book/lawson-michelsohn");
  }, 120_000);

  const lines = (path: string): Record<string, unknown>[] =>
    campaign
      .read(path)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("runs every pass, and says that it is a replay", () => {
    expect(first.code, first.out + first.err).toBe(0);
    expect(first.out).toContain("hand-written recordings");
    expect(first.out).toMatch(/Targets: \d+ ran, 0 already fresh\. Time: .* Cost: \$0\.00/);
  });

  test("a first attempt fails its check and is repaired", () => {
    expect(first.out).toMatch(/! .*P4_production\/03\.09\.14 attempt 1 failed: \d+ defects; next: again/);
    expect(first.out).toMatch(/✓ .*P4_production\/03\.09\.14 done .*2 attempts/);
  });

  test("the book ends equivalence-covered, in the seed's schema", () => {
    const ledger = JSON.parse(campaign.read("manifests/campaign.json"));
    const book = ledger.books["lawson-michelsohn-spin-geometry"];
    expect(book).toMatchObject({
      tier: "α",
      fasttrack_entry: "3.35",
      status: "equivalence-covered",
      current_owner: null,
      plan_path: PLAN,
      outstanding_deliverables: [],
    });
    expect(Object.values(book.passes as Record<string, { status: string }>).map((pass) => pass.status)).toEqual(
      Array(7).fill("completed"),
    );
    expect(ledger.totals).toMatchObject({ books_total: 64, books_equivalence_covered: 1, cost_usd_total: 0 });
  });

  test("every transition is in the audit log, chained", () => {
    const log = lines("manifests/campaign.log.jsonl");
    let prev = "0".repeat(64);
    log.forEach((line, index) => {
      const { hash, ...rest } = line;
      expect(line.n).toBe(index + 1);
      expect(line.prev).toBe(prev);
      expect(hash).toBe(createHash("sha256").update(JSON.stringify(rest)).digest("hex"));
      prev = hash as string;
    });
    const states = log.filter((line) => line.kind === "book").map((line) => line.to);
    expect(states).toEqual([
      "audited",
      "gap-analysed",
      "production-ready",
      "in-production",
      "production-complete",
      "verified",
      "woven",
      "equivalence-covered",
    ]);
  });

  test("the cost ledger has the seed's keys first, and says replay", () => {
    const ledger = lines("manifests/cost_ledger.jsonl");
    // P1, P2, P3, five units and one repair, P5, PW, PV: a line for each turn of theirs.
    expect(new Set(ledger.map((line) => line.agent_id)).size).toBe(12);
    expect(new Set(ledger.map((line) => line.call)).size).toBe(ledger.length);
    for (const line of ledger) {
      expect(Object.keys(line).slice(0, 9)).toEqual([
        "timestamp",
        "book",
        "pass",
        "agent_id",
        "model",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "duration_s",
      ]);
      expect(line).toMatchObject({ book: "lawson-michelsohn-spin-geometry", model: "replay", cost_usd: 0 });
    }
  });

  test("every unit passes the rubric", () => {
    const run = campaign.codex("validate");
    expect(run.code, run.out).toBe(0);
    expect(run.out).toContain("27/27");
    expect(run.out).toContain("10 of 10 units pass all checks");
  });

  test("integration kept every other byte of the catalog", () => {
    const after = campaign.read("docs/catalogs/CONCEPT_CATALOG.md").split("\n");
    let at = 0;
    for (const line of catalogBefore.split("\n")) {
      at = after.indexOf(line, at);
      expect(at, `the line “${line}” is gone`).toBeGreaterThanOrEqual(0);
      at++;
    }
    expect(after.filter((line) => line.startsWith("### "))).toHaveLength(10);
  });

  test("weaving's edits are in the units", () => {
    for (const id of ["02-clifford-algebra", "11-clifford-chessboard"]) {
      expect(campaign.read(`content/03-modern-geometry/09-spin-geometry/03.09.${id}.md`)).toContain(
        "the chessboard classifies the Clifford algebras",
      );
    }
  });

  test("a second build has nothing to do", () => {
    const run = campaign.codex("build", "book/lawson-michelsohn");
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Nothing to do: \d+ targets are fresh/);
  });

  test("a dry run of everything writes nothing", () => {
    const before = campaign.snapshot();
    const run = campaign.codex("build", "-n", "all");
    expect(run.code).toBe(0);
    expect(run.out).toContain("book/hartshorne-algebraic-geometry/P1_audit (never built)");
    expect(run.out).toContain("Nothing was written");
    expect(campaign.snapshot()).toEqual(before);
    expect(campaign.codex("build", "--check", "all").code).toBe(3);
    expect(campaign.codex("build", "--check", "book/lawson-michelsohn").code).toBe(0);
  });

  test("graph, why and status", () => {
    const mermaid = campaign.codex("graph", "book/lawson-michelsohn", "--format", "mermaid");
    expect(mermaid.out).toMatch(/^flowchart TD\n/);
    expect(mermaid.out).toContain(`["${BOOK}/P4_production/03.09.11"]:::fresh`);
    const json = JSON.parse(campaign.codex("graph", "book/lawson-michelsohn", "--format", "json").out);
    expect(json.targets.map((target: { id: string }) => target.id)).toContain(`${BOOK}/integrate/2`);
    const why = campaign.codex("why", "book/lawson-michelsohn/P5_verification");
    expect(why.out).toContain(`${BOOK}/P5_verification: fresh`);
    expect(why.out).toContain("model replay");
    expect(campaign.codex("status").out).toMatch(/lawson-michelsohn-spin-geometry .*equivalence-covered/);
  });

  test("a fresh clone knows what is fresh", () => {
    const clone = pilot();
    for (const path of ["content", "docs", "manifests", "plans"]) clone.copyFrom(campaign, path);
    const run = clone.codex("build", "book/lawson-michelsohn");
    expect(run.out).toMatch(/Nothing to do/);
  });
});

describe("after the pilot", () => {
  let finished: Campaign;
  beforeAll(() => {
    finished = pilot();
    const run = finished.codex("build", "book/lawson-michelsohn");
    expect(run.code, run.err).toBe(0);
  }, 120_000);

  test("an edit of §1 makes P2 stale by name, and stops there when §2 comes out the same", () => {
    const campaign = finished.clone();
    campaign.edit(PLAN, "## §1. Book audit", "## §1. Book audit (read again)");
    expect(campaign.codex("why", `${BOOK}/P1_audit`).out).toContain(`${PLAN}#§1 was changed by a person`);
    const why = campaign.codex("why", `${BOOK}/P2_gap`).out;
    expect(why).toMatch(new RegExp(`P2_gap: stale\\n +because input audit \\(${PLAN}#§1\\) changed`));
    expect(campaign.codex("build", "-n", "book/lawson-michelsohn").out).toContain(`${BOOK}/P3_plan`);
    const run = campaign.codex("build", "book/lawson-michelsohn");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toMatch(/✓ .*P2_gap done, output unchanged/);
    expect(run.out).not.toContain("P4_production");
    expect(campaign.read(PLAN)).toContain("## §1. Book audit (read again)");
  });

  test("prose of §3 outside a unit's entry leaves its production alone", () => {
    const campaign = finished.clone();
    campaign.edit(PLAN, "## §3. Production plan\n", "## §3. Production plan\n\nA person's remark.\n");
    expect(campaign.codex("why", `${BOOK}/P4_production/03.09.11`).out).toContain("P4_production/03.09.11: fresh");
    expect(campaign.codex("why", `${BOOK}/P5_verification`).out).toContain("P5_verification: stale");
  });

  test("a unit's own entry makes its production stale, and no other's", () => {
    const campaign = finished.clone();
    campaign.edit(PLAN, "| Title | Calibrated geometries |", "| Title | Calibrated geometries, again |");
    expect(campaign.codex("why", `${BOOK}/P4_production/03.09.19`).out).toMatch(/03\.09\.19: stale/);
    expect(campaign.codex("why", `${BOOK}/P4_production/03.09.11`).out).toMatch(/03\.09\.11: fresh/);
  });

  test("a unit edited by hand survives every build, and its verification is stale", () => {
    const campaign = finished.clone();
    campaign.write(
      CHESSBOARD,
      campaign
        .read(CHESSBOARD)
        .replace("## Intuition [Beginner]\n", "## Intuition [Beginner]\n\nA person wrote this sentence.\n"),
    );
    expect(campaign.codex("why", `${BOOK}/P5_verification`).out).toMatch(
      /P5_verification: stale\n +because input units\/03\.09\.11/,
    );
    const run = campaign.codex("build", "book/lawson-michelsohn");
    expect(run.out).toMatch(/→ .*P5_verification/);
    expect(run.out).not.toMatch(/→ .*integrate/);
    expect(campaign.read(CHESSBOARD)).toContain("A person wrote this sentence.");
    campaign.codex("build", "--force", `${BOOK}/integrate/1`);
    expect(campaign.read(CHESSBOARD)).toContain("A person wrote this sentence.");
    const overwritten = campaign.codex("build", "--force", "--overwrite-edits", `${BOOK}/integrate/1`);
    expect(overwritten.code, overwritten.err + overwritten.out).toBe(0);
    expect(campaign.read(CHESSBOARD)).not.toContain("A person wrote this sentence.");
  });

  test("clean takes back what was written, and building again restores it without asking an agent", () => {
    const campaign = finished.clone();
    const unit = campaign.read(CHESSBOARD);
    const ledger = campaign.read("manifests/cost_ledger.jsonl");
    expect(campaign.codex("clean", "book/lawson-michelsohn").code).toBe(0);
    expect(campaign.exists(CHESSBOARD)).toBe(false);
    const run = campaign.codex("build", "book/lawson-michelsohn");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toMatch(/Targets: 0 ran, \d+ restored/);
    expect(campaign.read(CHESSBOARD)).toBe(unit);
    expect(campaign.read("manifests/cost_ledger.jsonl")).toBe(ledger);
  });
});
