import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { entryOf } from "../../../src/curriculum/plan/entry.ts";
import { PLAN, PRODUCTION } from "./fixture.ts";

const textOf = (plan: string, id: string): string | undefined => {
  const range = entryOf(plan, id);
  return range && plan.slice(range.start, range.end);
};

describe("a unit's own entry", () => {
  test("is the section of its heading, in the plan and in §3 alone", () => {
    expect(textOf(PLAN, "01.01.12")).toMatch(/^#### 01\.01\.12 [\s\S]*Write it plainly\.$/);
    expect(textOf(PRODUCTION, "01.01.12")).toBe(textOf(PLAN, "01.01.12"));
  });

  test("is a table row where units have no headings", () => {
    const plan =
      "## §3. Production plan\n\n### 3.1 New units\n\n| ID | Title |\n|---|---|\n| 01.01.11 | Bows |\n| 01.01.12 | Loops |\n";
    expect(textOf(plan, "01.01.12")).toBe("| 01.01.12 | Loops |");
  });

  test("is a list item of a punch list, its paragraphs included", () => {
    const plan =
      "## §3 Gap punch-list\n\n1. **`01.01.11` Bows.** A\n   b.\n\n   C.\n2. **Deepen `01.01.12` loops.** D.\n";
    expect(textOf(plan, "01.01.11")).toBe("1. **`01.01.11` Bows.** A\n   b.\n\n   C.");
    expect(textOf(plan, "01.01.12")).toBe("2. **Deepen `01.01.12` loops.** D.");
  });

  test("is the first of two, and a new unit's before a deepening's", () => {
    const item = (text: string) => `${text}\n`;
    const plan = `## §3 Gap punch-list\n\n${["1. **Deepen `01.01.11` bows.**", "2. **`01.01.11` Bows.** A.", "3. **`01.01.11` Bows again.**"].map(item).join("")}`;
    expect(textOf(plan, "01.01.11")).toBe("2. **`01.01.11` Bows.** A.");
  });

  test("is not a mention elsewhere", () => {
    expect(entryOf(PLAN, "01.01.01")).toBeUndefined();
    expect(entryOf(PLAN, "99.99.99")).toBeUndefined();
  });

  test("stays as it is whatever happens to the rest of the plan", () => {
    const id = "01.01.12";
    const own = textOf(PLAN, id)!;
    const [before = "", after = ""] = PLAN.split(own);
    const lines = (text: string): readonly number[] =>
      text.split("\n").flatMap((line, at) => (/^\| [TW\d]|^Write|^String|^\d\. /.test(line) ? [at] : []));
    const part = fc.constantFrom("before", "after");
    fc.assert(
      fc.property(
        part,
        fc.nat(1000),
        fc.constantFrom("| T9 | new | 01.01.12 |", "Another sentence on 01.01.12.", ""),
        (where, pick, text) => {
          const side = (where === "before" ? before : after).split("\n");
          const places = lines(side.join("\n"));
          side[places[pick % places.length]!] = text;
          const changed = where === "before" ? side.join("\n") + own + after : before + own + side.join("\n");
          expect(textOf(changed, id)).toBe(own);
        },
      ),
    );
  });
});
