import { describe, expect, it } from "vitest";
import { shortDiff } from "../../src/exec/changes.ts";

const words = (count: number): string => Array.from({ length: count }, (_, n) => `word${n}`).join(" ");

describe("a short diff", () => {
  it.each<[string, string, string, string[]]>([
    ["of nothing", "a\n", "a\n", []],
    ["of blank space around lines", "a b\n", "  a b \n", []],
    ["of a line", "a\nb\nc\n", "a\nB\nc\n", ["- b", "+ B"]],
    ["of a line that came", "a\n", "a\nb\n", ["+ b"]],
  ])("%s", (_, before, after, lines) => {
    expect(shortDiff(before, after)).toEqual(lines);
  });

  it("shows a long line where it differs", () => {
    const [gone, come] = shortDiff(`${words(100)}\n`, `${words(100).replace("word70 ", "other ")}\n`);
    expect(gone).toContain("word70 ");
    expect(come).toContain("other ");
    for (const line of [gone, come]) {
      expect(line!.length).toBeLessThan(170);
      expect(line).toMatch(/^[-+] ….*…$/);
    }
  });

  it("shows a long line without a twin from its start", () => {
    expect(shortDiff("a\n", `a\n${words(100)}\n`)[0]).toMatch(/^\+ word0 .*…$/);
  });

  it("says how many more lines there are", () => {
    const lines = shortDiff("", Array.from({ length: 30 }, (_, n) => `${n}\n`).join(""));
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe("  and 19 more changed lines");
  });
});
