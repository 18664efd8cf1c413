/** `codex cost`: what was spent, retries and lost calls included, and what is left below the ceilings. Reads only. */
import { leftBehind } from "../../cache/left-behind.ts";
import { currentHolder } from "../../cache/lock.ts";
import { isoSeconds } from "../../campaign/catch-up.ts";
import { type CostLine, costLineOf, lostLineOf } from "../../campaign/cost-ledger.ts";
import { type CostReport, type CostSum, costReport, type Grouping } from "../../campaign/cost-report.ts";
import { RUN } from "../../campaign/spending.ts";
import { unreachable } from "../../result.ts";
import { budgetsOf, type Standing, standings } from "../budgets.ts";
import { costLedgerOf } from "../costs.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import { sinceOf } from "../since.ts";
import type { Terminal } from "../terminal.ts";
import { duration, plural, usd } from "../view/plain.ts";

export interface CostFlags {
  readonly by: Grouping;
  readonly since?: string;
  readonly format: "text" | "json" | "md";
}

interface Costs {
  readonly since: string | undefined;
  readonly report: CostReport;
  readonly ceilings: readonly Standing[];
  /** Calls that a crash kept from the ledger, counted here all the same. */
  readonly unwritten: number;
}

export async function costCommand(terminal: Terminal, flags: CostFlags): Promise<number> {
  const workspace = await openWorkspace();
  const since = flags.since === undefined ? undefined : isoSeconds(sinceOf(flags.since, workspace.host.now()));
  const left = unwrittenLines(workspace);
  const written = costLedgerOf(workspace).lines();
  const known = new Set(written.map((line) => line.call));
  const unwritten = left.filter((line) => !known.has(line.call));
  const lines = [...written, ...unwritten];
  const costs: Costs = {
    since,
    report: costReport(since === undefined ? lines : lines.filter((line) => line.timestamp >= since), flags.by),
    ceilings: standings(budgetsOf(workspace, undefined, lines)).filter(isOfInterest),
    unwritten: unwritten.length,
  };
  switch (flags.format) {
    case "json":
      terminal.out(JSON.stringify({ version: 1, ...costs }, null, 2));
      break;
    case "text":
      for (const line of textLines(costs)) terminal.out(line);
      break;
    case "md":
      for (const line of markdownLines(costs)) terminal.out(line);
      break;
    default:
      unreachable(flags.format);
  }
  return EXIT.done;
}

/** What the ledger does not have yet: a run died before it could write it. What a living build is about is no such thing. */
function unwrittenLines({ host }: Workspace): CostLine[] {
  if (currentHolder(host) !== undefined) return [];
  const left = leftBehind(host);
  return left === undefined ? [] : [...left.settled.map(costLineOf), ...left.lost.map(lostLineOf)];
}

/** Every ceiling of the campaign and its tiers, and of the books on which something was spent. */
const isOfInterest = ({ scope, spentUsd }: Standing): boolean =>
  scope !== RUN && (spentUsd > 0 || !scope.startsWith("book/"));

const HEADINGS: Readonly<Record<Grouping, string>> = {
  book: "Book",
  pass: "Pass",
  model: "Model",
  day: "Day",
  target: "Target",
};

const COLUMNS = ["Calls", "Failed", "Lost", "Retries", "Prompt", "Cached", "Output", "Cost"] as const;

/** A row's cells, after its name. */
const cells = (sum: CostSum): string[] => [
  String(sum.calls),
  String(sum.failed),
  String(sum.lost),
  String(sum.retries),
  tokens(sum.promptTokens),
  `${Math.round(sum.cachedShare * 100)} %`,
  tokens(sum.outputTokens),
  usd(sum.usd),
];

/** A number of tokens as a person reads it: 950, 12.3 k, 1.20 M. */
function tokens(count: number): string {
  if (count < 1000) return String(count);
  return count < 999_950 ? `${(count / 1000).toFixed(1)} k` : `${(count / 1_000_000).toFixed(2)} M`;
}

function rows({ report }: Costs): string[][] {
  const all = report.groups.length > 1 ? [...report.groups, { key: "all", ...report.total }] : report.groups;
  return all.map((sum) => [sum.key, ...cells(sum)]);
}

/** What the table does not say. */
function remarks({ report, unwritten }: Costs): string[] {
  const { total } = report;
  return [
    `${plural(total.calls, "call")}, ${duration(total.seconds)} of answering: ${usd(total.usd)}`,
    ...(total.failed + total.lost === 0
      ? []
      : [`Of that ${usd(total.wastedUsd)} for ${plural(total.failed + total.lost, "call")} that gave nothing`]),
    ...(total.lost === 0
      ? []
      : [
          `Lost calls were under way when a run died, and are charged with the most that they can have cost: ${total.lost}`,
        ]),
    ...(total.webSearches === 0 ? [] : [`Web searches: ${total.webSearches}`]),
    ...(unwritten === 0
      ? []
      : [
          `Not in the ledger yet, and counted here: ${plural(unwritten, "call")} of a run that died; the next build writes them`,
        ]),
  ];
}

const share = ({ spentUsd, ceilingUsd }: Standing): string =>
  ceilingUsd === 0 ? "–" : `${Math.round((spentUsd / ceilingUsd) * 100)} %`;

function textLines(costs: Costs): string[] {
  const { report, since, ceilings } = costs;
  if (report.total.calls === 0)
    return [since === undefined ? "Nothing has been asked of a model yet." : `Nothing since ${since}.`];
  const table = [[HEADINGS[report.by], ...COLUMNS], ...rows(costs)];
  return [
    ...(since === undefined ? [] : [`Since ${since}`]),
    ...aligned(table),
    "",
    ...remarks(costs),
    ...(ceilings.length === 0
      ? []
      : [
          "",
          ...aligned([
            ["Ceiling", "Spent", "Of", ""],
            ...ceilings.map((each) => [each.scope, usd(each.spentUsd), usd(each.ceilingUsd), share(each)]),
          ]),
        ]),
  ];
}

function markdownLines(costs: Costs): string[] {
  const { report, since, ceilings } = costs;
  const row = (texts: readonly string[]): string =>
    `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  const table = (head: readonly string[], body: readonly (readonly string[])[]): string[] => [
    row(head),
    `|${head.map((_, column) => (column === 0 ? "---" : "---:")).join("|")}|`,
    ...body.map(row),
  ];
  return [
    `# Cost${since === undefined ? "" : ` since ${since}`}`,
    "",
    ...table([HEADINGS[report.by], ...COLUMNS], rows(costs)),
    "",
    ...remarks(costs).map((text) => `- ${text}`),
    ...(ceilings.length === 0
      ? []
      : [
          "",
          ...table(
            ["Ceiling", "Spent", "Of", "Share"],
            ceilings.map((each) => [each.scope, usd(each.spentUsd), usd(each.ceilingUsd), share(each)]),
          ),
        ]),
  ];
}

/** The first column to the left, the others to the right. */
function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
