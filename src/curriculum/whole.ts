/**
 * What no single unit shows: ids used twice, prerequisites in a circle, edges to nothing, concepts claimed twice; and
 * flows against the units and each other.
 */
import { readUtf8 } from "../artifact/utf8.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import { type Defect, defect } from "../exec/action.ts";
import { type Corpus, corpusProblems, readCorpus } from "./corpus-checks.ts";
import type { Flow } from "./flow.ts";
import { readFlow } from "./flow.ts";
import {
  bridgeDefects,
  lastBridgeDefects,
  orderDefects,
  pauseDefects,
  uncoveredSections,
  unshippedDefects,
} from "./flow-checks.ts";
import { FLOWS_GLOB, flowIdOf } from "./flow-files.ts";
import { linkDefects } from "./flow-links.ts";

/** @param sectionsOf the sections that a flow must cover. */
export function wholeDefects(view: WorkspaceView, sectionsOf: (flow: Flow) => readonly string[]): readonly Defect[] {
  const corpus = readCorpus(view);
  return [
    ...corpusProblems(corpus).map(({ where, what }) => defect(what, where)),
    ...flowDefects(view, corpus, sectionsOf),
  ];
}

function flowDefects(
  view: WorkspaceView,
  corpus: Corpus,
  sectionsOf: (flow: Flow) => readonly string[],
): readonly Defect[] {
  const flows: Flow[] = [];
  const defects: Defect[] = [];
  for (const path of view.list([FLOWS_GLOB])) {
    const flow = readFlow(readUtf8(view.bytes(path) ?? new Uint8Array()), flowIdOf(path));
    if (flow.ok) flows.push(flow.value);
    else defects.push(...flow.error);
  }
  const units = [...corpus.units.values()];
  const needs = new Map(units.map((unit) => [unit.id, unit.prerequisites]));
  const shipped = new Set(units.filter((unit) => unit.status === "shipped").map((unit) => unit.id));
  const titles = new Map(flows.map((flow) => [flow.id, flow.title]));
  for (const flow of flows) {
    defects.push(
      ...unshippedDefects(flow, (id) => shipped.has(id)),
      ...orderDefects(flow, { of: (id) => needs.get(id) ?? [] }),
      ...uncoveredSections(flow, sectionsOf(flow)),
      ...bridgeDefects(flow),
      ...pauseDefects(flow),
      ...lastBridgeDefects(flow, titles),
    );
  }
  return [...defects, ...linkDefects(flows)];
}
