import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Block, blocks } from "../../../src/curriculum/plan/blocks.ts";

const shown = (block: Block): string => {
  switch (block.kind) {
    case "heading":
      return `heading ${block.heading.title}`;
    case "table":
      return `table ${block.table.header.join("|")}`;
    case "item":
      return `item ${block.ordinal ?? "-"} ${block.text}`;
    case "paragraph":
      return `paragraph ${block.text}`;
  }
};

describe("cutting a text into blocks", () => {
  test.each([
    ["paragraphs at blank lines", "a\nb\n\nc", ["paragraph a b", "paragraph c"]],
    [
      "items with their markers",
      "- a\n* b\n+ c\n1. d\n2) e",
      ["item - a", "item - b", "item - c", "item 1 d", "item 2 e"],
    ],
    [
      "an item goes on through indented lines and blank ones before them",
      "1. a\n   b\n\n   c\n\nd",
      ["item 1 a b c", "paragraph d"],
    ],
    ["and through lines that start nothing", "- a\nb\n\n  c\nd\n\ne", ["item - a b c d", "paragraph e"]],
    ["nested items belong to theirs", "- a\n  - b\n    - c\n- d", ["item - a - b - c", "item - d"]],
    [
      "a heading ends an item and a paragraph",
      "- a\n# H\nb\n## I",
      ["item - a", "heading H", "paragraph b", "heading I"],
    ],
    ["a setext heading is one", "Title\n=====\na", ["heading Title", "paragraph a"]],
    [
      "a table ends a paragraph and an item",
      "a\n| b | c |\n|---|---|\n| 1 | 2 |\n- d\n| e |\n|---|",
      ["paragraph a", "table b|c", "item - d", "table e"],
    ],
    ["a list ends a paragraph", "a:\n- b", ["paragraph a:", "item - b"]],
    ["rules and blank lines are nothing", "---\n\n***\n_ _ _\na", ["paragraph a"]],
    ["fenced code is nothing, whatever is in it", "```\n# H\n- a\n| b |\n|---|\n```\nc", ["paragraph c"]],
    ["but in an item it is the item's", "- a\n  ```\nb\n  ```\n- c", ["item - a ``` b ```", "item - c"]],
    ["frontmatter is nothing", "---\na: b\n---\n\nc", ["paragraph c"]],
    [
      "a number that is no marker starts nothing",
      "1.5 is a number\n1995 was a year",
      ["paragraph 1.5 is a number 1995 was a year"],
    ],
    ["an empty item is one", "-\na", ["item - a"]],
  ])("%s", (_name, text, want) => {
    expect(blocks(text).map(shown)).toEqual(want);
  });

  test("lines and offsets are the text's, with any line ending", () => {
    for (const ending of ["\n", "\r\n", "\r"]) {
      const text = ["# H", "", "- a", "  b", "", "| c |", "|---|"].join(ending);
      expect(blocks(text).map(({ line, start, end }) => [line, text.slice(start, end).trim()])).toEqual([
        [1, "# H"],
        [3, `- a${ending}  b`],
        [6, `| c |${ending}|---|`],
      ]);
    }
  });

  test("blocks come in order, do not overlap, and leave no words out but those in code", () => {
    const piece = fc.constantFrom(
      "- a",
      "1. b",
      "  c",
      "",
      "# d",
      "| e |",
      "|---|",
      "f",
      "> g",
      "    h",
      "***",
      "i\n===",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join("\n");
        const found = blocks(text);
        for (const [at, block] of found.entries()) {
          expect(block.end).toBeGreaterThan(block.start);
          expect(found[at + 1]?.start ?? text.length).toBeGreaterThanOrEqual(block.end);
        }
        const kept = found.map((block) => text.slice(block.start, block.end)).join("");
        expect(kept.replace(/[^a-i]/g, "")).toBe(text.replace(/[^a-i]/g, ""));
      }),
    );
  });
});
