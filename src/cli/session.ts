/** Building in a workspace: its events go to the campaign's records, to a view, and to whoever waits for a person. */
import type { CostLedger } from "../campaign/cost-ledger.ts";
import type { Recorder } from "../campaign/recorder.ts";
import type { Event } from "../events.ts";
import { type BuildOptions, type BuildOutcome, build } from "../exec/build.ts";
import { recoverCommits } from "../exec/commit-target.ts";
import type { Survey } from "../exec/survey.ts";
import { usdOf } from "../money.ts";
import { Boundary } from "./boundary.ts";
import { type BuildFlags, budgetOf, jobsOf } from "./build-flags.ts";
import { livingView, recorderOf } from "./campaign.ts";
import { costLedgerOf, recoverCalls } from "./costs.ts";
import { grantedGates } from "./granted.ts";
import { inboxItem, inboxItems } from "./inbox.ts";
import { Notifier } from "./notify.ts";
import { type Opening, openWorkspace, type Workspace } from "./open.ts";
import { describeReckoned, keepReckoned, Reckoning } from "./reckoning.ts";
import { processScreen, type Terminal } from "./terminal.ts";
import { type BuildView, jsonView, lineView } from "./view/build-view.ts";
import type { CeilingLine } from "./view/frame.ts";
import { whoIsThere } from "./who.ts";

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

/** @param emit told of every event before anybody else is. */
export async function openSession(
  terminal: Terminal,
  flags: BuildFlags,
  { emit: first, ...asked }: Pick<Opening, "emit" | "around" | "outermost">,
): Promise<Session> {
  let session: Session | undefined;
  const emit = (event: Event): void => {
    if (session === undefined) return;
    first?.(event);
    session.reckoning?.heard(event);
    if (session.recorder !== undefined) session.recorder.record(event);
    else session.costs?.record(event);
    session.view.event(event);
    session.boundary?.heard(event);
  };
  const [limit, budget] = [jobsOf(flags), budgetOf(flags)];
  const workspace = await openWorkspace({ ...asked, emit, limit, budget, batch: flags.batch });
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
  if (recorder !== undefined) {
    session.boundary = new Boundary(workspace, recorder);
    session.boundary.begin();
  }
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
    onSnapshot(snapshot, current, changed) {
      reckoning?.begin(snapshot.graph);
      recorder?.observe(livingView(workspace, current));
      view.snapshot(snapshot);
      notifier?.observe(changed, (id) => (current.isAskedFor(id) ? inboxItem(snapshot, engine, id) : undefined));
    },
  })
    .then((ended) => {
      // What waits may show something else by now, though it waits as before.
      if (notifier !== undefined) {
        const items = new Map(inboxItems(ended.snapshot, engine).map((item) => [item.address, item]));
        notifier.observe([...ended.snapshot.ids, ...items.keys()], (id) => items.get(id));
      }
      return ended;
    })
    .finally(async () => {
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
  const { estimatesOf } = await import("./estimates.ts");
  return new Reckoning((graph) => estimatesOf(workspace, graph));
}

/** A live screen on a terminal, lines elsewhere and in CI; it is loaded only where it is shown. */
async function chooseView(terminal: Terminal, flags: BuildFlags, workspace: Workspace): Promise<BuildView> {
  if (flags.json) return jsonView(terminal);
  const screen = flags.quiet ? undefined : processScreen();
  if (screen === undefined) return lineView(terminal, { quiet: flags.quiet === true });
  const { config, engine, host } = workspace;
  const { LiveView } = await import("./view/live.ts");
  return new LiveView(terminal, screen, {
    slots: { pools: config.pools, limit: jobsOf(flags) ?? config.limit },
    world: engine.world,
    tightest: (targets) => tightestOf(workspace, targets),
    clock: host,
  });
}

function tightestOf({ paying }: Workspace, targets: readonly string[]): CeilingLine | undefined {
  // Between two waves no agent is at work: all that is certain then are the ceilings that everything is in.
  const found = paying?.budget.tightest(targets.length === 0 ? [""] : targets);
  return found && { scope: found.scope, spentUsd: usdOf(found.spent), usd: usdOf(found.amount) };
}

/** In whose name which gates are approved without asking. */
const grantsOf = (typed: string, { config, host }: Workspace): NonNullable<BuildOptions["approve"]> =>
  grantedGates(
    typed,
    new Set(config.rules.flatMap((rule) => (rule.gate === undefined ? [] : [rule.name]))),
    `person:${whoIsThere(host.root)} (--yes)`,
  );
