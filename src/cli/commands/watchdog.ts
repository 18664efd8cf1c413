/** `codex watchdog`: looks for stuck books and drift, writes its report, and with `--act` does what is safe. */

import { writeAtomic } from "../../artifact/write.ts";
import { acquireLock, currentHolder } from "../../cache/lock.ts";
import { scopesIn, spentBy } from "../../campaign/spending.ts";
import { type WatchdogFacts, type WatchdogIssue, watch, watchdogReport } from "../../campaign/watchdog.ts";
import { proposalsOf } from "../../curriculum/decide-proposals.ts";
import { assessQuality, driftOf } from "../../curriculum/quality.ts";
import { validateIncremental } from "../../curriculum/validate-incremental.ts";
import { FaultError } from "../../fault.ts";
import { usdOf } from "../../money.ts";
import { campaignBooks, campaignView, recorderOf } from "../campaign.ts";
import { costLedgerOf } from "../costs.ts";
import { EXIT } from "../exit.ts";
import { factsOf, manifestsOf, scoredUnits, shippedUnits } from "../facts.ts";
import { ceilingsOf, declaredCeilings } from "../money.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { buildCommand } from "./build.ts";

export interface WatchdogFlags {
  readonly act?: boolean;
  readonly format: "text" | "json";
}

export async function watchdogCommand(terminal: Terminal, flags: WatchdogFlags): Promise<number> {
  const workspace = await openWorkspace();
  const issues = look(workspace);
  const done = flags.act ? await act(terminal, workspace, issues) : [];
  const path = `${manifestsOf(workspace)}/watchdog_report.md`;
  writeAtomic(
    workspace.host,
    `${workspace.host.root}/${path}`,
    new TextEncoder().encode(watchdogReport(issues, workspace.host.now(), done)),
  );
  if (flags.format === "json") terminal.out(JSON.stringify({ issues, done }, null, 2));
  else {
    for (const { check, address, what, command } of issues) {
      terminal.out(`${terminal.colours.yellow("!")} ${address}: ${what} (${check})`);
      terminal.out(`    ${command}`);
    }
    for (const line of done) terminal.out(`${terminal.colours.green("✓")} ${line}`);
    terminal.out(
      issues.length === 0
        ? `Nothing is stuck. Written: ${path}`
        : `${plural(issues.length, "issue")}. Written: ${path}`,
    );
  }
  return EXIT.done;
}

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

/** Carries out what is safe: a dead owner is let go, and weaving that was forgotten is built, within the budgets. */
async function act(terminal: Terminal, workspace: Workspace, issues: readonly WatchdogIssue[]): Promise<string[]> {
  const done: string[] = [];
  const dead = issues.filter(({ action }) => action === "reset owner");
  if (dead.length > 0) {
    const lock = acquireLock(workspace.host, "codex watchdog");
    if (!lock.ok) throw new FaultError(lock.error);
    try {
      const recorder = recorderOf(workspace);
      for (const { address, what } of dead) {
        recorder?.decide({ address, to: "pending", actor: "watchdog", rationale: `owner reset: ${what}` });
        done.push(`${address}: the owner is reset`);
      }
      recorder?.project(campaignView(workspace));
    } finally {
      lock.value.release();
    }
  }
  const weave = issues
    .filter(({ action }) => action === "schedule weaving")
    .map(({ address }) => `${address}/PW_weaving`);
  if (weave.length > 0) {
    const code = await buildCommand(terminal, weave, {});
    done.push(`${weave.join(", ")}: built${code === EXIT.done ? "" : `, with exit code ${code}`}`);
  }
  return done;
}
