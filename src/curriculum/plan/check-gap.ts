/** Whether P2's gap analysis (plan §2) is complete. */
import { type Defect, defect } from "../../exec/action.ts";
import { missingSections, scorecardDefects, unreadRows } from "./judging.ts";
import { LAYERS, layerName, layerSection } from "./layer.ts";
import { parsePlan } from "./read-plan.ts";

/** P2: 2.1–2.7 have a table with statuses each, and the scorecard of 2.8 has all seven layers with numbers that agree. */
export function scorecardHasSevenLayers(text: string): readonly Defect[] {
  const plan = parsePlan(text);
  const wanted = Object.fromEntries(LAYERS.map((layer) => [layerSection(layer), `${layerName(layer)} coverage`]));
  const defects = [...missingSections(text, { ...wanted, "2.8": "Coverage scorecard" })];
  const without = new Set(defects.map((each) => each.where.slice(0, 3)));
  for (const layer of LAYERS) {
    const number = layerSection(layer);
    if (without.has(number) || plan.coverage.some((row) => row.layer === layer)) continue;
    const mend = "add a table | # | … | Status | Unit | with a row for each entry of the inventory, status ✓, △ or ✗";
    defects.push(defect(`section ${number} has no table with statuses`, number, mend));
  }
  defects.push(...unreadRows(plan, ["coverage", "scorecard"]));
  if (!without.has("2.8")) defects.push(...scorecardDefects(plan.scorecard, "2.8"));
  return defects;
}
