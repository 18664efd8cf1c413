/** The chain of the audit log: every kind of break is told from the others, at its line, and a noted one is known again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chained, evidenceOf, type LogLine } from "../../src/campaign/audit-log.ts";
import { checkChain } from "../../src/campaign/chain.ts";
import { chainOf, entry, rawOf, textOf } from "./log.ts";

const LINES = chainOf(["one", "two", "three", "four", "five"].map((to) => entry(to)));
const breaksOf = (lines: readonly (LogLine | string)[], tail = ""): (readonly [number, string])[] =>
  checkChain(rawOf(textOf(lines) + tail)).map(({ line, kind }) => [line, kind] as const);
const [one, two, three, four, five] = LINES as [LogLine, LogLine, LogLine, LogLine, LogLine];

test("a whole chain has no break", () => {
  expect(breaksOf(LINES)).toEqual([]);
  expect(breaksOf([])).toEqual([]);
  expect(breaksOf([one, "", two])).toEqual([]);
});

describe("a break is told with its line", () => {
  test.each<[string, (LogLine | string)[], string, [number, string][]]>([
    ["a changed word", [one, { ...two, to: "no" }, three], "", [[2, "changed"]]],
    ["a changed number", [one, { ...two, n: 7 }, three], "", [[2, "changed"]]],
    ["a lost line", [one, three, four], "", [[2, "lost"]]],
    ["a lost beginning", [two, three], "", [[1, "lost"]]],
    [
      "two lines changed places",
      [one, three, two, four],
      "",
      [
        [2, "moved"],
        [3, "moved"],
        [4, "moved"],
      ],
    ],
    ["a torn line in the middle", [one, '{"n":2,"at', two], "", [[2, "torn"]]],
    ["a torn end", [one], '{"n":2,"at', [[2, "torn"]]],
    ["something else", [one, "[]", two], "", [[2, "torn"]]],
    ["a line that stands twice", [one, two, one, three], "", [[3, "twice"]]],
    [
      "git's marks",
      [one, "<<<<<<< HEAD", two, "=======", ">>>>>>> other"],
      "",
      [
        [2, "conflict"],
        [4, "conflict"],
        [5, "conflict"],
      ],
    ],
    ["a second log", [one, two, ...chainOf([entry("b")], one)], "", [[3, "fork"]]],
    ["a second log from the beginning", [one, ...chainOf([entry("b"), entry("c")])], "", [[2, "fork"]]],
  ])("%s", (_, lines, tail, expected) => {
    expect(breaksOf(lines, tail)).toEqual(expected);
  });

  test("a lost end cannot be seen in the chain itself", () => {
    expect(breaksOf([one, two])).toEqual([]);
  });
});

test("no change of any byte goes unseen", () => {
  const text = textOf(LINES);
  fc.assert(
    fc.property(fc.nat(text.length - 2), fc.constantFrom("0", "x", '"', "}", "\n", ""), (at, by) => {
      const changed = text.slice(0, at) + by + text.slice(at + 1);
      // A line feed at a line's end, or the same character, is no change.
      fc.pre(changed !== text && !(by === "" && text[at] === "\n" && at === text.length - 1));
      expect(checkChain(rawOf(changed)).length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

describe("a repair", () => {
  const noting = (lines: readonly (LogLine | string)[], line: number): LogLine =>
    chained(
      { ...entry("known"), kind: "repair", evidence: [evidenceOf(rawOf(textOf(lines))[line - 1]!)] },
      lines.findLast((each): each is LogLine => typeof each !== "string"),
    );

  test.each<[string, (LogLine | string)[], number]>([
    ["of a changed line", [one, { ...two, to: "no" }, three], 2],
    ["of a lost line", [one, three], 2],
    ["of a torn line", [one, '{"n":2', two], 2],
  ])("%s makes it known", (_, lines, line) => {
    const repaired = [...lines, noting(lines, line)];
    expect(checkChain(rawOf(textOf(repaired)))).toEqual([expect.objectContaining({ line, noted: lines.length + 1 })]);
  });

  test("does not cover a further change of the line", () => {
    const lines = [one, { ...two, to: "no" }, three];
    const repaired = [one, { ...two, to: "never" }, three, noting(lines, 2)];
    expect(checkChain(rawOf(textOf(repaired)))).toEqual([expect.objectContaining({ line: 2, noted: undefined })]);
  });

  test("that was forged counts for nothing", () => {
    const lines = [one, { ...two, to: "no" }, three];
    const forged = { ...noting(lines, 2), rationale: "all is well" };
    expect(checkChain(rawOf(textOf([...lines, forged]))).map(({ line, noted }) => [line, noted])).toEqual([
      [2, undefined],
      [4, undefined],
    ]);
  });
});

test("what stands after the break is still checked", () => {
  expect(breaksOf([one, "torn", { ...three, to: "no" }, four, { ...five, at: "" }])).toEqual([
    [2, "torn"],
    [3, "changed"],
    [5, "changed"],
  ]);
});
