/** A dry run as a person reads it: what would run, in which order and why, and what it would take. */
import { type Snapshot, secondsOf, unreadable } from "../../exec/build.ts";
import type { Engine } from "../../exec/engine.ts";
import type { Address } from "../../graph/address.ts";
import { stateName, stateReasons } from "../../graph/describe.ts";
import { waves } from "../../graph/order.ts";
import { unreachable } from "../../result.ts";
import type { Terminal } from "../terminal.ts";
import { duration, plural, usd } from "./plain.ts";

/** How many targets a group lists one by one; further ones are counted. */
const LISTED = 100;

export function planLines(snapshot: Snapshot, engine: Pick<Engine, "world">, colours: Terminal["colours"]): string[] {
  const groups = { run: [] as Address[], decided: [] as Address[], wait: [] as Address[], reuse: [] as Address[] };
  for (const id of snapshot.ids) groups[groupOf(snapshot, id)].push(id);
  const lines: string[] = [];
  for (const [index, wave] of waves(snapshot.graph, groups.run).entries()) {
    lines.push(colours.bold(`Wave ${index + 1}: ${plural(wave.length, "target")}`));
    for (const id of wave.slice(0, LISTED)) lines.push(`  ${id} ${colours.dim(`(${reasonsOf(snapshot, id)})`)}`);
    if (wave.length > LISTED) lines.push(`  and ${wave.length - LISTED} more`);
  }
  for (const [decider, ids] of byDecider(snapshot, groups.decided)) lines.push(`Decided by ${decider}: ${ids.join(", ")}`);
  for (const id of groups.wait) lines.push(`${colours.yellow(stateName(snapshot.evaluation.status(id)))} ${id} ${colours.dim(`(${reasonsOf(snapshot, id)})`)}`);
  for (const { what, where, mend } of unreadable(snapshot)) lines.push(`${colours.red("cannot be decided")} ${where}: ${what}; ${mend}`);
  lines.push(...bill(snapshot, engine, groups));
  return lines;
}

function groupOf(snapshot: Snapshot, id: Address): "run" | "decided" | "wait" | "reuse" {
  const status = snapshot.evaluation.status(id);
  switch (status.kind) {
    case "stale":
    case "pending":
      return "run";
    case "unknown":
      return "decided";
    case "waiting":
    case "blocked":
    case "blockedByEdit":
    case "failed":
      return "wait";
    case "fresh":
      return "reuse";
    default:
      return unreachable(status);
  }
}

function reasonsOf(snapshot: Snapshot, id: Address): string {
  const reasons = stateReasons(snapshot.evaluation.status(id));
  return reasons.length <= 2 ? reasons.join("; ") : `${reasons.slice(0, 2).join("; ")}; ${reasons.length - 2} more`;
}

/** What an unsettled artifact will decide: rules, not the targets that it decides today. */
function byDecider(snapshot: Snapshot, ids: readonly Address[]): Map<string, string[]> {
  const result = new Map<string, Set<string>>();
  for (const id of ids) {
    const status = snapshot.evaluation.status(id);
    if (status.kind !== "unknown") continue;
    const rules = result.get(status.decidedBy) ?? new Set();
    rules.add(snapshot.graph.targets.get(id)!.rule);
    result.set(status.decidedBy, rules);
  }
  return new Map([...result].map(([decider, rules]) => [decider, [...rules]]));
}

/** The end of a dry run: how many, how much, how long, and on what the figures rest. */
function bill(snapshot: Snapshot, engine: Pick<Engine, "world">, groups: Record<string, readonly Address[]>): string[] {
  const run = groups.run!;
  const known = run.filter((id) => engine.world.trace(id) !== undefined).length;
  const cost = run.reduce((sum, id) => sum + (engine.world.trace(id)?.run.usd ?? snapshot.graph.targets.get(id)!.estimate.usd), 0);
  const seconds = run.reduce((sum, id) => sum + secondsOf(snapshot, engine, id), 0);
  const basis = run.length === 0 ? "" : ` (${known} from their last run, ${run.length - known} as declared)`;
  return [
    `To run: ${run.length}. Reused: ${groups.reuse!.length}. Waiting or blocked: ${groups.wait!.length}. Not yet decided: ${groups.decided!.length}.`,
    `Estimate: ${usd(cost)}, ${duration(seconds)} of work${basis}. Nothing was written.`,
  ];
}
