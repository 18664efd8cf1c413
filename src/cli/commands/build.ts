/** `codex build`: bring targets up to date; with `-n`, say what that would take, and write nothing at all. */

import { acquireLock } from "../../cache/lock.ts";
import type { Recorder } from "../../campaign/recorder.ts";
import type { Event } from "../../events.ts";
import { build, resolveGoals, type Snapshot, snapshotOf, unreadable, withIntermediates } from "../../exec/build.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { formatSource } from "../../graph/target.ts";
import { campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plainView } from "../view/plain.ts";
import { planJson, planLines, planOf } from "../view/plan.ts";

export interface BuildFlags {
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly jobs?: string;
  readonly fail?: "continue" | "no-new" | "stop";
  readonly force?: boolean;
  readonly refresh?: boolean;
  readonly overwriteEdits?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export async function buildCommand(terminal: Terminal, typed: readonly string[], flags: BuildFlags): Promise<number> {
  const goals = typed.length === 0 ? ["all"] : typed;
  return flags.dryRun || flags.check ? dryRun(terminal, goals, flags) : realBuild(terminal, goals, flags);
}

async function dryRun(terminal: Terminal, goals: readonly string[], flags: BuildFlags): Promise<number> {
  const { engine } = await openWorkspace();
  const layout = layOut(engine.expand);
  const policy = { ...DEFAULT_POLICY, refresh: flags.refresh === true, overwriteEdits: flags.overwriteEdits === true };
  const force = new Set(flags.force ? snapshotOf(layout, engine, goals, policy).goals : []);
  const wanted = new Map();
  const snapshot = withIntermediates(layout, engine, goals, { ...policy, force, wanted }, wanted);
  const plan = planOf(snapshot, engine);
  if (flags.json) terminal.out(JSON.stringify(planJson(plan, snapshot), null, 2));
  else for (const line of flags.quiet ? plan.bill : planLines(plan, snapshot, terminal.colours)) terminal.out(line);
  const work = snapshot.ids.some((id) => ["stale", "pending", "unknown"].includes(snapshot.evaluation.status(id).kind));
  return flags.check && work ? EXIT.stale : EXIT.done;
}

function jobsOf(flags: BuildFlags): number | undefined {
  if (flags.jobs === undefined) return undefined;
  const jobs = Number(flags.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new FaultError(usageFault(`-j takes a whole number from 1, not ${flags.jobs}`, "-j", "e.g. -j 4"));
  return jobs;
}

async function realBuild(terminal: Terminal, goals: readonly string[], flags: BuildFlags): Promise<number> {
  const view = flags.json
    ? (event: Event) => terminal.out(JSON.stringify(event))
    : plainView(terminal, { quiet: flags.quiet === true });
  let recorder: Recorder | undefined;
  const emit = (event: Event): void => {
    recorder?.record(event);
    view(event);
  };
  const workspace = await openWorkspace(emit, jobsOf(flags));
  const { engine, host, loaded } = workspace;
  // Whatever is wrong with what was typed is said before anything is written, the lock included.
  const [fault, ...more] = unreadable(resolveGoals(layOut(engine.expand), goals));
  if (fault !== undefined) {
    throw new FaultError(
      more.length === 0
        ? fault
        : { ...fault, what: `${fault.what} (and ${more.length} more such faults: codex build -n lists them)` },
    );
  }

  const lock = acquireLock(host, "codex build");
  if (!lock.ok) throw new FaultError(lock.error);
  try {
    for (const text of recoverCommits(engine)) emit({ type: "notice", at: host.now(), text });
    loaded.keep(host);
    recorder = recorderOf(workspace);
    const signals = interrupts(terminal);
    const outcome = await build(engine, {
      goals,
      force: flags.force === true,
      refresh: flags.refresh === true,
      overwriteEdits: flags.overwriteEdits === true,
      fail: flags.fail ?? "continue",
      drain: signals.drain,
      abort: signals.abort,
      onSnapshot: ({ graph }) => recorder?.observe(campaignView(workspace, graph)),
    }).finally(signals.release);
    recorder?.project(campaignView(workspace, outcome.snapshot.graph));
    engine.stats.save();
    if (!flags.json) for (const line of new Set(afterwards(outcome.snapshot))) terminal.out(line);
    if (signals.drain.aborted) return EXIT.interrupted;
    return exitCode(outcome.snapshot);
  } finally {
    lock.value.release();
  }
}

/** The first Ctrl-C lets what is running finish; the second stops it. What is settled is kept either way. */
function interrupts(terminal: Terminal): { drain: AbortSignal; abort: AbortSignal; release: () => void } {
  const drain = new AbortController();
  const abort = new AbortController();
  const onSignal = (): void => {
    if (drain.signal.aborted) abort.abort();
    else {
      drain.abort();
      terminal.err("Stopping: running targets finish, nothing new starts. Press Ctrl-C again to stop them too.");
    }
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    drain: drain.signal,
    abort: abort.signal,
    release: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}

/** What a person must do for the rest to go on. */
function afterwards(snapshot: Snapshot): string[] {
  return snapshot.ids.flatMap((id) => {
    const status = snapshot.evaluation.status(id);
    if (status.kind === "waiting") {
      const { action, target } = snapshot.tasks.get(id)!;
      const ask = action.kind === "person" ? action.ask : "An answer is needed";
      const shown = target.inputs.map((input) => formatSource(input.source));
      return [`Waiting for you: ${ask}${shown.length > 0 ? ` (${shown.join(", ")})` : ""}: codex approve ${id}`];
    }
    if (status.kind === "blockedByEdit")
      return [`Not overwritten: ${status.edited.join(", ")} holds a person's work (codex why ${id})`];
    if (status.kind === "fresh" && status.edited.length > 0)
      return [`Edited by a person and kept: ${status.edited.join(", ")}`];
    return [];
  });
}

function exitCode(snapshot: Snapshot): number {
  const kinds = new Set(snapshot.ids.map((id) => snapshot.evaluation.status(id).kind));
  if (kinds.has("failed")) return EXIT.failed;
  if (kinds.has("waiting") || kinds.has("blockedByEdit")) return EXIT.waiting;
  // Nobody is waited for, and yet something was not reached: that is no success.
  return [...kinds].every((kind) => kind === "fresh") ? EXIT.done : EXIT.failed;
}
