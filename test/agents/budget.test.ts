/** Budgets: nothing passes a ceiling, whatever happens at once; what cannot be had now is waited for, and what cannot be had at all is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget, type Ceiling, type Reservation } from "../../src/agents/budget.ts";
import type { Event } from "../../src/events.ts";
import { type Micros, microsOf } from "../../src/money.ts";

const never = (): AbortSignal => new AbortController().signal;
const micros = (amount: number): Micros => amount as Micros;

const ceiling = (usd: number, atCeiling: Ceiling["atCeiling"] = "pause"): Ceiling => ({
  amount: microsOf(usd),
  atCeiling,
  mend: "raise it",
});

interface Setup {
  readonly ceilings: Readonly<Record<string, Ceiling>>;
  readonly spent?: Readonly<Record<string, Micros>>;
}

/** Addresses are `tier/book`: each is in the run, its tier and its book. */
function budget({ ceilings, spent = {} }: Setup): { budget: Budget; events: Event[] } {
  const events: Event[] = [];
  return {
    events,
    budget: new Budget({
      ceilings: () => new Map(Object.entries(ceilings)),
      scopesOf: (address) => ["run", `tier ${address.split("/")[0]}`, `book ${address}`],
      spentBefore: () => new Map(Object.entries(spent)),
      alertAt: 0.8,
      now: () => 7,
      emit: (event) => events.push(event),
    }),
  };
}

/** What a promise has come to after everything that can happen now has happened. */
async function stateOf<T>(promise: Promise<T>): Promise<T | "pending"> {
  const turn = new Promise<"pending">((resolve) => setImmediate(() => resolve("pending")));
  return Promise.race([promise, turn]);
}

async function had(
  promise: Promise<{ ok: true; value: Reservation } | { ok: false; error: unknown }>,
): Promise<Reservation> {
  const result = await promise;
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

describe("a ceiling", () => {
  it("lets calls in until what is spent and set aside would pass it, and keeps the rest waiting", async () => {
    const { budget: purse } = budget({ ceilings: { run: ceiling(1) } });
    const first = await had(purse.reserve("a/x", microsOf(0.6), never()));
    const second = purse.reserve("a/y", microsOf(0.6), never());
    expect(await stateOf(second)).toBe("pending");
    first.settle(microsOf(0.1));
    await had(second);
    expect(purse.standing("run")).toEqual({ spent: 100_000, reserved: 600_000 });
  });

  it("is the tightest where it leaves the least, of all that an address is in", async () => {
    const { budget: purse } = budget({
      ceilings: { run: ceiling(5), "tier a": ceiling(100), "book a/x": ceiling(3), "book a/y": ceiling(3) },
      spent: { "tier a": microsOf(99), "book a/y": microsOf(2.5) },
    });
    // Nothing was asked for yet, so the ledger has not been read.
    expect(purse.tightest(["a/x"])).toBeUndefined();
    const call = await had(purse.reserve("a/x", microsOf(0.2), never()));
    expect(purse.tightest(["a/x"])).toEqual({ scope: "tier a", spent: 99_000_000, amount: 100_000_000 });
    expect(purse.tightest(["a/x", "a/y"])).toEqual({ scope: "book a/y", spent: 2_500_000, amount: 3_000_000 });
    expect(purse.tightest(["b/z"])).toMatchObject({ scope: "run", spent: 0 });
    call.settle(microsOf(0.1));
    expect(purse.tightest(["b/z"])).toMatchObject({ scope: "run", spent: 100_000 });
    // What is set aside is not left.
    const other = await had(purse.reserve("b/z", microsOf(4.5), never()));
    expect(purse.tightest(["a/x", "a/y"])).toMatchObject({ scope: "run", spent: 100_000 });
    other.settle(microsOf(0));
    expect(purse.tightest([])).toBeUndefined();
  });

  it("is decided before anybody else can ask: eight first calls at once", async () => {
    const { budget: purse } = budget({ ceilings: { run: ceiling(1) } });
    const asked = Array.from({ length: 8 }, () => purse.reserve("a/x", microsOf(0.3), never()));
    expect(purse.standing("run")?.reserved).toBe(900_000);
    expect((await Promise.all(asked.map(stateOf))).filter((state) => state !== "pending")).toHaveLength(3);
  });

  it("refuses what does not fit even when all others have ended, and says what to raise", async () => {
    const { budget: purse, events } = budget({ ceilings: { run: ceiling(1) } });
    (await had(purse.reserve("a/x", microsOf(0.5), never()))).settle(microsOf(0.5));
    const refused = await purse.reserve("a/x", microsOf(0.6), never());
    expect(refused).toMatchObject({
      ok: false,
      error: {
        what: "the budget of run does not allow another call: $0.50 of $1.00 is spent, and the next call may cost up to $0.60",
        mend: "raise it, and build again: it goes on where it stopped",
        exit: 5,
      },
    });
    expect(events.map((event) => event.type)).toEqual(["budgetAlert", "paused"]);
    expect(events[0]).toMatchObject({ scope: "run", spentUsd: 0.5, ceilingUsd: 1, reached: true });
  });

  it("refuses those who waited once it is certain that they wait in vain", async () => {
    const { budget: purse } = budget({ ceilings: { run: ceiling(1) } });
    const first = await had(purse.reserve("a/x", microsOf(0.6), never()));
    const second = purse.reserve("a/y", microsOf(0.5), never());
    first.settle(microsOf(0.6));
    expect(await stateOf(second)).toMatchObject({ ok: false, error: { exit: 5 } });
  });

  it("counts what was spent before this run, asked once and only when a call is made", async () => {
    let asked = 0;
    const purse = new Budget({
      ceilings: () => new Map([["campaign", ceiling(10)]]),
      scopesOf: () => ["campaign"],
      spentBefore: () => {
        asked++;
        return new Map([["campaign", microsOf(9.5)]]);
      },
      alertAt: 0.8,
      now: () => 0,
      emit: () => {},
    });
    expect(purse.held("a/x")).toBeUndefined();
    expect(asked).toBe(0);
    expect((await purse.reserve("a/x", microsOf(1), never())).ok).toBe(false);
    expect((await purse.reserve("a/x", microsOf(0.4), never())).ok).toBe(true);
    expect(asked).toBe(1);
  });

  it("is told once at 80 %, and at once where it was passed before", async () => {
    const { budget: purse, events } = budget({
      ceilings: { run: ceiling(1), "tier a": ceiling(2) },
      spent: { "tier a": microsOf(1.7) },
    });
    for (const cents of [79, 1, 1])
      (await had(purse.reserve("b/x", microsOf(cents / 100), never()))).settle(microsOf(cents / 100));
    expect(events).toMatchObject([
      { type: "budgetAlert", scope: "tier a", spentUsd: 1.7, ceilingUsd: 2, reached: false },
      { type: "budgetAlert", scope: "run", spentUsd: 0.8, ceilingUsd: 1, reached: false },
    ]);
  });

  it("of nothing lets free calls through and nothing else", async () => {
    const { budget: purse } = budget({ ceilings: { run: ceiling(0) } });
    expect((await purse.reserve("a/x", micros(0), never())).ok).toBe(true);
    expect((await purse.reserve("a/x", micros(1), never())).ok).toBe(false);
  });
});

describe("at a ceiling", () => {
  it("`pause` holds everything, `defer` holds its own scope", async () => {
    const deferring = budget({ ceilings: { "book a/x": ceiling(1, "defer") } });
    expect((await deferring.budget.reserve("a/x", microsOf(2), never())).ok).toBe(false);
    expect(deferring.budget.held("a/x")).toMatchObject({ exit: 5, where: "book a/x" });
    expect(deferring.budget.held("a/y")).toBeUndefined();
    expect(deferring.events.map((event) => event.type)).toEqual(["budgetAlert"]);

    const pausing = budget({ ceilings: { "book a/x": ceiling(1, "pause") } });
    expect((await pausing.budget.reserve("a/x", microsOf(2), never())).ok).toBe(false);
    expect(pausing.budget.held("b/z")).toMatchObject({ exit: 5, where: "book a/x" });
    // Calls of sessions that are under way still go through, as far as they fit.
    expect((await pausing.budget.reserve("b/z", microsOf(2), never())).ok).toBe(true);
  });

  it("a tier's ceiling holds all of its books", async () => {
    const { budget: purse } = budget({ ceilings: { "tier a": ceiling(1, "defer") } });
    await purse.reserve("a/x", microsOf(2), never());
    expect(purse.held("a/y")).toBeDefined();
    expect(purse.held("b/y")).toBeUndefined();
  });
});

describe("stopping", () => {
  const fault = { what: "the account's limit is reached", where: "anthropic", mend: "raise it", exit: 5 };

  it("refuses everything from then on, those who wait too, and says so once", async () => {
    const { budget: purse, events } = budget({ ceilings: { run: ceiling(1) } });
    await had(purse.reserve("a/x", microsOf(0.9), never()));
    const waiting = purse.reserve("a/y", microsOf(0.9), never());
    expect(purse.stop(fault)).toBe(fault);
    expect(purse.stop({ ...fault, what: "again" })).toBe(fault);
    expect(await stateOf(waiting)).toEqual({ ok: false, error: fault });
    expect(await purse.reserve("a/z", micros(0), never())).toEqual({ ok: false, error: fault });
    expect(purse.held("q/q")).toEqual(fault);
    expect(events).toEqual([{ type: "paused", at: 7, fault }]);
  });

  it("an aborted wait ends, and sets nothing aside", async () => {
    const { budget: purse } = budget({ ceilings: { run: ceiling(1) } });
    const first = await had(purse.reserve("a/x", microsOf(0.9), never()));
    const abort = new AbortController();
    const waiting = purse.reserve("a/y", microsOf(0.9), abort.signal);
    abort.abort();
    expect(await stateOf(waiting)).toMatchObject({ ok: false, error: { exit: 130 } });
    first.settle(micros(0));
    expect(purse.standing("run")).toEqual({ spent: 0, reserved: 0 });
  });

  it("a reservation is settled once", async () => {
    const { budget: purse } = budget({ ceilings: { run: ceiling(1) } });
    const first = await had(purse.reserve("a/x", microsOf(0.5), never()));
    first.settle(microsOf(0.2));
    first.settle(microsOf(0.2));
    expect(purse.standing("run")).toEqual({ spent: 200_000, reserved: 0 });
  });
});

describe("any interleaving", () => {
  const call = fc.record({
    tier: fc.constantFrom("a", "b"),
    book: fc.constantFrom("x", "y", "z"),
    amount: fc.integer({ min: 0, max: 400_000 }),
    /** Of what was set aside, in percent. */
    used: fc.integer({ min: 0, max: 100 }),
  });

  it("never passes a ceiling, leaves nothing set aside, and leaves nobody waiting", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 40 }),
        fc.record({
          run: fc.integer({ min: 0, max: 2_000_000 }),
          a: fc.integer({ min: 0, max: 1_000_000 }),
          ax: fc.integer({ min: 0, max: 600_000 }),
        }),
        fc.scheduler(),
        async (calls, limits, scheduler) => {
          const scopes: [string, number][] = [
            ["run", limits.run],
            ["tier a", limits.a],
            ["book a/x", limits.ax],
          ];
          const { budget: purse } = budget({
            ceilings: Object.fromEntries(
              scopes.map(([scope, amount]) => [scope, { amount: micros(amount), atCeiling: "pause", mend: "" }]),
            ),
          });
          const within = (): void => {
            for (const [scope, limit] of scopes) {
              const { spent, reserved } = purse.standing(scope)!;
              expect(spent + reserved).toBeLessThanOrEqual(limit);
              expect(reserved).toBeGreaterThanOrEqual(0);
            }
          };
          const ended = Promise.all(
            calls.map(async ({ tier, book, amount, used }) => {
              await scheduler.schedule(Promise.resolve());
              const reservation = await purse.reserve(`${tier}/${book}`, micros(amount), never());
              within();
              if (!reservation.ok) return false;
              await scheduler.schedule(Promise.resolve());
              reservation.value.settle(micros(Math.floor((amount * used) / 100)));
              within();
              return true;
            }),
          );
          await scheduler.waitFor(ended);
          for (const [scope] of scopes) expect(purse.standing(scope)?.reserved).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("wastes nothing: who was refused would not have fitted in what is left", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 30 }), async (amounts) => {
        const { budget: purse } = budget({ ceilings: { run: ceiling(1) } });
        const refused: number[] = [];
        await Promise.all(
          amounts.map(async (amount) => {
            const reservation = await purse.reserve("a/x", micros(amount), never());
            if (reservation.ok) reservation.value.settle(micros(amount));
            else refused.push(amount);
          }),
        );
        const left = 1_000_000 - purse.standing("run")!.spent;
        for (const amount of refused) expect(amount).toBeGreaterThan(left);
      }),
      { numRuns: 200 },
    );
  });
});
