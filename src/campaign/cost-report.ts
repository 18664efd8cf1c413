/** What was spent, on what, and how much of it came to nothing: sums over the lines of the cost ledger. */
import { memberOf } from "../graph/address.ts";
import { sumUsd } from "../money.ts";
import type { CostLine } from "./cost-ledger.ts";

export const GROUPINGS = ["book", "pass", "model", "day", "target"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Sums over some calls. */
export interface CostSum {
  readonly calls: number;
  /** Calls that gave nothing that could be used: errors, refusals, truncated answers; lost ones are not among them. */
  readonly failed: number;
  /** Calls under way when a run died, charged with an estimate. */
  readonly lost: number;
  /** Calls that asked again what the call before them had not answered. */
  readonly retries: number;
  readonly usd: number;
  /** Of that, for failed and lost calls. */
  readonly wastedUsd: number;
  /** Tokens of prompts, cached ones included. */
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** The part of the prompts that came from the prompt cache, 0 to 1. */
  readonly cachedShare: number;
  readonly webSearches: number;
  /** Of all calls together, as if one had followed the other. */
  readonly seconds: number;
}

export interface CostReport {
  readonly by: Grouping;
  /** The dearest first; days in their order. */
  readonly groups: readonly (CostSum & { readonly key: string })[];
  readonly total: CostSum;
}

/** @param lines in the order of the ledger. */
export function costReport(lines: readonly CostLine[], by: Grouping): CostReport {
  const again = retriesAmong(lines);
  const groups = new Map<string, CostLine[]>();
  for (const line of lines) {
    const key = keyOf(line, by);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [line]);
    else members.push(line);
  }
  const sums = [...groups].map(([key, members]) => ({ key, ...sumOf(members, again) }));
  const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
  return {
    by,
    groups: sums.sort((a, b) => (by === "day" ? 0 : b.usd - a.usd) || byKey(a, b)),
    total: sumOf(lines, again),
  };
}

/** What a call is counted under. Work of no book goes by the collection's name and member, as in addresses. */
function keyOf(line: CostLine, by: Grouping): string {
  switch (by) {
    case "book":
      return line.book ?? memberOf(line.address);
    case "pass":
      return line.pass;
    case "model":
      return line.model;
    case "day":
      return line.timestamp.slice(0, 10);
    case "target":
      return line.address;
  }
}

const wasted = ({ outcome }: CostLine): boolean => outcome !== "answered";

/** The calls that asked what an unanswered call just before had asked: same target, attempt and turn. */
function retriesAmong(lines: readonly CostLine[]): ReadonlySet<CostLine> {
  const unanswered = new Set<string>();
  const retries = new Set<CostLine>();
  for (const line of lines) {
    const question = `${line.address} ${line.attempt} ${line.turn}`;
    if (unanswered.has(question)) retries.add(line);
    if (wasted(line)) unanswered.add(question);
    else unanswered.delete(question);
  }
  return retries;
}

function sumOf(lines: readonly CostLine[], again: ReadonlySet<CostLine>): CostSum {
  const total = (of: (line: CostLine) => number): number => lines.reduce((sum, line) => sum + of(line), 0);
  const cached = total((line) => line.cache_read_tokens);
  const promptTokens =
    cached + total((line) => line.input_tokens + line.cache_write_tokens + line.cache_write_hour_tokens);
  return {
    calls: lines.length,
    failed: lines.filter((line) => wasted(line) && line.outcome !== "lost").length,
    lost: lines.filter((line) => line.outcome === "lost").length,
    retries: lines.filter((line) => again.has(line)).length,
    usd: sumUsd(lines.map((line) => line.cost_usd)),
    wastedUsd: sumUsd(lines.filter(wasted).map((line) => line.cost_usd)),
    promptTokens,
    outputTokens: total((line) => line.output_tokens),
    cachedShare: promptTokens === 0 ? 0 : cached / promptTokens,
    webSearches: total((line) => line.web_searches),
    seconds: Math.round(total((line) => line.duration_s)),
  };
}
