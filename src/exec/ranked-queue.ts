/**
 * A queue for p-queue whose order can change while tasks wait: what is most urgent when a slot is free is what counts, and
 * not what was when a task came. Between two changes it is a heap, so that many waiting tasks cost little.
 */
import type { Queue, QueueAddOptions } from "p-queue";

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

export class RankedQueue implements Queue<Run, RankedOptions> {
  private entries: Entry[] = [];
  private turns = 0;
  private ranked = 0;
  private readonly ranking: () => number;

  /** @param ranking another number than before means that ranks are others now. */
  constructor(ranking: () => number) {
    this.ranking = ranking;
    this.ranked = ranking();
  }

  get size(): number {
    return this.entries.length;
  }

  enqueue(run: Run, options?: Partial<RankedOptions>): void {
    const rank = options?.rank ?? (() => 0);
    this.push({ run, rank, turn: this.turns++, value: rank() });
  }

  dequeue(): Run | undefined {
    const ranking = this.ranking();
    if (ranking !== this.ranked) {
      this.ranked = ranking;
      const { entries } = this;
      this.entries = [];
      for (const entry of entries) this.push({ ...entry, value: entry.rank() });
    }
    const [first] = this.entries;
    const last = this.entries.pop();
    if (first === undefined || last === undefined) return undefined;
    if (first !== last) this.sink(last);
    return first.run;
  }

  /** p-queue asks how many wait at a priority: these tasks have none of its kind. */
  filter(): Run[] {
    return this.entries.map((entry) => entry.run);
  }

  setPriority(): void {
    throw new Error("ranks are changed by what ranks, not one by one");
  }

  private push(entry: Entry): void {
    const { entries } = this;
    let at = entries.push(entry) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && before(entry, entries[parent]!); parent = (at - 1) >> 1) {
      entries[at] = entries[parent]!;
      at = parent;
    }
    entries[at] = entry;
  }

  private sink(entry: Entry): void {
    const { entries } = this;
    let at = 0;
    for (let child = 1; child < entries.length; child = 2 * at + 1) {
      if (child + 1 < entries.length && before(entries[child + 1]!, entries[child]!)) child++;
      if (!before(entries[child]!, entry)) break;
      entries[at] = entries[child]!;
      at = child;
    }
    entries[at] = entry;
  }
}

const before = (a: Entry, b: Entry): boolean => a.value > b.value || (a.value === b.value && a.turn < b.turn);
