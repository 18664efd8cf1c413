import { describe, expect, test } from "vitest";
import { campaignFacts } from "../../src/campaign/campaign-facts.ts";
import { convergence, SYNTHESIS_FLOW } from "../../src/campaign/converge.ts";

const bookOf = (tier: string, status: string, pv: string) => ({
  tier,
  fasttrack_entry: null,
  status,
  passes: { P1_audit: { status: "completed", cost_usd: 0.5 }, PV_continuity: { status: pv, cost_usd: 0.25 } },
  current_owner: null,
});
const flowOf = (kind: string, status: string, book?: string) => ({ kind, source_book: book, status, passes: {} });
const DONE = "attenuation-verified";
const ledger = (books: object, flows: object): string => JSON.stringify({ version: 1, books, flows, totals: {} });
const facts = (books: object, flows: object) => campaignFacts(ledger(books, flows), []);
const unmet = (...args: Parameters<typeof convergence>): string[] =>
  convergence(...args)
    .filter(({ met }) => !met)
    .map(({ what }) => what);

const ALPHA = { a: bookOf("α", "equivalence-covered", "completed") };
const BETA = { b: bookOf("β", "equivalence-covered", "completed") };
const GAMMA = { c: bookOf("γ", "equivalence-covered", "completed") };
const author = (book: string) => ({ [`${book}-flow`]: flowOf("author", DONE, book) });
const strands = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`strand-${n}`, flowOf("strand", DONE)]));
const ALL = {
  ...author("a"),
  ...author("b"),
  ...author("c"),
  ...strands(9),
  [SYNTHESIS_FLOW]: flowOf("synthesis", DONE),
};

describe("convergence", () => {
  test("is reached with every criterion, release by release", () => {
    expect(unmet(facts(ALPHA, author("a")), [], "v0.7")).toEqual([]);
    expect(unmet(facts({ ...ALPHA, ...BETA }, { ...author("a"), ...author("b") }), [], "v0.9")).toEqual([]);
    expect(unmet(facts({ ...ALPHA, ...BETA, ...GAMMA }, ALL), [], "v1.0")).toEqual([]);
  });

  test.each<[string, object, object, string[], string]>([
    [
      "a book that is not covered",
      { a: bookOf("α", "woven", "completed") },
      {},
      [],
      "books of tier α are equivalence-covered",
    ],
    [
      "a book without continuity",
      { a: bookOf("α", "equivalence-covered", "pending") },
      {},
      [],
      "books of tier α are continuity-verified",
    ],
    [
      "an unfinished flow",
      {},
      { "a-flow": flowOf("author", "woven", "a") },
      [],
      "author flows of tier α are attenuation-verified",
    ],
    ["a missing strand", {}, { "strand-8": undefined }, [], "strand flows are attenuation-verified"],
    [
      "a missing synthesis",
      {},
      { [SYNTHESIS_FLOW]: undefined },
      [],
      `the synthesis flow ${SYNTHESIS_FLOW} is attenuation-verified`,
    ],
    [
      "weak continuity",
      {},
      {},
      ["forward promises 1.2 below 3"],
      "continuity metrics over the curriculum meet their thresholds",
    ],
  ])("is not reached with %s", (_, books, flows, shortfalls, what) => {
    const of = facts({ ...ALPHA, ...BETA, ...GAMMA, ...books }, JSON.parse(JSON.stringify({ ...ALL, ...flows })));
    const found = convergence(of, shortfalls, "v1.0").filter(({ met }) => !met);
    expect(found.map((each) => each.what)).toEqual([what]);
    expect(found[0]?.missing).toHaveLength(1);
  });

  test("is not reached by a campaign without books or flows", () => {
    expect(unmet(facts({}, {}), [], "v0.7")).toHaveLength(3);
    expect(convergence(facts(ALPHA, {}), [], "v0.7").at(-1)?.missing).toEqual(["an author flow of book/a"]);
  });
});

test("facts come from the ledger and the log", () => {
  const { books } = campaignFacts(ledger(ALPHA, {}), [
    { kind: "book", address: "book/a", at: "2026-11-20T00:00:00Z" },
    { kind: "pass", address: "book/a/P1_audit", at: "2026-11-21T00:00:00Z" },
  ]);
  expect(books).toEqual([
    {
      slug: "a",
      title: "a",
      tier: "alpha",
      state: "equivalence-covered",
      since: Date.parse("2026-11-20T00:00:00Z"),
      lastProgress: Date.parse("2026-11-21T00:00:00Z"),
      owner: undefined,
      usd: 0.75,
      passes: { P1_audit: "completed", PV_continuity: "completed" },
    },
  ]);
});
