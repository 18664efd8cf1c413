/**
 * Who may run now: p-queue pools under one global limit, and one gate for the shared files. Integration is the only
 * writer of shared files; while one waits or is at work, no new reader of shared state starts. It does not wait for the
 * readers at work: what they have read is recorded, and what it writes appears all at once.
 */
import PQueue from "p-queue";
import { unreachable } from "../result.ts";
import { type RankedOptions, RankedQueue } from "./ranked-queue.ts";

type Pool = PQueue<RankedQueue, RankedOptions>;

/** What the scheduler is told of a task. */
export interface Waiting {
  readonly pool: string;
  readonly shared: "read" | "write" | undefined;
  /** Asked when the task comes in, and again after `rerank`: higher first. */
  readonly priority: () => number;
  /** Files that it may write, asked when it starts: a writer waits for a reader at work that may write one of its own. */
  readonly writes?: () => readonly string[];
}

export class Scheduler {
  /** Running tasks over all pools. */
  readonly limit: number;
  private readonly pools = new Map<string, Pool>();
  private readonly global: Pool;
  private readonly gate = new SharedGate();
  /** Of all queues: another one means that priorities are others now. */
  private ranking = 0;

  /**
   * @param pools slots by pool name; a pool that is not named has as many as the global limit.
   * @param limit running tasks over all pools.
   */
  constructor(pools: Readonly<Record<string, number>>, limit: number) {
    this.limit = limit;
    this.global = this.poolOf(limit);
    for (const [name, concurrency] of Object.entries(pools)) this.pools.set(name, this.poolOf(concurrency));
  }

  /** Slots of a pool; undefined where it has none of its own. */
  slots(pool: string): number | undefined {
    return this.pools.get(pool)?.concurrency;
  }

  /** Says that priorities are others now: whoever waits is put in order anew before the next one starts. */
  rerank(): void {
    this.ranking++;
  }

  private poolOf(concurrency: number): Pool {
    const ranking = (): number => this.ranking;
    class Queue extends RankedQueue {
      constructor() {
        super(ranking);
      }
    }
    return new PQueue({ concurrency, queueClass: Queue });
  }

  /** Runs `fn` when its pool, the shared files and the global limit allow; higher priority first. */
  run<T>(task: Waiting, fn: () => Promise<T>): Promise<T> {
    const { pool, shared, priority: rank, writes = () => [] } = task;
    const inGlobal = (): Promise<T> => this.global.add(fn, { rank });
    switch (shared) {
      case undefined:
        return this.inPool(pool, rank, inGlobal);
      case "write":
        // A writer that waits for its pool keeps readers out as well: drafts are integrated before anybody else reads.
        // At the gate it holds no slot of the global limit, or it could wait for readers that wait for that slot.
        return this.gate.announced(() => this.inPool(pool, rank, () => this.gate.write(inGlobal, writes())));
      case "read":
        return this.read(pool, rank, fn, writes);
      default:
        return unreachable(shared);
    }
  }

  /** A reader that finds the gate closed lets go of its slots, or a writer could wait for them behind it. */
  private async read<T>(
    pool: string,
    rank: () => number,
    fn: () => Promise<T>,
    writes: () => readonly string[],
  ): Promise<T> {
    const readNow = (): Promise<{ readonly result: T } | undefined> => this.gate.readNow(fn, writes());
    for (;;) {
      await this.gate.open();
      const started = await this.inPool(pool, rank, () => this.global.add(readNow, { rank }));
      if (started !== undefined) return started.result;
    }
  }

  private async inPool<T>(name: string, rank: () => number, fn: () => Promise<T>): Promise<T> {
    const pool = this.pools.get(name);
    return pool === undefined ? fn() : pool.add(fn, { rank });
  }
}

/**
 * Lets one writer through at a time, and no reader in while one waits or is at work. Readers who were let in before go
 * on, and the writer with them, unless they may write the same files.
 */
export class SharedGate {
  /** What each reader at work may write. */
  private readonly readers = new Set<ReadonlySet<string>>();
  private writing = false;
  /** Writers that wait or are at work, at the gate or on their way to it. */
  private writers = 0;
  private readonly waitingWriters: { readonly writes: readonly string[]; readonly enter: () => void }[] = [];
  private readonly waitingReaders: (() => void)[] = [];

  /** While `fn` runs, which leads to `write` sooner or later, no reader is let in. */
  async announced<T>(fn: () => Promise<T>): Promise<T> {
    this.writers++;
    try {
      return await fn();
    } finally {
      this.writers--;
      this.wake();
    }
  }

  /** Runs `fn` as the writer, when no other is at work and no reader that may write any of these files. */
  async write<T>(fn: () => Promise<T>, writes: readonly string[] = []): Promise<T> {
    await new Promise<void>((enter) => {
      this.waitingWriters.push({ writes, enter });
      this.wake();
    });
    try {
      return await fn();
    } finally {
      this.writing = false;
      this.wake();
    }
  }

  /** Waits until no writer is at work or waits. It holds nothing: by the time that one reads, a writer may have come. */
  open(): Promise<void> {
    if (this.isOpen()) return Promise.resolve();
    return new Promise((resolve) => this.waitingReaders.push(resolve));
  }

  /** Runs `fn` as a reader, who may write these files; undefined, at once, where a writer is at work or waits. */
  async readNow<T>(fn: () => Promise<T>, writes: readonly string[] = []): Promise<{ readonly result: T } | undefined> {
    if (!this.isOpen()) return undefined;
    const own = new Set(writes);
    this.readers.add(own);
    try {
      return { result: await fn() };
    } finally {
      this.readers.delete(own);
      this.wake();
    }
  }

  private isOpen(): boolean {
    return this.writers === 0 && !this.writing && this.waitingWriters.length === 0;
  }

  private wake(): void {
    if (this.writing) return;
    const readers = [...this.readers];
    const next = this.waitingWriters.findIndex(
      ({ writes }) => !readers.some((own) => writes.some((path) => own.has(path))),
    );
    if (next >= 0) {
      this.writing = true;
      this.waitingWriters.splice(next, 1)[0]!.enter();
      return;
    }
    if (this.isOpen()) for (const enter of this.waitingReaders.splice(0)) enter();
  }
}
