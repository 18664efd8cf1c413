/** The ceilings on money that the list of books declares: by book and tier, and for the campaign. */
import * as z from "zod";
import { declaredYaml } from "./declared-yaml.ts";

// The rest of the file is the list of books, which has a reader of its own.
const schema = z.looseObject({
  tiers: z
    .record(z.string(), z.looseObject({ book_usd: z.number().nonnegative(), tier_usd: z.number().nonnegative() }))
    .default({}),
  campaign_usd: z.number().nonnegative().optional(),
});

/** In US dollars. */
export interface Ceilings {
  readonly campaign: number | undefined;
  readonly tiers: Readonly<Record<string, { readonly book: number; readonly total: number }>>;
}

/** Reads the ceilings of `manifests/books.yaml`; throws a `FaultError` that names the key. */
export function parseCeilings(text: string, where: string): Ceilings {
  const declared = declaredYaml(text, schema, where);
  const tiers = Object.entries(declared.tiers).map(
    ([tier, { book_usd, tier_usd }]) => [tier, { book: book_usd, total: tier_usd }] as const,
  );
  return { campaign: declared.campaign_usd, tiers: Object.fromEntries(tiers) };
}
