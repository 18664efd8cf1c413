/**
 * `codex sample`: draws a sample of what has shipped lately, has it read, and reports; `codex sample rework` is the
 * operator's word on what was flagged.
 */

import { encodeUtf8, readUtf8 } from "../../artifact/utf8.ts";
import { writeAtomic } from "../../artifact/write.ts";
import {
  assessQuality,
  DIMENSIONS,
  drawSample,
  driftOf,
  formatSamples,
  parseSamples,
  QUALITY_REPORT_PATH,
  qualityReport,
  SAMPLES_PATH,
  type ScoredUnit,
} from "../../curriculum/quality.ts";
import { addAnswer } from "../../exec/answers.ts";
import { FaultError, usageFault } from "../../fault.ts";
import type { Address } from "../../graph/address.ts";
import { recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { scoredUnits, shippedUnits } from "../facts.ts";
import { manifestsOf } from "../manifests.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { whoIsThere } from "../who.ts";
import { withLock } from "../with-lock.ts";
import { buildCommand } from "./build.ts";

export interface SampleFlags {
  readonly date?: string;
  readonly rate: string;
  readonly days: string;
  readonly dryRun?: boolean;
}

export async function sampleCommand(terminal: Terminal, flags: SampleFlags): Promise<number> {
  const workspace = await openWorkspace();
  const date = flags.date ?? new Date(workspace.host.now()).toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date)))
    throw new FaultError(usageFault(`--date takes a day, not ${date}`, "--date", "e.g. --date 2026-11-22"));
  const rate = numberOf(flags.rate, "--rate", 1) / 100;
  const days = numberOf(flags.days, "--days", 1);
  const drawn = samplesOf(workspace).find((sample) => sample.date === date);
  const sample = drawn ?? drawSample(shippedUnits(workspace), date, { rate: Math.min(1, rate), days });
  if (sample.units.length === 0) {
    terminal.out(`Nothing has shipped in the ${days} days up to ${date}: there is nothing to sample.`);
    return EXIT.done;
  }
  terminal.out(`Sample of ${date}: ${sample.units.map(({ id }) => id).join(", ")}`);
  if (flags.dryRun) return EXIT.done;
  if (drawn === undefined)
    await withLock(workspace.host, "codex sample", () =>
      write(workspace, SAMPLES_PATH, formatSamples([...samplesOf(workspace), sample])),
    );
  const code = await buildCommand(terminal, [`sample/${date}`], {});
  const after = await openWorkspace();
  const scored = scoredUnits(after);
  await withLock(after.host, "codex sample", () => write(after, QUALITY_REPORT_PATH, qualityReport(scored)));
  const quality = assessQuality(scored.filter((unit) => unit.date <= date));
  if (quality.mean !== undefined) {
    terminal.out(`Mean of ${quality.newest}: ${quality.mean.toFixed(2)} of 5`);
    const drift = driftOf(quality);
    if (drift !== undefined) terminal.out(terminal.colours.yellow(`Drift: ${drift}`));
    for (const { id } of quality.flagged) terminal.out(`Flagged: ${id}: codex sample rework ${id}`);
  }
  terminal.out(`Written: ${QUALITY_REPORT_PATH}`);
  return code;
}

/** Approves the rework of units: their next build makes them again, told what the reader found. */
export async function reworkCommand(terminal: Terminal, ids: readonly string[]): Promise<number> {
  const workspace = await openWorkspace();
  const { host } = workspace;
  const { flagged } = assessQuality(scoredUnits(workspace));
  if (ids.length === 0) {
    terminal.out(
      flagged.length === 0
        ? "Nothing is flagged for rework."
        : `Flagged for rework: ${flagged.map(({ id }) => id).join(", ")}. Approve with codex sample rework <unit…>`,
    );
    return EXIT.done;
  }
  const shipped = shippedUnits(workspace);
  const targets = ids.map((id) => {
    const unit = flagged.find((each) => each.id === id);
    const book = shipped.find((each) => each.id === id)?.book;
    if (unit === undefined || book === undefined)
      throw new FaultError(
        usageFault(
          `${id} is not flagged for rework`,
          QUALITY_REPORT_PATH,
          flagged.length === 0 ? "nothing is" : `flagged are ${flagged.map((each) => each.id).join(", ")}`,
        ),
      );
    return { unit, target: `book/${book}/P4_production/${id}` as Address };
  });
  const by = `person:${whoIsThere(host.root)}`;
  await withLock(host, "codex sample rework", () => {
    const recorder = recorderOf(workspace);
    for (const { unit, target } of targets) {
      const why = reasonOf(unit);
      addAnswer(host, `${manifestsOf(workspace)}/answers`, target, {
        at: new Date(host.now()).toISOString(),
        by,
        kind: "reject",
        why,
        shown: "",
        attempts: workspace.engine.world.trace(target)?.run.attempts ?? 0,
      });
      recorder?.answered({ address: target, from: "completed", to: "rework", actor: by, rationale: why });
      terminal.out(`To be reworked: ${target}`);
    }
  });
  terminal.out(`${plural(targets.length, "unit")}: the next build makes them again and integrates them anew.`);
  return EXIT.done;
}

/** What the next attempt is told. */
const reasonOf = ({ scores, date }: ScoredUnit): string =>
  [
    `quality sample of ${date}: ${DIMENSIONS.map((dimension) => `${dimension} ${scores.scores[dimension] ?? "–"}`).join(", ")}`,
    ...scores.defects.map(({ dimension, where, what }) => `${dimension}, ${where}: ${what}`),
  ].join("; ");

const samplesOf = ({ engine }: Workspace) => {
  const bytes = engine.files.bytes(SAMPLES_PATH);
  return bytes === undefined ? [] : parseSamples(readUtf8(bytes));
};

const write = ({ host }: Workspace, path: string, text: string): void =>
  writeAtomic(host, `${host.root}/${path}`, encodeUtf8(text));

function numberOf(text: string, flag: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new FaultError(usageFault(`${flag} takes a number from ${least}, not ${text}`, flag, `e.g. ${flag} 5`));
  return value;
}
