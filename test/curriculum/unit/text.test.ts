/** Characters, words, places, and the parts of a body that checks look at: each against a slower, plainer way. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codePoints, isSpace, strip } from "../../../src/curriculum/unit/characters.ts";
import { asides, codeFences, Excerpt } from "../../../src/curriculum/unit/excerpt.ts";
import { headingsOf } from "../../../src/curriculum/unit/headings.ts";
import { LineTable } from "../../../src/curriculum/unit/line-table.ts";
import { Needles } from "../../../src/curriculum/unit/needles.ts";
import { tiersOf } from "../../../src/curriculum/unit/tiers.ts";
import * as utf8 from "../../../src/curriculum/unit/utf8.ts";

/** Python's white space, written out. */
const SPACE =
  "\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

const text = (...shards: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...shards), { maxLength: 30 }).map((parts) => parts.join(""));

describe("white space", () => {
  it("is what Python takes for it, and nothing else", () => {
    const found = Array.from({ length: 0x10000 }, (_, code) => code).filter(isSpace);
    expect(String.fromCharCode(...found)).toBe(SPACE);
  });

  const spaces = new RegExp(`[${SPACE}]+`, "u");
  const any = text(...SPACE, "a", "é", "𝕊", "\ufeff", "\u200b", "-");

  it("parts words", () => {
    const naive = (s: string): number => s.split(spaces).filter((word) => word !== "").length;
    fc.assert(
      fc.property(any, (s) => {
        const bytes = utf8.encode(s);
        expect(utf8.countWords(bytes, 0, bytes.length)).toBe(naive(s));
      }),
    );
  });

  it("is as long in UTF-8 as it is, wherever it stands", () => {
    for (let code = 0; code < 0x10000; code += 1) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const character = String.fromCharCode(code);
      const bytes = utf8.encode(`x${character}x`);
      expect([code, utf8.spaceAt(bytes, 1)]).toEqual([code, isSpace(code) ? bytes.length - 2 : 0]);
    }
  });

  it("is skipped from both ends", () => {
    fc.assert(
      fc.property(any, (s) => {
        const bytes = utf8.encode(s);
        const from = utf8.skipSpace(bytes, 0, bytes.length);
        expect(utf8.decode(bytes.slice(from, utf8.skipSpaceBack(bytes, from, bytes.length)))).toBe(strip(s));
      }),
    );
  });

  it("is stripped at both ends", () => {
    const ends = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "gu");
    fc.assert(fc.property(any, (s) => strip(s) === s.replace(ends, "")));
  });

  it("is counted within bounds only", () => {
    expect(utf8.countWords("ab cd ef", 1, 4)).toBe(2);
  });
});

describe("lengths and places", () => {
  const any = text("\n", "a", "é", "𝕊", "\ud835", "\udd4a");

  it("count code points", () => {
    fc.assert(fc.property(any, (s) => codePoints(s) === [...s].length));
  });

  it("count lines and columns from 1", () => {
    fc.assert(
      fc.property(text("\n", "a", "é", "𝕊"), fc.nat(60), (s, offset) => {
        const before = [...s].slice(0, offset).join("");
        const lines = before.split("\n");
        const column = [...(lines.at(-1) ?? "")].length + 1;
        const place = new LineTable(utf8.encode(s)).place(utf8.encode(before).length);
        expect(place).toEqual({ line: lines.length, column });
      }),
    );
  });
});

describe("words of any script", () => {
  it("begin and end where letters, digits and _ do", () => {
    const word = /[\p{L}\p{N}_]/u;
    const any = text("a", "_", "1", "é", "𝕊", "Ⅷ", "-", "—", " ", "\u0301", "漢");
    fc.assert(
      fc.property(any, (s) => {
        const characters = [...s];
        for (let i = 0; i <= characters.length; i += 1) {
          const bytes = utf8.encode(s);
          const at = utf8.encode(characters.slice(0, i).join("")).length;
          expect(utf8.isWordAt(bytes, at)).toBe(word.test(characters[i] ?? ""));
          expect(utf8.isWordBefore(bytes, at)).toBe(word.test(characters[i - 1] ?? ""));
        }
      }),
    );
  });
});

describe("a marker", () => {
  it.each([
    ["Beginner", ["beginner"]],
    ["Beginner+", ["beginner", "intermediate", "master"]],
    ["intermediate+", ["intermediate", "master"]],
    ["MASTER+", ["master"]],
    ["Expert+", []],
    [undefined, []],
  ])("%s covers %j", (marker, tiers) => {
    expect(tiersOf(marker)).toEqual(tiers);
  });
});

describe("headings", () => {
  const row = (line: string) => headingsOf(utf8.encode(line)).map(({ level, title, marker }) => [level, title, marker]);

  it.each([
    ["## A title [Beginner]", [[2, "a title", "Beginner"]]],
    ["### A [x] [Master+]  ", [[3, "a [x]", "Master+"]]],
    ["####\tTab", [[4, "tab", undefined]]],
    ["## A[Master]", [[2, "a", "Master"]]],
    ["## [Master]", [[2, "[master]", undefined]]],
    ["## A [Master++]", [[2, "a [master++]", undefined]]],
    ["## A [ Master]", [[2, "a [ master]", undefined]]],
    ["## A [Mäster]", [[2, "a", "Mäster"]]],
    ["## A [two words]", [[2, "a [two words]", undefined]]],
    ["##A", []],
    ["##", []],
    ["## ", []],
    ["# A", []],
    ["##### A", []],
    [" ## A", []],
    ["text ## A", []],
  ])("%j", (line, headings) => {
    expect(row(line)).toEqual(headings);
    expect(row(`text\n${line}\n## Next`)).toEqual([...headings, [2, "next", undefined]]);
  });

  it("say where their sections begin and end", () => {
    const body = utf8.encode("text\n## A\none\n### B\ntwo\n");
    const sections = headingsOf(body).map(({ at, lineEnd, end }) => [
      body.slice(at, lineEnd),
      body.slice(lineEnd, end),
    ]);
    expect(sections).toEqual([
      ["## A", "\none\n"],
      ["### B", "\ntwo\n"],
    ]);
  });
});

describe("an excerpt", () => {
  const any = text("```", "``", "<aside", "</aside>", "<ASIDE>", "a", "b", "\n", " ", "é");

  it("without code fences is what the lazy expression leaves", () => {
    fc.assert(
      fc.property(any, (s) => {
        const cut = Excerpt.whole(utf8.encode(s)).without(codeFences(utf8.encode(s)));
        expect(utf8.decode(cut.text)).toBe(s.replace(/```[\s\S]*?```/g, ""));
      }),
    );
  });

  it("without asides is what the lazy expression leaves", () => {
    fc.assert(
      fc.property(any, (s) => {
        const cut = Excerpt.whole(utf8.encode(s)).without(asides(utf8.encode(s)));
        expect(cut.text).toBe(utf8.encode(s).replace(/<aside[\s\S]*?<\/aside>/gi, ""));
      }),
    );
  });

  it("knows where each of its characters comes from", () => {
    const ranges = fc.uniqueArray(fc.nat(80), { minLength: 2, maxLength: 8 }).map((ends) => {
      const sorted = [...ends].sort((a, b) => a - b);
      return Array.from({ length: sorted.length >> 1 }, (_, i) => ({ from: sorted[2 * i]!, to: sorted[2 * i + 1]! }));
    });
    const origin = Array.from({ length: 100 }, (_, i) => String.fromCharCode(0x80 + i)).join("") as utf8.Utf8;
    fc.assert(
      fc.property(ranges, ranges, (parts, cuts) => {
        const joined = Excerpt.parts(origin, parts, "\n");
        const inside = cuts.filter(({ to }) => to <= joined.text.length);
        const cut = joined.without(inside);
        for (const [i, character] of [...cut.text].entries()) {
          if (character !== "\n") expect(origin[cut.originOf(i)]).toBe(character);
        }
      }),
    );
  });
});

describe("needles", () => {
  it("are found wherever they are, in any case", () => {
    const words = ["abc", "bcd", "cab a", "ab"];
    const needles = new Needles(words);
    fc.assert(
      fc.property(text("a", "b", "c", "d", "A", "B", " ", "á", "\u0001", "!", "\0"), (s) => {
        const expected = Array.from({ length: s.length }, (_, from) => from).flatMap((from) =>
          words
            .filter((word) => s.slice(from).toLowerCase().startsWith(word))
            .map((needle) => [needle, from, from + needle.length]),
        );
        const found = needles.in(s).map(({ needle, from, to }) => [needle, from, to]);
        expect(found.sort()).toEqual(expected.sort());
      }),
      { numRuns: 2_000 },
    );
  });
});
