/**
 * Where the time of a build went: what ran when, in which pool, and what it waited for. Made from its events and its
 * graph; pure, so that the same build always gives the same profile.
 */
import type { Event } from "../events.ts";

/** One target's run. Times are milliseconds since the epoch. */
export interface Run {
  readonly target: string;
  readonly rule: string;
  readonly pool: string;
  readonly start: number;
  readonly end: number;
  readonly usd: number;
  readonly attempts: number;
  readonly outcome: "ran" | "restored" | "failed" | "stopped";
  readonly calls: readonly Call[];
}

/** One request to a model, inside a run. */
export interface Call {
  readonly turn: number;
  readonly attempt: number;
  readonly model: string;
  readonly start: number;
  readonly end: number;
  readonly outcome: string;
  readonly usd: number;
}

/** What the events do not say of a target. */
export interface Place {
  readonly rule: string;
  readonly pool: string;
  /** What it needs, by address. */
  readonly needs: readonly string[];
}

export interface Slots {
  readonly pools: Readonly<Record<string, number>>;
  readonly limit: number;
}

interface Open {
  readonly start: number;
  readonly calls: Call[];
}

/** Listens to a build. */
export class Profiler {
  private readonly open = new Map<string, Open>();
  private readonly runs: Omit<Run, "rule" | "pool">[] = [];
  private started = 0;
  private ended = 0;

  take(event: Event): void {
    this.started ||= event.at;
    this.ended = event.at;
    switch (event.type) {
      case "targetStarted":
        this.open.set(event.target, { start: event.at, calls: [] });
        return;
      case "callSettled":
        this.open.get(event.target)?.calls.push({
          turn: event.turn,
          attempt: event.attempt,
          model: event.model,
          start: event.at - event.seconds * 1000,
          end: event.at,
          outcome: event.outcome,
          usd: event.usage.usd,
        });
        return;
      case "targetFinished":
        this.close(event.target, event.at, event.how, event.usd, event.attempts);
        return;
      case "targetFailed":
        this.close(event.target, event.at, "failed", 0, event.attempts);
        return;
      case "buildFinished":
        for (const target of this.open.keys()) this.close(target, event.at, "stopped", 0, 0);
        return;
      default:
        return;
    }
  }

  private close(target: string, end: number, outcome: Run["outcome"], usd: number, attempts: number): void {
    const open = this.open.get(target);
    if (open === undefined) return;
    this.open.delete(target);
    this.runs.push({ target, start: open.start, end, usd, attempts, outcome, calls: open.calls });
  }

  /** @param placeOf what the graph says of a target. */
  profile(placeOf: (target: string) => Place | undefined, slots: Slots): Profile {
    const runs = this.runs
      .map((run): Run => {
        const place = placeOf(run.target);
        return { ...run, rule: place?.rule ?? "", pool: place?.pool ?? "" };
      })
      .sort((a, b) => a.start - b.start || (a.target < b.target ? -1 : 1));
    return { runs, started: this.started, ended: this.ended, needs: (target) => placeOf(target)?.needs ?? [], slots };
  }
}

export interface Profile {
  readonly runs: readonly Run[];
  readonly started: number;
  readonly ended: number;
  readonly needs: (target: string) => readonly string[];
  readonly slots: Slots;
}

/** A step of the chain that the build's length is made of. */
export interface Step {
  readonly run: Run;
  /** Seconds between the end of the step before and its start. */
  readonly waited: number;
  /** What held it up: something that it needs, or a slot of its pool. */
  readonly after: "need" | "slot" | "start";
}

/** The chain that ended last: each step began because the one before had ended. */
export function longestChain({ runs, needs, started }: Profile): readonly Step[] {
  const byTarget = new Map(runs.map((run) => [run.target, run]));
  const chain: Step[] = [];
  let at = runs.reduce<Run | undefined>(
    (last, run) => (last === undefined || run.end > last.end ? run : last),
    undefined,
  );
  const seen = new Set<Run>();
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    const run: Run = at;
    const earlier = (each: Run): boolean => each !== run && each.end <= run.start;
    const need = latest(
      needs(run.target)
        .flatMap((id) => byTarget.get(id) ?? [])
        .filter(earlier),
    );
    const slot = latest(runs.filter((each) => each.pool === run.pool && earlier(each)));
    // A slot that came free later than the last need was what it waited for.
    const before: Run | undefined = slot !== undefined && slot.end > (need?.end ?? started) ? slot : need;
    chain.push({
      run,
      waited: (run.start - (before?.end ?? started)) / 1000,
      after: before === undefined ? "start" : before === need ? "need" : "slot",
    });
    at = before;
  }
  return chain.reverse();
}

const latest = (runs: readonly Run[]): Run | undefined =>
  runs.reduce<Run | undefined>((last, run) => (last === undefined || run.end > last.end ? run : last), undefined);

/** Seconds that the runs take when they are started as soon as they can be, longest remaining chain first. */
export function makespan({ runs, needs }: Profile, slots: Slots): number {
  const seconds = new Map(runs.map((run) => [run.target, (run.end - run.start) / 1000]));
  const pools = new Map(runs.map((run) => [run.target, run.pool]));
  const waiting = new Map(runs.map((run) => [run.target, new Set(needs(run.target).filter((id) => seconds.has(id)))]));
  const dependents = new Map<string, string[]>();
  for (const [target, ids] of waiting)
    for (const id of ids) dependents.set(id, [...(dependents.get(id) ?? []), target]);
  const rest = new Map<string, number>();
  // In the order in which they ran, needs come first.
  for (const { target } of [...runs].sort((a, b) => b.start - a.start))
    rest.set(
      target,
      seconds.get(target)! + Math.max(0, ...(dependents.get(target) ?? []).map((id) => rest.get(id) ?? 0)),
    );
  const ready = [...waiting].filter(([, ids]) => ids.size === 0).map(([target]) => target);
  const running: { target: string; end: number }[] = [];
  const busy = new Map<string, number>();
  let now = 0;
  for (;;) {
    ready.sort((a, b) => rest.get(b)! - rest.get(a)! || (a < b ? -1 : 1));
    for (let i = 0; i < ready.length && running.length < slots.limit; ) {
      const target = ready[i]!;
      const pool = pools.get(target)!;
      if ((busy.get(pool) ?? 0) >= (slots.pools[pool] ?? slots.limit)) {
        i++;
        continue;
      }
      ready.splice(i, 1);
      busy.set(pool, (busy.get(pool) ?? 0) + 1);
      running.push({ target, end: now + seconds.get(target)! });
    }
    if (running.length === 0) return now;
    running.sort((a, b) => a.end - b.end);
    const { target, end } = running.shift()!;
    now = end;
    busy.set(pools.get(target)!, busy.get(pools.get(target)!)! - 1);
    for (const id of dependents.get(target) ?? []) {
      waiting.get(id)!.delete(target);
      if (waiting.get(id)!.size === 0) ready.push(id);
    }
  }
}

/** What one slot more in a pool would save, in seconds, by pool; only where it would. */
export function savings(profile: Profile): readonly (readonly [pool: string, seconds: number])[] {
  const { slots, runs } = profile;
  const base = makespan(profile, slots);
  return [...new Set(runs.map((run) => run.pool))]
    .map((pool): [string, number] => {
      const more = { limit: slots.limit, pools: { ...slots.pools, [pool]: (slots.pools[pool] ?? slots.limit) + 1 } };
      return [pool, base - makespan(profile, more)];
    })
    .filter(([, seconds]) => seconds > base / 100)
    .sort((a, b) => b[1] - a[1]);
}
