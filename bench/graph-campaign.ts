/**
 * The made-up campaign of the graph benchmark: books × (P1 → P2 → P3 → parallel units → integrate → P5 → PW → PV), with
 * 2 KB sources. P3's plan decides which units there are, as in a real campaign. Actions only copy, so that what is
 * measured is Codex.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Units of a book: with its seven other passes they make twenty targets. */
export const UNITS = 13;
export const TARGETS_PER_BOOK = UNITS + 7;

export const bookSlug = (book: number): string => `b${String(book).padStart(5, "0")}`;
export const unitId = (unit: number): string => `u${String(unit).padStart(2, "0")}`;
export const bookSource = (book: number): string => `src/${bookSlug(book)}/book.md`;
export const unitSource = (book: number, unit: number): string => `src/${bookSlug(book)}/${unitId(unit)}.md`;

/** What a source says: a first line that counts, and lines that the first pass drops. */
export const sourceText = (title: string, remark: string): string =>
  `# ${title}\n\n% ${remark}\n\n${`The text of ${title} goes on and on. `.repeat(60).slice(0, 2000)}\n`;

const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";

const books = collection("book", {
  from: file("books.txt"),
  items: (text) => text.split("\\n").filter(Boolean),
  key: (slug) => slug,
});
const out = (book, name) => file("out/" + book + "/" + name + ".md");
const units = books.within("unit", {
  from: ({ book }) => out(book, "p3"),
  items: (text) => text.split("\\n").filter((line) => line.startsWith("- ")).map((line) => line.slice(2)),
  key: (unit) => unit,
});
const planned = books.with("units", {
  from: ({ book }) => out(book, "p3"),
  read: (text) => text.split("\\n").filter((line) => line.startsWith("- ")).map((line) => line.slice(2)),
});
// Every change of an input is one of the output; a text stays at about 2 KB. Nothing is asked of anybody else, so that a
// build that had nothing to do can be remembered.
const mark = (text) => {
  let sum = 2166136261;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 16777619) >>> 0;
  return sum.toString(16);
};
const copyOf = (title, inputs) => {
  const all = Object.values(inputs).join("\\n");
  return "# " + title + "\\n\\n" + mark(all) + "\\n" + all.slice(-1900) + "\\n";
};
const copy = (title) => call(({ inputs }) => ({ outputs: { out: copyOf(title, inputs) } }));
const pass = (name, after) => rule({
  name, each: books,
  inputs: ({ book }) => ({ before: out(book, after) }),
  outputs: ({ book }) => ({ out: out(book, name.toLowerCase()) }),
  run: copy(name),
});

export default defineConfig({
  limit: 8,
  rules: [
    rule({
      name: "P1", each: books,
      inputs: ({ book }) => ({ source: file("src/" + book + "/book.md") }),
      outputs: ({ book }) => ({ out: out(book, "p1") }),
      run: call(({ inputs }) => ({
        outputs: { out: inputs.source.split("\\n").filter((line) => !line.startsWith("%")).join("\\n") },
      })),
    }),
    pass("P2", "p1"),
    rule({
      name: "P3", each: books,
      inputs: ({ book }) => ({ gap: out(book, "p2") }),
      outputs: ({ book }) => ({ out: out(book, "p3") }),
      run: call(({ inputs }) => ({
        outputs: { out: "# Plan\\n\\n" + Array.from({ length: ${UNITS} }, (_, i) => "- u" + String(i).padStart(2, "0") + "\\n").join("") + "\\n" + inputs.gap.slice(-500) + "\\n" },
      })),
    }),
    rule({
      name: "U", each: units,
      inputs: ({ book, unit }) => ({ plan: out(book, "p3"), source: file("src/" + book + "/" + unit + ".md") }),
      outputs: ({ book, unit }) => ({ out: out(book, unit) }),
      run: copy("Unit"),
    }),
    rule({
      name: "integrate", each: planned,
      inputs: ({ book, units }) => ({ units: Object.fromEntries(units.map((unit) => [unit, out(book, unit)])) }),
      outputs: ({ book }) => ({ out: out(book, "integrate") }),
      run: copy("All"),
    }),
    pass("P5", "integrate"),
    pass("PW", "p5"),
    pass("PV", "pw"),
  ],
});
`;

/** Writes the campaign into an empty folder. */
export function makeCampaign(root: string, books: number): void {
  writeFileSync(join(root, "codex.config.ts"), CONFIG);
  writeFileSync(join(root, "books.txt"), Array.from({ length: books }, (_, book) => `${bookSlug(book)}\n`).join(""));
  for (let book = 0; book < books; book++) {
    mkdirSync(join(root, "src", bookSlug(book)), { recursive: true });
    writeFileSync(join(root, bookSource(book)), sourceText(bookSlug(book), "first"));
    for (let unit = 0; unit < UNITS; unit++)
      writeFileSync(join(root, unitSource(book, unit)), sourceText(`${bookSlug(book)} ${unitId(unit)}`, "first"));
  }
}
