import { describe, expect, it } from "vitest";
import { readFragment } from "../../src/artifact/fragment.ts";

const entry = (text: string, label: string, within?: string): string | undefined => {
  const read = readFragment(text, { kind: "entry", label, ...(within === undefined ? {} : { within }) });
  return read.ok ? read.value : read.error.what;
};

describe("entries", () => {
  it.each<[name: string, text: string, expected: string | undefined]>([
    ["a numbered heading", "#### 03.12.11 T\n\na\n\n#### 03.12.12 U\n", "#### 03.12.11 T\n\na"],
    ["a heading whose code span it is", "### N1: `03.12.11`\n\na\n", "### N1: `03.12.11`\n\na"],
    ["an item whose code span it is", "1. a\n2. `03.12.11` T\n3. b\n", "2. `03.12.11` T"],
    ["an item whose bold text starts with it", "- **03.12.11 T.** x\n  y\n- b\n", "- **03.12.11 T.** x\n  y"],
    [
      "an item whose bold text holds it in code",
      "1. **`03.12.11` T.** x\n   y\n2. b\n",
      "1. **`03.12.11` T.** x\n   y",
    ],
    ["underscores for bold", "- __03.12.11__ x\n", "- __03.12.11__ x"],
    ["a nested item", "- a\n  - `03.12.11` x\n  - b\n", "  - `03.12.11` x"],
    ["an item with its inner list", "- `03.12.11` x\n  - b\n- c\n", "- `03.12.11` x\n  - b"],
    ["a row whose code span it is", "| n | u |\n|---|---|\n| 1 | `03.12.11` |\n| 2 | `b` |\n", "| 1 | `03.12.11` |"],
    ["a row whose first cell it is", "| n |\n|---|\n| 03.12.11 |\n| b |\n", "| 03.12.11 |"],
    ["a heading before an item before a row", "- `03.12.11` x\n\n## 03.12.11 T\n", "## 03.12.11 T"],
    ["an item before a row", "| n |\n|---|\n| 03.12.11 |\n\n- `03.12.11` x\n", "- `03.12.11` x"],
    ["not a later code span", "- `a` and `03.12.11`\n", undefined],
    ["not after other bold text", "- **New:** `03.12.11`\n", undefined],
    ["not a longer word", "- `03.12.110` x\n- `03.12.11-slug` y\n- **03.12.11–13** z\n", undefined],
    ["not a head row", "| `03.12.11` |\n|---|\n| b |\n", undefined],
    ["not in a fence", "```\n- `03.12.11` x\n```\n", undefined],
    ["not in a quote", "> - `03.12.11` x\n", undefined],
    ["not plain text", "`03.12.11` x\n", undefined],
    [
      "two items",
      "- `03.12.11` x\n- b\n- `03.12.11` y\n",
      'entry "03.12.11" is ambiguous: lines 1 and 3 both answer to it',
    ],
  ])("%s", (_, text, expected) => {
    expect(entry(text, "03.12.11")).toBe(expected);
    const shifted = entry(`---\na: 1\n---\n${text}`, "03.12.11");
    expect(shifted?.replace("lines 4 and 6", "lines 1 and 3")).toBe(expected);
  });

  it("looks only within the section that it is told", () => {
    const text = "## §2 Gap\n\n- `x` a\n\n## §3 Plan\n\n- `x` b\n";
    expect(entry(text, "x")).toMatch(/ambiguous/);
    expect(entry(text, "x", "2")).toBe("- `x` a");
    expect(entry(text, "x", "3")).toBe("- `x` b");
    expect(entry(text, "x", "4")).toBeUndefined();
  });
});
