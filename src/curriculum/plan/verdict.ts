/**
 * What P5 came to (plan §4): which layers are short, and what goes back to production for it. A short verification that
 * tells the truth is a result: it decides another round of production.
 */
import { headings } from "../../artifact/markdown.ts";
import { type Defect, defect } from "../../exec/action.ts";
import { blocks } from "./blocks.ts";
import { percentOf } from "./judging.ts";
import { LAYER_THRESHOLDS, type Layer, type LayerThresholds, layerName, layerOf } from "./layer.ts";
import { parsePlan } from "./read-plan.ts";
import { cellAt, column, plain, unitIds } from "./text.ts";

/** A result that no unit covers yet, and the unit that should. */
export interface Gap {
  /** Its number in the audit: `T12`. */
  readonly label: string;
  readonly result: string;
  readonly layer: Layer | undefined;
  readonly unit: string;
}

export interface ShortLayer {
  readonly layer: Layer;
  readonly percent: number;
  readonly threshold: number;
}

const MARK = "> **Audit degraded.**";

/**
 * Plan §1 of a book whose sources do not suffice, marked so that every later pass sees it: topics are covered, exercises
 * and worked examples are not measured (seed §6, tier γ).
 * @param text what the last attempt wrote; undefined where it wrote nothing. @param why its defects.
 */
export function degradedAudit(text: string | undefined, why: readonly Defect[]): string {
  const [first = "", ...rest] = (text ?? "").trim().split("\n");
  const isHeading = /^##\s/.test(first);
  const heading = isHeading ? first : "## §1. Book audit";
  const body = (isHeading ? rest : (text ?? "").trim().split("\n")).join("\n").trim();
  const reasons = why.map(({ what }) => `> - ${what.replace(/\s+/g, " ")}`);
  return [
    heading,
    "",
    `${MARK} Public sources did not suffice. What follows is a list of topics: equivalence is measured by topic, not by reproduction, and the book can end as equivalence-partial at most. What was missing:`,
    ">",
    ...reasons,
    "",
    body === "" ? "No source was found." : body,
    "",
  ].join("\n");
}

export const isDegraded = (audit: string): boolean => audit.includes(MARK);

/** What P5 asks for: of a book whose audit was degraded, topics only. */
export const thresholdsFor = (audit: string): LayerThresholds =>
  isDegraded(audit) ? { ...LAYER_THRESHOLDS, exercises: 0, examples: 0 } : LAYER_THRESHOLDS;

/** The layers below the thresholds that 4.4 states, by its counts. That those are the right ones, its check has seen. */
export function shortLayers(text: string): readonly ShortLayer[] {
  return parsePlan(text).signOff.flatMap(({ layer, covered, total, threshold }) => {
    if (covered === undefined || total === undefined || threshold === undefined) return [];
    const percent = percentOf(covered, total);
    return percent < threshold ? [{ layer, percent, threshold }] : [];
  });
}

/** The rows of `### 4.5 Gap list`: `| # | Result | Layer | Unit |`. */
export function gapsOf(text: string): readonly Gap[] {
  const section = headings(text).find((heading) => heading.level === 3 && heading.number === "4.5");
  if (section === undefined) return [];
  return blocks(text).flatMap((block) => {
    if (block.kind !== "table" || block.start < section.start || block.start >= section.end) return [];
    const { header, rows } = block.table;
    const at = (row: (typeof rows)[number], pattern: RegExp): string =>
      plain(cellAt(row.cells, column(header, pattern)) ?? "");
    return rows.flatMap((row): Gap[] => {
      const [unit] = unitIds(at(row, /^unit/i));
      if (unit === undefined) return [];
      const layer = layerOf(at(row, /^layer/i));
      return [{ label: at(row, /^(?:#|no\.?)$/i), result: at(row, /^(?:result|item|missing)/i), layer, unit }];
    });
  });
}

/** What must be added to a unit before the book is verified again. */
export interface Repair {
  readonly unit: string;
  /** One line for each gap that the unit should close. */
  readonly work: readonly string[];
}

/** The gaps by the unit that should close them, in the order of the list; none where no layer is short. */
export function repairsOf(text: string): readonly Repair[] {
  if (shortLayers(text).length === 0) return [];
  const byUnit = new Map<string, string[]>();
  for (const { unit, label, result, layer } of gapsOf(text)) {
    const of = layer === undefined ? "" : ` (${layerName(layer)})`;
    byUnit.set(unit, [...(byUnit.get(unit) ?? []), `${label} ${result}${of}`.trim()]);
  }
  return [...byUnit].map(([unit, work]) => ({ unit, work }));
}

const SHORTFALL = "it goes back to production with the gap list";

/** Whether a defect says only that too little is covered, and not that the verification is wrong. */
export const isShortfall = (each: Defect): boolean => each.mend === SHORTFALL;

/** The defect of a layer that is short. */
export const shortfall = (what: string, where: string): Defect => defect(what, where, SHORTFALL);

/**
 * Where a layer is short, 4.5 says what is missing, and in which unit of the book it belongs.
 * @param units the ids that production can change.
 */
export function gapListDefects(text: string, units: ReadonlySet<string>): readonly Defect[] {
  if (shortLayers(text).length === 0) return [];
  const gaps = gapsOf(text);
  if (gaps.length === 0) {
    const mend = "add `### 4.5 Gap list` with the table | # | Result | Layer | Unit |, a row for every missing result";
    return [defect("a layer is short, and there is no gap list", "4.5", mend)];
  }
  return gaps
    .filter(({ unit }) => !units.has(unit))
    .map(({ label, unit }) => defect(`${label}: ${unit} is no unit of this book`, "4.5", "name a unit of the plan"));
}

/** The second verification, still short, with the deferral that the campaign accepts in its place (seed §6, pass 5). */
export function acceptedReport(text: string): string {
  const short = shortLayers(text).map(
    ({ layer, percent, threshold }) => `| ${layerName(layer)} | ${threshold} | ${Math.floor(percent)} |`,
  );
  const gaps = gapsOf(text).map(({ label, result, unit }) => `- ${label} ${result} (${unit})`.replace(/\s+/g, " "));
  return `${[
    text.trimEnd(),
    "",
    "### 4.6 Accepted thresholds",
    "",
    "Two rounds of production and verification did not reach every threshold. For this book the lower ones are accepted, and what is missing is deferred; the book can end as equivalence-partial at most. Written by the engine.",
    "",
    "| Layer | Threshold | Accepted |",
    "|---|---|---|",
    ...short,
    "",
    "Deferred:",
    "",
    ...(gaps.length === 0 ? ["- nothing that 4.5 names"] : gaps),
  ].join("\n")}\n`;
}
