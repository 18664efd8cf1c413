/** Gathers what the watchdog looks at, and looks. Reads only. */

import { currentHolder } from "../cache/lock.ts";
import { scopesIn, spentBy } from "../campaign/spending.ts";
import { type WatchdogFacts, type WatchdogIssue, watch } from "../campaign/watchdog.ts";
import { proposalsOf } from "../curriculum/decide-proposals.ts";
import { assessQuality, driftOf } from "../curriculum/quality.ts";
import { validateIncremental } from "../curriculum/validate-incremental.ts";
import { usdOf } from "../money.ts";
import { campaignBooks } from "./campaign.ts";
import { costLedgerOf } from "./costs.ts";
import { factsOf, scoredUnits, shippedUnits } from "./facts.ts";
import { ceilingsOf, declaredCeilings } from "./money.ts";
import type { Workspace } from "./open.ts";

/** Looks at the campaign as it stands. */
export function look(workspace: Workspace): readonly WatchdogIssue[] {
  const { config, host } = workspace;
  return watch(factsFor(workspace), config.watchdog, host.now());
}

function factsFor(workspace: Workspace): WatchdogFacts {
  const { engine, host, config } = workspace;
  const { verdicts } = validateIncremental(engine.files, (path) => engine.stats.fileDigest(path), undefined);
  const failing = new Set(verdicts.filter(({ failed }) => failed.length > 0).map(({ path }) => path as string));
  const books = campaignBooks(workspace);
  const spent = spentBy(
    costLedgerOf(workspace).lines(),
    scopesIn(() => books),
  );
  const quality = assessQuality(scoredUnits(workspace));
  return {
    ...factsOf(workspace),
    building: currentHolder(host) !== undefined,
    pendingProposals: proposalsOf(engine.files).filter(({ status }) => status === "pending").length,
    failingUnits: shippedUnits(workspace)
      .filter(({ path }) => failing.has(path))
      .map(({ path, book }) => ({ path, books: [book] })),
    money: [...ceilingsOf(config, declaredCeilings(host, config), books, undefined)].map(([scope, { amount }]) => ({
      scope,
      spentUsd: usdOf(spent.get(scope) ?? (0 as typeof amount)),
      ceilingUsd: usdOf(amount),
    })),
    flagged: quality.flagged.map(({ id }) => id),
    drift: driftOf(quality),
  };
}
