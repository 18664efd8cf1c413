/** What a campaign's configuration says about money, put together for a build: ceilings, prices, the ledger. */
import type { Ceiling } from "../agents/budget.ts";
import { Paying } from "../agents/paying.ts";
import type { PriceList } from "../agents/prices.ts";
import { bookScope, CAMPAIGN, RUN, scopesIn, spentBy, tierScope } from "../campaign/spending.ts";
import type { Book } from "../curriculum/books.ts";
import { type Ceilings, parseCeilings } from "../curriculum/ceilings.ts";
import type { Emit } from "../events.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Trace } from "../graph/trace.ts";
import type { Host } from "../host.ts";
import { microsOf } from "../money.ts";
import type { Config } from "../rules/config.ts";
import { costLedgerOf } from "./costs.ts";

const NO_CEILINGS: Ceilings = { campaign: undefined, tiers: {} };

export interface MoneyOptions {
  readonly host: Host;
  readonly config: Config;
  readonly emit: Emit;
  /** The campaign's books; asked when money is first spent. */
  readonly books: () => readonly Book[];
  readonly trace: (address: string) => Trace | undefined;
  /** The model that is asked where a rule names none. */
  readonly model: string;
  /** The ceiling that was typed for this run, in US dollars. */
  readonly run: number | undefined;
}

/** All that pays for agents, by the configuration. */
export function payingOf({ host, config, emit, books, trace, model, run }: MoneyOptions): Paying {
  const { budgets } = config;
  const scopesOf = scopesIn(books);
  return new Paying(host, emit, {
    model,
    prices: priceList(config),
    scopesOf,
    ceilings: () => ceilingsOf(config, declaredCeilings(host, config), books(), run),
    spentBefore: () => spentBy(costLedgerOf({ host, config }).lines(), scopesOf),
    margin: budgets.margin,
    alertAt: budgets.alertAt,
    generation: (address) => {
      const last = trace(address);
      return last === undefined ? "" : `${last.key} ${last.run.at}`;
    },
  });
}

/** The configuration's prices, each as a list of rules. */
export const priceList = ({ prices }: Pick<Config, "prices">): PriceList =>
  Object.fromEntries(Object.entries(prices).map(([model, rules]) => [model, Array.isArray(rules) ? rules : [rules]]));

/** What the file of the campaign's ceilings says. */
export function declaredCeilings(host: Host, config: Config): Ceilings {
  const path = config.campaign?.ceilings;
  if (path === undefined) return NO_CEILINGS;
  let text: string;
  try {
    text = host.fs.readFileSync(`${host.root}/${path}`, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new FaultError(
      usageFault("the file of the campaign's ceilings is missing", path, "write it, or leave campaign.ceilings out"),
    );
  }
  return parseCeilings(text, path);
}

/** The ceilings in force, by scope: those of the configuration, else those declared with the books. */
export function ceilingsOf(
  { budgets }: Pick<Config, "budgets">,
  declared: Ceilings,
  books: readonly Pick<Book, "slug" | "tier">[],
  run: number | undefined,
): ReadonlyMap<string, Ceiling> {
  const ceilings = new Map<string, Ceiling>();
  const add = (scope: string, usd: number | undefined, atCeiling: Ceiling["atCeiling"], key: string): void => {
    if (usd !== undefined) ceilings.set(scope, { amount: microsOf(usd), atCeiling, mend: `raise ${key}` });
  };
  add(RUN, run ?? budgets.run, "pause", run === undefined ? "budgets.run in codex.config.ts" : "--budget");
  const where = (own: number | undefined, key: string, file: string): string =>
    own === undefined ? `${file} in manifests/books.yaml` : `budgets.${key} in codex.config.ts`;
  add(CAMPAIGN, budgets.campaign ?? declared.campaign, "pause", where(budgets.campaign, "campaign", "campaign_usd"));
  const tiers = new Set([...Object.keys(declared.tiers), ...Object.keys(budgets.tiers)]);
  for (const tier of tiers) {
    const own = budgets.tiers[tier];
    const atCeiling = own?.atCeiling ?? "pause";
    const said = declared.tiers[tier];
    const total = where(own?.total, `tiers.${tier}.total`, `tiers.${tier}.tier_usd`);
    add(tierScope(tier), own?.total ?? said?.total, atCeiling, total);
    const book = where(own?.book, `tiers.${tier}.book`, `tiers.${tier}.book_usd`);
    for (const { slug } of books.filter((each) => each.tier === tier))
      add(bookScope(slug), own?.book ?? said?.book, atCeiling, book);
  }
  return ceilings;
}
