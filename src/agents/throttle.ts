/**
 * How many requests are on their way at once. The server's answers decide: a 429 halves it, an overload keeps it from
 * growing for a while, and answers raise it by one a round. It never falls below a floor, so that something always
 * goes on and the server's prompt cache stays warm. What the headers say may still be asked holds as well.
 */
import type { Host } from "../host.ts";
import { Buckets, type Need } from "./rate-buckets.ts";

export interface ThrottleOptions {
  readonly floor: number;
  readonly ceiling: number;
}

/** How a request ended, as far as it says something about the server's load. */
export type Load = "answered" | "limited" | "overloaded" | "other";

/** Growth rests for so long after an overload. */
const REST_MS = 30_000;

interface Waiter {
  readonly need: Need;
  readonly start: () => void;
}

export class Throttle {
  readonly #host: Pick<Host, "now" | "after">;
  readonly #options: ThrottleOptions;
  readonly #buckets = new Buckets();
  readonly #waiting: Waiter[] = [];
  #limit: number;
  #running = 0;
  /** Counts cuts: what was under way when a cut came has nothing more to say about the load before it. */
  #cuts = 0;
  #restUntil = 0;
  #wake: (() => void) | undefined;

  constructor(host: Pick<Host, "now" | "after">, options: ThrottleOptions) {
    this.#host = host;
    this.#options = options;
    this.#limit = options.ceiling;
  }

  /** How many requests may be under way now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /**
   * Waits for a place.
   * @returns what to call when the request has ended; undefined where `signal` was aborted before its turn came.
   */
  enter(need: Need, signal: AbortSignal): Promise<((load: Load) => void) | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(undefined);
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        resolve(undefined);
      };
      const waiter: Waiter = {
        need,
        start: () => {
          signal.removeEventListener("abort", leave);
          this.#running++;
          const cuts = this.#cuts;
          let left = false;
          resolve((load) => {
            if (left) return;
            left = true;
            this.#running--;
            this.#learn(load, cuts);
            this.#pump();
          });
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiter);
      this.#pump();
    });
  }

  /** Takes in what a response's headers say may still be asked. */
  observe(headers: Headers): void {
    this.#buckets.observe(headers, this.#host.now());
    this.#pump();
  }

  #learn(load: Load, cutsBefore: number): void {
    const { floor, ceiling } = this.#options;
    switch (load) {
      case "limited":
        if (this.#cuts > cutsBefore) return;
        this.#cuts++;
        this.#limit = Math.max(floor, this.#limit / 2);
        return;
      case "overloaded":
        this.#restUntil = this.#host.now() + REST_MS;
        return;
      case "answered":
        if (this.#cuts > cutsBefore || this.#host.now() < this.#restUntil) return;
        this.#limit = Math.min(ceiling, this.#limit + 1 / this.#limit);
        return;
      case "other":
        return;
    }
  }

  /** Starts what may start, in the order in which it came. */
  #pump(): void {
    this.#wake?.();
    this.#wake = undefined;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      // With nothing under way nobody would ever learn that there is room again.
      if (this.#running >= Math.max(1, this.limit)) return;
      const wait = this.#buckets.take(next.need, this.#host.now());
      if (wait > 0) {
        this.#wake = this.#host.after(wait, () => {
          this.#wake = undefined;
          this.#pump();
        });
        return;
      }
      this.#waiting.shift();
      next.start();
    }
  }
}
