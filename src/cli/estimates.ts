/** What a build of a workspace would take and may spend: estimates from its history, its slots, its ceilings. */
import { runHistory } from "../campaign/run-history.ts";
import { Estimates, runsInTraces } from "../exec/estimate.ts";
import type { Graph } from "../graph/graph.ts";
import { budgetsOf } from "./budgets.ts";
import { costLedgerOf } from "./costs.ts";
import type { Workspace } from "./open.ts";
import type { Outlay } from "./view/plan.ts";

/** Estimates by the workspace's traces and, where agents cost money, by its cost ledger. */
export function estimatesOf(workspace: Workspace, graph: Graph): Estimates {
  const { engine, paying } = workspace;
  const free = paying === undefined;
  // The ledger knows every run, a trace only the last.
  const known = free ? { samples: [], targets: new Set<string>() } : runHistory(costLedgerOf(workspace).lines());
  const traces = runsInTraces(graph, (id) => (known.targets.has(id) ? undefined : engine.world.trace(id)), free);
  return new Estimates([...known.samples, ...traces], free);
}

/**
 * What a plan is reckoned with.
 * @param jobs the limit over all pools that was typed. @param budget the ceiling for this run that was typed, in US dollars.
 */
export function outlayOf(
  workspace: Workspace,
  graph: Graph,
  { jobs, budget }: { readonly jobs: number | undefined; readonly budget: number | undefined },
): Outlay {
  const { config, paying } = workspace;
  const estimates = estimatesOf(workspace, graph);
  const slots = { pools: config.pools, limit: jobs ?? config.limit };
  return { estimates, slots, budgets: paying === undefined ? undefined : budgetsOf(workspace, budget) };
}
