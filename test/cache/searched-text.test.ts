import fc from "fast-check";
import { expect, it } from "vitest";
import { hitsIn } from "../../src/artifact/question.ts";
import { SearchedText, Signature } from "../../src/cache/searched-text.ts";

/** Pieces that overlap, differ by case, end lines in several ways, and change their length in lower case. */
const PIECES = ["spin", "SPIN", "spinor ", "ss", "İ", "Σ", "ΟΔΟΣ", "\n", "\r\n", "\r", " ", "aaa", "a", "日本", "x"];
const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(""));
const patterns = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(""));

it("finds what a plain search finds, asked once or often", () => {
  fc.assert(
    fc.property(texts, fc.array(patterns, { minLength: 1, maxLength: 40 }), (text, asked) => {
      const searched = new SearchedText(text);
      const signature = new Signature(searched.lowered);
      for (const pattern of asked.filter((each) => each.trim() !== "")) {
        const expected = hitsIn(text, pattern);
        const needle = pattern.toLowerCase();
        expect([pattern, searched.hits(needle)]).toEqual([pattern, expected]);
        if (expected.length > 0) expect([pattern, signature.mayHold(needle)]).toEqual([pattern, true]);
      }
    }),
    { numRuns: 500 },
  );
});

it("a signature rules out most of what is not there", () => {
  const text = Array.from({ length: 3000 }, (_, index) => `word${index * 7} of a line\n`).join("");
  const signature = new Signature(text);
  const absent = Array.from({ length: 1000 }, (_, index) => `nowhere-${index}`);
  expect(absent.filter((needle) => signature.mayHold(needle)).length).toBeLessThan(10);
});
