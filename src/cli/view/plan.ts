/** A dry run: what would run, be restored, wait; in which order and why; what it would take, and on what that rests. */

import type { Ceiling } from "../../agents/budget.ts";
import { type Snapshot, undecidable } from "../../exec/build.ts";
import type { Engine } from "../../exec/engine.ts";
import { describeBasis, type Estimate, Estimates, runsInTraces } from "../../exec/estimate.ts";
import { type Forecast, forecast, type Slots } from "../../exec/forecast.ts";
import { restore } from "../../exec/restore.ts";
import type { Address } from "../../graph/address.ts";
import { stateName, stateReasons } from "../../graph/describe.ts";
import { waves } from "../../graph/order.ts";
import { type Micros, sumUsd, usdOf } from "../../money.ts";
import { unreachable } from "../../result.ts";
import type { Terminal } from "../terminal.ts";
import { duration, plural, usd } from "./plain.ts";

/** What a plan is reckoned with. */
export interface Outlay {
  readonly estimates: Estimates;
  readonly slots: Slots;
  /** Undefined where agents cost nothing. */
  readonly budgets:
    | {
        readonly ceilings: ReadonlyMap<string, Ceiling>;
        readonly spent: ReadonlyMap<string, Micros>;
        readonly scopesOf: (address: string) => readonly string[];
      }
    | undefined;
}

/** A ceiling, and what the plan would do to it. */
interface Budgeted {
  readonly scope: string;
  /** US dollars: of the plan, spent before, and allowed. */
  readonly usd: number;
  readonly spent: number;
  readonly ceiling: number;
}

export interface Plan {
  /** What would run, dependencies first; `restored` is found in the store instead. */
  readonly run: readonly Address[];
  readonly restored: ReadonlySet<Address>;
  readonly estimates: ReadonlyMap<Address, Estimate>;
  readonly totals: Forecast & { readonly usd: number };
  readonly budgets: readonly Budgeted[];
  /** What an unsettled artifact decides: rules by the target that writes it. */
  readonly decided: ReadonlyMap<Address, readonly string[]>;
  /** What needs a person, or waits for something that does. */
  readonly wait: readonly Address[];
  readonly reused: readonly Address[];
  readonly bill: readonly string[];
}

type Planning = Pick<Engine, "world" | "provider" | "actions" | "store" | "files" | "traces">;

/** @param outlay left out where it is known that nothing would run: then it makes no difference. */
export function planOf(snapshot: Snapshot, engine: Planning, outlay?: Outlay): Plan {
  const groups: Groups = { run: [], decided: [], wait: [], reuse: [] };
  for (const id of snapshot.ids) groups[groupOf(snapshot, id)].push(id);
  const { estimates, slots, budgets } = outlay ?? {
    estimates: new Estimates(
      runsInTraces(snapshot.graph, (id) => engine.world.trace(id), true),
      true,
    ),
    slots: { pools: {}, limit: Number.POSITIVE_INFINITY },
    budgets: undefined,
  };
  const restored = new Set(groups.run.filter((id) => isRestorable(snapshot, engine, id)));
  const each = new Map(
    groups.run.map((id) => [id, restored.has(id) ? RESTORED : estimates.of(snapshot.tasks.get(id)!)] as const),
  );
  const costs = (of: (scopes: string) => boolean): number =>
    sumUsd([...each].flatMap(([id, cost]) => (of(id) ? [cost.usd] : [])));
  const totals = {
    ...forecast(snapshot.graph, snapshot.tasks, groups.run, (id) => each.get(id)!.seconds, slots),
    usd: costs(() => true),
  };
  const plan = {
    run: groups.run,
    restored,
    estimates: each,
    totals,
    budgets: [...(budgets?.ceilings ?? [])].flatMap(([scope, { amount }]): Budgeted[] => {
      const own = costs((id) => budgets!.scopesOf(id).includes(scope));
      const spent = usdOf(budgets!.spent.get(scope) ?? (0 as Micros));
      return own === 0 ? [] : [{ scope, usd: own, spent, ceiling: usdOf(amount) }];
    }),
    decided: byDecider(snapshot, groups.decided),
    wait: groups.wait,
    reused: groups.reuse,
  };
  return { ...plan, bill: bill(snapshot, engine, groups, plan, budgets !== undefined) };
}

interface Groups extends Record<"run" | "decided" | "wait" | "reuse", Address[]> {}

/** What the store has costs nothing, and next to no time. */
const RESTORED: Estimate = { seconds: 0, usd: 0, basis: { kind: "declared" } };

/** Whether a target would be restored: its key has been seen before, and what was made then is still here. */
function isRestorable({ graph, evaluation }: Snapshot, engine: Planning, id: Address): boolean {
  const status = evaluation.status(id);
  if (status.kind !== "stale") return false;
  if (status.reasons.some(({ kind }) => kind === "forced" || kind === "drifted")) return false;
  const { key } = evaluation.key(id);
  if (engine.actions.get(key).length === 0) return false;
  return restore(engine, graph.targets.get(id)!, key, evaluation.hiddenFromRun(id)) !== undefined;
}

function groupOf(snapshot: Snapshot, id: Address): "run" | "decided" | "wait" | "reuse" {
  const { placeholder, target } = snapshot.tasks.get(id)!;
  const status = snapshot.evaluation.status(id);
  if (placeholder !== undefined) return placeholder.fault === undefined ? "decided" : "wait";
  switch (status.kind) {
    case "stale":
      // A person's turn that is stale has been answered before.
      return "run";
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
    list(wave, (id) => `  ${id} ${colours.dim(`(${reasonsOf(snapshot, id)})`)}${costOf(plan, id)}`);
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
  for (const { what, where, mend } of undecidable(snapshot))
    lines.push(`${colours.red("cannot be decided")} ${where}: ${what}; ${mend}`);
  return [...lines, ...plan.bill];
}

/** What one target of the plan would take; nothing where nothing is paid for. */
function costOf({ estimates, restored, totals }: Plan, id: Address): string {
  if (restored.has(id)) return " restored from the store";
  const { usd: cost, seconds, basis } = estimates.get(id)!;
  return totals.usd === 0 ? "" : ` ${usd(cost)}, ${duration(seconds)} (${describeBasis(basis)})`;
}

/** The same for scripts; docs/reference/cli.md describes it. */
export const planJson = (plan: Plan, snapshot: Snapshot): unknown => ({
  version: 1,
  run: waves(snapshot.graph, plan.run).flatMap((wave, index) =>
    wave.map((id) => {
      const { usd: cost, seconds, basis } = plan.estimates.get(id)!;
      return {
        id,
        wave: index + 1,
        how: plan.restored.has(id) ? "restored" : "run",
        reasons: stateReasons(snapshot.evaluation.status(id)),
        usd: cost,
        seconds,
        basis: plan.restored.has(id) ? "restored" : basis.kind,
        runs: basis.kind === "history" ? basis.runs : 0,
      };
    }),
  ),
  decided: [...plan.decided].map(([by, rules]) => ({ by, rules })),
  waiting: plan.wait.map((id) => ({
    id,
    state: stateName(snapshot.evaluation.status(id)),
    reasons: stateReasons(snapshot.evaluation.status(id)),
  })),
  reused: plan.reused,
  unreadable: undecidable(snapshot),
  totals: plan.totals,
  ...(plan.budgets.length === 0 ? {} : { budgets: plan.budgets }),
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
  engine: Pick<Engine, "provider">,
  groups: Groups,
  { totals, restored, estimates, budgets, decided }: Omit<Plan, "bill">,
  paying: boolean,
): string[] {
  const { run } = groups;
  const found = restored.size > 0 ? ` (${restored.size} restored)` : "";
  const counts = `To run: ${run.length}${found}. Reused: ${groups.reuse.length}. Waiting or blocked: ${groups.wait.length}. Not yet decided: ${groups.decided.length}.`;
  const agents = run.some((id) => snapshot.tasks.get(id)!.action.kind === "agent");
  if (agents && engine.provider.free)
    return [counts, "Estimate: $0.00: agents are replayed from recordings. Nothing was written."];
  if (run.length === 0) return [counts, "Estimate: $0.00, 0.0 s of work. Nothing was written."];
  const known = [...estimates].filter(([, { basis }]) => basis.kind === "history").length;
  const declared = run.length - known - restored.size;
  const basis = [
    ...(known > 0 ? [`${plural(known, "target")} by the median of earlier runs`] : []),
    ...(declared > 0 ? [`${plural(declared, "target")} as declared`] : []),
  ].join(", ");
  const time =
    totals.workSeconds === 0 && known === 0 && declared > 0
      ? "how long is not known, because nothing like it has run"
      : `${duration(totals.seconds)} with these slots, ${duration(totals.criticalSeconds)} at the least, ${duration(totals.workSeconds)} of work${basis === "" ? "" : ` (${basis})`}`;
  const undecided = [...new Set([...decided.values()].flat())];
  return [
    counts,
    ...(paying ? budgetLines(budgets, totals.usd) : []),
    ...(totals.usd > 0 && undecided.length > 0
      ? [`Not in the estimate, because not decided yet: ${undecided.join(", ")}.`]
      : []),
    `Estimate: ${usd(totals.usd)}; ${time}. Nothing was written.`,
  ];
}

/** Ceilings that are shown when all of them hold: the broadest. */
const SHOWN = 4;

function budgetLines(budgets: readonly Budgeted[], total: number): string[] {
  if (budgets.length === 0) return total > 0 ? ["Budget: none is set."] : [];
  const passed = budgets.filter((each) => each.spent + each.usd > each.ceiling);
  const shown = passed.length > 0 ? passed : budgets.slice(0, SHOWN);
  const rest = passed.length > 0 ? 0 : budgets.length - shown.length;
  return [
    ...shown.map((each) => {
      const verdict =
        each.spent + each.usd > each.ceiling ? "that is more than there is: the build would stop there" : "it will do";
      return `Budget of ${each.scope}: ${usd(each.usd)} estimated and ${usd(each.spent)} spent, of ${usd(each.ceiling)}; ${verdict}.`;
    }),
    ...(rest > 0 ? [`${plural(rest, "further budget")} would do.`] : []),
  ];
}
