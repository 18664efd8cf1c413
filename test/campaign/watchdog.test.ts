import { describe, expect, test } from "vitest";
import type { BookFacts } from "../../src/campaign/campaign-facts.ts";
import { type WatchdogFacts, watch, watchdogReport } from "../../src/campaign/watchdog.ts";

const CLOCKS = { ownerHours: 4, productionHours: 24, verifiedHours: 7 * 24, alertAt: 0.8 };
const NOW = Date.parse("2026-11-22T12:00:00Z");
const ago = (hours: number): number => NOW - hours * 3_600_000;
const book = (slug: string, more: Partial<BookFacts>): BookFacts => ({
  slug,
  title: slug,
  tier: "alpha",
  state: "draft",
  since: undefined,
  lastProgress: undefined,
  owner: undefined,
  usd: 0,
  passes: {},
  ...more,
});
const QUIET: WatchdogFacts = {
  books: [],
  flows: [],
  building: false,
  pendingProposals: 0,
  failingUnits: [],
  money: [],
  flagged: [],
  drift: undefined,
};
const look = (more: Partial<WatchdogFacts>, clocks = CLOCKS) => watch({ ...QUIET, ...more }, clocks, NOW);

describe("the watchdog", () => {
  test("says nothing of a campaign where nothing is wrong", () => {
    expect(
      look({ books: [book("a", { state: "in-production", since: ago(23), owner: "x", lastProgress: ago(3) })] }),
    ).toEqual([]);
    expect(watchdogReport([], NOW, [])).toContain("Nothing is stuck.");
  });

  test.each<[string, Partial<WatchdogFacts>, string, string, string]>([
    [
      "an owner who died",
      { books: [book("a", { owner: "agent-1", lastProgress: ago(5) })] },
      "owner without progress",
      "reset owner",
      "codex build book/a",
    ],
    [
      "an owner whose build still runs",
      { building: true, books: [book("a", { owner: "agent-1", lastProgress: ago(5) })] },
      "owner without progress",
      "a person",
      "codex log book/a",
    ],
    [
      "a batch that never came back",
      { books: [book("a", { state: "in-production", since: ago(25) })] },
      "in production too long",
      "a person",
      "codex why book/a",
    ],
    [
      "a book that waits for its weaving",
      { books: [book("a", { state: "verified", since: ago(8 * 24) })] },
      "verified and not woven",
      "schedule weaving",
      "codex build book/a/PW_weaving",
    ],
    ["queued connections", { pendingProposals: 2 }, "connection proposals wait", "a person", "codex proposals"],
    [
      "a covered book that does not validate",
      {
        books: [book("a", { state: "equivalence-covered" }), book("b", { state: "woven" })],
        failingUnits: [{ path: "content/x.md", books: ["a", "b"] }],
      },
      "covered books do not validate",
      "a person",
      "codex validate content/x.md",
    ],
    [
      "a ceiling that is near",
      {
        money: [
          { scope: "tier/alpha", spentUsd: 480, ceilingUsd: 600 },
          { scope: "tier/beta", spentUsd: 1, ceilingUsd: 720 },
        ],
      },
      "budget",
      "a person",
      "codex cost",
    ],
    ["flagged units", { flagged: ["03.09.11"] }, "quality drift", "a person", "codex sample rework"],
  ])("finds %s", (_, facts, check, action, command) => {
    const issues = look(facts);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ check, action, command });
    const report = watchdogReport(issues, NOW, []);
    expect(report).toContain(`\`${command}\``);
    expect(report).toContain("1 issue.");
  });

  test("goes by the clocks that are configured", () => {
    const books = [book("a", { state: "in-production", since: ago(25) })];
    expect(look({ books }, { ...CLOCKS, productionHours: 26 })).toEqual([]);
  });
});
