/**
 * A queue for p-queue whose order can change while tasks wait: what is most urgent when a slot is free is what counts, and
 * not what was when a task came. Between two changes it is a heap, so that many waiting tasks cost little.
 */
import type { Queue, QueueAddOptions } from "p-queue";
import { Heap } from "../graph/heap.ts";

export interface RankedOptions extends QueueAddOptions {
  /** Higher first. */
  readonly rank: () => number;
}

type Run = () => Promise<unknown>;

interface Entry {
  readonly run: Run;
  readonly rank: () => number;
  /** Among equals, whoever came first. */
  readonly turn: number;
  value: number;
}

const before = (a: Entry, b: Entry): boolean => a.value > b.value || (a.value === b.value && a.turn < b.turn);

export class RankedQueue implements Queue<Run, RankedOptions> {
  private entries = new Heap(before);
  private turns = 0;
  private ranked = 0;
  private readonly ranking: () => number;

  /** @param ranking another number than before means that ranks are others now. */
  constructor(ranking: () => number) {
    this.ranking = ranking;
    this.ranked = ranking();
  }

  get size(): number {
    return this.entries.size;
  }

  enqueue(run: Run, options?: Partial<RankedOptions>): void {
    const rank = options?.rank ?? (() => 0);
    this.entries.push({ run, rank, turn: this.turns++, value: rank() });
  }

  dequeue(): Run | undefined {
    const ranking = this.ranking();
    if (ranking !== this.ranked) {
      this.ranked = ranking;
      const { entries } = this;
      this.entries = new Heap(before);
      for (const entry of entries) this.entries.push({ ...entry, value: entry.rank() });
    }
    return this.entries.pop()?.run;
  }

  /** p-queue asks how many wait at a priority: these tasks have none of its kind. */
  filter(): Run[] {
    return Array.from(this.entries, (entry) => entry.run);
  }

  setPriority(): void {
    throw new Error("ranks are changed by what ranks, not one by one");
  }
}
