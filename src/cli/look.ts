/** Gathers what the watchdog looks at, looks, and writes its report. */

import { encodeUtf8 } from "../artifact/utf8.ts";
import { writeAtomic } from "../artifact/write.ts";
import { currentHolder } from "../cache/lock.ts";
import { type WatchdogFacts, type WatchdogIssue, watch, watchdogReport } from "../campaign/watchdog.ts";
import { proposalsOf } from "../curriculum/decide-proposals.ts";
import { assessQuality, driftOf } from "../curriculum/quality.ts";
import { budgetsOf, standings } from "./budgets.ts";
import { factsOf, scoredUnits, shippedUnits } from "./facts.ts";
import { manifestsOf } from "./manifests.ts";
import type { Workspace } from "./open.ts";
import { validateWorkspace } from "./validation.ts";

/** Looks at the campaign as it stands. Changes nothing but what is kept under `.codex/`. */
export function look(workspace: Workspace): readonly WatchdogIssue[] {
  const { config, host } = workspace;
  return watch(factsFor(workspace), config.watchdog, host.now());
}

/**
 * Writes the report of a look, and returns its path, relative to the workspace.
 * @param done what was carried out, one line each
 */
export function report(workspace: Workspace, issues: readonly WatchdogIssue[], done: readonly string[]): string {
  const { host } = workspace;
  const path = `${manifestsOf(workspace)}/watchdog_report.md`;
  writeAtomic(host, `${host.root}/${path}`, encodeUtf8(watchdogReport(issues, host.now(), done)));
  return path;
}

function factsFor(workspace: Workspace): WatchdogFacts {
  const { engine, host } = workspace;
  const { verdicts } = validateWorkspace(workspace, true);
  const failing = new Set(verdicts.filter(({ failed }) => failed.length > 0).map(({ path }) => path as string));
  const quality = assessQuality(scoredUnits(workspace));
  return {
    ...factsOf(workspace),
    building: currentHolder(host) !== undefined,
    pendingProposals: proposalsOf(engine.files).filter(({ status }) => status === "pending").length,
    failingUnits: shippedUnits(workspace)
      .filter(({ path }) => failing.has(path))
      .map(({ path, book }) => ({ path, books: [book] })),
    money: standings(budgetsOf(workspace)),
    flagged: quality.flagged.map(({ id }) => id),
    drift: driftOf(quality),
  };
}
