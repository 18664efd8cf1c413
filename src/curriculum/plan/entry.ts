/**
 * A unit's own entry in a plan: the one part of the plan that its production depends on. An edit to another unit's
 * entry leaves it as it was, so it buys nothing again.
 */
import type { Range } from "./blocks.ts";
import type { Plan } from "./plan.ts";
import { parsePlan } from "./read-plan.ts";

/** The first entry of every unit that the plan speaks of, new units first. */
export function entries(plan: Plan): ReadonlyMap<string, Range> {
  const found = new Map<string, Range>();
  const add = (id: string | undefined, { line, start, end }: Range): void => {
    if (id !== undefined && !found.has(id)) found.set(id, { line, start, end });
  };
  for (const unit of plan.newUnits) add(unit.id, unit);
  for (const pack of plan.exercisePacks) add(pack.id, pack);
  for (const deepening of plan.deepenings) add(deepening.unitId, deepening);
  for (const item of plan.punchList) add(item.id, item);
  return found;
}

/** Where a unit's own entry is in a plan's text: a heading's section, a table row or a list item. UTF-16 offsets. */
export const entryOf = (planText: string, unitId: string): Range | undefined =>
  entries(parsePlan(planText)).get(unitId);
