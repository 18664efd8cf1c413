/** The ceilings on money that the list of books declares: by book and tier, and for the campaign. */
import { parse } from "yaml";
import * as z from "zod";
import { FaultError, usageFault } from "../fault.ts";

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
  let data: unknown;
  try {
    data = parse(text, { maxAliasCount: 0, logLevel: "error" });
  } catch (error) {
    throw new FaultError(usageFault((error as Error).message.split("\n")[0]!, where, "correct the YAML"));
  }
  const parsed = schema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new FaultError(usageFault(`${issue.path.join(".")}: ${issue.message}`, where, "correct this entry"));
  }
  const tiers = Object.entries(parsed.data.tiers).map(
    ([tier, { book_usd, tier_usd }]) => [tier, { book: book_usd, total: tier_usd }] as const,
  );
  return { campaign: parsed.data.campaign_usd, tiers: Object.fromEntries(tiers) };
}
