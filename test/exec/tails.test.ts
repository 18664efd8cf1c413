import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Remaining, tails } from "../../src/exec/tails.ts";
import type { Address } from "../../src/graph/address.ts";

interface Job {
  readonly id: string;
  readonly seconds: number;
  readonly pool: string;
  readonly needs: readonly string[];
}

const remaining = (jobs: readonly Job[], slots: Readonly<Record<string, number>> = {}, limit = 100): Remaining => {
  const byId = new Map(jobs.map((job) => [job.id as Address, job]));
  return {
    order: jobs.map((job) => job.id as Address),
    dependencies: (id) => byId.get(id)!.needs as readonly Address[],
    seconds: (id) => byId.get(id)!.seconds,
    pool: (id) => byId.get(id)!.pool,
    slots: (pool) => slots[pool],
    limit,
  };
};
const job = (id: string, seconds: number, pool: string, ...needs: string[]): Job => ({ id, seconds, pool, needs });
const at = (found: ReadonlyMap<Address, number>, id: string): number => found.get(id as Address)!;

describe("tails", () => {
  it("are the longest chains where there are slots for all", () => {
    const found = tails(
      remaining([job("a", 3, "p"), job("b", 5, "p", "a"), job("c", 1, "p", "a"), job("d", 2, "p", "c")]),
    );
    expect(["a", "b", "c", "d"].map((id) => at(found, id))).toEqual([8, 5, 3, 2]);
  });

  it("let books follow one another to a narrow pool", () => {
    const books = ["x", "y", "z"].flatMap((book) => [
      job(`${book}/make`, 2, "wide"),
      job(`${book}/weave`, 4, "narrow", `${book}/make`),
    ]);
    const found = tails(remaining(books, { wide: 3, narrow: 1 }));
    expect(["x", "y", "z"].map((book) => at(found, `${book}/weave`)).sort((a, b) => a - b)).toEqual([4, 8, 12]);
    for (const book of ["x", "y", "z"]) expect(at(found, `${book}/make`)).toBe(at(found, `${book}/weave`) + 2);
  });

  it("put first what has the longest way to the end once it has left its pool, not what has most to do in it", () => {
    const found = tails(
      remaining(
        [
          job("long/1", 5, "narrow"),
          job("long/2", 5, "narrow", "long/1"),
          job("long/3", 5, "narrow", "long/2"),
          job("short/1", 5, "narrow"),
          job("short/flow", 8, "wide", "short/1"),
        ],
        { narrow: 1, wide: 3 },
      ),
    );
    expect(["short/1", "long/1", "long/2", "long/3"].map((id) => at(found, id))).toEqual([20, 15, 10, 5]);
  });

  it("end one book before they begin the next, the short ones first", () => {
    const chain = (book: string, parts: number): Job[] =>
      Array.from({ length: parts }, (_, index) =>
        job(`${book}/${index}`, 3, "narrow", ...(index === 0 ? [] : [`${book}/${index - 1}`])),
      );
    const books = [...chain("a", 4), ...chain("b", 2), ...chain("c", 3)];
    const ends = ["a", "b", "c"].map((book) =>
      job(`${book}/check`, 1, "wide", books.findLast(({ id }) => id.startsWith(book))!.id),
    );
    const found = tails(remaining([...books, ...ends], { narrow: 1, wide: 3 }));
    const order = books.map(({ id }) => id).sort((x, y) => at(found, y) - at(found, x));
    expect(order).toEqual(["b/0", "b/1", "c/0", "c/1", "c/2", "a/0", "a/1", "a/2", "a/3"]);
  });

  it("take the limit over all pools for the narrowest where it is", () => {
    const jobs = [job("x/1", 4, "p"), job("x/2", 4, "p", "x/1"), job("y/1", 4, "p"), job("y/2", 1, "q", "y/1")];
    const last = (limit: number): string =>
      jobs
        .map(({ id }) => id)
        .sort(
          (a, b) => at(tails(remaining(jobs, { p: 1 }, limit)), a) - at(tails(remaining(jobs, { p: 1 }, limit)), b),
        )[0]!;
    // Of the pool's targets x/2 has nothing after it, and of all targets it has the longest way to it.
    expect([last(100), last(1)]).toEqual(["y/2", "x/2"]);
  });

  it("keep every order and every limit, whatever the graph", () => {
    const jobs = fc
      .array(
        fc.record({
          seconds: fc.nat(9),
          pool: fc.constantFrom("p", "q", "r"),
          needs: fc.array(fc.nat(20), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 25 },
      )
      .map((list) =>
        list.map(({ seconds, pool, needs }, index) =>
          job(`t${index}`, seconds, pool, ...new Set(needs.filter((need) => need < index).map((need) => `t${need}`))),
        ),
      );
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), (list, slots, limit) => {
        const found = tails(remaining(list, { p: slots, q: 1 }, limit));
        expect(found.size).toBe(list.length);
        // Backwards: from `tail` before the end to `tail - seconds` before it.
        const span = (each: Job): [number, number] => [at(found, each.id) - each.seconds, at(found, each.id)];
        for (const each of list)
          for (const need of each.needs)
            expect(at(found, need)).toBeGreaterThanOrEqual(
              at(found, each.id) + list.find(({ id }) => id === need)!.seconds,
            );
        for (const [moment] of list.map(span)) {
          const running = list.filter((each) => span(each)[0] <= moment && moment < span(each)[1]);
          expect(running.length).toBeLessThanOrEqual(limit);
          expect(running.filter(({ pool }) => pool === "p").length).toBeLessThanOrEqual(slots);
          expect(running.filter(({ pool }) => pool === "q").length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
