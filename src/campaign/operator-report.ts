/** `manifests/operator_report.md`: the handover at each stop of an unattended build: what is done, what runs, what waits, what it cost. */
import { TIER_SIGNS, type Tier } from "../curriculum/books.ts";
import type { CampaignFacts } from "./campaign-facts.ts";
import type { Criterion } from "./converge.ts";

export interface Handover {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly release: string;
  /** Why it stopped, in a sentence. */
  readonly stopped: string;
  readonly facts: CampaignFacts;
  /** Commands that write in other processes now. */
  readonly running: readonly string[];
  readonly waiting: readonly {
    readonly address: string;
    readonly asks: string;
    readonly commands: readonly string[];
  }[];
  readonly failed: readonly { readonly address: string; readonly what: string }[];
  readonly money: readonly {
    readonly scope: string;
    readonly spentUsd: number;
    readonly ceilingUsd: number | undefined;
  }[];
  readonly criteria: readonly Criterion[];
}

const list = (lines: readonly string[], none: string): readonly string[] => (lines.length === 0 ? [none] : lines);

export function operatorReport(handover: Handover): string {
  const { facts, release, criteria } = handover;
  const tiers = [...new Set(facts.books.map(({ tier }) => tier))];
  const met = criteria.filter((criterion) => criterion.met).length;
  const lines = [
    "# Operator report",
    "",
    `${new Date(handover.at).toISOString().slice(0, 16)}Z: ${handover.stopped}`,
    "",
    "## Done",
    "",
    `${release}: ${met} of ${criteria.length} criteria met.`,
    "",
    ...list(
      tiers.flatMap((tier) => statesOf(facts, tier)),
      "No books are declared.",
    ),
    ...(facts.flows.length === 0
      ? []
      : [
          `- flows: ${facts.flows.filter(({ state }) => state === "attenuation-verified").length} of ${facts.flows.length} attenuation-verified`,
        ]),
    "",
    "## Running",
    "",
    ...list(
      handover.running.map((command) => `- \`${command}\``),
      "Nothing.",
    ),
    "",
    "## Waiting for you",
    "",
    ...list(
      handover.waiting.flatMap(({ address, asks, commands }) => [
        `- **${address}**: ${asks}`,
        ...commands.map((command) => `  - \`${command}\``),
      ]),
      "Nothing.",
    ),
    "",
    "## Failed",
    "",
    ...list(
      handover.failed.map(({ address, what }) => `- **${address}**: ${what}`),
      "Nothing.",
    ),
    "",
    "## Money",
    "",
    ...list(
      handover.money.map(
        ({ scope, spentUsd, ceilingUsd }) =>
          `- ${scope}: $${spentUsd.toFixed(2)}${ceilingUsd === undefined ? "" : ` of $${ceilingUsd.toFixed(2)}`}`,
      ),
      "Nothing was spent, and no ceiling is set.",
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function statesOf({ books }: CampaignFacts, tier: Tier): readonly string[] {
  const of = books.filter((book) => book.tier === tier);
  const counts = new Map<string, number>();
  for (const { state } of of) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${state}`);
  return [`- tier ${TIER_SIGNS[tier]}, ${of.length} books: ${parts.join(", ")}`];
}
