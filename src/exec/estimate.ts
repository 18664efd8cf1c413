/**
 * What a run of a target will take, and on what that rests: the median of the runs of its pass, else what the rule
 * declares. Estimates are for people and for the order of work; no ceiling is kept with them.
 */
import type { Address } from "../graph/address.ts";
import type { Graph } from "../graph/graph.ts";
import type { Trace } from "../graph/trace.ts";
import type { Task } from "./task.ts";

/** What an estimate rests on. */
export type Basis =
  /** The median of so many runs of the pass. */
  | { readonly kind: "history"; readonly runs: number }
  /** The rule's `estimate`. */
  | { readonly kind: "declared" };

export interface Estimate {
  readonly seconds: number;
  readonly usd: number;
  readonly basis: Basis;
}

/** One run of a pass. */
export interface Sample {
  readonly rule: string;
  readonly seconds: number;
  readonly usd: number;
}

/** Runs of a rule as many as its median is taken of, the latest first; older prices and prompts count no more. */
const MOST = 64;

/** A recording's seconds and dollars say nothing about a model's. */
const REPLAYED = "replay";

export class Estimates {
  readonly #samples = new Map<string, Sample[]>();
  readonly #medians = new Map<string, Estimate>();
  readonly #free: boolean;

  /**
   * @param samples of all passes, the latest first.
   * @param free whether agents cost nothing: they are replayed.
   */
  constructor(samples: Iterable<Sample>, free: boolean) {
    this.#free = free;
    for (const sample of samples) {
      const known = this.#samples.get(sample.rule);
      if (known === undefined) this.#samples.set(sample.rule, [sample]);
      else if (known.length < MOST) known.push(sample);
    }
  }

  /** What one run of the task will take. */
  of({ target, action }: Task): Estimate {
    let median = this.#medians.get(target.rule);
    if (median === undefined) {
      const runs = this.#samples.get(target.rule) ?? [];
      median =
        runs.length === 0
          ? { ...target.estimate, basis: { kind: "declared" } }
          : {
              seconds: medianOf(runs.map(({ seconds }) => seconds)),
              usd: medianOf(runs.map(({ usd }) => usd)),
              basis: { kind: "history", runs: runs.length },
            };
      this.#medians.set(target.rule, median);
    }
    return this.#free && action.kind === "agent" ? { ...median, usd: 0 } : median;
  }
}

/**
 * The last run of every target that has one, the latest first. What a person adopted or answered was no run.
 * @param free whether agents are replayed now: then replayed runs are history, and otherwise they are not.
 */
export function runsInTraces(graph: Graph, traceOf: (id: Address) => Trace | undefined, free: boolean): Sample[] {
  const runs: { readonly at: string; readonly sample: Sample }[] = [];
  for (const { id, rule } of graph.targets.values()) {
    const run = traceOf(id)?.run;
    if (run === undefined || run.agent.startsWith("person:") || (!free && run.model === REPLAYED)) continue;
    runs.push({ at: run.at, sample: { rule, seconds: run.seconds, usd: run.usd } });
  }
  return runs.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).map(({ sample }) => sample);
}

/** The middle value, or the mean of the two in the middle; of at least one. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** An estimate's basis in words. */
export const describeBasis = (basis: Basis): string =>
  basis.kind === "declared" ? "as declared" : `median of ${basis.runs} run${basis.runs === 1 ? "" : "s"}`;
