/**
 * What no single unit shows: ids used twice, prerequisites in a circle, edges to nothing, concepts claimed twice; and
 * flows against the units and each other.
 */
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
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
import { linkDefects } from "./flow-links.ts";

const FLOWS_GLOB = "flows/*.md";
const flowId = (path: RepoPath): string => path.slice("flows/".length, -".md".length);

/** @param sectionsOf the sections of a book that its author flow must cover, by the book's slug. */
export function wholeDefects(view: WorkspaceView, sectionsOf: (book: string) => readonly string[]): readonly Defect[] {
  const corpus = readCorpus(view);
  return [
    ...corpusProblems(corpus).map(({ where, what }) => defect(what, where)),
    ...flowDefects(view, corpus, sectionsOf),
  ];
}

function flowDefects(
  view: WorkspaceView,
  corpus: Corpus,
  sectionsOf: (book: string) => readonly string[],
): readonly Defect[] {
  const flows: Flow[] = [];
  const defects: Defect[] = [];
  for (const path of view.list([FLOWS_GLOB])) {
    const flow = readFlow(readUtf8(view.bytes(path) ?? new Uint8Array()), flowId(path));
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
      ...uncoveredSections(flow, flow.source_book === undefined ? [] : sectionsOf(flow.source_book)),
      ...bridgeDefects(flow),
      ...pauseDefects(flow),
      ...lastBridgeDefects(flow, titles),
    );
  }
  return [...defects, ...linkDefects(flows)];
}
