/** Whether P3's production plan (plan §3) can be produced from: complete units, balanced jobs, an order that exists. */
import { type Defect, defect } from "../../exec/action.ts";
import { cyclesOf } from "../cycles.ts";
import { atLine, unreadRows } from "./judging.ts";
import type { AgentJob, Plan, PlannedUnit } from "./plan.ts";
import { parsePlan } from "./read-plan.ts";

const FEWEST = 4;
const MOST = 8;

/**
 * P3: at least one unit; every unit complete and in exactly one agent's job; 4–8 pieces of work a job (units, deepenings
 * and exercise packs together), or fewer where the whole plan has fewer than eight; an order of known agents without
 * cycles.
 */
export function planDecomposes(text: string): readonly Defect[] {
  const plan = parsePlan(text);
  const { newUnits: units, agents } = plan;
  if (units.length === 0) {
    return [defect("no unit is planned", "3.1", "give each new unit a level-4 heading and a | Field | Value | table")];
  }
  return [
    ...units.flatMap(incomplete),
    ...repeated(units),
    ...(agents.length === 0
      ? [defect("no agent has a job", "3.6", "add the table | Agent | Batch | Units | After |")]
      : []),
    ...unassigned(units, agents),
    ...agents.flatMap((job) => unknownWork(job, plan)),
    ...sizes(agents),
    ...order(agents),
    ...unreadRows(plan, ["new-units", "deepenings", "exercise-packs", "edges", "agents"]),
  ];
}

const nameOf = (unit: PlannedUnit): string => unit.id ?? unit.title ?? "a unit without an id";
const unitAt = (unit: PlannedUnit): string => atLine(`3.1 ${nameOf(unit)}`, unit.line);

const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** What is missing or malformed in one unit's entry. */
function incomplete(unit: PlannedUnit): readonly Defect[] {
  const lacking = [
    ["Unit ID", unit.id],
    ["Title", unit.title],
    ["Slug", unit.slug],
    ["Path", unit.path],
    ["Concept catalog ID", unit.conceptId],
    ["Prerequisites", unit.prerequisites],
    ["Peers", unit.peers],
    ["Agent", unit.agent],
    ["Closes gaps", unit.closes.length > 0 ? unit.closes : undefined],
  ].flatMap(([field, value]) => (value === undefined ? [String(field)] : []));
  const defects = lacking.map((field) =>
    defect(`${nameOf(unit)} has no ${field}`, unitAt(unit), `add the row "${field}" to its table`),
  );
  if (unit.slug !== undefined && !SLUG.test(unit.slug)) {
    defects.push(
      defect(`the slug ${JSON.stringify(unit.slug)} is none`, unitAt(unit), "use a-z, 0-9 and single hyphens"),
    );
  } else if (unit.path !== undefined && unit.id !== undefined && unit.slug !== undefined && !isPathOf(unit)) {
    const mend = `it is content/<section>/<chapter>/${unit.id}-${unit.slug}.md`;
    defects.push(defect(`${JSON.stringify(unit.path)} is not this unit's path`, unitAt(unit), mend));
  }
  if (unit.peers !== undefined && (unit.peers.length !== 2 || unit.peers.includes(unit.id ?? ""))) {
    defects.push(defect(`${nameOf(unit)} needs two peers`, unitAt(unit), "name two existing units as models of style"));
  }
  return defects;
}

const isPathOf = ({ path = "", id, slug }: PlannedUnit): boolean =>
  path.startsWith("content/") &&
  path.endsWith(`/${id}-${slug}.md`) &&
  path.split("/").every((step) => step !== "" && step !== "." && step !== "..");

/** Ids, paths and concepts that two units claim. */
function repeated(units: readonly PlannedUnit[]): readonly Defect[] {
  const fields = [
    ["unit id", (unit: PlannedUnit) => unit.id],
    ["path", (unit: PlannedUnit) => unit.path],
    ["concept", (unit: PlannedUnit) => unit.conceptId],
  ] as const;
  return fields.flatMap(([field, read]) => {
    const first = new Map<string, PlannedUnit>();
    return units.flatMap((unit) => {
      const value = read(unit);
      if (value === undefined) return [];
      const other = first.get(value);
      if (!other) {
        first.set(value, unit);
        return [];
      }
      return [
        defect(`the ${field} ${value} is planned on line ${other.line} already`, unitAt(unit), "give each its own"),
      ];
    });
  });
}

/** Units that no job, or more than one, has; and units whose own entry names another agent. */
function unassigned(units: readonly PlannedUnit[], agents: readonly AgentJob[]): readonly Defect[] {
  return units.flatMap((unit) => {
    const owners = agents.filter((job) => unit.id !== undefined && job.units.includes(unit.id));
    if (agents.length === 0 || unit.id === undefined) return [];
    if (owners.length !== 1) {
      const names = owners.map((job) => job.name).join(", ");
      const what = owners.length === 0 ? `${unit.id} is in no agent's job` : `${unit.id} is in the jobs of ${names}`;
      return [defect(what, "3.6", "put every new unit into exactly one job")];
    }
    const [owner] = owners;
    if (unit.agent === undefined || unit.agent.replace(/^agent\s+/i, "") === owner!.name) return [];
    return [
      defect(`${unit.id} says agent ${unit.agent}, 3.6 gives it to ${owner!.name}`, unitAt(unit), "make them agree"),
    ];
  });
}

function unknownWork(job: AgentJob, plan: Plan): readonly Defect[] {
  const known = new Set<string | undefined>([
    ...plan.newUnits.map((unit) => unit.id),
    ...plan.deepenings.map((deepening) => deepening.unitId),
    ...plan.exercisePacks.map((pack) => pack.id),
  ]);
  return [...job.units, ...job.deepens, ...job.packs]
    .filter((id) => !known.has(id))
    .map((id) =>
      defect(`agent ${job.name} is to make ${id}, which 3.1–3.3 do not plan`, jobAt(job), "plan it or drop it"),
    );
}

const jobAt = (job: AgentJob): string => atLine(`3.6 ${job.name}`, job.line);

function sizes(agents: readonly AgentJob[]): readonly Defect[] {
  const size = (job: AgentJob): number => job.units.length + job.deepens.length + job.packs.length;
  const total = agents.reduce((sum, job) => sum + size(job), 0);
  const fewest = total < MOST ? 1 : FEWEST;
  return agents
    .filter((job) => size(job) < fewest || size(job) > MOST)
    .map((job) =>
      defect(
        `agent ${job.name} has ${size(job)} units`,
        jobAt(job),
        `give each agent ${fewest} to ${MOST}; there are ${total}`,
      ),
    );
}

function order(agents: readonly AgentJob[]): readonly Defect[] {
  const byName = new Map(agents.map((job) => [job.name, job]));
  const defects: Defect[] = [];
  for (const job of agents) {
    for (const name of job.after) {
      const before = byName.get(name);
      if (!before) {
        const mend = `the agents are ${[...byName.keys()].join(", ")}`;
        defects.push(defect(`agent ${job.name} comes after ${name}, which is no agent`, jobAt(job), mend));
      } else if (
        job.batch !== undefined &&
        before.batch !== undefined &&
        job.batch <= before.batch &&
        name !== job.name
      ) {
        const what = `agent ${job.name} is in batch ${job.batch} and waits for ${name} of batch ${before.batch}`;
        defects.push(defect(what, jobAt(job), "give it a later batch"));
      }
    }
  }
  for (const { path } of cyclesOf(new Map(agents.map((job) => [job.name, job.after])))) {
    const what = `agents wait for each other: ${path.join(" after ")}`;
    defects.push(defect(what, jobAt(byName.get(path[0]!)!), "let one of them start without the others"));
  }
  return defects;
}
