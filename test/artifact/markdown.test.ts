import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frontmatter, headings } from "../../src/artifact/markdown.ts";

/** Level, number, title and line of each heading. */
const outline = (text: string): readonly unknown[][] =>
  headings(text).map((heading) => [heading.level, heading.number, heading.title, heading.line]);

describe("headings", () => {
  it.each<[name: string, text: string, expected: readonly unknown[][]]>([
    [
      "ATX",
      "# A\n\n### B\n",
      [
        [1, undefined, "A", 1],
        [3, undefined, "B", 3],
      ],
    ],
    [
      "closing hashes",
      "## A ##   \n## B#\n",
      [
        [2, undefined, "A", 1],
        [2, undefined, "B#", 2],
      ],
    ],
    ["indented up to three", "   # A\n    # code\n", [[1, undefined, "A", 1]]],
    ["needs a space", "#A\n\n####### B\n", []],
    [
      "empty",
      "#\n## \n",
      [
        [1, undefined, "", 1],
        [2, undefined, "", 2],
      ],
    ],
    [
      "setext",
      "A\n===\n\nB\nC\n---\n",
      [
        [1, undefined, "A", 1],
        [2, undefined, "B C", 4],
      ],
    ],
    ["a rule is no setext heading", "A\n\n---\n", []],
    ["interrupts a paragraph", "text\n# A\nmore\n", [[1, undefined, "A", 2]]],
    ["in a backtick fence", "```\n# no\n```\n# yes\n", [[1, undefined, "yes", 4]]],
    ["in a tilde fence", "~~~ md\n# no\n```\n~~~\n# yes\n", [[1, undefined, "yes", 5]]],
    ["a longer fence holds a shorter", "````\n```\n# no\n````\n# yes\n", [[1, undefined, "yes", 5]]],
    ["an open fence takes the rest", "# yes\n```\n# no\n", [[1, undefined, "yes", 1]]],
    ["in an HTML comment", "<!--\n\n# no\n\n-->\n# yes\n", [[1, undefined, "yes", 6]]],
    ["in a pre block", "<pre>\n\n# no\n</pre>\n# yes\n", [[1, undefined, "yes", 5]]],
    ["a div block ends at a blank line", "<div>\n# no\n\n# yes\n</div>\n", [[1, undefined, "yes", 4]]],
    ["in a quote or an item", "> # no\n\n- # no\n\n# yes\n", [[1, undefined, "yes", 5]]],
    ["after frontmatter", "---\n# no\na: 1\n---\n# yes\n", [[1, undefined, "yes", 5]]],
    ["a rule at the top is no frontmatter", "---\n\n# yes\n", [[1, undefined, "yes", 3]]],
    ["after a byte-order mark", "\uFEFF# yes\n", [[1, undefined, "yes", 1]]],
    [
      "NUL in a title",
      "# a\0b\n# c\n",
      [
        [1, undefined, "a\uFFFDb", 1],
        [1, undefined, "c", 2],
      ],
    ],
    [
      "lone carriage returns",
      "# A\r\r# B\r",
      [
        [1, undefined, "A", 1],
        [1, undefined, "B", 3],
      ],
    ],
  ])("%s", (_, text, expected) => {
    expect(outline(text)).toEqual(expected);
    if (!text.includes("\r")) expect(outline(text.replaceAll("\n", "\r\n"))).toEqual(expected);
  });

  it.each([
    ["§1. Book audit", "1", "Book audit"],
    ["1.1 Table of contents", "1.1", "Table of contents"],
    ["§2.1 Theorem coverage", "2.1", "Theorem coverage"],
    ["03.09.11 Clifford chessboard", "03.09.11", "Clifford chessboard"],
    ["§3 Gap punch-list", "3", "Gap punch-list"],
    ["§3 — Gap", "3", "Gap"],
    ["§ 4 Sketch", "4", "Sketch"],
    ["2) Method", "2", "Method"],
    ["2: Method", "2", "Method"],
    ["5", "5", ""],
    ["§2.1", "2.1", ""],
    ["1989 overview", undefined, "1989 overview"],
    ["§1989 overview", "1989", "overview"],
    ["3-manifolds", undefined, "3-manifolds"],
    ["2nd edition", undefined, "2nd edition"],
    ["1.a Thing", undefined, "1.a Thing"],
    ["spin-geometry.kr-theory", undefined, "spin-geometry.kr-theory"],
    ["Intuition [Beginner]", undefined, "Intuition [Beginner]"],
  ])("reads the number of %j", (text, number, title) => {
    expect(outline(`## ${text}\n`)).toEqual([[2, number, title, 1]]);
  });

  it("ends a section at the next heading of its level or above", () => {
    const text = "# T\n## 1\na\n### 1.1\nb\n#### x\n### 1.2\n## 2\nc";
    const end = (title: string): string | undefined => {
      const found = headings(text).find((heading) => `${heading.number ?? ""}${heading.title}` === title);
      return found && text.slice(found.bodyStart, found.end);
    };
    expect(end("1")).toBe("a\n### 1.1\nb\n#### x\n### 1.2\n");
    expect(end("1.1")).toBe("b\n#### x\n");
    expect(end("x")).toBe("");
    expect(end("2")).toBe("c");
    expect(end("T")).toBe(text.slice(4));
  });

  it("agrees with how a document was put together", () => {
    const block = fc.oneof(
      fc.record({ level: fc.integer({ min: 1, max: 6 }), title: fc.constantFrom("A", "b c", "§4. D", "`x`") }),
      fc.constantFrom(
        "text\nmore # text",
        "```\n# no\n```",
        "~~~\n\nno\n===\n~~~",
        "<!--\n# no\n-->",
        "> # no",
        "- item\n\n  # no",
        "    # code",
        "| a |\n| - |\n| # |",
        "***",
      ),
    );
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 12 }),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        (blocks, ending, fm) => {
          let text = fm ? `---${ending}a: "# no"${ending}---${ending}` : "";
          const starts: number[] = [];
          for (const part of blocks) {
            if (typeof part !== "string") starts.push(text.length);
            const source = typeof part === "string" ? part : `${"#".repeat(part.level)} ${part.title}`;
            text += `${source}\n\n`.replaceAll("\n", ending);
          }
          const found = headings(text);
          expect(found.map((heading) => heading.start)).toEqual(starts);
          for (const heading of found) {
            expect(text.slice(0, heading.start).split(ending).length).toBe(heading.line);
            const next = found.find((other) => other.start > heading.start && other.level <= heading.level);
            expect(heading.end).toBe(next?.start ?? text.length);
            expect(text.slice(heading.start, heading.bodyStart).endsWith(ending)).toBe(true);
          }
        },
      ),
    );
  });
});

describe("frontmatter", () => {
  it.each([
    ["---\na: 1\n---\nbody", "a: 1\n", "body"],
    ["---\r\na: 1\r\n---\r\nbody", "a: 1\r\n", "body"],
    ["---\n---\n", "", ""],
    ["--- \na: '---x'\n--- \n", "a: '---x'\n", ""],
    ["---\na: 1\n...\nbody", "a: 1\n", "body"],
    ["---\na: 1\n---", "a: 1\n", ""],
    ["\uFEFF---\na: 1\n---\nbody", "a: 1\n", "body"],
  ])("of %j", (text, content, body) => {
    const found = frontmatter(text);
    expect(found && text.slice(found.contentStart, found.contentEnd)).toBe(content);
    expect(found && text.slice(found.end)).toBe(body);
  });
  it.each(["", "a\n---\nb\n---\n", "---\na: 1\n", "----\na\n---\n", "\n---\na: 1\n---\n", "---x\n---\n"])(
    "none in %j",
    (text) => {
      expect(frontmatter(text)).toBeUndefined();
    },
  );
});
