/** The cost ledger: the seed's keys first, a line for every call that ended, each once whatever crashed. */
import { appendFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import type { Call } from "../../src/cache/call-record.ts";
import { CallJournal } from "../../src/cache/calls.ts";
import { CostLedger } from "../../src/campaign/cost-ledger.ts";
import { paidBy, scopesIn, spentBy } from "../../src/campaign/spending.ts";
import type { Event } from "../../src/events.ts";
import type { Micros } from "../../src/money.ts";
import { NO_USAGE } from "../../src/usage.ts";
import { disk } from "../artifact/disk.ts";

const AT = Date.parse("2026-04-29T15:23:00Z");
const PATH = "manifests/cost_ledger.jsonl";

const settled = (target: string, changes: object = {}): Event => ({
  type: "callSettled",
  at: AT + 400,
  target,
  attempt: 1,
  turn: 3,
  call: "c-1",
  model: "claude-opus-4-7",
  usage: {
    inputTokens: 8500,
    outputTokens: 3200,
    cacheReadTokens: 12,
    cacheWriteTokens: 34,
    cacheWriteHourTokens: 56,
    webSearches: 2,
    usd: 0.18,
  },
  seconds: 215,
  outcome: "answered",
  ...changes,
});

function setup() {
  const made = disk({ now: AT });
  const ledger = new CostLedger(made.host, made.at(PATH));
  const journal = new CallJournal(made.host);
  const raw = (): Record<string, unknown>[] =>
    made
      .read(PATH)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const dispatch = (changes: Partial<Call> = {}): Call => {
    const call: Call = {
      call: journal.nextId(),
      key: digestOf("q"),
      address: "book/x/P4_production/03.09.11",
      attempt: 2,
      turn: 7,
      provider: "anthropic",
      model: "claude-opus-5-5",
      at: AT,
      reserved: 750_000 as Micros,
      ...changes,
    };
    journal.dispatched(call);
    return call;
  };
  return { ...made, ledger, journal, raw, dispatch };
}

describe("a line", () => {
  test("has the seed's keys first, in its order, and then ours", () => {
    const { ledger, raw } = setup();
    ledger.record(settled("book/lawson-michelsohn-spin-geometry/P1_audit"));
    expect(JSON.stringify(raw()[0])).toBe(
      JSON.stringify({
        timestamp: "2026-04-29T15:23:00Z",
        book: "lawson-michelsohn-spin-geometry",
        pass: "P1_audit",
        agent_id: "agent-lawson-michelsohn-spin-geometry-P1_audit-1",
        model: "claude-opus-4-7",
        input_tokens: 8500,
        output_tokens: 3200,
        cost_usd: 0.18,
        duration_s: 215,
        address: "book/lawson-michelsohn-spin-geometry/P1_audit",
        attempt: 1,
        turn: 3,
        call: "c-1",
        outcome: "answered",
        cache_read_tokens: 12,
        cache_write_tokens: 34,
        cache_write_hour_tokens: 56,
        web_searches: 2,
      }),
    );
  });

  test("names the unit, the error, and what is no book's", () => {
    const { ledger, raw } = setup();
    ledger.record(settled("book/x/P4_production/03.09.11", { outcome: "failed", error: "overloaded_error" }));
    ledger.record(settled("flow/f/PA_trajectory"));
    expect(raw()).toMatchObject([
      { book: "x", pass: "P4_production", unit: "03.09.11", outcome: "failed", error: "overloaded_error" },
      { book: null, pass: "PA_trajectory", address: "flow/f/PA_trajectory" },
    ]);
  });

  test("is not written for what the journal answered, nor for anything but calls", () => {
    const { ledger } = setup();
    ledger.record(settled("book/x/P1_audit", { outcome: "journal" }));
    ledger.record({ type: "notice", at: AT, text: "…" });
    expect(ledger.lines()).toEqual([]);
  });
});

describe("after a crash", () => {
  test("calls that had ended are taken from the journal, lost ones are charged, and nothing twice", () => {
    const { ledger, journal, raw, dispatch } = setup();
    const told = dispatch({ turn: 1 });
    journal.settled({ ...told, outcome: "answered", usage: { ...NO_USAGE, usd: 0.1 }, seconds: 3, payload: {} });
    ledger.record(settled(told.address, { call: told.call, usage: { ...NO_USAGE, usd: 0.1 } }));
    const untold = dispatch({ turn: 2 });
    journal.settled({
      ...untold,
      outcome: "failed",
      error: "stalled",
      usage: { ...NO_USAGE, usd: 0.2 },
      seconds: 60,
      payload: {},
    });
    const lost = dispatch({ turn: 3 });

    expect(ledger.recover()).toEqual({ settled: 1, lost: 1, lostUsd: 0.75, damaged: [] });
    expect(raw().map((line) => [line.call, line.outcome, line.cost_usd, line.timestamp])).toEqual([
      [told.call, "answered", 0.1, "2026-04-29T15:23:00Z"],
      [untold.call, "failed", 0.2, "2026-04-29T15:24:00Z"],
      [lost.call, "lost", 0.75, "2026-04-29T15:23:00Z"],
    ]);
    expect(raw()[1]).toMatchObject({
      unit: "03.09.11",
      attempt: 2,
      turn: 2,
      error: "stalled",
      agent_id: "agent-x-P4_production-03.09.11-2",
    });
    expect(ledger.recover()).toBeUndefined();
    expect(raw()).toHaveLength(3);
  });

  test("in the middle of recovering, the next one finishes it", () => {
    const { ledger, raw, dispatch, host, at } = setup();
    const lost = [dispatch(), dispatch({ turn: 8 }), dispatch({ turn: 9 })];
    let writes = 0;
    const dying = new CostLedger(
      {
        ...host,
        fs: {
          ...host.fs,
          fsyncSync: (file) => {
            if (++writes > 2) throw new Error("killed");
            host.fs.fsyncSync(file);
          },
        },
      },
      at(PATH),
    );
    expect(() => dying.recover()).toThrow();
    ledger.recover();
    expect(
      raw()
        .map((line) => line.call)
        .sort(),
    ).toEqual(lost.map(({ call }) => call).sort());
  });

  test("nothing is read where nothing was left", () => {
    const { ledger, host } = setup();
    const reads: string[] = [];
    const watching = new CostLedger(
      {
        ...host,
        fs: {
          ...host.fs,
          readFileSync: ((path: string) => {
            reads.push(path);
            return host.fs.readFileSync(path);
          }) as typeof host.fs.readFileSync,
        },
      },
      "/nowhere",
    );
    expect(watching.recover()).toBeUndefined();
    expect(ledger.recover()).toBeUndefined();
    expect(reads).toEqual([]);
  });
});

describe("the lines", () => {
  test("with the seed's keys alone count, torn and foreign ones do not", () => {
    const { ledger, write, at } = setup();
    write(
      PATH,
      `${JSON.stringify({ timestamp: "2026-04-29T15:23:00Z", book: "x", pass: "P1_audit", agent_id: "agent-a1", model: "m", input_tokens: 1, output_tokens: 2, cost_usd: 0.5, duration_s: 3 })}\n{"cost_usd":"free"}\nnull\n[]\n`,
    );
    appendFileSync(at(PATH), '{"timestamp":"2026-04-29T15:2');
    expect(ledger.lines()).toEqual([
      expect.objectContaining({
        book: "x",
        cost_usd: 0.5,
        address: "book/x/P1_audit",
        outcome: "answered",
        cache_read_tokens: 0,
      }),
    ]);
    ledger.record(settled("book/y/P1_audit"));
    expect(ledger.lines().map((line) => line.book)).toEqual(["x", "y"]);
  });

  test("add up by run, campaign, tier and book, to the micro-dollar", () => {
    const scopesOf = scopesIn(() => [
      { slug: "x", tier: "alpha" },
      { slug: "y", tier: "alpha" },
      { slug: "z", tier: "gamma" },
    ]);
    expect(scopesOf("book/z/P1")).toEqual(["run", "campaign", "tier/gamma", "book/z"]);
    expect(scopesOf("book/unknown/P1")).toEqual(["run", "campaign", "book/unknown"]);
    expect(scopesOf("flow/f/PA")).toEqual(["run", "campaign"]);
    const lines = ["book/x/P1", "book/x/P2", "book/y/P1", "book/z/P1", "flow/f/PA"].map((address) => ({
      address,
      cost_usd: 0.1,
    }));
    expect(Object.fromEntries(spentBy(lines, scopesOf))).toEqual({
      campaign: 500_000,
      "tier/alpha": 300_000,
      "tier/gamma": 100_000,
      "book/x": 200_000,
      "book/y": 100_000,
      "book/z": 100_000,
    });
  });

  test("add up by target", () => {
    const lines = [0.1, 0.2, 0.000001].map((cost_usd) => ({ address: "book/x/P1", cost_usd }));
    expect([...paidBy([...lines, { address: "flow/f/PA", cost_usd: 1 }])]).toEqual([
      ["book/x/P1", 0.300001],
      ["flow/f/PA", 1],
    ]);
  });
});
