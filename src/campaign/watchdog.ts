/**
 * The watchdog (seed §7): stuck books, dropped batches and drift between what the ledger says and what is there. It only
 * looks and recommends; what it recommends is a command.
 */
import type { CampaignFacts } from "./campaign-facts.ts";

export const CHECKS = [
  "owner without progress",
  "in production too long",
  "connection proposals wait",
  "covered books do not validate",
  "verified and not woven",
  "budget",
  "quality drift",
] as const;
export type WatchdogCheck = (typeof CHECKS)[number];

/** Hours after which each is an issue; `alertAt` is a share of a ceiling. */
export interface WatchdogClocks {
  readonly ownerHours: number;
  readonly productionHours: number;
  readonly verifiedHours: number;
  readonly alertAt: number;
}

export interface WatchdogFacts extends CampaignFacts {
  /** Whether a process that builds is alive, from the writer's lock. */
  readonly building: boolean;
  readonly pendingProposals: number;
  /** Paths of units that fail validation, with the books (slugs) that shipped them. */
  readonly failingUnits: readonly { readonly path: string; readonly books: readonly string[] }[];
  /** What was spent of each ceiling. */
  readonly money: readonly { readonly scope: string; readonly spentUsd: number; readonly ceilingUsd: number }[];
  /** Units that quality sampling has flagged and nobody has approved for rework or dismissed. */
  readonly flagged: readonly string[];
  /** The mean score of the last sampling, where it is below its threshold. */
  readonly drift: string | undefined;
}

export type WatchdogAction = "reset owner" | "schedule weaving" | "a person";

export interface WatchdogIssue {
  readonly check: WatchdogCheck;
  readonly address: string;
  readonly what: string;
  readonly action: WatchdogAction;
  /** The command that carries out the recommendation. */
  readonly command: string;
}

const HOUR = 3_600_000;
const hours = (ms: number): string => {
  const whole = Math.floor(ms / HOUR);
  return whole < 48 ? `${whole} h` : `${Math.floor(whole / 24)} days`;
};

/** @param now milliseconds since the epoch */
export function watch(facts: WatchdogFacts, clocks: WatchdogClocks, now: number): readonly WatchdogIssue[] {
  const issues: WatchdogIssue[] = [];
  const olderThan = (since: number | undefined, limit: number): since is number =>
    since !== undefined && now - since > limit * HOUR;
  for (const { slug, owner, lastProgress, state, since } of facts.books) {
    const address = `book/${slug}`;
    if (owner !== undefined && olderThan(lastProgress, clocks.ownerHours)) {
      issues.push({
        check: "owner without progress",
        address,
        what: `${owner} owns it and nothing has happened for ${hours(now - lastProgress)}${facts.building ? "" : "; nobody is building"}`,
        // A live build still holds what it owns: only a person can tell a slow agent from a stuck one.
        action: facts.building ? "a person" : "reset owner",
        command: facts.building ? `codex log ${address}` : `codex build ${address}`,
      });
    }
    if (state === "in-production" && olderThan(since, clocks.productionHours)) {
      issues.push({
        check: "in production too long",
        address,
        what: `in production for ${hours(now - since)}: a batch may be orphaned`,
        action: "a person",
        command: `codex why ${address}`,
      });
    }
    if (state === "verified" && olderThan(since, clocks.verifiedHours)) {
      issues.push({
        check: "verified and not woven",
        address,
        what: `verified for ${hours(now - since)} and not woven`,
        action: "schedule weaving",
        command: `codex build ${address}/PW_weaving`,
      });
    }
  }
  if (facts.pendingProposals > 0) {
    issues.push({
      check: "connection proposals wait",
      address: "manifests/connection_proposals.md",
      what: `${facts.pendingProposals} proposed ${facts.pendingProposals === 1 ? "connection waits" : "connections wait"} for a decision`,
      action: "a person",
      command: "codex proposals",
    });
  }
  const covered = new Set(facts.books.filter((book) => book.state === "equivalence-covered").map(({ slug }) => slug));
  for (const { path, books } of facts.failingUnits) {
    for (const slug of books.filter((each) => covered.has(each))) {
      issues.push({
        check: "covered books do not validate",
        address: `book/${slug}`,
        what: `the ledger says equivalence-covered, and ${path} fails validation`,
        action: "a person",
        command: `codex validate ${path}`,
      });
    }
  }
  for (const { scope, spentUsd, ceilingUsd } of facts.money) {
    if (spentUsd < ceilingUsd * clocks.alertAt) continue;
    issues.push({
      check: "budget",
      address: scope,
      what: `$${spentUsd.toFixed(2)} of $${ceilingUsd.toFixed(2)} is spent (${Math.round((100 * spentUsd) / ceilingUsd)} %)`,
      action: "a person",
      command: "codex cost",
    });
  }
  if (facts.drift !== undefined || facts.flagged.length > 0) {
    issues.push({
      check: "quality drift",
      address: "manifests/quality_report.md",
      what: [
        ...(facts.drift === undefined ? [] : [facts.drift]),
        ...(facts.flagged.length === 0 ? [] : [`flagged for rework: ${facts.flagged.join(", ")}`]),
      ].join("; "),
      action: "a person",
      command: "codex sample rework",
    });
  }
  return issues;
}

/** @param now milliseconds since the epoch; @param done what was carried out, one line each */
export function watchdogReport(issues: readonly WatchdogIssue[], now: number, done: readonly string[]): string {
  const lines = [
    "# Watchdog report",
    "",
    `Looked at ${new Date(now).toISOString().slice(0, 16)}Z. ${issues.length === 0 ? "Nothing is stuck." : `${issues.length} ${issues.length === 1 ? "issue" : "issues"}.`}`,
  ];
  for (const check of CHECKS) {
    const found = issues.filter((issue) => issue.check === check);
    lines.push("", `## ${check[0]!.toUpperCase()}${check.slice(1)}`, "");
    if (found.length === 0) lines.push("Nothing.");
    for (const { address, what, action, command } of found) {
      lines.push(`- **${address}**: ${what}.`, `  - recommended (${action}): \`${command}\``);
    }
  }
  if (done.length > 0) lines.push("", "## Carried out", "", ...done.map((line) => `- ${line}`));
  return `${lines.join("\n")}\n`;
}
