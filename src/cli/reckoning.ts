/**
 * Whether the estimate was right: of the targets that a build finished and paid for, what had been estimated, and what
 * they did cost, failed calls included. A build that stopped early is judged by what it did, not by what it left.
 */
import { appendLine } from "../campaign/jsonl.ts";
import type { Event } from "../events.ts";
import type { Estimates } from "../exec/estimate.ts";
import type { Task } from "../exec/task.ts";
import type { Graph } from "../graph/graph.ts";
import type { Host } from "../host.ts";
import { sumUsd } from "../money.ts";
import { plural, usd } from "./view/plain.ts";

/** A line of `.codex/estimates.jsonl`. */
export interface Reckoned {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly goals: readonly string[];
  /** Targets that were finished and paid for. */
  readonly targets: number;
  readonly estimatedUsd: number;
  readonly actualUsd: number;
}

export class Reckoning {
  /** US dollars of each call, by target. */
  readonly #paid = new Map<string, number[]>();
  readonly #finished = new Set<string>();
  readonly #estimatesOf: (graph: Graph) => Pick<Estimates, "of">;
  #estimates: Pick<Estimates, "of"> | undefined;

  /** @param estimatesOf asked once, when the build begins: what it pays must not be among what it was estimated by. */
  constructor(estimatesOf: (graph: Graph) => Pick<Estimates, "of">) {
    this.#estimatesOf = estimatesOf;
  }

  begin(graph: Graph): void {
    this.#estimates ??= this.#estimatesOf(graph);
  }

  /** Takes in what happens in the build. */
  heard(event: Event): void {
    if (event.type === "callSettled" && event.usage.usd > 0)
      this.#paid.set(event.target, [...(this.#paid.get(event.target) ?? []), event.usage.usd]);
    if (event.type === "targetFinished" && event.how === "ran" && this.#paid.has(event.target))
      this.#finished.add(event.target);
  }

  /** The sums; undefined where nothing was paid for and finished. */
  result(tasks: ReadonlyMap<string, Task>, goals: readonly string[], now: number): Reckoned | undefined {
    const estimates = this.#estimates;
    if (estimates === undefined) return undefined;
    const done = [...this.#finished].flatMap((id) => tasks.get(id) ?? []);
    if (done.length === 0) return undefined;
    return {
      at: new Date(now).toISOString(),
      goals,
      targets: done.length,
      estimatedUsd: sumUsd(done.map((task) => estimates.of(task).usd)),
      actualUsd: sumUsd(done.flatMap((task) => this.#paid.get(task.target.id)!)),
    };
  }
}

/** Keeps a result among those of earlier builds. */
export const keepReckoned = (host: Host, reckoned: Reckoned): void =>
  appendLine(host, `${host.root}/.codex/estimates.jsonl`, reckoned);

/** A result as a line: how far off the estimate was, in percent of what was paid. */
export function describeReckoned({ targets, estimatedUsd, actualUsd }: Reckoned): string {
  const off = Math.round((estimatedUsd / actualUsd - 1) * 100);
  const error = estimatedUsd === 0 ? "there was nothing to go by" : `error ${off > 0 ? "+" : ""}${off} %`;
  return `Estimated ${usd(estimatedUsd)} for ${plural(targets, "target")}, actual ${usd(actualUsd)} (${error})`;
}
