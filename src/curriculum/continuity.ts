/**
 * The continuity metrics of a curriculum, counted exactly as the campaign counts them: what a unit refers back to,
 * promises, connects and claims. They are the measure by which weaving (PW) is driven and continuity (PV) signed off,
 * so the counting is deliberately mechanical: two people, or two runs, must arrive at the same figures.
 *
 * Everything here is pure and linear in the length of the text.
 */

/** What was counted in one unit. Densities and rates are derived from it, never stored beside it. */
export interface UnitContinuity {
  readonly unitId: string;
  /** Words of the body, of its Intermediate sections and of its Master sections. */
  readonly words: number;
  readonly wordsIntermediate: number;
  readonly wordsMaster: number;
  readonly backwardRefs: number;
  readonly forwardPromises: number;
  /** Bullets of the Master section named Connections. */
  readonly lateralMaster: number;
  readonly synthesisIntermediate: number;
  readonly synthesisMaster: number;
  /** Registered anchor phrases that occur ignoring case, and how many of those occur letter for letter. */
  readonly anchorsInvoked: number;
  readonly anchorsVerbatim: number;
}

/** Plain means over units. Densities are per 1000 words; rates are between 0 and 1. */
export interface Aggregate {
  readonly units: number;
  readonly backwardDensity: number;
  readonly forwardDensity: number;
  readonly lateralPerMaster: number;
  readonly synthesisIntermediate: number;
  readonly synthesisMaster: number;
  readonly anchorReuse: number;
  /** Mean over flows of the share of synthesis beats that a bridge hits; undefined where there are no flows. */
  readonly throughlineCoverage: number | undefined;
}

/** A metric that is judged: every figure of an aggregate but the number of units. */
export type Metric = Exclude<keyof Aggregate, "units">;

export type Thresholds = Readonly<Record<Metric, number>>;

/** The campaign's own targets (protocol §9). */
export const DEFAULT_THRESHOLDS: Thresholds = {
  backwardDensity: 8,
  forwardDensity: 3,
  lateralPerMaster: 3,
  synthesisIntermediate: 2,
  synthesisMaster: 4,
  anchorReuse: 0.95,
  throughlineCoverage: 1,
};

/** The metrics in the order in which they are reported. */
export const METRICS = Object.keys(DEFAULT_THRESHOLDS) as readonly Metric[];

export interface ContinuityFailure {
  readonly metric: Metric;
  readonly value: number;
  readonly threshold: number;
}

/** How much of one flow's throughline its bridges carry. */
export interface ThroughlineCoverage {
  readonly flow: string;
  readonly beats: number;
  /** The claims of the beats that no bridge hits. */
  readonly missed: readonly string[];
}

// A word character as the campaign's tools have it: a letter or digit of any script, or an underscore. JavaScript's own
// `\b` knows ASCII only and would cut "Poincaré" after its c.
const WORD = "[\\p{L}\\p{N}_]";
const STARTS = `(?<!${WORD})`;
const ENDS = `(?!${WORD})`;

/** Phrases as written below: a space stands for any white space, a word in brackets for a choice. */
const phrases = (...patterns: readonly string[]): readonly RegExp[] =>
  patterns.map((pattern) => new RegExp(STARTS + pattern.replaceAll(" ", "\\s+"), "giu"));

const FORWARD_PROMISES = phrases(
  `we will see${ENDS}`,
  `we will later${ENDS}`,
  `builds? toward${ENDS}`,
  `in the next${ENDS}`,
  `appears? again in${ENDS}`,
  `this pattern recurs?${ENDS}`,
  "forshadow", // spelled so by the campaign, with any ending
);

const SYNTHESIS_CLAIMS = phrases(
  `the (?:foundational|core|central) (?:reason|insight|idea|claim)${ENDS}`,
  `this is (?:exactly|precisely|the same as)${ENDS}`,
  `(?:generalises|specialises|is dual to|is the limit)${ENDS}`,
  `(?:is|recurs?) (?:an instance|a special case|a generalisation) of${ENDS}`,
  `putting (?:this|these) together${ENDS}`,
  `index\\s*=\\s*topology${ENDS}`,
  `the bridge (?:is|between)${ENDS}`,
  `identifies? ${WORD}+ with ${WORD}`,
);

const UNIT_ID = new RegExp(`${STARTS}[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}${ENDS}`, "gu");

// The end is a word boundary as well: a trailing hyphen or apostrophe counts only before another word character.
const COUNTED_WORD = new RegExp(`${STARTS}[A-Za-z][A-Za-z'-]+(?:(?<=[A-Za-z])${ENDS}|(?<=['-])(?=${WORD}))`, "gu");
const BULLET = /(?<![^\n])[^\S\n]*[-*]\s/gu;
const LATERAL_HEADING = "## Connections [Master]";

/**
 * Counts one unit.
 *
 * @param text the whole file, frontmatter included; line endings do not matter
 * @param unitId the unit's own id, whose occurrences are no references
 * @param anchors the registered anchor phrases, or an index of them where many units are measured
 */
export function measureUnit(text: string, unitId: string, anchors: readonly string[] | AnchorIndex): UnitContinuity {
  const body = bodyOf(text.replace(/\r\n?/g, "\n"));
  const { intermediate, master } = tierTexts(body);
  return {
    unitId,
    words: countWords(body),
    wordsIntermediate: countWords(intermediate),
    wordsMaster: countWords(master),
    backwardRefs: countReferences(body, unitId),
    forwardPromises: countAll(body, FORWARD_PROMISES),
    lateralMaster: countLateral(master),
    synthesisIntermediate: countAll(intermediate, SYNTHESIS_CLAIMS),
    synthesisMaster: countAll(master, SYNTHESIS_CLAIMS),
    ...countAnchors(text, "prepared" in anchors ? anchors : anchorIndex(anchors)),
  };
}

/** The anchor phrases in one unit by themselves: all that another registry can change of what was counted. */
export function countAnchors(
  text: string,
  anchors: AnchorIndex,
): Pick<UnitContinuity, "anchorsInvoked" | "anchorsVerbatim"> {
  const body = bodyOf(text.replace(/\r\n?/g, "\n"));
  const invoked = anchorsIn(body, anchors);
  return {
    anchorsInvoked: invoked.length,
    anchorsVerbatim: invoked.filter((phrase) => body.includes(phrase)).length,
  };
}

/** Plain means over the units (and flows); of no units at all every mean is 0. */
export function aggregate(
  units: readonly UnitContinuity[],
  throughlines: readonly ThroughlineCoverage[] = [],
): Aggregate {
  const mean = (figure: (unit: UnitContinuity) => number): number =>
    units.length === 0 ? 0 : units.reduce((sum, unit) => sum + figure(unit), 0) / units.length;
  const carried = throughlines.reduce((sum, flow) => sum + shareHit(flow), 0);
  return {
    units: units.length,
    backwardDensity: mean((unit) => perThousand(unit.backwardRefs, unit.words)),
    forwardDensity: mean((unit) => perThousand(unit.forwardPromises, unit.words)),
    lateralPerMaster: mean((unit) => unit.lateralMaster),
    synthesisIntermediate: mean((unit) => unit.synthesisIntermediate),
    synthesisMaster: mean((unit) => unit.synthesisMaster),
    anchorReuse: mean((unit) => (unit.anchorsInvoked === 0 ? 1 : unit.anchorsVerbatim / unit.anchorsInvoked)),
    throughlineCoverage: throughlines.length === 0 ? undefined : carried / throughlines.length,
  };
}

/** The share of a flow's synthesis beats that a bridge hits; 1 for a flow without beats. */
export const shareHit = (flow: ThroughlineCoverage): number =>
  flow.beats === 0 ? 1 : (flow.beats - flow.missed.length) / flow.beats;

/** The metrics that fall short, in reporting order. A metric that was not measured is not judged. */
export function judge(measured: Aggregate, thresholds: Thresholds = DEFAULT_THRESHOLDS): readonly ContinuityFailure[] {
  return METRICS.flatMap((metric) => {
    const value = measured[metric];
    const threshold = thresholds[metric];
    return value === undefined || value >= threshold ? [] : [{ metric, value, threshold }];
  });
}

/** Occurrences of something, per 1000 words of a text of so many words. */
const perThousand = (count: number, words: number): number => (count / Math.max(words, 1)) * 1000;

/** Everything after the frontmatter, which only a closed `---` block at the very start is. */
function bodyOf(text: string): string {
  if (!text.startsWith("---\n")) return text;
  const close = text.indexOf("\n---\n", 3);
  return close < 0 ? text : text.slice(close + 5);
}

/** The level-2 sections of the two tiers that claims are counted in, headings included. */
function tierTexts(body: string): { readonly intermediate: string; readonly master: string } {
  let intermediate = "";
  let master = "";
  for (const section of body.split(/(?<![^\n])(?=## )/u)) {
    if (!section.startsWith("## ")) continue;
    const end = section.indexOf("\n");
    const heading = (end < 0 ? section : section.slice(0, end)).toLowerCase();
    // A heading that names several tiers belongs to the first of them in this order.
    if (heading.includes("[beginner]")) continue;
    if (heading.includes("[intermediate")) intermediate += section;
    else if (heading.includes("[master]")) master += section;
    else if (heading.includes("[all tiers]")) {
      intermediate += section;
      master += section;
    }
  }
  return { intermediate, master };
}

/**
 * Words once fenced code, tags and mathematics are gone. The order is the campaign's and matters: `$$a$$ text $b$`
 * first loses `$a$`, then everything between the dollar signs that are left over, prose included.
 */
function countWords(text: string): number {
  let rest = without(text, "```", "```", 0);
  rest = without(rest, "<", ">", 1);
  rest = without(rest, "$", "$", 1);
  rest = without(rest, "$$", "$$", 0);
  return count(rest, COUNTED_WORD);
}

/** The text without its spans from `open` to the next `close` that hold at least `least` characters. */
function without(text: string, open: string, close: string, least: number): string {
  let kept = "";
  let from = 0;
  let look = 0;
  for (;;) {
    const start = text.indexOf(open, look);
    if (start < 0) break;
    const inner = start + open.length;
    const end = text.indexOf(close, inner);
    if (end < 0) break; // nor is any later span closed
    if (end - inner < least) {
      look = start + 1;
      continue;
    }
    kept += text.slice(from, start);
    from = end + close.length;
    look = from;
  }
  return kept + text.slice(from);
}

function countReferences(body: string, unitId: string): number {
  let references = 0;
  for (const [id] of body.matchAll(UNIT_ID)) if (id !== unitId) references += 1;
  return references;
}

/** The first section of the name in the Master text, at whatever level, up to the next level-2 heading. */
function countLateral(master: string): number {
  const start = master.indexOf(LATERAL_HEADING);
  if (start < 0) return 0;
  const from = start + LATERAL_HEADING.length;
  const end = master.indexOf("\n## ", from);
  return count(master.slice(from, end < 0 ? undefined : end + 1), BULLET);
}

/** A registry's anchor phrases, prepared once for the measuring of many units. */
export interface AnchorIndex {
  readonly prepared: readonly { readonly phrase: string; readonly lower: string; readonly inner: readonly string[] }[];
}

const ASCII_WORD = /[a-z0-9]+/g;

/** Prepares anchor phrases; an empty phrase is none, and a phrase given twice counts twice. */
export function anchorIndex(anchors: readonly string[]): AnchorIndex {
  const prepared = anchors.flatMap((phrase) => {
    const lower = phrase.toLowerCase();
    // A word inside a phrase has its neighbours in the phrase, so it must be a whole word of any text that has the phrase.
    const inner = [...lower.matchAll(ASCII_WORD)]
      .filter(({ 0: word, index }) => index > 0 && index + word.length < lower.length)
      .map(({ 0: word }) => word);
    return phrase === "" ? [] : [{ phrase, lower, inner }];
  });
  return { prepared };
}

/** The phrases that occur in the body ignoring case; looking up words rules most of a large registry out. */
function anchorsIn(body: string, anchors: AnchorIndex): readonly string[] {
  if (anchors.prepared.length === 0) return [];
  const lower = body.toLowerCase();
  const words = new Set(lower.match(ASCII_WORD));
  return anchors.prepared
    .filter((anchor) => anchor.inner.every((word) => words.has(word)) && lower.includes(anchor.lower))
    .map((anchor) => anchor.phrase);
}

const count = (text: string, pattern: RegExp): number => {
  let n = 0;
  for (const _ of text.matchAll(pattern)) n += 1;
  return n;
};

const countAll = (text: string, patterns: readonly RegExp[]): number =>
  patterns.reduce((sum, pattern) => sum + count(text, pattern), 0);
