/**
 * Whether P5's verification (plan §4) may be believed: every claim of 4.1 is looked up in the units as they are, and
 * every number of the sign-off is computed again. A threshold that the plan lowers is a defect, not a pass.
 */
import { headings, numbered } from "../../artifact/markdown.ts";
import type { WorkspaceView } from "../../artifact/workspace.ts";
import { type Defect, defect } from "../../exec/action.ts";
import { blocks } from "./blocks.ts";
import { atLine, missingSections, percentOf, scorecardDefects, unreadRows } from "./judging.ts";
import { LAYER_THRESHOLDS, type LayerThresholds, layerName } from "./layer.ts";
import type { CoverageClaim, SignOffRow } from "./plan.ts";
import { parsePlan } from "./read-plan.ts";
import { shortfall } from "./verdict.ts";

/** The headings of a unit, of all levels, or undefined where there is no such unit. */
export interface UnitHeadings {
  of(unitId: string): readonly string[] | undefined;
}

/** The headings of the units under `content/` of a workspace; each file is read when it is first asked for. */
export function unitHeadings(view: WorkspaceView): UnitHeadings {
  const read = new Map<string, readonly string[] | undefined>();
  const load = (unitId: string): readonly string[] | undefined => {
    const path = view.list([`content/**/${unitId}-*.md`])[0];
    const bytes = path === undefined ? undefined : view.bytes(path);
    return bytes && headings(new TextDecoder().decode(bytes)).map(({ number, title }) => nameOf(number, title));
  };
  return {
    of: (unitId) => {
      if (!read.has(unitId)) read.set(unitId, load(unitId));
      return read.get(unitId);
    },
  };
}

const nameOf = (number: string | undefined, title: string): string =>
  [number, title.replace(/\s+/g, " ").trim()].filter((word) => word !== undefined).join(" ");

/** A heading as a claim names it, `` `## Key theorem [Master]` ``, as `unitHeadings` has it. */
const claimed = (heading: string): string => {
  const { number, title } = numbered(heading.replace(/^#{1,6}\s+/, "").trim());
  return nameOf(number, title);
};

const SECTIONS = { "4.1": "Book as input", "4.2": "Exercises", "4.3": "Notation", "4.4": "Sign-off" };

const FEWEST_SAMPLED = 3;

/** P5: 4.1–4.4 are there, every claim is true of the units, and all seven layers meet their thresholds. */
export function verificationComplete(
  text: string,
  units: UnitHeadings,
  thresholds: LayerThresholds = LAYER_THRESHOLDS,
): readonly Defect[] {
  const plan = parsePlan(text);
  const defects = [...missingSections(text, SECTIONS)];
  const without = new Set(defects.map((each) => each.where.slice(0, 3)));
  if (!without.has("4.1") && plan.claims.length === 0) {
    const mend = "add the table | # | Result | Unit | Heading | with a row for every result";
    defects.push(defect("4.1 claims nothing", "4.1", mend));
  }
  defects.push(...plan.claims.flatMap((claim) => falseClaim(claim, units)));
  if (!without.has("4.2")) defects.push(...tooFewSampled(text));
  if (!without.has("4.4")) {
    defects.push(...scorecardDefects(plan.signOff, "4.4"), ...plan.signOff.flatMap((row) => unmet(row, thresholds)));
  }
  return [...defects, ...unreadRows(plan, ["claims", "sign-off"])];
}

function falseClaim(claim: CoverageClaim, units: UnitHeadings): readonly Defect[] {
  const where = atLine(`4.1 ${claim.label ?? claim.result}`, claim.line);
  const has = units.of(claim.unit);
  if (!has) return [defect(`there is no unit ${claim.unit}`, where, "name the unit that covers the result")];
  if (has.includes(claimed(claim.heading))) return [];
  const mend = "copy the heading from the unit exactly, with its marker";
  return [defect(`${claim.unit} has no heading ${JSON.stringify(claim.heading)}`, where, mend)];
}

function tooFewSampled(text: string): readonly Defect[] {
  const section = headings(text).find((heading) => heading.level === 3 && heading.number === "4.2");
  const sampled = blocks(text).reduce((sum, block) => {
    if (!section || block.start < section.start || block.start >= section.end) return sum;
    return sum + (block.kind === "table" ? block.table.rows.length : block.kind === "item" ? 1 : 0);
  }, 0);
  if (sampled >= FEWEST_SAMPLED) return [];
  const what = `4.2 samples ${sampled} exercises, at least ${FEWEST_SAMPLED} are needed`;
  return [defect(what, "4.2", "list each sampled exercise as a table row or a list item")];
}

function unmet(row: SignOffRow, thresholds: LayerThresholds): readonly Defect[] {
  const where = atLine("4.4", row.line);
  const wanted = thresholds[row.layer];
  const name = layerName(row.layer);
  const defects: Defect[] = [];
  if (row.threshold !== wanted) {
    const stated = row.threshold === undefined ? "no threshold" : `the threshold ${row.threshold} %`;
    defects.push(defect(`${name} has ${stated}; it is ${wanted} %`, where, `write ${wanted}`));
  }
  if (row.covered === undefined || row.total === undefined) return defects;
  const percent = percentOf(row.covered, row.total);
  if (percent < wanted) {
    const what = `${name}: ${row.covered} of ${row.total} is ${percent.toFixed(1)} %, below ${wanted} %`;
    defects.push(shortfall(what, where));
  }
  if (row.met !== percent >= wanted) {
    const verdict = row.met === undefined ? "says neither met nor not met" : row.met ? "says met" : "says not met";
    defects.push(defect(`the verdict on ${name} ${verdict}`, where, percent >= wanted ? "write met" : "write not met"));
  }
  return defects;
}
