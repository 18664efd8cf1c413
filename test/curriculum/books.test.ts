/** `manifests/books.yaml` is kept by hand: what is wrong in it is said by line or key. */
import { describe, expect, test, vi } from "vitest";
import { type Book, parseBooks, TIER_SIGNS } from "../../src/curriculum/books.ts";
import { type Fault, FaultError } from "../../src/fault.ts";
import { repository, textAt } from "./repository.ts";

const HEAD = `version: 1
tiers:
  alpha: { book_usd: 50, tier_usd: 600 }
  beta: { book_usd: 30, tier_usd: 720 }
  gamma: { book_usd: 20, tier_usd: 560 }
campaign_usd: 2256
books:
`;
const BOOK = `  - slug: knots
    tier: alpha
    entry: "3.35"
    author: "A. Author"
    title: "Knots of String"
    year: 1989
`;
const one = (text = BOOK): Book => parseBooks(HEAD + text)[0]!;

function faultOf(text: string): Fault {
  try {
    parseBooks(text);
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  throw new Error("it was read without a fault");
}

test("this repository's list has the campaign's 64 books", () => {
  const books = parseBooks(textAt(repository, "manifests/books.yaml"));
  expect(books).toHaveLength(64);
  expect(books.map((book) => book.slug)).toContain("lawson-michelsohn-spin-geometry");
  // Sorted by tier, then by slug, as its header says.
  const tiers = Object.keys(TIER_SIGNS);
  const key = (book: Book): string => `${tiers.indexOf(book.tier)} ${book.slug}`;
  expect(books.map(key)).toEqual(books.map(key).toSorted());
});

describe("a book", () => {
  test("has its plan where the campaign keeps plans, and the whole book as its scope", () => {
    expect(one()).toEqual({
      slug: "knots",
      tier: "alpha",
      entry: "3.35",
      author: "A. Author",
      title: "Knots of String",
      year: 1989,
      scope: ["the whole book"],
      plan: "plans/fasttrack/knots.md",
    });
  });

  test("may name another plan, a scope, and no entry", () => {
    const book = one(`${BOOK.replace('"3.35"', "null")}    plan: plans/pilot/k.md\n    scope: ["I", "II.1"]\n`);
    expect(book).toMatchObject({ entry: null, plan: "plans/pilot/k.md", scope: ["I", "II.1"] });
  });

  test("of tier delta needs no ceiling", () => {
    expect(one(BOOK.replace("alpha", "delta")).tier).toBe("delta");
  });
});

describe("what is wrong is named", () => {
  test.each<[name: string, text: string, what: RegExp]>([
    ["an unknown tier", HEAD + BOOK.replace("alpha", "omega"), /books\.0\.tier/],
    ["an entry that YAML reads as a number", HEAD + BOOK.replace('"3.35"', "3.35"), /books\.0\.entry/],
    ["a slug with capitals", HEAD + BOOK.replace("knots", "Knots"), /books\.0\.slug.*lower-case/],
    ["a slug that leads elsewhere", HEAD + BOOK.replace("knots", '"../knots"'), /books\.0\.slug/],
    ["a slug that is YAML's null", HEAD + BOOK.replace("knots", "null"), /books\.0\.slug/],
    ["a missing title", HEAD + BOOK.replace(/.*title.*\n/, ""), /books\.0\.title/],
    ["a year in words", HEAD + BOOK.replace("1989", "soon"), /books\.0\.year/],
    ["an unknown key", `${HEAD}${BOOK}    publisher: P\n`, /books\.0.*publisher/],
    ["the second book", `${HEAD}${BOOK}${BOOK.replace("knots", "loops").replace("alpha", "omega")}`, /books\.1\.tier/],
    ["two books of one slug", HEAD + BOOK + BOOK, /knots is used twice/],
    ["another version", HEAD.replace("version: 1", "version: 2") + BOOK, /version/],
    ["a ceiling in words", HEAD.replace("2256", "much") + BOOK, /campaign_usd/],
    ["a tier without its ceilings", HEAD.replace(/ {2}beta.*\n/, "") + BOOK, /tiers\.beta/],
    ["a key given twice", HEAD + BOOK.replace("    year", "    tier: beta\n    year"), /unique.* line \d+/],
    ["YAML that cannot be read", `${HEAD}  - slug: [knots\n`, /line \d+/],
    ["a tab for indentation", HEAD + BOOK.replace("    tier", "\ttier"), /line \d+/],
    ["an alias", `${HEAD}${BOOK.replace("alpha", "&a alpha").replace('"A. Author"', "*a")}`, /alias/i],
    ["nothing", "", /./],
    ["a list", "- knots\n", /./],
  ])("%s", (_name, text, what) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ exit: 2, where: "manifests/books.yaml" });
    expect(fault.what).toMatch(what);
    expect(fault.what).not.toMatch(/^:/);
  });

  test("and nothing else is printed", () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    try {
      parseBooks(HEAD + BOOK.replace('"A. Author"', '!author "A. Author"'));
      expect(warned).not.toHaveBeenCalled();
    } finally {
      warned.mockRestore();
    }
  });
});
