/**
 * What can be judged of a flow by machine: its order against the prerequisite graph, the sections of the book that it
 * covers, its bridges and pauses, and how much of its throughline the bridges carry (passes PA–PD, PV).
 */
import { type Defect, defect } from "../exec/action.ts";
import type { ThroughlineCoverage } from "./continuity.ts";
import type { Flow } from "./flow.ts";

/** The prerequisite graph as a flow sees it. */
export interface Prerequisites {
  /** Ids of the units that a unit requires directly; none for an unknown unit. */
  of(unitId: string): readonly string[];
}

const whereStep = (flow: Flow, n: number): string => `flows/${flow.id}.md, step ${n}`;

/** PA: no step needs, directly or through others, a unit that only a later step reads. */
export function orderDefects(flow: Flow, prerequisites: Prerequisites): readonly Defect[] {
  const firstAt = new Map<string, number>();
  for (const step of flow.steps) if (!firstAt.has(step.unit)) firstAt.set(step.unit, step.n);
  const defects: Defect[] = [];
  for (const [unit, n] of firstAt) {
    for (const needed of ancestors(unit, prerequisites)) {
      const later = firstAt.get(needed);
      if (later === undefined || later <= n) continue;
      const mend = `put step ${later} before step ${n}`;
      defects.push(defect(`${unit} needs ${needed}, which comes in step ${later}`, whereStep(flow, n), mend));
    }
  }
  return defects;
}

function ancestors(unit: string, prerequisites: Prerequisites): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [unit];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const needed of prerequisites.of(next)) {
      if (found.has(needed)) continue;
      found.add(needed);
      open.push(needed);
    }
  }
  return found;
}

/** PD: every unit of the flow is shipped. */
export const unshippedDefects = (flow: Flow, isShipped: (unitId: string) => boolean): readonly Defect[] =>
  flow.steps
    .filter((step) => !isShipped(step.unit))
    .map((step) => defect(`${step.unit} is not shipped`, whereStep(flow, step.n), "produce it or leave it out"));

/**
 * The sections that a step's anchor names: `II.1`, `§II.1, II.3`, `II.1–II.4`. A range counts the last part up.
 */
export function anchoredSections(anchor: string): readonly string[] {
  return anchor
    .replaceAll("§", "")
    .split(/\s*[,;]\s*/)
    .flatMap((piece) => {
      const [first = "", last] = piece.trim().split(/\s*[–—]\s*/);
      return last === undefined ? [first] : range(first, last);
    })
    .filter((section) => section !== "");
}

/** Ranges longer than this are taken as their two ends: no chapter has so many sections. */
const LONGEST_RANGE = 200;

function range(first: string, last: string): readonly string[] {
  const [, chapter = "", from = ""] = /^(.*?)(\d+)$/.exec(first) ?? [];
  const [, , to = ""] = /^(.*?)(\d+)$/.exec(last) ?? [];
  const span = Number(to) - Number(from);
  const same = from !== "" && to !== "" && (last === to || last === chapter + to);
  if (!same || span < 0 || span > LONGEST_RANGE) return [first, last];
  return Array.from({ length: span + 1 }, (_, step) => chapter + (Number(from) + step));
}

/** PD: every section of the book is the anchor of some step. */
export function uncoveredSections(flow: Flow, sections: readonly string[]): readonly Defect[] {
  const covered = new Set(flow.steps.flatMap((step) => anchoredSections(step.section_anchor)));
  return sections
    .filter((section) => !covered.has(section.replaceAll("§", "").trim()))
    .map((section) =>
      defect(`no step covers the section ${section}`, `flows/${flow.id}.md`, "add a step that is anchored to it"),
    );
}

const SHORTEST_BRIDGE = 80;
const LONGEST_BRIDGE = 150;

/** Words as a person counts them: runs between white space. */
const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => word !== "").length;

/** PB: every step says why it is there and ends in a bridge of 80–150 words. */
export function bridgeDefects(flow: Flow): readonly Defect[] {
  return flow.steps.flatMap((step) => {
    const where = whereStep(flow, step.n);
    const lacking = (["why", "read_strategy"] as const)
      .filter((field) => step[field] === "")
      .map((field) => defect(`the step has no ${field}`, where, "write it"));
    const words = wordsIn(step.bridge_after);
    if (words >= SHORTEST_BRIDGE && words <= LONGEST_BRIDGE) return lacking;
    const what = words === 0 ? "the step has no bridge_after" : `the bridge has ${words} words`;
    return [...lacking, defect(what, where, `write ${SHORTEST_BRIDGE} to ${LONGEST_BRIDGE} words`)];
  });
}

const FEWEST_PAUSES = 3;
const MOST_PAUSES = 5;

/** PC: three to five pauses. */
export function pauseDefects(flow: Flow): readonly Defect[] {
  const pauses = flow.steps.filter((step) => step.pause !== undefined).length;
  if (pauses >= FEWEST_PAUSES && pauses <= MOST_PAUSES) return [];
  const mend = `mark ${FEWEST_PAUSES} to ${MOST_PAUSES} steps after which the reader consolidates`;
  return [defect(`the flow has ${pauses} pauses`, `flows/${flow.id}.md`, mend)];
}

/**
 * PD: the last bridge names what comes next: a flow of `connections_outward`, by id or by title.
 *
 * @param titles of flows, by id
 */
export function lastBridgeDefects(flow: Flow, titles: ReadonlyMap<string, string>): readonly Defect[] {
  const last = flow.steps.at(-1);
  const next = flow.connections_outward.filter((link) => link.relation !== "fed-by").map((link) => link.flow);
  if (!last || next.length === 0) return [];
  const bridge = words(last.bridge_after);
  const named = next.some((id) => [id, titles.get(id) ?? id].some((name) => bridge.includes(words(name))));
  if (named) return [];
  return [
    defect("the last bridge does not name what comes next", whereStep(flow, last.n), `name one of ${next.join(", ")}`),
  ];
}

/** A text as its words alone, so that marks, case and line breaks do not matter. */
const words = (text: string): string =>
  ` ${
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu)
      ?.join(" ") ?? ""
  } `;

/**
 * PV: which synthesis beats some bridge hits. A bridge hits a beat when it has the claim's words in the claim's order;
 * like an anchor phrase, a claim is meant to be said in its own words.
 */
export function throughlineCoverage(flow: Flow): ThroughlineCoverage {
  const bridges = flow.steps.map((step) => words(step.bridge_after));
  const beats = flow.throughline?.synthesis_beats ?? [];
  const missed = beats
    .map((beat) => beat.claim)
    .filter((claim) => !bridges.some((bridge) => bridge.includes(words(claim))));
  return { flow: flow.id, beats: beats.length, missed };
}
