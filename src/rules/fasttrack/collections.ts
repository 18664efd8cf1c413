/** What the Fast Track passes range over: the books, and what each book's plan decides. */
import { type Book, parseBooks, type Tier } from "../../curriculum/books.ts";
import { type Batch, type ProducedUnit, type Production, readProduction } from "../../curriculum/production.ts";
import { collection } from "../collection.ts";
import { file, section } from "../source.ts";

/** The release that a tier's books count towards (seed §10). */
const RELEASES: Readonly<Record<Tier, string | undefined>> = {
  alpha: "v0.7",
  beta: "v0.9",
  gamma: "v1.0",
  delta: undefined,
};

export const books = collection("book", {
  from: file("manifests/books.yaml"),
  items: parseBooks,
  key: (book: Book) => book.slug,
  groups: (book) => [
    `tier/${book.tier}`,
    ...(RELEASES[book.tier] === undefined ? [] : [`release/${RELEASES[book.tier]}`]),
  ],
});

type InBook = { readonly book: Book };
const productionPlan = ({ book }: InBook) => section(book.plan, "§3");
const read = (text: string, { book }: InBook): Production => readProduction(text, book.plan);

/** A book with what its production plan says. */
export const plannedBooks = books.with("production", { from: productionPlan, read });

/** The units that a plan has made. */
export const units = books.within("unit", {
  from: productionPlan,
  items: (text, params) => read(text, params).units,
  key: (unit: ProducedUnit) => unit.id,
  groups: (unit) => [`unit/${unit.id}`],
});

/** What a unit's agent waits for must be integrated: its prerequisites are shipped before it is begun. */
export const afterBatches = ({ book, unit }: { readonly book: Book; readonly unit: ProducedUnit }): string[] =>
  unit.afterBatches.map((number) => `book/${book.slug}/integrate/${number}`);

/** What is integrated together. */
export const batches = books.within("batch", {
  from: productionPlan,
  items: (text, params) => read(text, params).batches,
  key: (batch: Batch) => String(batch.number),
});
