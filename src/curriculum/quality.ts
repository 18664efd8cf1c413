/**
 * Quality sampling (seed §8): which units are read again, what a reader says of each, and what follows. The reader has no
 * authority to edit, so nothing here writes.
 */
import { stringify } from "yaml";
import * as z from "zod";
import { digestOf } from "../artifact/digest.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { type Defect, defect } from "../exec/action.ts";
import { err, ok, type Result } from "../result.ts";
import { declaredYaml } from "./declared-yaml.ts";

/** The sampled units, drawn by `codex sample` and kept: a campaign's list like any other. */
export const SAMPLES_PATH = "manifests/quality_samples.yaml" as RepoPath;
export const QUALITY_REPORT_PATH = "manifests/quality_report.md" as RepoPath;

/** Where a reader's scores of a unit stand. */
export const scoresPath = (date: string, unit: string): string => `manifests/quality/${date}/${unit}.json`;

/** What a reader judges, each from 1 to 5; the prompt says what each means. */
export const DIMENSIONS = ["density", "genius", "bridges", "connections", "tiers"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** The mean over all dimensions that a sample must reach. */
export const THRESHOLD = 4;

const unitSchema = z.strictObject({ id: z.string(), path: z.string() });
const samplesSchema = z.strictObject({
  version: z.literal(1),
  samples: z.array(
    z.strictObject({
      date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a day, as 2026-11-22"),
      units: z.array(unitSchema),
    }),
  ),
});
export type SampledUnit = z.infer<typeof unitSchema>;
export type Sample = z.infer<typeof samplesSchema>["samples"][number];

/** Reads the list of samples; throws a `FaultError`. */
export const parseSamples = (text: string): readonly Sample[] =>
  declaredYaml(text, samplesSchema, SAMPLES_PATH).samples;

/** The list as it is written, the newest day last. */
export const formatSamples = (samples: readonly Sample[]): string =>
  `# Units drawn for quality sampling, by \`codex sample\`.\n${stringify({ version: 1, samples: [...samples].sort((a, b) => (a.date < b.date ? -1 : 1)) })}`;

export interface Shipped extends SampledUnit {
  /** When it was integrated: milliseconds since the epoch. */
  readonly at: number;
}

const DAY = 86_400_000;

/**
 * Draws units of those that shipped in the days before the end of a day. The day is the seed: drawn again, the same units
 * come out, and nobody can draw until a sample pleases.
 * @param rate share of the units, rounded up
 */
export function drawSample(
  shipped: readonly Shipped[],
  date: string,
  { rate, days }: { readonly rate: number; readonly days: number },
): Sample {
  const end = Date.parse(`${date}T00:00:00Z`) + DAY;
  const recent = shipped.filter(({ at }) => at < end && at >= end - days * DAY);
  const lot = ({ id }: SampledUnit): string => digestOf(`${date} ${id}`);
  return {
    date,
    units: [...recent]
      .sort((a, b) => (lot(a) < lot(b) ? -1 : 1))
      .slice(0, Math.ceil(recent.length * rate))
      .map(({ id, path }) => ({ id, path }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

const score = z.number().int().min(1).max(5);
/** What a reader gives, as JSON. */
export const scoreSchema = z.strictObject({
  scores: z.record(z.enum(DIMENSIONS), score.nullable()).refine(
    (scores) => DIMENSIONS.every((dimension) => scores[dimension] !== null || dimension === "bridges"),
    // A unit that is no step of a flow has no bridge to judge.
    "only bridges may be null",
  ),
  defects: z.array(z.strictObject({ dimension: z.enum(DIMENSIONS), where: z.string(), what: z.string() })),
});
export type Scores = z.infer<typeof scoreSchema>;

/** Reads what a reader gave. */
export function parseScores(text: string): Result<Scores, readonly Defect[]> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return err([defect(`not readable as JSON: ${(error as Error).message}`, "scores", "give JSON and nothing else")]);
  }
  const parsed = scoreSchema.safeParse(data);
  if (!parsed.success)
    return err(parsed.error.issues.map((issue) => defect(issue.message, issue.path.join("."), "keep to the form")));
  const { scores, defects } = parsed.data;
  // A low score that says nothing of why helps nobody.
  const bare = DIMENSIONS.filter((dimension) => {
    const score = scores[dimension];
    return score !== null && score <= LOW && !defects.some((each) => each.dimension === dimension);
  });
  return bare.length === 0
    ? ok(parsed.data)
    : err(
        bare.map((dimension) =>
          defect("a low score without a defect that says why", dimension, "name the place and what is wrong"),
        ),
      );
}

/** Scores up to this need a reason. */
const LOW = 3;

export interface ScoredUnit extends SampledUnit {
  readonly date: string;
  readonly scores: Scores;
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

const scoresOf = ({ scores }: ScoredUnit): number[] =>
  DIMENSIONS.map((dimension) => scores.scores[dimension]).filter((score) => score !== null);

export interface Quality {
  /** Mean over all units and dimensions of the newest sample; undefined where nothing was scored. */
  readonly mean: number | undefined;
  readonly byDimension: Readonly<Record<Dimension, number | undefined>>;
  /** Mean of each day's sample, oldest first. */
  readonly trend: readonly { readonly date: string; readonly mean: number }[];
  /** Units of the newest sample below the threshold, and their defects. */
  readonly flagged: readonly ScoredUnit[];
  readonly newest: string | undefined;
}

/** What the scored units come to. */
export function assessQuality(units: readonly ScoredUnit[]): Quality {
  const dates = [...new Set(units.map(({ date }) => date))].sort();
  const newest = dates.at(-1);
  const latest = units.filter(({ date }) => date === newest);
  return {
    newest,
    mean: mean(latest.flatMap(scoresOf)),
    byDimension: Object.fromEntries(
      DIMENSIONS.map((dimension) => [dimension, mean(latest.flatMap(({ scores }) => scores.scores[dimension] ?? []))]),
    ) as Record<Dimension, number | undefined>,
    trend: dates.map((date) => ({
      date,
      mean: mean(units.filter((unit) => unit.date === date).flatMap(scoresOf)) ?? 0,
    })),
    flagged: latest.filter((unit) => (mean(scoresOf(unit)) ?? THRESHOLD) < THRESHOLD),
  };
}

/** In one line, where quality drifts: below the threshold, or falling over the last three samples. */
export function driftOf({ mean: last, trend }: Quality): string | undefined {
  if (last !== undefined && last < THRESHOLD)
    return `the last sample scores ${last.toFixed(2)}, below ${THRESHOLD.toFixed(1)}`;
  const [first, second, third] = trend.slice(-3).map((each) => each.mean);
  return third !== undefined && first! > second! && second! > third
    ? `samples score less each time: ${first!.toFixed(2)}, ${second!.toFixed(2)}, ${third.toFixed(2)}`
    : undefined;
}

/** `manifests/quality_report.md`. */
export function qualityReport(units: readonly ScoredUnit[]): string {
  const quality = assessQuality(units);
  const show = (value: number | null | undefined): string =>
    value === null || value === undefined ? "–" : value.toFixed(2);
  const lines = ["# Quality report", ""];
  if (quality.newest === undefined) return `${lines.join("\n")}Nothing has been sampled.\n`;
  const drift = driftOf(quality);
  lines.push(
    `Sample of ${quality.newest}: mean ${show(quality.mean)} of 5, threshold ${THRESHOLD.toFixed(1)}: ${(quality.mean ?? 0) >= THRESHOLD ? "met" : "not met"}.`,
    ...(drift === undefined ? [] : [`Drift: ${drift}.`]),
    "",
    `| unit | ${DIMENSIONS.join(" | ")} | mean |`,
    `| --- |${DIMENSIONS.map(() => " ---: |").join("")} ---: |`,
    ...units
      .filter(({ date }) => date === quality.newest)
      .map(
        (unit) =>
          `| ${unit.id} | ${DIMENSIONS.map((dimension) => unit.scores.scores[dimension] ?? "–").join(" | ")} | ${show(mean(scoresOf(unit)))} |`,
      ),
    `| all | ${DIMENSIONS.map((dimension) => show(quality.byDimension[dimension])).join(" | ")} | ${show(quality.mean)} |`,
    "",
    "## Defects",
    "",
  );
  const defects = units
    .filter(({ date }) => date === quality.newest)
    .flatMap((unit) =>
      unit.scores.defects.map(({ dimension, where, what }) => `- **${unit.id}** ${dimension}, ${where}: ${what}`),
    );
  lines.push(...(defects.length === 0 ? ["None."] : defects), "", "## Trend", "");
  lines.push(...quality.trend.map(({ date, mean: value }) => `- ${date}: ${value.toFixed(2)}`));
  lines.push("", "## Rework", "");
  lines.push(
    ...(quality.flagged.length === 0
      ? ["Nothing is flagged."]
      : [
          "Flagged, for a person to approve with `codex sample rework <unit…>`:",
          "",
          ...quality.flagged.map(({ id, path }) => `- ${id} (${path})`),
        ]),
  );
  return `${lines.join("\n")}\n`;
}
