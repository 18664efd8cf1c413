/**
 * What is woven together: one book, or a set of related books. Sets are declared (`batch` of a book in the list of books) or
 * computed from the units that the books share.
 */
import type { Book } from "./books.ts";
import type { Gap } from "./plan/verdict.ts";
import { joined, type Production } from "./production.ts";

/** A book whose first verification is written. */
export interface VerifiedBook {
  readonly book: Book;
  readonly production: Production;
  /** What went back to production after it. */
  readonly gaps: readonly Gap[];
}

export interface WeavingBatch {
  /** `["book", slug]` for a book by itself, else `["batch", name]`. */
  readonly place: readonly string[];
  /** The books' titles and authors, for prompts and reports. */
  readonly title: string;
  readonly author: string;
  readonly books: readonly VerifiedBook[];
  /** All that the books make and build on. */
  readonly production: Production;
}

/** @param place the batch's address. */
export function weavingBatch(place: readonly string[], books: readonly VerifiedBook[]): WeavingBatch {
  return {
    place,
    title: books.map(({ book }) => book.title).join("; "),
    author: [...new Set(books.map(({ book }) => book.author))].join("; "),
    books,
    production: joined(books.map(({ production }) => production)),
  };
}

/** The name by which a book finds the batch that it is woven in. */
export const weavingGroup = (slug: string): string => `weaving/${slug}`;

/** Where the reports of a batch are. */
export const reportFolder = ({ place }: Pick<WeavingBatch, "place">): string =>
  `manifests/reports/${place[0] === "book" ? place[1] : place.join("-")}`;

/** A batch is woven by one agent in one go: more books than this are too many for it. */
const LARGEST = 6;

/**
 * Sets of books that share at least so many units (made by one, or built on by both). Books are joined in the order in
 * which they share most; a set is not grown beyond what one agent can weave. A book that shares too little stays alone.
 * @returns for each slug the slug that names its set: the first of the set in the alphabet.
 */
export function relatedSets(
  books: readonly { readonly slug: string; readonly production: Production }[],
  share: number,
): ReadonlyMap<string, string> {
  const units = new Map(
    books.map(({ slug, production }) => [
      slug,
      new Set([...production.units.map(({ id }) => id), ...production.related]),
    ]),
  );
  const slugs = [...units.keys()].sort();
  const pairs = slugs
    .flatMap((a, index) =>
      slugs
        .slice(index + 1)
        .map((b) => ({ a, b, shared: [...units.get(a)!].filter((id) => units.get(b)!.has(id)).length })),
    )
    .filter(({ shared }) => shared >= share)
    .sort((x, y) => y.shared - x.shared);
  const setOf = new Map(slugs.map((slug) => [slug, [slug]]));
  for (const { a, b } of pairs) {
    const [first, second] = [setOf.get(a)!, setOf.get(b)!];
    if (first === second || first.length + second.length > LARGEST) continue;
    const both = [...first, ...second].sort();
    for (const slug of both) setOf.set(slug, both);
  }
  return new Map([...setOf].map(([slug, set]) => [slug, set[0]!]));
}
