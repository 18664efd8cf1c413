/**
 * What production needs of a plan's §3: the units to make, complete, and the batches in which they are integrated.
 * The plan reader (`plan/`) takes whatever a plan says; here it must be enough to work with.
 */
import { FaultError, usageFault } from "../fault.ts";
import type { AgentJob, PlannedUnit } from "./plan/plan.ts";
import { parsePlan } from "./plan/read-plan.ts";

export interface ProducedUnit {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  readonly conceptId: string;
  readonly prerequisites: readonly string[];
  readonly peers: readonly string[];
  /** Numbers of the batches that must be integrated before its work begins. */
  readonly afterBatches: readonly number[];
}

export interface Batch {
  /** From 1. */
  readonly number: number;
  readonly units: readonly ProducedUnit[];
}

export interface Production {
  readonly units: readonly ProducedUnit[];
  readonly batches: readonly Batch[];
  /** Units that are not made here but that the new ones build on or are modelled on. */
  readonly related: readonly string[];
}

/**
 * Reads §3. Throws a `FaultError` that names the plan and the line where something that production needs is missing.
 * @param text the section's text; @param where the plan's path.
 */
export function readProduction(text: string, where: string): Production {
  const plan = parsePlan(text);
  if (plan.newUnits.length === 0) {
    throw new FaultError(usageFault("§3 lists no unit to produce", where, "give §3.1 a heading and a field table for each unit"));
  }
  const jobs = plan.agents;
  const batchOf = (unit: PlannedUnit): number => {
    const job = jobs.find((each) => each.units.includes(unit.id ?? ""));
    return job === undefined ? 1 : batchNumber(job, jobs, where);
  };
  const units = plan.newUnits.map((unit): ProducedUnit & { batch: number } => {
    const need = (value: string | undefined, field: string): string => {
      if (value !== undefined && value !== "") return value;
      throw new FaultError(usageFault(`the new unit ${unit.id ?? unit.title ?? "without an id"} has no ${field}`, `${where}: §3, line ${unit.line} of it`, `add “${field}” to its table`));
    };
    const batch = batchOf(unit);
    const job = jobs.find((each) => each.units.includes(unit.id ?? ""));
    const after = (job?.after ?? []).flatMap((name) => jobs.filter((each) => each.name === name).map((each) => batchNumber(each, jobs, where)));
    return {
      id: need(unit.id, "Unit ID"),
      title: need(unit.title, "Title"),
      path: need(unit.path, "Path"),
      conceptId: need(unit.conceptId, "Concept catalog ID"),
      prerequisites: unit.prerequisites ?? [],
      peers: unit.peers ?? [],
      afterBatches: [...new Set(after)].filter((number) => number !== batch).sort((a, b) => a - b),
      batch,
    };
  });
  const numbers = [...new Set(units.map((unit) => unit.batch))].sort((a, b) => a - b);
  const made = new Set(units.map((unit) => unit.id));
  const related = new Set(units.flatMap((unit) => [...unit.prerequisites, ...unit.peers]).filter((id) => !made.has(id)));
  return {
    units: units.map(({ batch: _, ...unit }) => unit),
    batches: numbers.map((number) => ({ number, units: units.filter((unit) => unit.batch === number).map(({ batch: _, ...unit }) => unit) })),
    related: [...related].sort(),
  };
}

/** A job's batch: as the plan says, else one after the last of the jobs that it waits for. */
function batchNumber(job: AgentJob, jobs: readonly AgentJob[], where: string, seen: readonly string[] = []): number {
  if (job.batch !== undefined) return job.batch;
  if (seen.includes(job.name)) {
    throw new FaultError(usageFault(`the agents ${[...seen, job.name].join(" → ")} wait for each other`, where, "correct the order in §3.6"));
  }
  const before = jobs.filter((each) => job.after.includes(each.name)).map((each) => batchNumber(each, jobs, where, [...seen, job.name]));
  return Math.max(0, ...before) + 1;
}
