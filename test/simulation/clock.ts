/**
 * Time that passes only when nothing else can happen: a timer fires when all promises have come to rest, and the clock
 * jumps to it. Weeks go by in seconds, and the order of everything follows from the seed.
 */
import type { Random } from "./random.ts";

interface Timer {
  readonly at: number;
  /** Orders timers of one moment by chance, not by who asked first. */
  readonly tie: number;
  readonly fn: () => void;
  done: boolean;
}

/** A simulation that can go no further: nothing is timed, and what was waited for has not come. */
export class Standstill extends Error {}

export class Clock {
  /** Milliseconds since the epoch. */
  now: number;
  /** Timers that have fired. */
  fired = 0;
  private readonly timers: Timer[] = [];
  private readonly random: Random;

  constructor(start: number, random: Random) {
    this.now = start;
    this.random = random;
  }

  after(ms: number, fn: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(0, ms), tie: this.random.next(), fn, done: false };
    // A heap: simulated campaigns hold few timers, but fire many.
    const { timers } = this;
    let at = timers.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(timer, timers[parent]!)) break;
      timers[at] = timers[parent]!;
      at = parent;
    }
    timers[at] = timer;
    return () => {
      timer.done = true;
    };
  }

  /**
   * Lets time pass until the promise has come to an end, and gives what it came to.
   * @param step told each time that everything has come to rest; what it throws ends the run.
   */
  async until<T>(promise: Promise<T>, step: () => void = () => undefined): Promise<PromiseSettledResult<T>> {
    let settled: PromiseSettledResult<T> | undefined;
    promise.then(
      (value) => {
        settled = { status: "fulfilled", value };
      },
      (reason: unknown) => {
        settled = { status: "rejected", reason };
      },
    );
    for (;;) {
      await rest();
      step();
      if (settled !== undefined) return settled;
      const timer = this.take();
      if (timer === undefined) throw new Standstill("nothing is running, nothing is timed, and it has not ended");
      this.now = Math.max(this.now, timer.at);
      this.fired++;
      timer.fn();
    }
  }

  private take(): Timer | undefined {
    for (;;) {
      const first = this.timers[0];
      if (first === undefined) return undefined;
      const last = this.timers.pop()!;
      if (last !== first) this.sink(last);
      if (!first.done) return first;
    }
  }

  private sink(timer: Timer): void {
    const { timers } = this;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && earlier(timers[child + 1]!, timers[child]!)) child++;
      if (!earlier(timers[child]!, timer)) break;
      timers[at] = timers[child]!;
      at = child;
    }
    timers[at] = timer;
  }
}

const earlier = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/** After all microtasks: promises that could go on have gone on. Nothing in a simulation waits for the real world. */
const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
