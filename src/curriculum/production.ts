/**
 * What production needs of a plan's §3: the units to make, complete, and the batches in which they are integrated.
 * The plan reader (`plan/`) takes whatever a plan says; here it must be enough to work with.
 */
import { FaultError, usageFault } from "../fault.ts";
import { cyclesOf } from "./cycles.ts";
import { UNIT_PATH } from "./ids.ts";
import type { AgentJob, Plan, PlannedUnit } from "./plan/plan.ts";
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
  /** In the order in which they are integrated: an agent's after those of the agents that it waits for, else the plan's. */
  readonly units: readonly ProducedUnit[];
}

export interface Production {
  readonly units: readonly ProducedUnit[];
  readonly batches: readonly Batch[];
  /** Units that are not made here but that the new ones build on or are modelled on. */
  readonly related: readonly string[];
}

/**
 * Reads §3. Throws a `FaultError` that names the plan and the line where something that production needs is missing,
 * or cannot be done: one plan that contradicts itself must not reach the graph, where it would stop every book.
 * @param text the section's text; @param where the plan's path.
 */
export function readProduction(text: string, where: string): Production {
  const plan = parsePlan(text);
  const fault = (what: string, line: number, mend: string): never => {
    throw new FaultError(usageFault(what, `${where}: §3, line ${line} of it`, mend));
  };
  const rows = plan.unread.filter((message) => message.kind === "row" && within(plan, message.line));
  for (const { line, text: row, why } of rows) fault(`this row was not understood: ${row}`, line, why);
  if (plan.newUnits.length === 0) {
    const [first] = plan.unread;
    const why = first === undefined ? "" : ` (line ${first.line}: ${first.why})`;
    throw new FaultError(
      usageFault(`§3 lists no unit to produce${why}`, where, "give §3.1 a heading and a field table for each unit"),
    );
  }
  const order = orderOf(plan.agents, fault);
  const units = plan.newUnits.map((unit): ProducedUnit & { batch: number } => ({
    ...completed(unit, fault),
    ...(order.get(plan.agents.find((each) => each.units.includes(unit.id ?? ""))?.name ?? "") ?? FIRST),
  }));
  unique(plan.newUnits, (unit) => unit.id, "unit id", fault);
  unique(plan.newUnits, (unit) => unit.path, "path", fault);
  const numbers = [...new Set(units.map((unit) => unit.batch))].sort((a, b) => a - b);
  const made = new Set(units.map((unit) => unit.id));
  const related = new Set(
    units.flatMap((unit) => [...unit.prerequisites, ...unit.peers]).filter((id) => !made.has(id)),
  );
  return {
    units: units.map(({ batch: _, ...unit }) => unit),
    batches: numbers.map((number) => ({
      number,
      units: inTurn(
        units.filter((unit) => unit.batch === number).map(({ batch: _, ...unit }) => unit),
        plan.agents,
      ),
    })),
    related: [...related].sort(),
  };
}

/** The production without some units: those that were deferred. */
export function withoutUnits(production: Production, left: ReadonlySet<string>): Production {
  if (left.size === 0) return production;
  const batches = production.batches
    .map(({ number, units }) => ({ number, units: units.filter(({ id }) => !left.has(id)) }))
    .filter(({ units }) => units.length > 0);
  const numbers = new Set(batches.map(({ number }) => number));
  const kept = (unit: ProducedUnit): ProducedUnit => ({
    ...unit,
    afterBatches: unit.afterBatches.filter((number) => numbers.has(number)),
  });
  return {
    units: production.units.filter(({ id }) => !left.has(id)).map(kept),
    batches: batches.map(({ number, units }) => ({ number, units: units.map(kept) })),
    related: production.related,
  };
}

/** The productions of several books as one: what is made anywhere is not merely related. */
export function joined(productions: readonly Production[]): Production {
  const units = productions.flatMap((production) => production.units);
  const made = new Set(units.map(({ id }) => id));
  const related = new Set(productions.flatMap((production) => production.related).filter((id) => !made.has(id)));
  return { units, batches: productions.flatMap(({ batches }) => batches), related: [...related].sort() };
}

type Refuse = (what: string, line: number, mend: string) => never;

/** When a job's units are made: its batch, and those that must be integrated first. */
interface Turn {
  readonly batch: number;
  readonly afterBatches: readonly number[];
}

const FIRST: Turn = { batch: 1, afterBatches: [] };

/** A batch's units, each after those of the agents that its agent waits for, directly or not; else as they were. */
function inTurn(units: readonly ProducedUnit[], jobs: readonly AgentJob[]): readonly ProducedUnit[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const jobOf = new Map(units.map(({ id }) => [id, jobs.find((job) => job.units.includes(id))]));
  const before = (job: AgentJob, found = new Set<AgentJob>()): ReadonlySet<AgentJob> => {
    for (const name of job.after) {
      const other = byName.get(name)!;
      if (!found.has(other)) before(other, found.add(other));
    }
    return found;
  };
  const waiting = [...units];
  const ordered: ProducedUnit[] = [];
  while (waiting.length > 0) {
    const left = new Set(waiting.map(({ id }) => jobOf.get(id)));
    const next = waiting.findIndex(({ id }) => {
      const job = jobOf.get(id);
      return job === undefined || ![...before(job)].some((other) => left.has(other));
    });
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

/** Whether a line is in one of the sections that production is read from. */
function within(plan: Plan, line: number): boolean {
  const kind = plan.sections.findLast((section) => section.line <= line)?.role.kind;
  return kind === "new-units" || kind === "agents";
}

function completed(unit: PlannedUnit, fault: Refuse): Omit<ProducedUnit, "afterBatches"> {
  const need = (value: string | undefined, field: string): string =>
    value ||
    fault(
      `the new unit ${unit.id ?? unit.title ?? "without an id"} has no ${field}`,
      unit.line,
      `add “${field}” to its table`,
    );
  const id = need(unit.id, "Unit ID");
  const path = need(unit.path, "Path");
  if (!UNIT_PATH.test(path) || !path.slice(path.lastIndexOf("/") + 1).startsWith(`${id}-`)) {
    fault(
      `${JSON.stringify(path)} is not the path of unit ${id}`,
      unit.line,
      `it is content/<section>/<chapter>/${id}-<slug>.md`,
    );
  }
  return {
    id,
    title: need(unit.title, "Title"),
    path,
    conceptId: need(unit.conceptId, "Concept catalog ID"),
    prerequisites: unit.prerequisites ?? [],
    peers: unit.peers ?? [],
  };
}

function unique(
  units: readonly PlannedUnit[],
  read: (unit: PlannedUnit) => string | undefined,
  field: string,
  fault: Refuse,
): void {
  const lines = new Map<string | undefined, number>();
  for (const unit of units) {
    const before = lines.get(read(unit));
    if (before !== undefined)
      fault(`the ${field} ${read(unit)} is planned on line ${before} already`, unit.line, "give each its own");
    lines.set(read(unit), unit.line);
  }
}

/** The turn of every job: its batch as the plan says, else one after the last of the jobs that it waits for. */
function orderOf(jobs: readonly AgentJob[], fault: Refuse): ReadonlyMap<string, Turn> {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  for (const job of jobs) {
    const unknown = job.after.find((name) => !byName.has(name));
    if (unknown !== undefined)
      fault(
        `agent ${job.name} waits for ${unknown}, which is no agent`,
        job.line,
        `the agents are ${[...byName.keys()].join(", ")}`,
      );
  }
  const [cycle] = cyclesOf(new Map(jobs.map((job) => [job.name, job.after])));
  if (cycle !== undefined) {
    fault(
      `agents wait for each other: ${cycle.path.join(" → ")}`,
      byName.get(cycle.path[0]!)!.line,
      "let one of them start without the others",
    );
  }
  const turns = new Map<string, Turn>();
  const turnOf = (job: AgentJob): Turn => {
    const known = turns.get(job.name);
    if (known !== undefined) return known;
    const before = job.after.map((name) => [name, turnOf(byName.get(name)!).batch] as const);
    const batch = job.batch ?? Math.max(0, ...before.map(([, number]) => number)) + 1;
    const late = before.find(([, number]) => number > batch);
    if (late !== undefined)
      fault(
        `agent ${job.name} is in batch ${batch} and waits for ${late[0]} of batch ${late[1]}`,
        job.line,
        "give it a later batch",
      );
    // Real plans let an agent wait for another of its own batch: the two are drafted side by side, and integrated together, one
    // after the other.
    const earlier = before.flatMap(([, number]) => (number < batch ? [number] : []));
    const turn = { batch, afterBatches: [...new Set(earlier)].sort((a, b) => a - b) };
    turns.set(job.name, turn);
    return turn;
  };
  for (const job of jobs) turnOf(job);
  return turns;
}
