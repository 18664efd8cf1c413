/**
 * The hard stop of integration (protocol §7): where continuity is worse after an integration than before it, nothing more
 * is integrated until a person has looked. Nothing is mended by itself; drafts are still produced. The hold stands in a
 * file that git tracks, so that it outlives the process and the machine.
 */
import * as z from "zod";
import { aggregate, METRICS, type Metric, type Thresholds } from "../curriculum/continuity.ts";
import { describeMetric, type MeasuredUnit } from "../curriculum/continuity-report.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";

/** How the curriculum stands at one moment. */
export interface Figures {
  readonly judged: readonly MeasuredUnit[];
  /** Paths of the units that pass validation, and of those that do not. */
  readonly passing: readonly string[];
  readonly failing: readonly string[];
}

/** What has to be known of the moment before an integration to compare with it. */
export interface Before {
  /** Means over the judged units; absent where none is judged. */
  readonly metrics: Readonly<Partial<Record<Metric, number>>>;
  /** Paths of the judged units, and of those that passed validation. */
  readonly judged: readonly string[];
  readonly passing: readonly string[];
}

/** What one integration has made worse. */
export interface Regression {
  readonly metrics: Readonly<Partial<Record<Metric, { readonly before: number; readonly after: number }>>>;
  /** Units that passed validation before and do not now. */
  readonly failing: readonly string[];
}

const holdSchema = z.strictObject({
  version: z.literal(1),
  /** UTC, ISO 8601. */
  at: z.string(),
  /** Address of the integration. */
  after: z.string(),
  metrics: z.partialRecord(
    z.enum(METRICS as readonly [Metric, ...Metric[]]),
    z.strictObject({ before: z.number(), after: z.number() }),
  ),
  failing: z.array(z.string()),
  /** Paths of the units that came with the integration: they are not compared. */
  added: z.array(z.string()),
});

/** A hold that is open: since which integration, and what that has made worse. */
export type Hold = Readonly<z.infer<typeof holdSchema>>;

export const standingOf = ({ judged, passing }: Figures): Before => ({
  metrics: meansOf(judged),
  judged: judged.map(({ path }) => path),
  passing,
});

/**
 * What got worse in the units that were there before; undefined where nothing did. Units that an integration adds are not
 * woven yet, and weigh on the curriculum's means until they are: that is no regression. A metric got worse where it is
 * below its threshold now, and either met it before or has fallen by more than a share of what it was.
 */
export function regression(
  before: Before,
  now: Figures,
  thresholds: Thresholds,
  share: number,
): Regression | undefined {
  const there = new Set(before.judged);
  const after = meansOf(now.judged.filter(({ path }) => there.has(path)));
  const metrics = METRICS.flatMap((metric) => {
    const [was, is, threshold] = [before.metrics[metric], after[metric], thresholds[metric]];
    if (was === undefined || is === undefined || is >= threshold) return [];
    return was >= threshold || is < was * (1 - share) ? [[metric, { before: was, after: is }] as const] : [];
  });
  const passed = new Set(before.passing);
  const failing = now.failing.filter((path) => passed.has(path));
  return metrics.length === 0 && failing.length === 0 ? undefined : { metrics: Object.fromEntries(metrics), failing };
}

/** The hold that a regression opens. @param at milliseconds since the epoch */
export function holdOf(after: string, at: number, worse: Regression, before: Before, now: Figures): Hold {
  const there = new Set(before.judged);
  return {
    version: 1,
    at: new Date(at).toISOString(),
    after,
    metrics: worse.metrics,
    failing: [...worse.failing],
    added: now.judged.flatMap(({ path }) => (there.has(path) ? [] : [path])),
  };
}

/** Whether what a hold tells of is mended, by the same measure by which it was found. */
export function isMended(hold: Hold, now: Figures, thresholds: Thresholds, share: number): boolean {
  const added = new Set(hold.added);
  const before: Before = {
    metrics: Object.fromEntries(Object.entries(hold.metrics).map(([metric, { before: was }]) => [metric, was])),
    judged: now.judged.flatMap(({ path }) => (added.has(path) ? [] : [path])),
    passing: hold.failing,
  };
  return regression(before, now, thresholds, share) === undefined;
}

/** Means over units; of no units there are none. */
function meansOf(units: readonly MeasuredUnit[]): Before["metrics"] {
  if (units.length === 0) return {};
  const means = aggregate(units.map(({ continuity }) => continuity));
  return Object.fromEntries(
    METRICS.flatMap((metric) => (means[metric] === undefined ? [] : [[metric, means[metric]]])),
  );
}

/** The exit code of what waits for a person, as `src/cli/exit.ts` has it. */
const WAITING = 4;
const LISTED = 3;

/** What a regression is, in a clause: `forward promises per 1000 words 3.10 → 2.72 (at least 3)`. */
export function describeRegression({ metrics, failing }: Regression, thresholds: Thresholds): string {
  const shown =
    failing.slice(0, LISTED).join(", ") + (failing.length > LISTED ? ` and ${failing.length - LISTED} more` : "");
  return [
    ...METRICS.flatMap((metric) => {
      const found = metrics[metric];
      const label = describeMetric(metric);
      return found === undefined
        ? []
        : [
            `${label[0]!.toLowerCase()}${label.slice(1)} ${found.before.toFixed(2)} → ${found.after.toFixed(2)} (at least ${thresholds[metric]})`,
          ];
    }),
    ...(failing.length === 0 ? [] : [`${shown} ${failing.length === 1 ? "fails" : "fail"} validation`]),
  ].join("; ");
}

/** The hold, as a person is told of it wherever an integration is not started. */
export const holdFault = (hold: Hold, thresholds: Thresholds): Fault => ({
  what: `continuity got worse with ${hold.after}: ${describeRegression(hold, thresholds)}: nothing more is integrated`,
  where: hold.after,
  mend: 'look at the units (codex continuity --format md), and mend them, or let it stand: codex continuity --accept --why "…"',
  exit: WAITING,
});

export const renderHold = (hold: Hold): string => `${JSON.stringify(hold, null, 2)}\n`;

/** Reads a hold. A damaged one still holds: what it said is not known, and a person must look. @param path for the message */
export function parseHold(text: string, path: string): Result<Hold, Fault> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = holdSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const mend = `restore it from git (git checkout -- ${path}), or let integration go on: codex continuity --accept --why "…"`;
  return err({ ...usageFault(`${path} says that integration is held, and cannot be read`, path, mend), exit: WAITING });
}
