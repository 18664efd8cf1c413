/** A clock that stands until the test moves it, and a dice that falls as it says. */

export interface Clock {
  now(): number;
  random(): number;
  after(ms: number, fn: () => void): () => void;
  /** Moves on to the next timer and lets what waited for it run; false where there is none. */
  next(): Promise<boolean>;
  /** Moves on until the promise is settled. */
  until<T>(promise: Promise<T>): Promise<T>;
}

export function clock(dice = 0.5): Clock {
  let at = Date.UTC(2026, 0, 1);
  const timers = new Set<{ readonly at: number; readonly fn: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const made: Clock = {
    now: () => at,
    random: () => dice,
    after(ms, fn) {
      const timer = { at: at + ms, fn };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async next() {
      await settle();
      const first = [...timers].sort((a, b) => a.at - b.at)[0];
      if (first === undefined) return false;
      timers.delete(first);
      at = Math.max(at, first.at);
      first.fn();
      await settle();
      return true;
    },
    async until(promise) {
      let settled = false;
      promise.then(
        () => (settled = true),
        () => (settled = true),
      );
      await settle();
      while (!settled) if (!(await made.next())) throw new Error("nothing more happens");
      return promise;
    },
  };
  return made;
}
