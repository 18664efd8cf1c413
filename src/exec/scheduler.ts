/**
 * Who may run now: p-queue pools under one global limit, and one gate for the shared files. Integration is the only
 * writer of shared files; while one waits, no new reader of shared state starts.
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
    const { pool, shared, priority: rank } = task;
    const inGlobal = (): Promise<T> => this.global.add(fn, { rank });
    switch (shared) {
      case undefined:
        return this.inPool(pool, rank, inGlobal);
      case "write":
        // A writer that waits for its pool keeps readers out as well: let in between two writers, they would hold up the
        // second for as long as they read, and every writer after it. At the gate it holds no slot of the global limit, or
        // it could wait for readers that wait for that slot.
        return this.gate.announced(() => this.inPool(pool, rank, () => this.gate.write(inGlobal)));
      case "read":
        return this.read(pool, rank, fn);
      default:
        return unreachable(shared);
    }
  }

  /** A reader that finds the gate closed lets go of its slots, or a writer could wait for them behind it. */
  private async read<T>(pool: string, rank: () => number, fn: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.gate.open();
      const started = await this.inPool(pool, rank, () => this.global.add(() => this.gate.readNow(fn), { rank }));
      if (started !== undefined) return started.result;
    }
  }

  private async inPool<T>(name: string, rank: () => number, fn: () => Promise<T>): Promise<T> {
    const pool = this.pools.get(name);
    return pool === undefined ? fn() : pool.add(fn, { rank });
  }
}

/** A readers–writer lock that lets writers go first. */
export class SharedGate {
  private readers = 0;
  private writing = false;
  /** Writers that wait or are at work, at the gate or on their way to it. */
  private writers = 0;
  private readonly waitingWriters: (() => void)[] = [];
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

  /** Runs `fn` as the writer, when the readers at work have ended. */
  async write<T>(fn: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.waitingWriters.push(resolve);
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

  /** Runs `fn` as a reader, unless a writer is at work or waits: then undefined, at once. */
  async readNow<T>(fn: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
    if (!this.isOpen()) return undefined;
    this.readers++;
    try {
      return { result: await fn() };
    } finally {
      this.readers--;
      this.wake();
    }
  }

  private isOpen(): boolean {
    return this.writers === 0 && !this.writing && this.waitingWriters.length === 0;
  }

  private wake(): void {
    if (this.writing) return;
    if (this.waitingWriters.length > 0) {
      if (this.readers > 0) return;
      this.writing = true;
      this.waitingWriters.shift()!();
      return;
    }
    if (this.isOpen()) for (const enter of this.waitingReaders.splice(0)) enter();
  }
}
