/** `codex build`: bring targets up to date; with `-n`, say what that would take, and write nothing at all. */

import type { CostLedger } from "../../campaign/cost-ledger.ts";
import type { Recorder } from "../../campaign/recorder.ts";
import type { Emit, Event } from "../../events.ts";
import {
  type BuildOptions,
  type BuildOutcome,
  build,
  resolveGoals,
  type Snapshot,
  snapshotOf,
  unreadable,
  withIntermediates,
} from "../../exec/build.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { type Engine, layOut } from "../../exec/engine.ts";
import type { Survey } from "../../exec/survey.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { formatSource } from "../../graph/target.ts";
import type { Host } from "../../host.ts";
import { Boundary } from "../boundary.ts";
import { livingView, recorderOf } from "../campaign.ts";
import { costLedgerOf, recoverCalls } from "../costs.ts";
import { EXIT } from "../exit.ts";
import { grantedGates } from "../granted.ts";
import { inboxItems } from "../inbox.ts";
import { Notifier } from "../notify.ts";
import { NullBuildWatch } from "../null-build.ts";
import { type AgentsAsked, openWorkspace, type Workspace } from "../open.ts";
import type { Profiling } from "../profiling.ts";
import { describeReckoned, keepReckoned, Reckoning } from "../reckoning.ts";
import { processScreen, type Terminal } from "../terminal.ts";
import { type BuildView, jsonView, lineView } from "../view/build-view.ts";
import { type Outlay, planJson, planLines, planOf } from "../view/plan.ts";
import { whoIsThere } from "../who.ts";
import { withLock } from "../with-lock.ts";

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
  /** Gates that are approved without asking, with commas between. */
  readonly yes?: string;
  /** US dollars, as typed. */
  readonly budget?: string;
  /** Where the profile goes. */
  readonly profile?: string;
  /** A release: builds on, as people answer, until it has converged. */
  readonly until?: string;
  /** Passes that need no tools go in message batches, at half the price. */
  readonly batch?: boolean;
}

export async function buildCommand(terminal: Terminal, typed: readonly string[], flags: BuildFlags): Promise<number> {
  const goals = typed.length === 0 ? ["all"] : typed;
  if (flags.dryRun || flags.check) return dryRun(terminal, goals, flags);
  if (flags.until === undefined) return realBuild(terminal, goals, flags);
  const { buildUntil } = await import("./build-until.ts");
  return buildUntil(terminal, goals, flags.until, flags, () => realBuild(terminal, goals, flags));
}

async function dryRun(terminal: Terminal, goals: readonly string[], flags: BuildFlags): Promise<number> {
  const workspace = await openWorkspace();
  const figures = { jobs: jobsOf(flags), budget: budgetOf(flags) };
  const { outlayOf } = await import("../estimates.ts");
  const reckon = ({ graph }: Snapshot): Outlay => outlayOf(workspace, graph, figures);
  const snapshot = printPlan(terminal, workspace.engine, goals, flags, reckon);
  const work = snapshot.ids.some((id) => ["stale", "pending", "unknown"].includes(snapshot.evaluation.status(id).kind));
  return flags.check && work ? EXIT.stale : EXIT.done;
}

/**
 * Prints what a build would do now. Writes nothing.
 * @param reckon what the plan is reckoned with; where it is left out, history and declared estimates alone.
 */
export function printPlan(
  terminal: Terminal,
  engine: Engine,
  goals: readonly string[],
  flags: BuildFlags,
  reckon?: (snapshot: Snapshot) => Outlay,
): Snapshot {
  const layout = layOut(engine.expand);
  const policy = { ...DEFAULT_POLICY, refresh: flags.refresh === true, overwriteEdits: flags.overwriteEdits === true };
  const force = new Set(flags.force ? snapshotOf(layout, engine, goals, policy).goals : []);
  const wanted = new Map();
  const snapshot = withIntermediates(layout, engine, goals, { ...policy, force, wanted }, wanted);
  const plan = planOf(snapshot, engine, reckon?.(snapshot));
  if (flags.json) terminal.out(JSON.stringify(planJson(plan, snapshot), null, 2));
  else for (const line of flags.quiet ? plan.bill : planLines(plan, snapshot, terminal.colours)) terminal.out(line);
  return snapshot;
}

/** In whose name which gates are approved without asking. */
const grantsOf = (typed: string, { config, host }: Workspace): NonNullable<BuildOptions["approve"]> =>
  grantedGates(
    typed,
    new Set(config.rules.flatMap((rule) => (rule.gate === undefined ? [] : [rule.name]))),
    `person:${whoIsThere(host.root)} (--yes)`,
  );

function jobsOf(flags: BuildFlags): number | undefined {
  if (flags.jobs === undefined) return undefined;
  const jobs = Number(flags.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new FaultError(usageFault(`-j takes a whole number from 1, not ${flags.jobs}`, "-j", "e.g. -j 4"));
  return jobs;
}

export function budgetOf(flags: BuildFlags): number | undefined {
  if (flags.budget === undefined) return undefined;
  const usd = Number(flags.budget.replace(/^\$/, ""));
  if (flags.budget.trim() === "" || !Number.isFinite(usd) || usd < 0)
    throw new FaultError(
      usageFault(`--budget takes US dollars, not ${flags.budget}`, "--budget", "e.g. --budget 2.50"),
    );
  return usd;
}

async function realBuild(terminal: Terminal, goals: readonly string[], flags: BuildFlags): Promise<number> {
  const watch = new NullBuildWatch();
  const profiling = await openProfiling(flags.profile, process.env);
  const session = await openSession(
    terminal,
    flags,
    (host) => watch.around(host, flags),
    (event) => profiling?.take(event),
  );
  const { engine, host } = session.workspace;
  // Whatever is wrong with what was typed is said before anything is written, the lock included.
  const [fault, ...more] = unreadable(resolveGoals(layOut(engine.expand), goals));
  if (fault !== undefined) {
    throw new FaultError(
      more.length === 0
        ? fault
        : { ...fault, what: `${fault.what} (and ${more.length} more such faults: codex build -n lists them)` },
    );
  }

  return withLock(host, "codex build", async () => {
    const signals = interrupts(session.view.terminal);
    const outcome = await buildOnce(session, goals, flags, signals).finally(signals.release);
    const { snapshot } = outcome;
    await profiling?.finish(session, snapshot, flags.json ? terminal.err : terminal.out);
    const more = new Set(afterwards(snapshot));
    if (!flags.json) for (const line of more) terminal.out(line);
    if (signals.drain.aborted) return EXIT.interrupted;
    if (more.size === 0) watch.keep(session.workspace, goals, outcome);
    return exitCode(snapshot, outcome.paused, outcome.failures);
  }).finally(() => session.view.close());
}

/** What listens to a build that is profiled, or traced with OpenTelemetry; loaded only where either was asked for. */
async function openProfiling(path: string | undefined, env: NodeJS.ProcessEnv): Promise<Profiling | undefined> {
  const isTraced = Boolean(env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT);
  if (path === undefined && !isTraced) return undefined;
  const { Profiling } = await import("../profiling.ts");
  return new Profiling(path, isTraced);
}

/** A workspace whose events go to the campaign's records and to a view. */
export interface Session {
  readonly workspace: Workspace;
  readonly view: BuildView;
  /** From the first build on: those who only look write no records. */
  recorder: Recorder | undefined;
  /** The cost ledger of a workspace without a campaign, where agents cost money. */
  readonly costs: CostLedger | undefined;
  /** What the build at hand pays, to be compared with its estimate. */
  reckoning: Reckoning | undefined;
  /** The watchdog, once a batch has been integrated; not where there is no campaign. */
  boundary: Boundary | undefined;
}

/**
 * @param around what is laid around the real host, e.g. to see what is written.
 * @param also told of every event, too.
 * @param outermost laid around all that answers for agents.
 */
export async function openSession(
  terminal: Terminal,
  flags: BuildFlags,
  around: (host: Host) => Host = (host) => host,
  also: Emit = () => {},
  outermost?: AgentsAsked["outermost"],
): Promise<Session> {
  let session: Session | undefined;
  const emit = (event: Event): void => {
    if (session === undefined) return;
    also(event);
    session.reckoning?.heard(event);
    if (session.recorder !== undefined) session.recorder.record(event);
    else session.costs?.record(event);
    session.view.event(event);
    session.boundary?.heard(event);
  };
  const workspace = await openWorkspace(emit, jobsOf(flags), around, budgetOf(flags), {
    batch: flags.batch === true,
    ...(outermost === undefined ? {} : { outermost }),
  });
  const { host, config, paying } = workspace;
  const costs = config.campaign === undefined && paying !== undefined ? costLedgerOf({ host, config }) : undefined;
  session = {
    workspace,
    view: await chooseView(terminal, flags, workspace),
    recorder: undefined,
    costs,
    reckoning: undefined,
    boundary: undefined,
  };
  return session;
}

/**
 * Builds the goals and brings the records up to date. The caller holds the lock.
 * @param surveyOf how things stand, where an earlier build of the session left it; asked when what was cut short is mended.
 */
export async function buildOnce(
  session: Session,
  goals: readonly string[],
  flags: BuildFlags,
  signals: Pick<BuildOptions, "drain" | "abort">,
  surveyOf?: () => Survey,
): Promise<BuildOutcome> {
  const { workspace, view } = session;
  const { engine, host, loaded } = workspace;
  for (const text of [...recoverCommits(engine), ...recoverCalls(workspace)])
    engine.emit({ type: "notice", at: host.now(), text });
  loaded.keep(host);
  session.recorder ??= recorderOf(workspace);
  const { recorder } = session;
  const { notify } = workspace.config;
  const complain = (text: string): void => engine.emit({ type: "notice", at: host.now(), text });
  const notifier = notify === undefined ? undefined : new Notifier(host, notify, complain);
  const reckoning = workspace.paying === undefined ? undefined : await reckoningOf(workspace);
  session.reckoning = reckoning;
  if (recorder !== undefined) session.boundary = new Boundary(workspace);
  const outcome = await build(engine, {
    goals,
    ...(flags.yes === undefined ? {} : { approve: grantsOf(flags.yes, workspace) }),
    force: flags.force === true,
    refresh: flags.refresh === true,
    overwriteEdits: flags.overwriteEdits === true,
    ...(surveyOf === undefined ? {} : { survey: surveyOf() }),
    fail: flags.fail ?? "continue",
    drain: signals.drain,
    abort: signals.abort,
    onSnapshot(snapshot, current) {
      reckoning?.begin(snapshot.graph);
      recorder?.observe(livingView(workspace, current));
      view.snapshot(snapshot);
      notifier?.observe(inboxItems(snapshot, engine));
    },
  }).finally(async () => {
    await notifier?.settled();
    await workspace.paying?.end();
    view.close();
  });
  recorder?.project(livingView(workspace, outcome.survey));
  session.boundary?.end();
  engine.stats.save();
  const reckoned = reckoning?.result(outcome.snapshot.tasks, goals, host.now());
  if (reckoned !== undefined) {
    keepReckoned(host, reckoned);
    if (!flags.json) view.terminal.out(describeReckoned(reckoned));
  }
  return outcome;
}

async function reckoningOf(workspace: Workspace): Promise<Reckoning> {
  const { estimatesOf } = await import("../estimates.ts");
  return new Reckoning((graph) => estimatesOf(workspace, graph));
}

/** A live screen on a terminal, lines elsewhere and in CI; it is loaded only where it is shown. */
async function chooseView(terminal: Terminal, flags: BuildFlags, workspace: Workspace): Promise<BuildView> {
  if (flags.json) return jsonView(terminal);
  const screen = flags.quiet ? undefined : processScreen();
  if (screen === undefined) return lineView(terminal, { quiet: flags.quiet === true });
  const { config, engine, host } = workspace;
  const { LiveView } = await import("../view/live.ts");
  return new LiveView(terminal, screen, {
    slots: { pools: config.pools, limit: jobsOf(flags) ?? config.limit },
    world: engine.world,
    ceiling: runCeiling(budgetOf(flags) ?? config.budgets.run),
    clock: host,
  });
}

const runCeiling = (usd: number | undefined): { scope: string; usd: number } | undefined =>
  usd === undefined ? undefined : { scope: "run", usd };

/**
 * The first Ctrl-C lets what is running finish; the second stops it. What is settled is kept either way.
 * @param isIdle whether nothing runs, so that there is nothing to say.
 */
export function interrupts(
  terminal: Terminal,
  isIdle: () => boolean = () => false,
): { drain: AbortSignal; abort: AbortSignal; release: () => void } {
  const drain = new AbortController();
  const abort = new AbortController();
  const onSignal = (): void => {
    if (drain.signal.aborted) abort.abort();
    else {
      drain.abort();
      if (!isIdle())
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
export function afterwards(snapshot: Snapshot): string[] {
  return snapshot.ids.flatMap((id) => {
    const status = snapshot.evaluation.status(id);
    if (status.kind === "waiting") {
      const { action, target } = snapshot.tasks.get(id)!;
      if (!target.byPerson) return [`Waiting for you: all attempts at ${id} failed: codex inbox ${id}`];
      const ask = action.kind === "person" ? action.ask : "An answer is needed";
      const shown = target.inputs.flatMap((input) => (input.kind === "orderOnly" ? [] : [formatSource(input.source)]));
      return [`Waiting for you: ${ask}${shown.length > 0 ? ` (${shown.join(", ")})` : ""}: codex approve ${id}`];
    }
    if (status.kind === "blockedByEdit")
      return [`Not overwritten: ${status.edited.join(", ")} holds a person's work (codex why ${id})`];
    if (status.kind === "fresh" && status.edited.length > 0)
      return [`Edited by a person and kept: ${status.edited.join(", ")}`];
    return [];
  });
}

/**
 * @param paused targets that a budget stopped, which is no failure of theirs.
 * @param failures with exit code 4 only wait for a person: an edit to merge, say.
 */
export function exitCode(
  snapshot: Snapshot,
  paused: BuildOutcome["paused"] = new Map(),
  failures: BuildOutcome["failures"] = new Map(),
): number {
  const kinds = new Set(snapshot.ids.map((id) => snapshot.evaluation.status(id).kind));
  if (kinds.has("failed"))
    return failures.size > 0 && [...failures.values()].every(({ exit }) => exit === EXIT.waiting)
      ? EXIT.waiting
      : EXIT.failed;
  for (const { exit } of paused.values()) return exit;
  if (kinds.has("waiting") || kinds.has("blockedByEdit")) return EXIT.waiting;
  // Nobody is waited for, and yet something was not reached: that is no success.
  return [...kinds].every((kind) => kind === "fresh") ? EXIT.done : EXIT.failed;
}
