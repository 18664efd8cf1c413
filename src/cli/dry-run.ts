/** `codex build -n`: says what a build would do, and writes nothing at all. */
import { type Snapshot, snapshotOf, withIntermediates } from "../exec/build.ts";
import { type Engine, layOut } from "../exec/engine.ts";
import { DEFAULT_POLICY } from "../graph/evaluate.ts";
import { type BuildFlags, budgetOf, jobsOf } from "./build-flags.ts";
import { EXIT } from "./exit.ts";
import { openWorkspace } from "./open.ts";
import type { Terminal } from "./terminal.ts";
import { type Outlay, planJson, planLines, planOf } from "./view/plan.ts";

export async function dryRun(terminal: Terminal, goals: readonly string[], flags: BuildFlags): Promise<number> {
  const workspace = await openWorkspace();
  const figures = { jobs: jobsOf(flags), budget: budgetOf(flags) };
  const { outlayOf } = await import("./estimates.ts");
  const reckon = ({ graph }: Snapshot): Outlay => outlayOf(workspace, graph, figures);
  const snapshot = printPlan(terminal, workspace.engine, goals, flags, reckon);
  const work = snapshot.ids.some((id) => ["stale", "pending", "unknown"].includes(snapshot.evaluation.status(id).kind));
  return flags.check && work ? EXIT.stale : EXIT.done;
}

/**
 * Prints what a build would do now. Writes nothing.
 * @param reckon what the plan is reckoned with; where it is left out, history and declared estimates alone.
 */
export function printPlan(
  terminal: Terminal,
  engine: Engine,
  goals: readonly string[],
  flags: BuildFlags,
  reckon?: (snapshot: Snapshot) => Outlay,
): Snapshot {
  const layout = layOut(engine.expand);
  const policy = { ...DEFAULT_POLICY, refresh: flags.refresh === true, overwriteEdits: flags.overwriteEdits === true };
  const force = new Set(flags.force ? snapshotOf(layout, engine, goals, policy).goals : []);
  const wanted = new Map();
  const snapshot = withIntermediates(layout, engine, goals, { ...policy, force, wanted }, wanted);
  const plan = planOf(snapshot, engine, reckon?.(snapshot));
  if (flags.json) terminal.out(JSON.stringify(planJson(plan, snapshot), null, 2));
  else for (const line of flags.quiet ? plan.bill : planLines(plan, snapshot, terminal.colours)) terminal.out(line);
  return snapshot;
}
