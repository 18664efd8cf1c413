/** Two logs in one file become one chain, by time, and nothing is lost. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashOf, type LogLine } from "../../src/campaign/audit-log.ts";
import { checkChain } from "../../src/campaign/chain.ts";
import { mergeLogs } from "../../src/campaign/merge-logs.ts";
import { chainOf, entry, rawOf, textOf } from "./log.ts";

const AT = "2026-02-01T00:00:00Z";
const merge = (text: string): LogLine[] => {
  const merged = mergeLogs(rawOf(text), "log", AT, "person:x");
  if (!merged.ok || merged.value === undefined) throw new Error(merged.ok ? "nothing to merge" : merged.error.what);
  const raw = rawOf(merged.value.bytes);
  expect(checkChain(raw).filter(({ kind }) => kind !== "torn")).toEqual([]);
  return raw.flatMap(({ value }) => (value === undefined ? [] : [value as LogLine]));
};
/** What a line said before it got its place. */
const original = ({ was, hash, ...line }: LogLine): LogLine => {
  const first = was === undefined ? { ...line } : { ...line, n: was.n, prev: was.prev };
  return { ...first, hash: was?.hash ?? hash };
};

const base = chainOf([entry("a", 1), entry("b", 2)]);
const ours = chainOf([entry("o1", 10), entry("o2", 30)], base[1]);
const theirs = chainOf([entry("t1", 20), entry("t2", 40)], base[1]);

describe("two branches", () => {
  test.each<[string, string]>([
    ["one after the other, as `merge=union` leaves them", textOf([...base, ...ours, ...theirs])],
    ["the other way round", textOf([...base, ...theirs, ...ours])],
    ["with git's marks", textOf([...base, "<<<<<<< HEAD", ...ours, "=======", ...theirs, ">>>>>>> topic"])],
    [
      "with the common part between the marks",
      textOf([...base, "<<<<<<< HEAD", ...ours, "||||||| 123abc", "=======", ...theirs, ">>>>>>> topic"]),
    ],
    ["with lines that stand twice", textOf([...base, ...ours, ...base, ...theirs])],
  ])("%s", (_, text) => {
    const lines = merge(text);
    expect(lines.map(({ n, to }) => [n, to])).toEqual([
      [1, "a"],
      [2, "b"],
      [3, "o1"],
      [4, "t1"],
      [5, "o2"],
      [6, "t2"],
      [7, "one"],
    ]);
    expect(lines.slice(0, 3)).toEqual([...base, ours[0]]);
    expect(lines.at(-1)).toMatchObject({ kind: "merge", actor: "person:x", at: AT, from: "two logs", to: "one" });
    // Each first hash still holds.
    for (const line of lines) {
      const { hash, ...rest } = original(line);
      expect(hashOf(rest)).toBe(hash);
    }
    expect(lines.map(original)).toEqual(expect.arrayContaining([...base, ...ours, ...theirs]));
  });

  test("that never had anything in common", () => {
    const [left, right] = [chainOf([entry("l", 5)]), chainOf([entry("r", 3)])];
    expect(merge(textOf([...left, ...right])).map(({ to }) => to)).toEqual(["r", "l", "one"]);
  });

  test("whose lines were torn: what there is of them stays", () => {
    const merged = mergeLogs(rawOf(textOf([...base, ...ours, '{"n":5,"a', ...theirs, "half"])), "log", AT, "person:x");
    if (!merged.ok || merged.value === undefined) throw new Error("not merged");
    const text = new TextDecoder().decode(merged.value.bytes);
    expect(text).toContain('\n{"n":5,"a\n');
    expect(text).toContain("\nhalf\n");
  });
});

test("a log that is one is left alone", () => {
  expect(mergeLogs(rawOf(textOf(base)), "log", AT, "x")).toEqual({ ok: true, value: undefined });
  expect(mergeLogs(rawOf(textOf([...base, "torn"])), "log", AT, "x")).toEqual({ ok: true, value: undefined });
});

test.each<[string, (LogLine | string)[], number]>([
  ["changed", [...base, { ...ours[0]!, to: "no" }, ...theirs], 3],
  ["lost", [...base, ours[1]!, ...theirs, ...ours.slice(0, 0), theirs[0]!], 3],
])("where a line was %s it is refused, and the line is named", (_, lines, line) => {
  const merged = mergeLogs(rawOf(textOf(lines)), "log", AT, "x");
  expect(merged).toMatchObject({ ok: false, error: { where: `log:${line}`, exit: 2 } });
});

test("merging again and again: nothing is lost, first hashes hold, each branch keeps its order", () => {
  const branch = fc.array(fc.nat(50), { maxLength: 6 });
  fc.assert(
    fc.property(branch, fc.array(branch, { minLength: 2, maxLength: 4 }), branch, (common, branches, later) => {
      let number = 0;
      const entries = (minutes: readonly number[]) => minutes.map((at) => entry(`line ${number++}`, at));
      const trunk = chainOf(entries(common));
      const parts = branches.map((minutes) => chainOf(entries(minutes), trunk.at(-1)));
      fc.pre(parts.filter((part) => part.length > 0).length >= 2);
      const first = merge(textOf([...trunk, ...parts.flat()]));
      // Somebody else went on from the common part, and was merged after that.
      const late = chainOf(entries(later), trunk.at(-1));
      const all = late.length === 0 ? first : merge(textOf([...first, ...late]));
      const told = all.filter(({ kind }) => kind === "pass");
      expect(told.map(({ to }) => to).sort()).toEqual([...trunk, ...parts.flat(), ...late].map(({ to }) => to).sort());
      for (const part of [trunk, ...parts, late]) {
        expect(told.filter(({ to }) => part.some((line) => line.to === to)).map(({ to }) => to)).toEqual(
          part.map(({ to }) => to),
        );
      }
      for (const line of told) {
        const { hash, ...rest } = original(line);
        expect(hashOf(rest)).toBe(hash);
      }
    }),
    { numRuns: 200 },
  );
});
