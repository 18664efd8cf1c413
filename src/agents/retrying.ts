/**
 * Tries again what failed on its way: overloads, limits, broken and stalled streams. These are no failures of the pass
 * and use no rung of its ladder. Between attempts it waits, for a time drawn at random so that many do not come back
 * at once; a server that says when to come back is believed, up to a point.
 */
import type { Emit } from "../events.ts";
import type { Fault } from "../fault.ts";
import type { Host } from "../host.ts";
import { err, ok } from "../result.ts";
import { addUsage, NO_USAGE } from "../usage.ts";
import type { CallFailure, Provider } from "./provider.ts";
import type { Throttle } from "./throttle.ts";
import { throttled } from "./throttled.ts";

export interface Retrying {
  readonly host: Pick<Host, "now" | "random" | "after">;
  readonly emit: Emit;
  /** Where requests wait for their place; without one, none waits. */
  readonly throttle?: Throttle;
  /** Attempts after the first; 8 where left out. */
  readonly retries?: number;
}

const RETRIES = 8;
/** The longest wait doubles from the first to the second. */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
/** A server's own word is believed up to this. */
const RETRY_AFTER_MS = 10 * 60_000;

/** Errors of the service as a whole: another request would fare no better. */
const OUTAGES: readonly string[] = ["rate_limit_error", "overloaded_error", "api_error", "connection", "timeout"];

/** The outermost layer around a provider. */
export function retrying(inner: Provider, options: Retrying): Provider {
  const retries = options.retries ?? RETRIES;
  const placed = options.throttle === undefined ? inner : throttled(inner, options.throttle);
  return {
    ...inner,
    async send(request, signal) {
      let paid = NO_USAGE;
      for (let tries = 1; ; tries++) {
        const result = await placed.send(request, signal);
        if (result.ok) return ok({ ...result.value, usage: addUsage(paid, result.value.usage) });
        const failure = { ...result.error, usage: addUsage(paid, result.error.usage) };
        paid = failure.usage;
        if (failure.kind !== "transient" || signal.aborted) return err(failure);
        if (tries > retries) return err(spent(failure, tries));
        const inMs = waitOf(failure, tries, options.host);
        options.emit({
          type: "callRetried",
          at: options.host.now(),
          target: request.address,
          turn: request.turn,
          error: failure.error,
          inMs,
        });
        await sleep(options.host, inMs, signal);
        if (signal.aborted) return err(failure);
      }
    },
  };
}

/** Milliseconds to wait before the attempt after `tries`. */
function waitOf({ retryAfterMs }: CallFailure, tries: number, host: Pick<Host, "random">): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries);
  const drawn = Math.round(host.random() * most);
  return retryAfterMs === undefined ? drawn : Math.min(RETRY_AFTER_MS, retryAfterMs) + Math.round(drawn / 4);
}

/** What is told when it has been tried often enough; of an outage, to everybody. */
function spent(failure: CallFailure, tries: number): CallFailure {
  const fault: Fault = { ...failure.fault, what: `${tries} attempts failed, the last so: ${failure.fault.what}` };
  if (!OUTAGES.includes(failure.error)) return { ...failure, kind: "fault", fault };
  const mend = "wait until the service answers, then build again: it goes on where it stopped";
  return { ...failure, kind: "pause", fault: { ...fault, mend } };
}

function sleep(host: Pick<Host, "after">, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = host.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}
