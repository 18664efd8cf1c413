/**
 * The second clock of an attempt: it runs out when there was no sign of life for too long, however young the attempt is.
 * A sign of a command is anything that it prints; of an agent, anything that happens to its calls.
 */
import type { Event } from "../events.ts";
import type { Host } from "../host.ts";

export interface IdleClock {
  /** There was a sign of life. */
  touch(): void;
  /** The attempt has ended. */
  stop(): void;
}

/** @param onIdle called once, after `seconds` without a sign. */
export function idleClock(host: Pick<Host, "now" | "after">, seconds: number, onIdle: () => void): IdleClock {
  let last = host.now();
  let cancel = (): void => {};
  // One timer at a time: signs may come by the thousand.
  const wait = (ms: number): void => {
    cancel = host.after(ms, () => {
      const left = last + seconds * 1000 - host.now();
      if (left > 0) wait(left);
      else onIdle();
    });
  };
  wait(seconds * 1000);
  return {
    touch() {
      last = host.now();
    },
    stop: () => cancel(),
  };
}

/** Where attempts listen for signs of life of their own target. */
export class Signs {
  private readonly listeners = new Map<string, () => void>();

  /** Calls `fn` at each sign of the target, until the returned function is called. */
  listen(target: string, fn: () => void): () => void {
    this.listeners.set(target, fn);
    return () => this.listeners.delete(target);
  }

  /** Takes in what happens in a build. */
  note(event: Event): void {
    if (this.listeners.size > 0 && "target" in event) this.listeners.get(event.target)?.();
  }
}
