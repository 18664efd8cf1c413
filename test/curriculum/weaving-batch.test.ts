/** What is woven together. */
import { describe, expect, test } from "vitest";
import type { Production } from "../../src/curriculum/production.ts";
import { joined, withoutUnits } from "../../src/curriculum/production.ts";
import { relatedSets } from "../../src/curriculum/weaving-batch.ts";
import { pilotPlan } from "./repository.ts";

const on = (...related: string[]): Production => ({ units: [], batches: [], related });

describe("sets computed from shared units", () => {
  const sets = (share: number, books: Readonly<Record<string, Production>>): Record<string, string> =>
    Object.fromEntries(
      relatedSets(
        Object.entries(books).map(([slug, production]) => ({ slug, production })),
        share,
      ),
    );

  test("join books that share enough, and leave the others alone", () => {
    const books = { a: on("1", "2", "3"), b: on("2", "3", "4"), c: on("4", "5"), d: on("9") };
    expect(sets(2, books)).toEqual({ a: "a", b: "a", c: "c", d: "d" });
    expect(sets(1, books)).toEqual({ a: "a", b: "a", c: "a", d: "d" });
    expect(sets(4, books)).toEqual({ a: "a", b: "b", c: "c", d: "d" });
  });

  test("grow no larger than one agent can weave", () => {
    const books = Object.fromEntries("abcdefghij".split("").map((slug) => [slug, on("1", "2")]));
    const made = Object.values(sets(1, books));
    for (const set of new Set(made)) expect(made.filter((each) => each === set).length).toBeLessThanOrEqual(6);
  });

  test("do not depend on the order of the books", () => {
    const books = { a: on("1", "2"), b: on("2"), c: on("2", "3"), d: on("3") };
    const reversed = Object.fromEntries(Object.entries(books).reverse());
    expect(sets(1, reversed)).toEqual(sets(1, books));
  });
});

test("a production without some units has no batch that is empty, and waits for none", () => {
  const first = pilotPlan.batches[0]!.units.map(({ id }) => id);
  const left = withoutUnits(pilotPlan, new Set(first));
  expect(left.batches.map(({ number }) => number)).toEqual([2]);
  expect(left.units.map(({ id }) => id)).toEqual(["03.09.16", "03.09.18"]);
  expect(left.units.every(({ afterBatches }) => afterBatches.length === 0)).toBe(true);
  expect(withoutUnits(pilotPlan, new Set())).toBe(pilotPlan);
});

test("what one book makes is not merely related to the others", () => {
  const both = joined([pilotPlan, on("03.09.11", "09.09.09")]);
  expect(both.related).not.toContain("03.09.11");
  expect(both.related).toContain("09.09.09");
  expect(both.units).toHaveLength(pilotPlan.units.length);
});
