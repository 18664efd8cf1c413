/** A build as lines: what a person reads while it runs, and how it is summed up. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Terminal } from "../../src/cli/terminal.ts";
import { duration, plainView, plural, summaryLines, usd } from "../../src/cli/view/plain.ts";
import type { BuildSummary, Event } from "../../src/events.ts";

describe("durations", () => {
  test.each([
    [0, "0.0 s"],
    [0.04, "0.0 s"],
    [0.4, "0.4 s"],
    [9.94, "9.9 s"],
    [9.96, "10 s"],
    [12, "12 s"],
    [59.4, "59 s"],
    [59.6, "1 min 00 s"],
    [60, "1 min 00 s"],
    [119.6, "2 min 00 s"],
    [200, "3 min 20 s"],
    [3599.4, "59 min 59 s"],
    [3599.6, "1 h 00 min"],
    [7200 + 5 * 60, "2 h 05 min"],
    [7199, "2 h 00 min"],
    [30 * 3600, "30 h 00 min"],
  ])("%d s: %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test("never show sixty of anything, and are right to within half of what they show", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 400_000, noNaN: true }), (seconds) => {
        const text = duration(seconds);
        const parts = /^(?:(\d+) h (\d\d) min|(\d+) min (\d\d) s|(\d+(?:\.\d)?) s)$/.exec(text)!.slice(1).map(Number);
        const [hours, minutes, wholeMinutes, wholeSeconds, alone] = parts as [number, number, number, number, number];
        expect(text).not.toMatch(/\b60\b/);
        if (text.includes("h")) expect(Math.abs(hours * 3600 + minutes * 60 - seconds)).toBeLessThanOrEqual(30);
        else if (text.includes("min"))
          expect(Math.abs(wholeMinutes * 60 + wholeSeconds - seconds)).toBeLessThanOrEqual(0.5);
        else expect(Math.abs(alone - seconds)).toBeLessThanOrEqual(text.includes(".") ? 0.051 : 0.5);
      }),
    );
  });
});

test.each([
  [0, "0 targets"],
  [1, "1 target"],
  [2, "2 targets"],
])("%d: %s", (count, text) => {
  expect(plural(count, "target")).toBe(text);
});

test("plurals that are not made by an s", () => {
  expect(plural(1, "entry", "entries")).toBe("1 entry");
  expect(plural(3, "entry", "entries")).toBe("3 entries");
});

test("money has two decimals", () => {
  expect([0, 0.006, 1.5, 1234.567].map(usd)).toEqual(["$0.00", "$0.01", "$1.50", "$1234.57"]);
});

const NONE: BuildSummary = { ran: 0, restored: 0, fresh: 0, failed: 0, waiting: 0, blocked: 0, seconds: 0.31, usd: 0 };

describe("the summary", () => {
  test.each<[changes: Partial<BuildSummary>, line: string]>([
    [{ fresh: 19 }, "Nothing to do: 19 targets are fresh. 0.3 s, $0.00"],
    [{ fresh: 1 }, "Nothing to do: 1 target is fresh. 0.3 s, $0.00"],
    [{ ran: 2, fresh: 3 }, "Targets: 2 ran, 3 already fresh. Time: 0.3 s. Cost: $0.00"],
    [{ restored: 2 }, "Targets: 0 ran, 2 restored, 0 already fresh. Time: 0.3 s. Cost: $0.00"],
    [
      { fresh: 4, waiting: 1, blocked: 2 },
      "Targets: 0 ran, 4 already fresh, 1 waiting for a person, 2 not reached. Time: 0.3 s. Cost: $0.00",
    ],
    [
      { ran: 1, failed: 1, blocked: 5, seconds: 200, usd: 1.234 },
      "Targets: 1 ran, 0 already fresh, 1 failed, 5 not reached. Time: 3 min 20 s. Cost: $1.23",
    ],
  ])("of %j", (changes, line) => {
    expect(summaryLines({ ...NONE, ...changes })).toEqual([line]);
  });

  test("never says that there is nothing to do where something was not done", () => {
    for (const key of ["ran", "restored", "failed", "waiting", "blocked"] as const) {
      expect(summaryLines({ ...NONE, fresh: 3, [key]: 1 })[0]).toMatch(/^Targets: /);
    }
  });
});

/** What a view prints of some events: lines to the output, and those to the errors with `err:` before them. */
function shown(
  events: readonly Event[],
  options: { readonly quiet?: boolean; readonly colour?: boolean } = {},
): string[] {
  const lines: string[] = [];
  const plain = new Proxy({} as Terminal["colours"], {
    get: (_, name) => (options.colour ? (text: string) => `<${String(name)}>${text}</>` : (text: string) => text),
  });
  const view = plainView(
    { out: (line) => lines.push(line), err: (line) => lines.push(`err: ${line}`), colours: plain },
    { quiet: options.quiet === true },
  );
  for (const event of events) view(event);
  return lines;
}

const T = "book/x/P1_audit";
const STARTED: Event = { type: "buildStarted", at: 0, goals: ["all"], targets: 1, provider: "replay" };
const AGENT: Event = { type: "targetStarted", at: 0, target: T, executor: "agent", reasons: ["never built"] };
const DONE: Event = {
  type: "targetFinished",
  at: 0,
  target: T,
  how: "ran",
  seconds: 12,
  usd: 0.5,
  attempts: 2,
  agent: "a",
  reasons: [],
  changed: true,
};
const FAILED: Event = {
  type: "targetFailed",
  at: 0,
  target: T,
  attempts: 1,
  seconds: 1,
  fault: { what: "it broke", where: "a.md:3", mend: "mend a.md", exit: 1 },
};
const ATTEMPT: Event = {
  type: "attemptFailed",
  at: 0,
  target: T,
  attempt: 1,
  defects: ["one", "two", "three", "four", "five", "six", "seven"],
  next: "again",
};
const FINISHED: Event = { type: "buildFinished", at: 0, summary: { ...NONE, ran: 1 } };

describe("lines", () => {
  test("a target starts with its reasons, and ends with its time, cost and attempts", () => {
    expect(shown([{ ...AGENT, executor: "call", reasons: ["a", "b", "c", "d"] }, DONE])).toEqual([
      `→ ${T} (a; b; 2 more)`,
      `✓ ${T} done 12 s, $0.50, 2 attempts`,
    ]);
  });

  test.each<[changes: Partial<Extract<Event, { type: "targetFinished" }>>, line: string]>([
    [{ attempts: 1, usd: 0 }, `✓ ${T} done 12 s`],
    [{ attempts: 1, usd: 0, changed: false }, `✓ ${T} done, output unchanged 12 s`],
    [{ attempts: 0, usd: 0, how: "restored" }, `✓ ${T} restored from the store 12 s`],
  ])("%j", (changes, line) => {
    expect(shown([{ ...DONE, ...changes } as Event])).toEqual([line]);
  });

  test("a failed attempt lists five defects and counts the rest", () => {
    expect(shown([ATTEMPT])).toEqual([
      `! ${T} attempt 1 failed: 7 defects; next: again`,
      "    one",
      "    two",
      "    three",
      "    four",
      "    five",
      "    and 2 more",
    ]);
    expect(shown([{ ...ATTEMPT, defects: ["one"] }])[0]).toContain("1 defect;");
  });

  test("a failure says what, where and how to mend it, and goes to the errors", () => {
    expect(shown([FAILED])).toEqual([`err: ✗ ${T} failed: it broke`, "err:     at a.md:3", "err:     mend a.md"]);
    expect(shown([{ ...FAILED, fault: { ...FAILED.fault, where: T } }])).toHaveLength(2);
  });

  test("a replay is announced once, before the first agent's work, and not where no agent works", () => {
    const lines = shown([STARTED, { ...AGENT, executor: "call" }, DONE, AGENT, DONE, AGENT, DONE, FINISHED]);
    expect(lines.filter((line) => line.startsWith("Replay:"))).toHaveLength(1);
    expect(lines.findIndex((line) => line.startsWith("Replay:"))).toBe(2);
    expect(shown([STARTED, { ...AGENT, executor: "call" }, DONE, FINISHED]).join("\n")).not.toContain("Replay");
    expect(shown([{ ...STARTED, provider: "other" }, AGENT, DONE, FINISHED]).join("\n")).not.toContain("Replay");
  });

  test("quiet: failures and the summary", () => {
    const all: Event[] = [STARTED, AGENT, ATTEMPT, DONE, { type: "notice", at: 0, text: "a notice" }, FAILED, FINISHED];
    expect(shown(all, { quiet: true })).toEqual([
      `err: ✗ ${T} failed: it broke`,
      "err:     at a.md:3",
      "err:     mend a.md",
      expect.stringMatching(/^Targets: 1 ran/),
    ]);
    expect(shown(all).length).toBeGreaterThan(10);
  });

  test("colours only mark: taken out, the line is the same", () => {
    const all: Event[] = [STARTED, AGENT, ATTEMPT, DONE, FAILED, FINISHED];
    const stripped = shown(all, { colour: true }).map((line) => line.replace(/<\/?\w*>/g, ""));
    expect(stripped).toEqual(shown(all));
    expect(shown(all, { colour: true }).join("\n")).toContain("<red>✗</>");
  });
});
