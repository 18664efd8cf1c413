/** `manifests/books.yaml`: the one list that people keep by hand. Everything else about books is derived. */
import * as z from "zod";
import { FaultError, usageFault } from "../fault.ts";
import { declaredYaml } from "./declared-yaml.ts";

const tier = z.enum(["alpha", "beta", "gamma", "delta"]);
export type Tier = z.infer<typeof tier>;

/** Tiers as the campaign's documents write them. */
export const TIER_SIGNS: Readonly<Record<Tier, string>> = { alpha: "α", beta: "β", gamma: "γ", delta: "δ" };

/** The scope of a book that declares none. */
export const WHOLE_BOOK = "the whole book";

/** Slugs of books, names of batches and ids of flows. */
export const slugSchema = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "lower-case words joined by hyphens");

const bookSchema = z.strictObject({
  slug: slugSchema,
  tier,
  /** The Fast Track entry, e.g. "3.35"; null where the list has none. */
  entry: z.string().nullable(),
  author: z.string(),
  title: z.string(),
  year: z.number().int(),
  /** The sections that equivalence is measured against. */
  scope: z.array(z.string()).default([WHOLE_BOOK]),
  plan: z.string().optional(),
  /** The books that are woven together with this one carry the same name. */
  batch: slugSchema.optional(),
});

const schema = z.strictObject({
  version: z.literal(1),
  tiers: z.record(tier.exclude(["delta"]), z.strictObject({ book_usd: z.number(), tier_usd: z.number() })),
  campaign_usd: z.number(),
  books: z.array(bookSchema),
  /** Read by `flow-list.ts`. */
  flows: z.array(z.unknown()).optional(),
});

export interface Book extends Omit<z.infer<typeof bookSchema>, "plan"> {
  /** Path of the book's plan. */
  readonly plan: string;
}

/** Reads the list; throws a `FaultError` that names the line or key. */
export function parseBooks(text: string, where = "manifests/books.yaml"): readonly Book[] {
  const { books } = declaredYaml(text, schema, where);
  const seen = new Set<string>();
  for (const { slug } of books) {
    if (seen.has(slug))
      throw new FaultError(usageFault(`the slug ${slug} is used twice`, where, "give one of the two another slug"));
    seen.add(slug);
  }
  return books.map((book) => ({ ...book, plan: book.plan ?? `plans/fasttrack/${book.slug}.md` }));
}
