/** A profile as others read it: the trace format of Chrome and Perfetto, and a short summary in Markdown. */
import { longestChain, type Profile, type Run, savings } from "../profile.ts";
import { duration, plural, usd } from "./plain.ts";

/** Microseconds, as the format wants them, from the build's start. */
type Slice = Readonly<Record<string, unknown>>;

/** https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU: one process a pool, one thread a slot. */
export function chromeTrace(profile: Profile): {
  readonly traceEvents: readonly Slice[];
  readonly displayTimeUnit: "ms";
} {
  const pools = [...new Set(profile.runs.map((run) => run.pool))].sort();
  const micros = (at: number): number => Math.round((at - profile.started) * 1000);
  const events: Slice[] = pools.map((pool, index) => ({
    ph: "M",
    name: "process_name",
    pid: index + 1,
    args: { name: `pool ${pool}` },
  }));
  /** When each slot of each pool is free again. */
  const slots = pools.map((): number[] => []);
  for (const run of profile.runs) {
    const pid = pools.indexOf(run.pool) + 1;
    const free = slots[pid - 1]!;
    let tid = free.findIndex((end) => end <= run.start);
    if (tid < 0) tid = free.length;
    free[tid] = run.end;
    events.push({
      ph: "X",
      name: run.target,
      cat: run.rule,
      pid,
      tid: tid + 1,
      ts: micros(run.start),
      dur: micros(run.end) - micros(run.start),
      args: { outcome: run.outcome, attempts: run.attempts, usd: run.usd },
    });
    for (const call of run.calls)
      events.push({
        ph: "X",
        name: `turn ${call.turn}`,
        cat: "call",
        pid,
        tid: tid + 1,
        ts: micros(Math.max(call.start, run.start)),
        dur: Math.max(0, micros(call.end) - micros(Math.max(call.start, run.start))),
        args: { model: call.model, attempt: call.attempt, outcome: call.outcome, usd: call.usd },
      });
  }
  return { traceEvents: events, displayTimeUnit: "ms" };
}

const LONGEST = 10;

export function profileMarkdown(profile: Profile): string {
  const { runs, started, ended, slots } = profile;
  const seconds = (ended - started) / 1000;
  const work = runs.reduce((sum, run) => sum + secondsOf(run), 0);
  const lines = [
    "# Profile",
    "",
    `${plural(runs.length, "target")} in ${duration(seconds)}: ${duration(work)} of work, ${seconds > 0 ? (work / seconds).toFixed(1) : "0.0"} at once on average. ${usd(runs.reduce((sum, run) => sum + run.usd, 0))}.`,
  ];
  if (runs.length === 0) return `${lines.join("\n")}\n`;
  lines.push("", "## What the length is made of", "", "| target | took | waited before it |", "|---|---|---|");
  for (const { run, waited, after } of longestChain(profile))
    lines.push(
      `| \`${run.target}\` | ${duration(secondsOf(run))} | ${waited < 0.05 ? "" : `${duration(waited)} `}${after === "slot" ? `for a slot of ${run.pool}` : ""} |`,
    );
  lines.push("", "## Pools", "", "| pool | slots | used | targets | work |", "|---|---|---|---|---|");
  for (const pool of [...new Set(runs.map((run) => run.pool))].sort()) {
    const members = runs.filter((run) => run.pool === pool);
    const busy = members.reduce((sum, run) => sum + secondsOf(run), 0);
    const count = slots.pools[pool] ?? slots.limit;
    lines.push(
      `| ${pool} | ${count} | ${seconds > 0 ? Math.round((100 * busy) / (count * seconds)) : 0} % | ${members.length} | ${duration(busy)} |`,
    );
  }
  const saved = savings(profile);
  lines.push(
    "",
    saved.length === 0
      ? "No pool holds this build up: more slots would save nothing."
      : `One slot more would save: ${saved.map(([pool, each]) => `${duration(each)} in ${pool}`).join(", ")}. (Reckoned from these durations, without what the shared files hold up.)`,
    "",
    "## Longest targets",
    "",
    "| target | took | attempts | cost |",
    "|---|---|---|---|",
  );
  for (const run of [...runs].sort((a, b) => secondsOf(b) - secondsOf(a)).slice(0, LONGEST))
    lines.push(`| \`${run.target}\` | ${duration(secondsOf(run))} | ${run.attempts} | ${usd(run.usd)} |`);
  return `${lines.join("\n")}\n`;
}

const secondsOf = (run: Run): number => (run.end - run.start) / 1000;
