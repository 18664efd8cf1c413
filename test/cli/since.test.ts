/** What a person may type for a time, and what it means. */
import { describe, expect, test } from "vitest";
import { ageOf, sinceOf } from "../../src/cli/since.ts";
import { FaultError } from "../../src/fault.ts";

describe("--since", () => {
  const NOW = Date.parse("2026-03-10T12:00:00Z");
  test.each([
    ["90min", "2026-03-10T10:30:00Z"],
    ["2h", "2026-03-10T10:00:00Z"],
    ["3d", "2026-03-07T12:00:00Z"],
    ["1w", "2026-03-03T12:00:00Z"],
    ["30 s", "2026-03-10T11:59:30Z"],
    ["2026-03-01", "2026-03-01T00:00:00Z"],
    ["2026-03-01T09:30", "2026-03-01T09:30:00Z"],
    ["2026-03-01T09:30Z", "2026-03-01T09:30:00Z"],
    ["2026-03-01 09:30:15", "2026-03-01T09:30:15Z"],
    ["2026-03-01T09:30:15Z", "2026-03-01T09:30:15Z"],
    ["2026-03-01T09:30:15.5", "2026-03-01T09:30:15.500Z"],
    ["2026-03-01T09:30+02:00", "2026-03-01T07:30:00Z"],
    ["2026-03-01T09:30-0200", "2026-03-01T11:30:00Z"],
  ])("%s", (typed, moment) => expect(sinceOf(typed, NOW)).toBe(Date.parse(moment)));

  test.each(["", "yesterday", "7", "2h ago", "2026-13-45", "2026-11-32", "11/01/2026", "-2h", "9999999999999999d"])(
    "%j is no time",
    (typed) => expect(() => sinceOf(typed, NOW)).toThrow(FaultError),
  );
});

test.each([
  ["12h", 43_200_000],
  ["1.5d", 129_600_000],
  ["8w", 4_838_400_000],
  ["30", undefined],
  ["h", undefined],
  ["3 months", undefined],
])("%s as an age", (typed, ms) => expect(ageOf(typed)).toBe(ms));
