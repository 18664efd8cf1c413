/**
 * What PV says of a curriculum's continuity: the judgement of all measured units and flows, as the report that people
 * read and as the JSON that scripts read. Thresholds are phased: units that are older than the rules stand on a grace
 * list, are measured like the others, and are not judged.
 */
import {
  type Aggregate,
  aggregate,
  type ContinuityFailure,
  DEFAULT_THRESHOLDS,
  judge,
  METRICS,
  type Metric,
  shareHit,
  type Thresholds,
  type ThroughlineCoverage,
  type UnitContinuity,
} from "./continuity.ts";

export interface MeasuredUnit {
  readonly path: string;
  readonly continuity: UnitContinuity;
}

export interface ContinuityPolicy {
  readonly thresholds: Thresholds;
  /** Ids or paths of units that are measured and not judged. */
  readonly grace: readonly string[];
}

export const DEFAULT_POLICY: ContinuityPolicy = { thresholds: DEFAULT_THRESHOLDS, grace: [] };

export interface Assessment {
  readonly judged: readonly MeasuredUnit[];
  readonly graced: readonly MeasuredUnit[];
  readonly flows: readonly ThroughlineCoverage[];
  /** Over the judged units and all flows. */
  readonly aggregate: Aggregate;
  readonly failures: readonly ContinuityFailure[];
}

/**
 * Judges a curriculum. With no unit to judge nothing of the units' metrics fails: the report says that none was judged.
 *
 * @param units in the order in which they are to be reported
 */
export function assess(
  units: readonly MeasuredUnit[],
  flows: readonly ThroughlineCoverage[] = [],
  policy: ContinuityPolicy = DEFAULT_POLICY,
): Assessment {
  const grace = new Set(policy.grace);
  const isGraced = (unit: MeasuredUnit): boolean => grace.has(unit.path) || grace.has(unit.continuity.unitId);
  const judged = units.filter((unit) => !isGraced(unit));
  const total = aggregate(
    judged.map((unit) => unit.continuity),
    flows,
  );
  const failures = judge(total, policy.thresholds);
  return {
    judged,
    graced: units.filter(isGraced),
    flows,
    aggregate: total,
    failures: judged.length > 0 ? failures : failures.filter((failure) => failure.metric === "throughlineCoverage"),
  };
}

interface MetricName {
  /** As scripts know it; its mean is `<key>_avg`. */
  readonly key: string;
  readonly label: string;
  /** A count has whole thresholds, a density or a rate has decimals. */
  readonly counted: boolean;
}

const NAMES: Readonly<Record<Metric, MetricName>> = {
  backwardDensity: { key: "backward_density", label: "Backward references per 1000 words", counted: false },
  forwardDensity: { key: "forward_density", label: "Forward promises per 1000 words", counted: false },
  lateralPerMaster: { key: "lateral_per_master", label: "Lateral connections per Master section", counted: true },
  synthesisIntermediate: { key: "synthesis_intermediate", label: "Synthesis claims, Intermediate", counted: true },
  synthesisMaster: { key: "synthesis_master", label: "Synthesis claims, Master", counted: true },
  anchorReuse: { key: "anchor_reuse", label: "Anchor phrases used verbatim", counted: false },
  throughlineCoverage: { key: "throughline_coverage", label: "Throughline coverage of flows", counted: false },
};

/** A metric as people read it. */
export const describeMetric = (metric: Metric): string => NAMES[metric].label;

const threshold = (metric: Metric, value: number): string =>
  Number.isInteger(value) && !NAMES[metric].counted ? value.toFixed(1) : String(value);

/** A failure in one line: `forward_density: 2.72 < 3.0`. */
export const describeFailure = (failure: ContinuityFailure): string =>
  `${NAMES[failure.metric].key}: ${failure.value.toFixed(2)} < ${threshold(failure.metric, failure.threshold)}`;

/** Lists longer than this are cut, and say so: nobody reads 2,700 rows. */
const LISTED = 50;

/** The report as Markdown. It depends on nothing but its arguments: no date, no machine. */
export function continuityReport(assessment: Assessment, policy: ContinuityPolicy = DEFAULT_POLICY): string {
  const { judged, graced, flows, failures } = assessment;
  const lines = [
    "# Continuity report",
    "",
    `Units judged: ${judged.length}. Units on the grace list, measured and not judged: ${graced.length}. Flows: ${flows.length}.`,
    "",
    "## Metrics",
    "",
    "| Metric | Mean | Threshold | Verdict |",
    "|---|---|---|---|",
    ...METRICS.map((metric) => metricRow(metric, assessment, policy.thresholds)),
    "",
    "## Verdict",
    "",
    ...(failures.length === 0
      ? [judged.length === 0 ? "No unit was judged." : "Every metric meets its threshold."]
      : failures.map((failure) => `- ${describeFailure(failure)}`)),
    "",
    "## Units below a threshold by themselves",
    "",
    "The thresholds are for the means; these are the units in which weaving would raise them.",
    "",
    ...table(["Unit", "Path", "Below"], shortfalls(judged, policy.thresholds)),
  ];
  if (flows.length > 0)
    lines.push("", "## Throughlines", "", ...table(["Flow", "Beats hit", "Missed"], flowRows(flows)));
  if (graced.length > 0) lines.push("", "## Grace list", "", ...gracedRows(graced));
  return `${lines.join("\n")}\n`;
}

function metricRow(metric: Metric, assessment: Assessment, thresholds: Thresholds): string {
  const value = assessment.aggregate[metric];
  const unmeasured = value === undefined || (metric !== "throughlineCoverage" && assessment.judged.length === 0);
  const verdict = value === undefined || unmeasured ? "not measured" : value < thresholds[metric] ? "below" : "met";
  const mean = value === undefined || unmeasured ? "–" : value.toFixed(2);
  return `| ${NAMES[metric].label} | ${mean} | ${threshold(metric, thresholds[metric])} | ${verdict} |`;
}

function shortfalls(units: readonly MeasuredUnit[], thresholds: Thresholds): readonly (readonly string[])[] {
  return units.flatMap(({ path, continuity }) => {
    const below = judge(aggregate([continuity]), thresholds).map(describeFailure);
    return below.length === 0 ? [] : [[continuity.unitId, path, below.join("; ")]];
  });
}

const flowRows = (flows: readonly ThroughlineCoverage[]): readonly (readonly string[])[] =>
  flows.map((flow) => [
    flow.flow,
    `${flow.beats - flow.missed.length} of ${flow.beats} (${Math.floor(shareHit(flow) * 100)} %)`,
    flow.missed.join("; ") || "–",
  ]);

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return ["None."];
  const shown = rows.slice(0, LISTED).map((row) => `| ${row.map(cell).join(" | ")} |`);
  const more = rows.length > LISTED ? ["", `And ${rows.length - LISTED} more.`] : [];
  return [`| ${header.join(" | ")} |`, `|${"---|".repeat(header.length)}`, ...shown, ...more];
}

const cell = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|");

function gracedRows(units: readonly MeasuredUnit[]): readonly string[] {
  const shown = units.slice(0, LISTED).map(({ path, continuity }) => `- ${continuity.unitId} ${path}`);
  return units.length > LISTED ? [...shown, "", `And ${units.length - LISTED} more.`] : shown;
}

/** The assessment as scripts read it: means to six decimals, one record of counts a unit, judged or not. */
export function continuityJson(assessment: Assessment): unknown {
  const means = METRICS.flatMap((metric) => {
    const value = assessment.aggregate[metric];
    return value === undefined ? [] : [[`${NAMES[metric].key}_avg`, Number(value.toFixed(6))] as const];
  });
  const units = [...assessment.judged, ...assessment.graced].map(({ path, continuity: unit }) => [
    path,
    {
      unit_id: unit.unitId,
      words: unit.words,
      words_intermediate: unit.wordsIntermediate,
      words_master: unit.wordsMaster,
      backward_refs: unit.backwardRefs,
      forward_promises: unit.forwardPromises,
      lateral_master: unit.lateralMaster,
      synthesis_intermediate: unit.synthesisIntermediate,
      synthesis_master: unit.synthesisMaster,
      anchors_invoked: unit.anchorsInvoked,
      anchors_verbatim: unit.anchorsVerbatim,
    },
  ]);
  return {
    aggregate: Object.fromEntries(means),
    below_threshold: assessment.failures.map(describeFailure),
    units: Object.fromEntries(units),
    ...(assessment.graced.length === 0 ? {} : { graced: assessment.graced.map((unit) => unit.path) }),
  };
}
