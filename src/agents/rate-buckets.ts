/** What the API's rate-limit headers say may still be asked, until when; counted down for requests under way. */

/** What a request will take of the limits: tokens in and out, estimated. */
export interface Need {
  readonly input: number;
  readonly output: number;
}

interface Bucket {
  limit: number;
  remaining: number;
  /** Milliseconds since the epoch at which it is full again. */
  resetAt: number;
}

const NAMES = ["requests", "tokens", "input-tokens", "output-tokens"] as const;
type Name = (typeof NAMES)[number];

/** Nobody waits for longer than this at a time: clocks differ, and the server has the last word. */
const LONGEST_MS = 60_000;

export class Buckets {
  readonly #buckets = new Map<Name, Bucket>();

  /** @param now milliseconds since the epoch. */
  observe(headers: Headers, now: number): void {
    for (const name of NAMES) {
      const get = (what: string): string => headers.get(`anthropic-ratelimit-${name}-${what}`) ?? "";
      const limit = Number(get("limit") || Number.NaN);
      const remaining = Number(get("remaining") || Number.NaN);
      const reset = Date.parse(get("reset"));
      if (!(limit > 0) || !(remaining >= 0) || Number.isNaN(reset)) continue;
      // The server's clock may be another: its own date says how far away the reset is.
      const date = Date.parse(headers.get("date") ?? "");
      const resetAt = now + Math.max(0, reset - (Number.isNaN(date) ? now : date));
      this.#buckets.set(name, { limit, remaining, resetAt });
    }
  }

  /** Takes what a request needs. @returns 0, or the milliseconds to wait before it is asked again; nothing is taken then. */
  take(need: Need, now: number): number {
    const wanted: Readonly<Record<Name, number>> = {
      requests: 1,
      tokens: need.input + need.output,
      "input-tokens": need.input,
      "output-tokens": need.output,
    };
    let wait = 0;
    for (const [name, bucket] of this.#buckets) {
      if (now >= bucket.resetAt) {
        this.#buckets.delete(name);
        continue;
      }
      // What is larger than the whole limit can only be tried when nothing else has taken of it.
      if (bucket.remaining < Math.min(wanted[name], bucket.limit)) wait = Math.max(wait, bucket.resetAt - now);
    }
    if (wait > 0) return Math.min(wait, LONGEST_MS);
    for (const [name, bucket] of this.#buckets) bucket.remaining = Math.max(0, bucket.remaining - wanted[name]);
    return 0;
  }
}
