/** Many seeds, and what they came to. */
import type { Seams } from "./process.ts";
import { type Simulated, simulate } from "./simulate.ts";

export interface Batch {
  readonly campaigns: number;
  readonly lives: number;
  readonly crashes: number;
  readonly paid: number;
  /** Simulated hours. */
  readonly hours: number;
  /** A line for each seed with a violation, or an exception. */
  readonly findings: readonly string[];
}

/**
 * Runs the seeds, one after the other.
 * @param stopAfter as many findings are enough.
 */
export async function many(seeds: Iterable<number>, seams: Seams = {}, stopAfter = 10): Promise<Batch> {
  const done: Simulated[] = [];
  const findings: string[] = [];
  for (const seed of seeds) {
    try {
      const run = await simulate(seed, seams);
      done.push(run);
      if (run.violation !== undefined) findings.push(`seed ${seed}: ${run.violation.message}`);
    } catch (error) {
      findings.push(`seed ${seed} threw ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (findings.length >= stopAfter) break;
  }
  const sum = (of: (run: Simulated) => number): number => done.reduce((total, run) => total + of(run), 0);
  return {
    campaigns: done.length,
    lives: sum((run) => run.lives),
    crashes: sum((run) => run.crashes),
    paid: sum((run) => run.paid),
    hours: sum((run) => run.hours),
    findings,
  };
}

/** `count` seeds from `first` on. */
export const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);
