/** What a simulated campaign took, as lines; said to be a simulation. */
import type { FastTrackReport } from "./fast-track-run.ts";

const hours = (seconds: number): string => `${(seconds / 3600).toFixed(1)} h`;
const usd = (amount: number): string => `$${amount.toFixed(2)}`;

export function reportLines(report: FastTrackReport): string[] {
  const { passes, escalations } = report;
  return [
    "SIMULATION: made-up books and models; the engine, its scheduler, graph, journal, budgets and ledgers are real.",
    `${report.books} books, ${report.units} units, ${report.flows} flows: ${report.targets} targets. ${report.complete ? "Everything is settled." : "NOT COMPLETE."}`,
    `Makespan: ${hours(report.seconds)} (${report.days.toFixed(1)} days) with ${report.commands} commands; ${hours(report.atWork)} without waiting for the operator.`,
    `Lower bound max(critical path ${hours(report.criticalPath)}, work ÷ slots): ${hours(report.bound)}; ratio ${(report.atWork / report.bound).toFixed(3)}.`,
    `No order of work takes less than ${hours(report.provenBound)}: the slots of a pool wait for their first targets, and others for their last; ratio ${(report.atWork / report.provenBound).toFixed(3)}. The bound before is out of reach by ${((report.provenBound / report.bound - 1) * 100).toFixed(1)} %.`,
    ...report.pools.map(
      ({ name, slots, work, utilisation }) =>
        `  ${name}: ${slots} slots, ${hours(work)} of work, ${(utilisation * 100).toFixed(0)} % used`,
    ),
    `Passes: ${passes}; attempts that were not good enough: ${report.attemptsFailed}; calls asked again: ${report.callsRetried}; escalations: ${escalations} (${((escalations / passes) * 100).toFixed(2)} per 100 passes).`,
    `Money: ${usd(report.ledgerUsd)} by the ledger, ${usd(report.usd)} by the server's own count, in ${report.calls} calls; ceilings of books and tiers that the operator raised by a fifth: ${report.raised}.`,
    ...Object.entries(report.usdByTier).map(([tier, amount]) => `  ${tier}: ${usd(amount)}`),
  ];
}
