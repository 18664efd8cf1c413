/**
 * What the watchdog, the release gates and the operator's report know of a campaign: its ledger as it would be written
 * now, and since when each book is in its state by the audit log. A value, put together once a command.
 */
import * as z from "zod";
import { TIER_SIGNS, type Tier } from "../curriculum/books.ts";
import type { LogLine } from "./audit-log.ts";

export interface BookFacts {
  readonly slug: string;
  readonly title: string;
  readonly tier: Tier;
  readonly state: string;
  /** When it came into that state, and when anything was last logged of it: milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly lastProgress: number | undefined;
  readonly owner: string | undefined;
  readonly usd: number;
  /** Passes by name, in the seed's words. */
  readonly passes: Readonly<Record<string, string>>;
}

export interface FlowFacts {
  readonly id: string;
  readonly kind: string;
  /** The book of an author flow. */
  readonly book: string | undefined;
  readonly state: string;
}

export interface CampaignFacts {
  readonly books: readonly BookFacts[];
  readonly flows: readonly FlowFacts[];
}

const pass = z.looseObject({ status: z.string(), cost_usd: z.number().optional() });
const ledger = z.looseObject({
  books: z.record(
    z.string(),
    z.looseObject({
      tier: z.string(),
      title: z.string().optional(),
      status: z.string(),
      passes: z.record(z.string(), pass),
      current_owner: z.string().nullable(),
    }),
  ),
  flows: z.record(
    z.string(),
    z.looseObject({ kind: z.string(), source_book: z.string().nullish(), status: z.string() }),
  ),
});

const tierOf = (sign: string): Tier =>
  (Object.keys(TIER_SIGNS) as Tier[]).find((tier) => TIER_SIGNS[tier] === sign || tier === sign) ?? "delta";

/**
 * @param text the ledger, in the seed's schema
 * @param log the audit log's lines, oldest first
 * @throws ZodError where the text is no ledger; Codex renders it itself
 */
export function campaignFacts(text: string, log: readonly Partial<LogLine>[]): CampaignFacts {
  const { books, flows } = ledger.parse(JSON.parse(text));
  const since = new Map<string, number>();
  const progress = new Map<string, number>();
  for (const { kind, address, at } of log) {
    if (address === undefined || at === undefined) continue;
    const time = Date.parse(at);
    const owner = address.split("/").slice(0, 2).join("/");
    progress.set(owner, time);
    if (kind === "book") since.set(owner, time);
  }
  return {
    books: Object.entries(books).map(([slug, book]) => ({
      slug,
      title: book.title ?? slug,
      tier: tierOf(book.tier),
      state: book.status,
      since: since.get(`book/${slug}`),
      lastProgress: progress.get(`book/${slug}`),
      owner: book.current_owner ?? undefined,
      usd: Object.values(book.passes).reduce((sum, each) => sum + (each.cost_usd ?? 0), 0),
      passes: Object.fromEntries(Object.entries(book.passes).map(([name, { status }]) => [name, status])),
    })),
    flows: Object.entries(flows).map(([id, flow]) => ({
      id,
      kind: flow.kind,
      book: flow.source_book ?? undefined,
      state: flow.status,
    })),
  };
}
