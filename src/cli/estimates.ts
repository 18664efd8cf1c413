/** Estimates for a workspace: from its traces and, where agents cost money, from its cost ledger. */
import { runHistory } from "../campaign/run-history.ts";
import { Estimates, runsInTraces } from "../exec/estimate.ts";
import type { Graph } from "../graph/graph.ts";
import { costLedgerOf } from "./costs.ts";
import type { Workspace } from "./open.ts";

export function estimatesOf(workspace: Workspace, graph: Graph): Estimates {
  const { engine, paying } = workspace;
  const free = paying === undefined;
  // The ledger knows every run, a trace only the last.
  const known = free ? { samples: [], targets: new Set<string>() } : runHistory(costLedgerOf(workspace).lines());
  const traces = runsInTraces(graph, (id) => (known.targets.has(id) ? undefined : engine.world.trace(id)), free);
  return new Estimates([...known.samples, ...traces], free);
}
