import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fenceAfter, sourceLines, tables } from "../../src/curriculum/markdown-table.ts";

const one = (text: string) => {
  const found = tables(text);
  expect(found).toHaveLength(1);
  return found[0]!;
};

describe("reading a table", () => {
  test("header, rows, lines and offsets", () => {
    const text = "intro\n\n| A | B |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n\nafter | text\n";
    const table = one(text);
    expect(table.header).toEqual(["A", "B"]);
    expect(table.line).toBe(3);
    expect(text.slice(table.start, table.end)).toBe("| A | B |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |");
    expect(table.rows.map((row) => row.cells)).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    expect(text.slice(table.rows[1]!.start, table.rows[1]!.end)).toBe("| 3 | 4 |");
    expect(table.rows[1]!.line).toBe(6);
  });

  test.each([
    ["outer pipes are optional", "A | B\n--|--\n1 | 2", ["1", "2"]],
    ["an escaped pipe is text", "| A | B |\n|---|---|\n| a \\| b | 2 |", ["a | b", "2"]],
    ["a short row is filled up", "| A | B |\n|---|---|\n| 1 |", ["1", ""]],
    ["pipes in mathematics are text where the count says so", "| A | B |\n|---|---|\n| $|x|$ | 2 |", ["$|x|$", "2"]],
    ["pipes in code are text where the count says so", "| A | B |\n|---|---|\n| `a|b` | 2 |", ["`a|b`", "2"]],
    ["an escaped dollar opens nothing", "| A | B | C |\n|---|---|---|\n| \\$1 | \\$2 | 3 |", ["\\$1", "\\$2", "3"]],
    ["CRLF", "| A | B |\r\n|---|---|\r\n| 1 | 2 |\r\n", ["1", "2"]],
  ])("%s", (_name, text, cells) => {
    expect(one(text).rows.map((row) => row.cells)).toEqual([cells]);
    expect(one(text).misfits).toEqual([]);
  });

  test("a row with too many cells is a misfit, with its line", () => {
    expect(one("| A | B |\n|---|---|\n| a | |x| > 1 |\n| 1 | 2 |")).toMatchObject({
      misfits: [{ line: 3, cells: 4, text: "| a | |x| > 1 |" }],
      rows: [{ cells: ["1", "2"], line: 4 }],
    });
  });

  test.each([
    ["in fenced code", "```\n| A |\n|---|\n| 1 |\n```"],
    ["in a longer fence that a shorter one does not close", "````\n```\n| A | B |\n|---|---|\n````"],
    ["in tildes", "~~~ md\n| A |\n|---|\n~~~"],
    ["without a delimiter row", "| A | B |\n| 1 | 2 |"],
    ["whose delimiter row has another width", "| A | B |\n|---|\n| 1 | 2 |"],
    ["in an indented code block", "    | A | B |\n    |---|---|"],
  ])("there is no table %s", (_name, text) => {
    expect(tables(text)).toEqual([]);
  });

  test.each(["\n# Heading", "\n```\ncode\n```", "\n\ntext", "\n> quote", "\n- item", "\n1. item"])(
    "it ends before %j",
    (rest) => {
      expect(one(`| A | B |\n|---|---|\n| 1 | 2 |${rest}`).rows).toHaveLength(1);
    },
  );

  test("two tables with a blank line between them are two", () => {
    expect(tables("| A |\n|---|\n| 1 |\n\n| B |\n|---|\n| 2 |").map((table) => table.header)).toEqual([["A"], ["B"]]);
  });
});

test("what is written as a table is read back", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "b c", "|", "$", "`", "é", "-"), maxLength: 6 });
  const grid = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }));
  fc.assert(
    fc.property(grid, (rows) => {
      const clean = rows.map((row) => row.map((text) => text.trim()));
      const width = clean[0]!.length;
      const header = Array.from({ length: width }, (_, i) => `h${i}`);
      const write = (row: readonly string[]) => `| ${row.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
      const text = [write(header), `|${"---|".repeat(width)}`, ...clean.map(write)].join("\n");
      expect(one(text).rows.map((row) => row.cells)).toEqual(clean);
    }),
  );
});

test("the lines of a text are the text", () => {
  const ending = fc.constantFrom("\n", "\r\n", "\r", "a", "b\n\n");
  fc.assert(
    fc.property(fc.array(ending), (parts) => {
      const text = parts.join("");
      for (const line of sourceLines(text)) expect(text.startsWith(line.text, line.start)).toBe(true);
      expect(sourceLines(text).map((line) => line.text)).toEqual(
        text.split(/\r\n|\n|\r/).slice(0, /[\n\r]$|^$/.test(text) ? -1 : undefined),
      );
    }),
  );
});

test("a fence is closed by one of its kind that is as long and has nothing after it", () => {
  expect(fenceAfter(undefined, "``` ts")).toEqual({ mark: "`", length: 3 });
  expect(fenceAfter(undefined, "``` a`b")).toBeUndefined();
  expect(fenceAfter({ mark: "`", length: 4 }, "```")).toEqual({ mark: "`", length: 4 });
  expect(fenceAfter({ mark: "`", length: 3 }, "~~~")).toEqual({ mark: "`", length: 3 });
  expect(fenceAfter({ mark: "`", length: 3 }, "``` x")).toEqual({ mark: "`", length: 3 });
  expect(fenceAfter({ mark: "`", length: 3 }, "`````")).toBeUndefined();
});

test("hostile tables take linear time", () => {
  const texts = [
    "|".repeat(1_000_000),
    `${"|a".repeat(100_000)}\n${"|-".repeat(100_000)}\n${"|b".repeat(300_000)}`,
    "| a |\n|---|\n".repeat(100_000),
    `|${"- ".repeat(500_000)}\n|${"- ".repeat(500_000)}x`,
    `| a | b |\n|---|---|\n${"| $x | `y` | z |\n".repeat(50_000)}`,
  ];
  for (const text of texts) {
    const started = performance.now();
    tables(text);
    expect(performance.now() - started).toBeLessThan(1500);
  }
});
