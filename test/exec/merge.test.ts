import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markerLine, mergeThreeWays } from "../../src/exec/merge.ts";

describe("three texts", () => {
  it.each([
    ["changes on both sides", "a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"],
    ["the same change on both sides", "a\nb\nc", "a\nB\nc", "a\nB\nc", "a\nB\nc"],
    ["an addition and a removal", "a\nb\nc\nd", "a\nb\nc\nd\ne", "b\nc\nd", "b\nc\nd\ne"],
    ["other line endings", "a\nb\nc", "A\r\nb\r\nc", "a\nb\nC", "A\r\nb\r\nC"],
    ["an empty base", "", "a", "", "a"],
  ])("are merged: %s", (_, base, mine, theirs, merged) => {
    expect(mergeThreeWays(base, mine, theirs)).toEqual({ text: merged, conflicts: 0 });
  });

  it("are marked where both change a line", () => {
    const { text, conflicts } = mergeThreeWays("a\nb", "a\nmine", "a\ntheirs");
    expect(conflicts).toBe(1);
    expect(markerLine(text)).toBe(2);
  });

  it("of which the base is not known differ in conflicts alone", () => {
    expect(mergeThreeWays(undefined, "a\nb", "a\nb")).toEqual({ text: "a\nb", conflicts: 0 });
    expect(mergeThreeWays(undefined, "a\nb", "a\nc").conflicts).toBe(1);
    expect(mergeThreeWays(undefined, "a\nb", "a").conflicts).toBe(1);
  });

  const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 8 }).map((lines) => lines.join("\n"));

  it("where one side changed nothing, are the other's", () => {
    fc.assert(
      fc.property(text, text, (base, changed) => {
        expect(mergeThreeWays(base, changed, base)).toEqual({ text: changed, conflicts: 0 });
        expect(mergeThreeWays(base, base, changed)).toEqual({ text: changed, conflicts: 0 });
        expect(mergeThreeWays(base, changed, changed)).toEqual({ text: changed, conflicts: 0 });
      }),
    );
  });

  it("that conflict hold every line of both", () => {
    fc.assert(
      fc.property(text, text, text, (base, mine, theirs) => {
        const merged = mergeThreeWays(base, mine, theirs);
        expect(markerLine(merged.text) !== undefined).toBe(merged.conflicts > 0);
        if (merged.conflicts === 0) return;
        const lines = new Set(merged.text.split("\n"));
        const old = new Set(base.split("\n"));
        for (const line of [...mine.split("\n"), ...theirs.split("\n")])
          if (!old.has(line)) expect(lines).toContain(line);
      }),
    );
  });
});
