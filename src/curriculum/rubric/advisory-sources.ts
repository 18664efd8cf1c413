/** Advice on what a unit's text leans on: other units, the notation glossary, and the sources that it must not copy. */
import type { RepoPath, WorkspaceView } from "../../artifact/workspace.ts";
import { WORD } from "../unit/characters.ts";
import { Excerpt, type Range } from "../unit/excerpt.ts";
import type { Unit } from "../unit/unit.ts";
import { MAX_UNIT_BYTES } from "../unit/unit-head.ts";
import { decode } from "../unit/utf8.ts";
import { field, stringOf } from "../unit/yaml-node.ts";
import { lineOf, type Report } from "./report.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

const CROSS_REFERENCE = /\[(\d\d\.\d\d\.\d\d)\]/g;

/** Every `[NN.NN.NN]` should lead to a shipped unit or to one that is registered as pending. */
export function adviseReferences(report: Report, unit: Unit, facts: WorkspaceFacts): void {
  const dangling = [...unit.body.matchAll(CROSS_REFERENCE)].filter(({ 1: id = "" }) => {
    return !facts.unitStatuses(id).includes("shipped") && !facts.isPending(id);
  });
  const source = "QUALITY_RUBRIC.md §0, automated: inline cross-references";
  report.advise("cross-references resolve", source, dangling, ({ 0: text, 1: id, index }) => ({
    at: unit.bodyAt + index,
    what: `the cross-reference leads to ${id}, which is neither shipped nor registered as pending`,
    text,
    mend: "correct the id, or register it in manifests/deps.json as pending",
  }));
}

const MIN_CONNECTIONS = 3;

export function adviseConnections(report: Report, unit: Unit): void {
  const heading = unit.headings.find(({ title, tiers }) => title.includes("connection") && tiers.includes("master"));
  if (heading === undefined) return;
  const ids = new Set(unit.body.slice(heading.lineEnd, heading.end).match(/\b\d\d\.\d\d\.\d\d\b/g));
  const source = "QUALITY_RUBRIC.md §M, automated: connections";
  report.advise("connections name other units", source, ids.size < MIN_CONNECTIONS ? [heading] : [], (found) => ({
    at: unit.bodyAt + found.at,
    what: `the section names ${ids.size} other units, fewer than ${MIN_CONNECTIONS}`,
    text: lineOf(unit, unit.bodyAt + found.at),
    mend: "name the units that the concept connects to by their ids",
  }));
}

const GLOSSARY = "_meta/NOTATION.md" as RepoPath;
const MACRO = /\\[A-Za-z]+/g;

/** Macros that set type and mean nothing by themselves. */
const TYPESETTING: ReadonlySet<string> = new Set(
  (
    "frac dfrac tfrac sqrt left right big Big bigl bigr Bigl Bigr bigg Bigg biggl biggr middle text textbf textit texttt textrm mathrm mathbf " +
    "mathbb mathcal mathfrak mathsf mathscr mathit boldsymbol operatorname begin end quad qquad hspace vspace phantom hphantom vphantom " +
    "displaystyle textstyle scriptstyle limits nolimits ldots cdots vdots ddots dots dotsb dotsc cdot times tag label hline cr color " +
    "overline underline overbrace underbrace stackrel overset underset substack mid vert Vert lvert rvert lVert rVert le leq ge geq ne neq lt gt " +
    "to in notin ni and or not colon quad square blacksquare qed pm mp div approx sim simeq cong equiv propto infty"
  ).split(" "),
);

/** Every other macro in the formal tiers should be in the glossary. Each is pointed out once. */
export function adviseNotation(report: Report, unit: Unit, view: WorkspaceView): void {
  const glossary = view.bytes(GLOSSARY);
  if (glossary === undefined) return;
  const known = new Set(new TextDecoder().decode(glossary).match(MACRO));
  const formal = unit.headings.filter(({ tiers }) => tiers.length > 0 && !tiers.includes("beginner"));
  const text = Excerpt.parts(
    unit.body,
    formal.map(({ lineEnd, end }) => ({ from: lineEnd, to: end })),
    "\n",
  );
  const strange = [...text.text.matchAll(MACRO)].filter(({ 0: macro }) => {
    if (known.has(macro) || TYPESETTING.has(macro.slice(1))) return false;
    known.add(macro);
    return true;
  });
  const source = "QUALITY_RUBRIC.md §0, automated: notation symbols";
  report.advise("notation is in the glossary", source, strange, ({ 0: macro, index }) => ({
    at: unit.bodyAt + text.originOf(index),
    what: "notation that the glossary lacks",
    text: macro,
    mend: `add it to ${GLOSSARY}, or define it where it is first used`,
  }));
}

/** So many words in a row may be a source's own; one more is copying. */
const MAX_COMMON_WORDS = 12;
const TEXT_FILE = /\.(?:md|txt|tex)$/i;
const WORDS = new RegExp(`${WORD}+`, "gu");

/** No run of more than twelve words should stand in the unit and in one of its sources that is at hand as text. */
export function adviseOverlap(report: Report, unit: Unit, view: WorkspaceView): void {
  const text = decode(unit.body);
  const copied = sourcePaths(unit).flatMap((path) => {
    const bytes = view.bytes(path);
    if (bytes === undefined || bytes.length > MAX_UNIT_BYTES) return [];
    return overlaps(text, new TextDecoder().decode(bytes)).map((range) => ({ ...range, path }));
  });
  const source = "QUALITY_RUBRIC.md §0, automated: no verbatim copying";
  report.advise("no copying from sources", source, copied, ({ from, to, path }) => ({
    at: unit.bodyAt + Buffer.byteLength(text.slice(0, from)),
    what: `${MAX_COMMON_WORDS + 1} or more words in a row also stand in ${path}`,
    text: text.slice(from, to),
    mend: "say it in other words, or quote it as a quotation",
  }));
}

function sourcePaths(unit: Unit): readonly RepoPath[] {
  const references = field(unit.frontmatter, "references");
  if (references?.kind !== "sequence") return [];
  const paths = references.items.flatMap((node) => {
    if (node.kind !== "mapping") return [];
    const path = stringOf(field(node, "path"));
    const safe = TEXT_FILE.test(path) && !path.split("/").some((part) => part === "" || part === "." || part === "..");
    const source = stringOf(field(node, "source"));
    return safe && /^[\w-]+$/.test(source) ? [`reference/${source}/${path}`, `reference/${path}`] : [];
  });
  return [...new Set(paths)] as RepoPath[];
}

/** The longest runs of more than twelve words of a text that also stand in a source, ignoring case and punctuation. */
export function overlaps(text: string, source: string): readonly Range[] {
  const size = MAX_COMMON_WORDS + 1;
  const theirs = source.toLowerCase().match(WORDS) ?? [];
  const runs = new Set<string>();
  for (let i = 0; i + size <= theirs.length; i += 1) runs.add(theirs.slice(i, i + size).join(" "));
  const ours = [...text.matchAll(WORDS)].map((found) => ({
    word: found[0].toLowerCase(),
    from: found.index,
    to: found.index + found[0].length,
  }));
  const found: { from: number; to: number }[] = [];
  for (let i = 0; i + size <= ours.length; i += 1) {
    const run = ours.slice(i, i + size);
    if (!runs.has(run.map(({ word }) => word).join(" "))) continue;
    const { from } = run[0]!;
    const { to } = run[size - 1]!;
    const last = found.at(-1);
    if (last !== undefined && from < last.to) last.to = to;
    else found.push({ from, to });
  }
  return found;
}
