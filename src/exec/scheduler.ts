/**
 * Who may run now: p-queue pools under one global limit, and one gate for the shared files. Integration is the only
 * writer of shared files; while one waits, no new reader of shared state starts.
 */
import PQueue from "p-queue";

export class Scheduler {
  private readonly pools = new Map<string, PQueue>();
  private readonly global: PQueue;
  private readonly gate = new SharedGate();

  /**
   * @param pools slots by pool name; a pool that is not named has as many as the global limit.
   * @param limit running tasks over all pools.
   */
  constructor(pools: Readonly<Record<string, number>>, limit: number) {
    this.global = new PQueue({ concurrency: limit });
    for (const [name, concurrency] of Object.entries(pools)) this.pools.set(name, new PQueue({ concurrency }));
  }

  /** Runs `fn` when its pool, the shared files and the global limit allow; higher priority first. */
  run<T>(task: { readonly pool: string; readonly shared: "read" | "write" | undefined; readonly priority: number }, fn: () => Promise<T>): Promise<T> {
    const { priority } = task;
    const queue = this.pools.get(task.pool) ?? this.global;
    return queue.add(
      () =>
        this.gate.hold(task.shared, () => (queue === this.global ? fn() : this.global.add(fn, { priority }))),
      { priority },
    );
  }
}

/** A readers–writer lock that lets writers go first. */
export class SharedGate {
  private readers = 0;
  private writing = false;
  private readonly waitingWriters: (() => void)[] = [];
  private readonly waitingReaders: (() => void)[] = [];

  async hold<T>(mode: "read" | "write" | undefined, fn: () => Promise<T>): Promise<T> {
    if (mode === undefined) return fn();
    await (mode === "write" ? this.enterWriter() : this.enterReader());
    try {
      return await fn();
    } finally {
      if (mode === "write") this.writing = false;
      else this.readers--;
      this.wake();
    }
  }

  private enterWriter(): Promise<void> {
    return new Promise((resolve) => {
      this.waitingWriters.push(resolve);
      this.wake();
    });
  }

  private enterReader(): Promise<void> {
    return new Promise((resolve) => {
      this.waitingReaders.push(resolve);
      this.wake();
    });
  }

  private wake(): void {
    if (this.writing) return;
    if (this.waitingWriters.length > 0) {
      if (this.readers > 0) return;
      this.writing = true;
      this.waitingWriters.shift()!();
      return;
    }
    for (const enter of this.waitingReaders.splice(0)) {
      this.readers++;
      enter();
    }
  }
}
