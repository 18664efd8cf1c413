/** A dry run: what would run, in which order and why, and what it would take. */
import { type Snapshot, secondsOf, unreadable } from "../../exec/build.ts";
import type { Engine } from "../../exec/engine.ts";
import type { Address } from "../../graph/address.ts";
import { stateName, stateReasons } from "../../graph/describe.ts";
import { waves } from "../../graph/order.ts";
import { unreachable } from "../../result.ts";
import type { Terminal } from "../terminal.ts";
import { duration, plural, usd } from "./plain.ts";

export interface Plan {
  /** What would run, dependencies first. */
  readonly run: readonly Address[];
  /** What an unsettled artifact decides: rules by the target that writes it. */
  readonly decided: ReadonlyMap<Address, readonly string[]>;
  /** What needs a person, or waits for something that does. */
  readonly wait: readonly Address[];
  readonly reused: readonly Address[];
  readonly bill: readonly string[];
}

export function planOf(snapshot: Snapshot, engine: Pick<Engine, "world" | "provider">): Plan {
  const groups = { run: [] as Address[], decided: [] as Address[], wait: [] as Address[], reuse: [] as Address[] };
  for (const id of snapshot.ids) groups[groupOf(snapshot, id)].push(id);
  return {
    run: groups.run,
    decided: byDecider(snapshot, groups.decided),
    wait: groups.wait,
    reused: groups.reuse,
    bill: bill(snapshot, engine, groups),
  };
}

function groupOf(snapshot: Snapshot, id: Address): "run" | "decided" | "wait" | "reuse" {
  const { placeholder, target } = snapshot.tasks.get(id)!;
  const status = snapshot.evaluation.status(id);
  if (placeholder !== undefined) return placeholder.fault === undefined ? "decided" : "wait";
  switch (status.kind) {
    case "stale":
    case "pending":
      return target.byPerson ? "wait" : "run";
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

/** How many targets a group lists one by one; further ones are counted. */
const LISTED = 100;

export function planLines(plan: Plan, snapshot: Snapshot, colours: Terminal["colours"]): string[] {
  const lines: string[] = [];
  const list = (ids: readonly Address[], show: (id: Address) => string): void => {
    for (const id of ids.slice(0, LISTED)) lines.push(show(id));
    if (ids.length > LISTED) lines.push(`  and ${ids.length - LISTED} more`);
  };
  for (const [index, wave] of waves(snapshot.graph, plan.run).entries()) {
    lines.push(colours.bold(`Wave ${index + 1}: ${plural(wave.length, "target")}`));
    list(wave, (id) => `  ${id} ${colours.dim(`(${reasonsOf(snapshot, id)})`)}`);
  }
  for (const [decider, rules] of [...plan.decided].slice(0, LISTED))
    lines.push(`Decided by ${decider}: ${rules.join(", ")}`);
  if (plan.decided.size > LISTED) lines.push(`  and ${plan.decided.size - LISTED} more`);
  list(
    plan.wait.filter((id) => snapshot.tasks.get(id)!.placeholder === undefined),
    (id) =>
      `${colours.yellow(stateName(snapshot.evaluation.status(id)))} ${id} ${colours.dim(`(${reasonsOf(snapshot, id)})`)}`,
  );
  for (const id of snapshot.ids) {
    const status = snapshot.evaluation.status(id);
    if (status.kind === "fresh" && status.edited.length > 0)
      lines.push(`${colours.cyan("edited")} ${id} ${colours.dim(`(${reasonsOf(snapshot, id)}; kept)`)}`);
  }
  for (const { what, where, mend } of unreadable(snapshot))
    lines.push(`${colours.red("cannot be decided")} ${where}: ${what}; ${mend}`);
  return [...lines, ...plan.bill];
}

/** The same for scripts; docs/reference/cli.md describes it. */
export const planJson = (plan: Plan, snapshot: Snapshot): unknown => ({
  version: 1,
  run: waves(snapshot.graph, plan.run).flatMap((wave, index) =>
    wave.map((id) => ({ id, wave: index + 1, reasons: stateReasons(snapshot.evaluation.status(id)) })),
  ),
  decided: [...plan.decided].map(([by, rules]) => ({ by, rules })),
  waiting: plan.wait.map((id) => ({
    id,
    state: stateName(snapshot.evaluation.status(id)),
    reasons: stateReasons(snapshot.evaluation.status(id)),
  })),
  reused: plan.reused,
  unreadable: unreadable(snapshot),
});

function reasonsOf(snapshot: Snapshot, id: Address): string {
  const reasons = stateReasons(snapshot.evaluation.status(id));
  return reasons.length <= 2 ? reasons.join("; ") : `${reasons.slice(0, 2).join("; ")}; ${reasons.length - 2} more`;
}

/** Rules, not the targets that the artifact decides today. */
function byDecider(snapshot: Snapshot, ids: readonly Address[]): Map<Address, string[]> {
  const result = new Map<Address, Set<string>>();
  for (const id of ids) {
    const status = snapshot.evaluation.status(id);
    if (status.kind !== "unknown") continue;
    const rules = result.get(status.decidedBy) ?? new Set();
    result.set(status.decidedBy, rules.add(snapshot.graph.targets.get(id)!.rule));
  }
  return new Map([...result].map(([decider, rules]) => [decider, [...rules]]));
}

/** The end of a dry run: how many, how much, how long, and on what the figures rest. */
function bill(
  snapshot: Snapshot,
  engine: Pick<Engine, "world" | "provider">,
  groups: Record<"run" | "decided" | "wait" | "reuse", readonly Address[]>,
): string[] {
  const { run } = groups;
  const counts = `To run: ${run.length}. Reused: ${groups.reuse.length}. Waiting or blocked: ${groups.wait.length}. Not yet decided: ${groups.decided.length}.`;
  const agents = run.some((id) => snapshot.tasks.get(id)!.action.kind === "agent");
  if (agents && engine.provider.name === "replay")
    return [counts, "Estimate: $0.00: agents are replayed from recordings. Nothing was written."];
  const known = run.filter((id) => engine.world.trace(id) !== undefined).length;
  const cost = run.reduce(
    (sum, id) => sum + (engine.world.trace(id)?.run.usd ?? snapshot.graph.targets.get(id)!.estimate.usd),
    0,
  );
  const seconds = run.reduce((sum, id) => sum + secondsOf(snapshot, engine, id), 0);
  const basis = run.length === 0 ? "" : ` (${known} from their last run, ${run.length - known} as declared)`;
  return [counts, `Estimate: ${usd(cost)}, ${duration(seconds)} of work${basis}. Nothing was written.`];
}
