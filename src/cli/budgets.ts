/** The campaign's money as it stands: what the ceilings allow, and what the cost ledger says was spent below each. */
import type { Ceiling } from "../agents/budget.ts";
import type { CostLine } from "../campaign/cost-ledger.ts";
import { scopesIn, spentBy } from "../campaign/spending.ts";
import { type Micros, usdOf } from "../money.ts";
import { campaignBooks } from "./campaign.ts";
import { costLedgerOf } from "./costs.ts";
import { ceilingsOf, declaredCeilings } from "./money.ts";
import type { Workspace } from "./open.ts";
import type { Money } from "./view/status.ts";

/** By scope: the run, the campaign, tiers, books. */
export interface Budgets {
  readonly ceilings: ReadonlyMap<string, Ceiling>;
  readonly spent: ReadonlyMap<string, Micros>;
  /** The scopes that an address's money is counted in. */
  readonly scopesOf: (address: string) => readonly string[];
}

/**
 * @param run the ceiling that was typed for this run, in US dollars.
 * @param lines what counts as spent; the lines of the ledger where left out.
 */
export function budgetsOf(
  workspace: Workspace,
  run?: number,
  lines: readonly CostLine[] = costLedgerOf(workspace).lines(),
): Budgets {
  const { config, host } = workspace;
  const books = campaignBooks(workspace);
  const scopesOf = scopesIn(() => books);
  const ceilings = ceilingsOf(config, declaredCeilings(host, config), books, run);
  return { ceilings, spent: spentBy(lines, scopesOf), scopesOf };
}

/** What is spent of a ceiling, in US dollars. */
export interface Standing {
  readonly scope: string;
  readonly spentUsd: number;
  readonly ceilingUsd: number;
}

/** Every ceiling in force. */
export const standings = ({ ceilings, spent }: Budgets): readonly Standing[] =>
  [...ceilings].map(([scope, { amount }]) => ({
    scope,
    spentUsd: dollars(spent.get(scope)),
    ceilingUsd: usdOf(amount),
  }));

/** What was spent of one scope, and what may be, where it has a ceiling. */
export function moneyIn({ ceilings, spent }: Budgets, scope: string): Money {
  const ceiling = ceilings.get(scope);
  return {
    spentUsd: dollars(spent.get(scope)),
    ceilingUsd: ceiling === undefined ? undefined : usdOf(ceiling.amount),
  };
}

const dollars = (amount: Micros | undefined): number => (amount === undefined ? 0 : usdOf(amount));
