/** Whether a pilot succeeded (seed §11.3): the criteria by which the protocol goes on to the next book. */
import type { BookFacts } from "./campaign-facts.ts";

export interface PilotFacts {
  readonly book: BookFacts;
  /** Runs of the book's targets: when each ended, and how long it took. */
  readonly runs: readonly { readonly endMs: number; readonly seconds: number }[];
  /** The units that were produced, with what validation says. */
  readonly units: readonly { readonly id: string; readonly passed: number; readonly total: number }[];
  /** Continuity metrics of the produced units below their thresholds. */
  readonly shortfalls: readonly string[];
  readonly spentUsd: number;
  readonly ceilingUsd: number | undefined;
  /** Mean quality score of the produced units that were sampled; undefined where none was. */
  readonly quality: number | undefined;
}

export interface PilotCriterion {
  readonly what: string;
  readonly met: boolean;
  readonly found: string;
}

/** The seed's figures: hours of wall time, dollars of a book of tier α where no ceiling is set, mean score. */
const HOURS = 8;
const USD = 50;
const SCORE = 4;
/** A book's passes, in the seed's names. */
const PASSES = 7;

/** How long something of the book ran: time in which several ran counts once. */
export function activeSeconds(runs: PilotFacts["runs"]): number {
  const spans = runs
    .map(({ endMs, seconds }) => ({ from: endMs - seconds * 1000, to: endMs }))
    .sort((a, b) => a.from - b.from);
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans) {
    total += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return total / 1000;
}

export function pilotCriteria(facts: PilotFacts): readonly PilotCriterion[] {
  const { book, units, shortfalls, spentUsd, quality } = facts;
  const passes = Object.values(book.passes).filter((status) => status === "completed").length;
  const failing = units.filter(({ passed, total }) => passed !== total);
  const hours = activeSeconds(facts.runs) / 3600;
  const ceiling = facts.ceilingUsd ?? USD;
  return [
    {
      what: `all ${PASSES} passes complete; equivalence-covered and continuity-verified`,
      met: passes >= PASSES && book.state === "equivalence-covered" && book.passes.PV_continuity === "completed",
      found: `${passes} of ${PASSES} passes, ${book.state}`,
    },
    {
      what: "new units pass every check",
      met: units.length > 0 && failing.length === 0,
      found:
        units.length === 0
          ? "no unit was produced"
          : failing.length === 0
            ? `${units.length} units pass`
            : failing.map(({ id, passed, total }) => `${id} ${passed}/${total}`).join(", "),
    },
    {
      what: "continuity metrics meet their thresholds",
      met: units.length > 0 && shortfalls.length === 0,
      found: shortfalls.length === 0 ? "all" : shortfalls.join("; "),
    },
    {
      what: `total cost below $${ceiling.toFixed(2)}`,
      met: spentUsd < ceiling,
      found: `$${spentUsd.toFixed(2)}`,
    },
    {
      what: `wall time below ${HOURS} h`,
      met: hours < HOURS,
      found: hours < 0.1 ? `${Math.round(hours * 3600)} s` : `${hours.toFixed(1)} h`,
    },
    {
      what: `quality score at least ${SCORE.toFixed(1)} of 5 on the produced units`,
      met: quality !== undefined && quality >= SCORE,
      found: quality === undefined ? "no unit of it was sampled: codex sample" : quality.toFixed(2),
    },
  ];
}
