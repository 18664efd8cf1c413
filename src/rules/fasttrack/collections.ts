/** What the Fast Track passes range over: the books, and what each book's plan decides. */
import { asksForWeaving } from "../../curriculum/book-continuity.ts";
import { type Book, parseBooks, type Tier } from "../../curriculum/books.ts";
import { type BookDeferrals, DEFERRALS_PATH, parseBookDeferrals } from "../../curriculum/deferrals.ts";
import { gapsOf, type Repair, repairsOf } from "../../curriculum/plan/verdict.ts";
import {
  type Batch,
  type ProducedUnit,
  type Production,
  readProduction,
  withoutUnits,
} from "../../curriculum/production.ts";
import {
  relatedSets,
  reportFolder,
  type VerifiedBook,
  type WeavingBatch,
  weavingBatch,
  weavingGroup,
} from "../../curriculum/weaving-batch.ts";
import { type Collection, collection } from "../collection.ts";
import { file, type RefSpec, section } from "../source.ts";

/** The release that a tier's books count towards (seed §10). */
const RELEASES: Readonly<Record<Tier, string | undefined>> = {
  alpha: "v0.7",
  beta: "v0.9",
  gamma: "v1.0",
  delta: undefined,
};

/** The groups of what belongs to a tier. */
export const groupsOfTier = (tier: Tier): readonly string[] => [
  `tier/${tier}`,
  ...(RELEASES[tier] === undefined ? [] : [`release/${RELEASES[tier]}`]),
];

/** All books, those too that were put off. */
export const listedBooks = collection("book", {
  from: file("manifests/books.yaml"),
  items: parseBooks,
  key: (book: Book) => book.slug,
  groups: (book) => [...groupsOfTier(book.tier), ...(book.batch === undefined ? [] : [`batch/${book.batch}`])],
});

/** The books that are worked on. */
export const books = listedBooks
  .with("deferrals", {
    optional: true,
    from: ({ book }) => file(`${DEFERRALS_PATH}#/books/${book.slug}`),
    read: parseBookDeferrals,
  })
  .only(({ deferrals }) => deferrals.book === undefined);

type InBook = { readonly book: Book; readonly deferrals: BookDeferrals };
const productionPlan = ({ book }: InBook): RefSpec => section(book.plan, "§3");
const read = (text: string, { book, deferrals }: InBook): Production =>
  withoutUnits(readProduction(text, book.plan), new Set(Object.keys(deferrals.units)));

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

/** Where a round of P5 writes: the plan's §4, and further rounds a report of their own. */
export const verificationOf = (book: Book, round: number): RefSpec =>
  round === 1 ? section(book.plan, "§4") : file(`manifests/reports/${book.slug}/verification-${round}.md`);

/** P5 is gone through twice at most: what is still short then is accepted, and said (seed §6). */
const VERIFICATIONS = 2;

/** A book with what its first verification sends back to production: nothing, before there is one. */
export const verifications = plannedBooks
  .with("repairs", {
    optional: true,
    from: ({ book }) => verificationOf(book, 1),
    read: (text) => repairsOf(text),
  })
  .rounds({
    most: VERIFICATIONS,
    from: ({ book }, round) => verificationOf(book, round),
    again: (text) => repairsOf(text).length > 0,
  });

/** The units that go back to production. */
export const repairs = plannedBooks.within("repair", {
  optional: true,
  from: ({ book }) => verificationOf(book, 1),
  items: (text) => repairsOf(text),
  key: (repair: Repair) => repair.unit,
  groups: (repair) => [`unit/${repair.unit}`],
});

/** Books whose first verification is written. */
const verifiedBooks = plannedBooks.with("gaps", {
  from: ({ book }) => verificationOf(book, 1),
  read: (text) => (repairsOf(text).length > 0 ? gapsOf(text) : []),
});

const declaredPlace = (groups: readonly string[], segments: readonly string[]): readonly string[] =>
  groups.find((group) => group.startsWith("batch/"))?.split("/") ?? segments;

/** Places by the units that books share; declared batches go before. What is computed is kept while the plans are the same. */
function placesByUnits(share: number) {
  let last: { readonly all: readonly VerifiedBook[]; readonly sets: ReadonlyMap<string, string> } | undefined;
  return (all: readonly VerifiedBook[]) => {
    const same = last?.all.length === all.length && last.all.every((each, index) => each === all[index]);
    if (!same) {
      const alone = all.filter(({ book }) => book.batch === undefined);
      const books = alone.map(({ book, production }) => ({ slug: book.slug, production }));
      last = { all, sets: relatedSets(books, share) };
    }
    const sizes = new Map<string, number>();
    for (const name of last!.sets.values()) sizes.set(name, (sizes.get(name) ?? 0) + 1);
    return (groups: readonly string[], segments: readonly string[]): readonly string[] => {
      const name = last!.sets.get(segments[1] ?? "");
      const isSet = name !== undefined && (sizes.get(name) ?? 0) > 1;
      return isSet ? ["batch", `with-${name}`] : declaredPlace(groups, segments);
    };
  };
}

/** A batch counts towards a tier where all of its books do. */
function sharedGroups({ books: [first, ...rest] }: WeavingBatch): readonly string[] {
  return groupsOfTier(first!.book.tier).filter((group) =>
    rest.every(({ book }) => groupsOfTier(book.tier).includes(group)),
  );
}

const roundName = (name: string, round: number): string => (round === 1 ? `${name}.md` : `${name}-${round}.md`);
export const weavingReport = (batch: WeavingBatch, round: number): RefSpec =>
  file(`${reportFolder(batch)}/${roundName("weaving_report", round)}`);
export const continuityReportOf = (batch: WeavingBatch, round: number): RefSpec =>
  file(`${reportFolder(batch)}/${roundName("continuity_report", round)}`);

/** Weaving and its verification take turns so often at most (seed §6, pass V). */
export const WEAVINGS = 3;

/**
 * What is woven together, once a round of weaving: the first is always there, others where PV found continuity short.
 * @param share books that share so many units are woven together; where undefined, those of a declared batch only.
 */
export const weavingRoundsOf = (share: number | undefined): Collection<WeavingRound> =>
  verifiedBooks
    .gather("batch", {
      places: share === undefined ? () => declaredPlace : placesByUnits(share),
      value: weavingBatch,
      segments: (batch: WeavingBatch) => batch.place,
      groups: (batch) =>
        batch.place[0] === "book"
          ? groupsOfTier(batch.books[0]!.book.tier)
          : [...sharedGroups(batch), ...batch.books.map(({ book }) => weavingGroup(book.slug))],
    })
    .rounds({
      most: WEAVINGS,
      from: ({ batch }, round) => continuityReportOf(batch, round),
      again: asksForWeaving,
    });

export type WeavingRound = { readonly batch: WeavingBatch } & { readonly round: number };
