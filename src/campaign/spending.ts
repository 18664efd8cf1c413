/** What ceilings are about: the run, the campaign, a tier, a book; and what the cost ledger says was spent of each. */
import type { Book } from "../curriculum/books.ts";
import { addMicros, type Micros, microsOf, usdOf } from "../money.ts";
import type { CostLine } from "./cost-ledger.ts";

/** The scope of one run of `codex build`. Nothing of it is in the ledger: it begins anew each time. */
export const RUN = "run";
export const CAMPAIGN = "campaign";
export const tierScope = (tier: string): string => `tier/${tier}`;
export const bookScope = (slug: string): string => `book/${slug}`;

/** The scopes that an address's money is counted in, broadest first. */
export function scopesIn(books: () => readonly Pick<Book, "slug" | "tier">[]): (address: string) => readonly string[] {
  let tiers: ReadonlyMap<string, string> | undefined;
  return (address) => {
    const [kind, slug = ""] = address.split("/");
    if (kind !== "book") return [RUN, CAMPAIGN];
    tiers ??= new Map(books().map((book) => [book.slug, book.tier]));
    const tier = tiers.get(slug);
    return [RUN, CAMPAIGN, ...(tier === undefined ? [] : [tierScope(tier)]), bookScope(slug)];
  };
}

/** What was spent by the ledger's lines, by scope. */
export function spentBy(
  lines: readonly Pick<CostLine, "address" | "cost_usd">[],
  scopesOf: (address: string) => readonly string[],
): ReadonlyMap<string, Micros> {
  const spent = new Map<string, Micros>();
  for (const { address, cost_usd } of lines) {
    for (const scope of scopesOf(address)) {
      if (scope !== RUN) spent.set(scope, addMicros(spent.get(scope) ?? (0 as Micros), microsOf(cost_usd)));
    }
  }
  return spent;
}

/** US dollars by address: every call that the ledger has of a target. */
export function paidBy(lines: readonly Pick<CostLine, "address" | "cost_usd">[]): ReadonlyMap<string, number> {
  const micros = new Map<string, Micros>();
  for (const { address, cost_usd } of lines)
    micros.set(address, addMicros(micros.get(address) ?? (0 as Micros), microsOf(cost_usd)));
  return new Map([...micros].map(([address, sum]) => [address, usdOf(sum)]));
}
