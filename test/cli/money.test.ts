/** Ceilings by the configuration and by the list of books: which is in force, and how each is raised. */
import { describe, expect, it } from "vitest";
import { ceilingsOf, priceList } from "../../src/cli/money.ts";
import { describeReckoned } from "../../src/cli/reckoning.ts";
import { parseCeilings } from "../../src/curriculum/ceilings.ts";
import { FaultError } from "../../src/fault.ts";
import { collection } from "../../src/rules/collection.ts";
import { type Config, checkConfig } from "../../src/rules/config.ts";
import { rule } from "../../src/rules/rule.ts";

const RULE = rule({
  name: "P1",
  each: collection("book", { items: ["x"], key: (name: string) => name }),
  outputs: () => ({}),
  run: { kind: "person", ask: "?" },
});

function configOf(changes: object): Config {
  const checked = checkConfig({ rules: [RULE], ...changes }, "codex.config.ts");
  if (!checked.ok) throw new FaultError(checked.error);
  return checked.value;
}

const BOOKS = [
  { slug: "ada", tier: "alpha" },
  { slug: "bab", tier: "beta" },
] as const;
const DECLARED = parseCeilings(
  "version: 1\ntiers:\n  alpha: { book_usd: 50, tier_usd: 600 }\n  beta: { book_usd: 30, tier_usd: 720 }\ncampaign_usd: 2256\nbooks: []\n",
  "manifests/books.yaml",
);

const inForce = (budgets: object, run?: number): Record<string, [number, string, string]> =>
  Object.fromEntries(
    [...ceilingsOf(configOf({ budgets }), DECLARED, BOOKS, run)].map(([scope, { amount, atCeiling, mend }]) => [
      scope,
      [amount / 1e6, atCeiling, mend],
    ]),
  );

describe("ceilings", () => {
  it("are those declared with the books", () => {
    expect(inForce({})).toEqual({
      campaign: [2256, "pause", "raise campaign_usd in manifests/books.yaml"],
      "tier/alpha": [600, "pause", "raise tiers.alpha.tier_usd in manifests/books.yaml"],
      "book/ada": [50, "pause", "raise tiers.alpha.book_usd in manifests/books.yaml"],
      "tier/beta": [720, "pause", "raise tiers.beta.tier_usd in manifests/books.yaml"],
      "book/bab": [30, "pause", "raise tiers.beta.book_usd in manifests/books.yaml"],
    });
  });

  it("of the configuration come before them, each by itself", () => {
    const budgets = { run: 5, campaign: 100, tiers: { beta: { book: 7, atCeiling: "defer" }, own: { total: 3 } } };
    expect(inForce(budgets)).toMatchObject({
      run: [5, "pause", "raise budgets.run in codex.config.ts"],
      campaign: [100, "pause", "raise budgets.campaign in codex.config.ts"],
      "tier/alpha": [600, "pause", "raise tiers.alpha.tier_usd in manifests/books.yaml"],
      "tier/beta": [720, "defer", "raise tiers.beta.tier_usd in manifests/books.yaml"],
      "book/bab": [7, "defer", "raise budgets.tiers.beta.book in codex.config.ts"],
      "tier/own": [3, "pause", "raise budgets.tiers.own.total in codex.config.ts"],
    });
  });

  it("that were typed come before all, nothing included", () => {
    expect(inForce({ run: 5 }, 0).run).toEqual([0, "pause", "raise --budget"]);
  });

  it("that cannot be read are a fault with the key", () => {
    const faultOf = (text: string): unknown => {
      try {
        return parseCeilings(text, "manifests/books.yaml");
      } catch (error) {
        return (error as FaultError).fault;
      }
    };
    expect(faultOf("tiers: { alpha: { book_usd: fifty, tier_usd: 1 } }")).toMatchObject({
      what: expect.stringMatching(/^tiers\.alpha\.book_usd: /),
      where: "manifests/books.yaml",
      exit: 2,
    });
    expect(faultOf("tiers: { alpha: { book_usd: -1, tier_usd: 1 } }")).toMatchObject({ exit: 2 });
    expect(faultOf("tiers: [")).toMatchObject({ exit: 2, mend: "correct the YAML" });
    expect(faultOf("books: []")).toEqual({ campaign: undefined, tiers: {} });
  });
});

describe("the configuration", () => {
  it.each([
    [{ budgets: { run: -1 } }, "budgets.run"],
    [{ budgets: { margin: 0.5 } }, "budgets.margin"],
    [{ budgets: { tiers: { alpha: { atCeiling: "ignore" } } } }, "budgets.tiers.alpha.atCeiling"],
    [{ budgets: { daily: 5 } }, "budgets"],
    [{ prices: { m: { input: "cheap" } } }, "prices.m"],
    [{ prices: { m: [] } }, "prices.m"],
    [{ prices: { m: { from: "next week" } } }, "prices.m.from"],
  ])("%j is refused at %s", (changes, where) => {
    expect(checkConfig({ rules: [RULE], ...changes }, "codex.config.ts")).toMatchObject({
      ok: false,
      error: { what: expect.stringContaining(`${where}: `), exit: 2 },
    });
  });

  it("has a price as one rule or as several", () => {
    const { prices } = configOf({
      prices: { a: { input: 1, output: 2 }, b: [{ call: 1 }, { from: "2026-11-01", call: 2 }] },
    });
    expect(priceList({ prices })).toEqual({
      a: [{ input: 1, output: 2 }],
      b: [
        { input: 0, output: 0, call: 1 },
        { input: 0, output: 0, from: "2026-11-01", call: 2 },
      ],
    });
  });
});

describe("the reckoning", () => {
  const said = (estimatedUsd: number, actualUsd: number, targets = 2): string =>
    describeReckoned({ at: "", goals: [], targets, estimatedUsd, actualUsd });
  it.each([
    [said(1.2, 1), "Estimated $1.20 for 2 targets, actual $1.00 (error +20 %)"],
    [said(0.5, 1, 1), "Estimated $0.50 for 1 target, actual $1.00 (error -50 %)"],
    [said(0, 1), "Estimated $0.00 for 2 targets, actual $1.00 (there was nothing to go by)"],
  ])("%s", (line, expected) => {
    expect(line).toBe(expected);
  });
});
