/** What the live view shows at a moment: lines that fit, whatever the size of the terminal. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clock, frame, type Look, tokens } from "../../src/cli/view/frame.ts";
import type { Outlook } from "../../src/cli/view/outlook.ts";
import { NO_PROGRESS, type Progress, type Running } from "../../src/cli/view/progress.ts";
import { cut, cutMiddle, widthOf } from "../../src/cli/view/width.ts";
import type { Address } from "../../src/graph/address.ts";

const plain = new Proxy({} as Look["colours"], { get: () => (text: string) => text });
const look = (columns: number, rows = 24, unicode = true): Look => ({ columns, rows, unicode, colours: plain });

const running = (target: string, changes: Partial<Running> = {}): Running => ({
  target,
  executor: "agent",
  startedAt: 60_000,
  attempt: 1,
  rung: "",
  turn: 0,
  inputTokens: 0,
  outputTokens: 0,
  streamedTokens: 0,
  callsUsd: 0,
  sessionsUsd: 0,
  retry: undefined,
  ...changes,
});

const progressOf = (all: readonly Running[], changes: Partial<Progress> = {}): Progress => ({
  ...NO_PROGRESS,
  running: new Map(all.map((each) => [each.target, each])),
  ...changes,
});

const outlook = (changes: Partial<Outlook> = {}): Outlook => ({
  pools: [
    { name: "production", slots: 8, queued: 5, writes: false },
    { name: "integration", slots: 1, queued: 2, writes: true },
  ],
  waiting: [],
  toGo: 40,
  undecided: 0,
  secondsLeft: 1800,
  at: 260_000,
  poolOf: () => "production",
  usual: new Map([["book/lawson-michelsohn-spin-geometry/P4_production/03.09.14", 540]]),
  ...changes,
});

const P4 = running("book/lawson-michelsohn-spin-geometry/P4_production/03.09.14", {
  attempt: 2,
  rung: "again: Mend every defect",
  turn: 5,
  inputTokens: 12_400,
  outputTokens: 2900,
  streamedTokens: 200,
  callsUsd: 0.42,
});
const P1 = running("book/knuth/P1_audit", { startedAt: 200_000, executor: "call" });
const NOW = 260_000;

describe("a frame", () => {
  test("has a line for each running target, then pools, what waits for a person, money and totals", () => {
    const progress = progressOf([P4, P1], { ran: 19, failed: 1, settledUsd: 12 });
    const ahead = outlook({ waiting: ["book/knuth/P2_gap.gate", "book/x/P2_gap.gate"] as Address[] });
    expect(frame(progress, ahead, { scope: "run", spentUsd: 12.42, usd: 50 }, look(140), NOW)).toEqual([
      "→ book/lawson-michelsohn-spin-geometry/P4_production/03.09.14  attempt 2: again  turn 5  12.4k in 3.1k out  $0.42  3:20  of 9:00",
      "→ book/knuth/P1_audit                                                                                              1:00",
      "Pools: integration 0/1 and 2 queued, production 2/8 and 5 queued",
      "Waiting for you: book/knuth/P2_gap.gate and 1 more",
      "Budget of run: $12.42 of $50.00 ███████░░░░░░░░░░░░░░░░░░░░░░░ 25 %",
      "19 done, 1 failed, 2 running, 40 to go. $12.42. 4:20, about 30 min 00 s left",
    ]);
  });

  test("on a narrow terminal figures give way, and names are cut from the middle", () => {
    expect(frame(progressOf([P4, P1]), outlook(), undefined, look(60), NOW)).toEqual([
      "→ book/lawson…/P4_production/03.09.14  $0.42  3:20  of 9:00",
      "→ book/knuth/P1_audit                         1:00",
      "Pools: integration 0/1 and 2 queued, production 2/8 and 5 …",
      "0 done, 2 running, 40 to go. $0.42. 4:20, about 30 min 00 …",
    ]);
  });

  test("the name of a ceiling's book gives way before the amounts do", () => {
    const ceiling = { scope: "book/lawson-michelsohn-spin-geometry", spentUsd: 2.5, usd: 3 };
    const line = (columns: number) => frame(progressOf([P1]), undefined, ceiling, look(columns), NOW).at(-2);
    expect(line(80)).toBe("Budget of book/lawson-michelsohn-spin-geometry: $2.50 of $3.00 ████████░ 83 %");
    expect(line(50)).toBe("Budget of book/…in-geometry: $2.50 of $3.00 83 %");
    expect(line(44)).toBe("Budget of boo…eometry: $2.50 of $3.00 83 %");
  });

  test("without Unicode it is ASCII", () => {
    const lines = frame(
      progressOf([P4, P1]),
      outlook(),
      { scope: "run", spentUsd: 0.42, usd: 1 },
      look(50, 24, false),
      NOW,
    );
    expect(lines.join("")).toMatch(/^[\x20-\x7e]*$/);
    expect(lines[0]).toMatch(/^> book/);
    expect(lines.at(-2)).toContain("####");
  });

  test("who waits to ask again says so", () => {
    const waits = { ...P1, retry: { error: "overloaded_error", until: NOW + 2500 } };
    expect(frame(progressOf([waits]), undefined, undefined, look(100), NOW)[0]).toBe(
      "→ book/knuth/P1_audit  1:00  overloaded_error, again in 3 s",
    );
  });

  test("more running targets than rows are counted, oldest first", () => {
    const many = Array.from({ length: 100 }, (_, i) => running(`book/b${i}/P1`, { startedAt: 60_000 + i }));
    const lines = frame(progressOf(many), outlook(), undefined, look(80, 10), NOW);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toContain("book/b0/P1");
    expect(lines[6]).toBe("  and 94 more running");
  });

  test("a pause is said instead of what waits", () => {
    const paused = progressOf([], { paused: { what: "the budget is spent", where: "", mend: "", exit: 5 } });
    expect(frame(paused, outlook({ pools: [] }), undefined, look(80), NOW)[0]).toBe("Paused: the budget is spent");
  });

  test("is gone when the build has ended", () => {
    expect(frame(progressOf([P1], { finished: true }), outlook(), undefined, look(80), NOW)).toEqual([]);
  });

  test("fits any terminal", () => {
    const target = fc.string({
      unit: fc.constantFrom("a", "/", "é", "日", "👩‍👩‍👧", "-"),
      minLength: 1,
      maxLength: 90,
    });
    const one = fc.record({ target, attempt: fc.integer({ min: 1, max: 9 }), turn: fc.nat(30), callsUsd: fc.nat(900) });
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 30 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (all, columns, rows, unicode) => {
          const state = progressOf(all.map((each) => running(each.target, { ...each, rung: "again: x" })));
          const ahead = outlook({ waiting: [all[0]?.target ?? "x"] as Address[] });
          const lines = frame(
            state,
            ahead,
            { scope: `book/${all[0]?.target ?? "x"}`, spentUsd: 3, usd: 5 },
            look(columns, rows, unicode),
            NOW,
          );
          expect(lines.length).toBeLessThan(Math.max(rows, 1) + (rows === 1 ? 1 : 0));
          for (const line of lines) expect(widthOf(line)).toBeLessThan(columns);
        },
      ),
    );
  });
});

test.each([
  [0, "0"],
  [950, "950"],
  [12_449, "12.4k"],
  [999_949, "999.9k"],
  [999_951, "1.0M"],
  [3_140_000, "3.1M"],
])("%d tokens: %s", (count, text) => expect(tokens(count)).toBe(text));

test.each([
  [-1, "0:00"],
  [7.9, "0:07"],
  [760, "12:40"],
  [3729, "1:02:09"],
])("%d s on the clock: %s", (seconds, text) => expect(clock(seconds)).toBe(text));

describe("cutting", () => {
  test.each([
    ["abc", 3, "abc", "abc"],
    ["abcdefghij", 6, "abcde…", "a…ghij"],
    ["日本語日本語", 7, "日本語…", "日…本語"],
    ["abc", 1, "…", "…"],
    ["abc", 0, "", ""],
  ])("%s to %d", (text, columns, end, middle) => {
    expect(cut(text, columns, "…")).toBe(end);
    expect(cutMiddle(text, columns, "…")).toBe(middle);
  });
});
