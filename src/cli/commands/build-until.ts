/**
 * `codex build --until release/v0.7`: builds, writes the handover at each stop, waits for a person's answer, and builds on,
 * until the release's criteria are met. All that it knows is on disk: killed and started again, it goes on.
 */

import { encodeUtf8 } from "../../artifact/utf8.ts";
import { writeAtomic } from "../../artifact/write.ts";
import { currentHolder } from "../../cache/lock.ts";
import { lastPasses } from "../../campaign/catch-up.ts";
import { type Criterion, convergence, RELEASES, type Release } from "../../campaign/converge.ts";
import { operatorReport } from "../../campaign/operator-report.ts";
import { describeFailure } from "../../curriculum/continuity-report.ts";
import { resolveGoals, type Snapshot, snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { budgetsOf, moneyIn } from "../budgets.ts";
import type { BuildFlags } from "../build-flags.ts";
import { EXIT } from "../exit.ts";
import { factsOf, logOf } from "../facts.ts";
import { inboxItems } from "../inbox.ts";
import { look } from "../look.ts";
import { manifestsOf } from "../manifests.ts";
import { openWorkspace } from "../open.ts";
import { OwnWrites } from "../own-writes.ts";
import type { Terminal } from "../terminal.ts";
import { printFault } from "../view/fault.ts";
import { WatchedFolder } from "../watched-folder.ts";
import { assessCurriculum } from "./continuity.ts";

/** After a stop, events of the build's own writes still come in for so long. */
const SETTLE_MS = 400;
/** A handover is not an answer. */
const REPORTS = ["operator_report.md", "watchdog_report.md"];

export function releaseOf(typed: string): Release {
  const release = RELEASES.find((each) => typed === each || typed === `release/${each}`);
  if (release === undefined)
    throw new FaultError(
      usageFault(
        `there is no release ${typed}`,
        "--until",
        `it is one of ${RELEASES.map((each) => `release/${each}`).join(", ")}`,
      ),
    );
  return release;
}

/** @param buildOnce one whole build of the goals, with its exit code */
export async function buildUntil(
  terminal: Terminal,
  goals: readonly string[],
  typed: string,
  flags: BuildFlags,
  buildOnce: () => Promise<number>,
): Promise<number> {
  const release = releaseOf(typed);
  // What is wrong with the configuration or the addresses at the start is said at once.
  resolveGoals(layOut((await openWorkspace()).engine.expand), goals);
  for (;;) {
    const code = await withoutThrowing(terminal, buildOnce);
    const { criteria: left, seen } = await handOver(goals, release, code);
    const open = left.filter(({ met }) => !met).length;
    const say = flags.json ? terminal.err : terminal.out;
    if (open === 0) {
      say(`${release} has converged.`);
      return EXIT.done;
    }
    if (code === EXIT.interrupted) return code;
    say(
      `${release}: ${open} of ${left.length} criteria are open. Handover: manifests/operator_report.md. Waiting for a change; Ctrl-C ends.`,
    );
    if (!(await somethingChanges(goals, seen))) return EXIT.interrupted;
  }
}

/** A fault in the middle of a campaign (a configuration half written, a file broken by an edit) waits to be mended. */
async function withoutThrowing(terminal: Terminal, buildOnce: () => Promise<number>): Promise<number> {
  try {
    return await buildOnce();
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    printFault(terminal, error.fault);
    return error.fault.exit;
  }
}

/** What a person's answer changes: the status of every target. */
const statusesOf = ({ ids, evaluation }: Snapshot): string =>
  JSON.stringify(ids.map((id) => [id, evaluation.status(id).kind]));

/** Writes the handover; gives the release's criteria, and the statuses that it speaks of. */
async function handOver(
  goals: readonly string[],
  release: Release,
  code: number,
): Promise<{ readonly criteria: readonly Criterion[]; readonly seen: string }> {
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  const facts = factsOf(workspace);
  const criteria = convergence(facts, assessCurriculum(workspace).assessment.failures.map(describeFailure), release);
  const snapshot = snapshotOf(layOut(engine.expand), engine, goals, DEFAULT_POLICY);
  const budgets = budgetsOf(workspace);
  const { ceilings, spent } = budgets;
  const scopes = [...new Set([...ceilings.keys(), ...spent.keys()])].filter(
    (scope) => spent.has(scope) || !scope.startsWith("book/"),
  );
  const passes = lastPasses(logOf(workspace));
  const watched = look(workspace);
  const holder = currentHolder(host);
  const text = operatorReport({
    at: host.now(),
    release,
    stopped: WHY[code] ?? "The build has ended.",
    facts,
    running: holder === undefined ? [] : [holder.command],
    waiting: [
      ...inboxItems(snapshot, engine).map(({ address, asks, answers }) => ({
        address,
        asks,
        commands: answers.map(({ command }) => command),
      })),
      ...watched.map(({ address, what, command }) => ({ address, asks: what, commands: [command] })),
    ],
    failed: [...passes].flatMap(([address, { to, rationale }]) =>
      to === "failed" ? [{ address, what: rationale }] : [],
    ),
    money: scopes.map((scope) => ({ scope, ...moneyIn(budgets, scope) })),
    criteria,
  });
  writeAtomic(host, `${host.root}/${manifestsOf(workspace)}/operator_report.md`, encodeUtf8(text));
  return { criteria, seen: statusesOf(snapshot) };
}

const WHY: Readonly<Record<number, string>> = {
  [EXIT.done]: "Everything that can be built is built.",
  [EXIT.failed]: "Targets failed; everything else is built.",
  [EXIT.waiting]: "What is left waits for a person.",
  [EXIT.budget]: "A budget is spent.",
  [EXIT.interrupted]: "It was interrupted.",
};

/** Waits until somebody else changes the workspace: an answer, an edit, a raised ceiling. False on Ctrl-C. */
async function somethingChanges(goals: readonly string[], seen: string): Promise<boolean> {
  const { host } = await openWorkspace();
  let settled = false;
  let end: (woken: boolean) => void = () => {};
  const ended = new Promise<boolean>((resolve) => {
    end = resolve;
  });
  const stop = (): void => end(false);
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const folder = await WatchedFolder.open(
    host,
    new OwnWrites(),
    (path) => {
      if (settled && !REPORTS.some((name) => path.endsWith(name))) end(true);
    },
    () => end(true),
  );
  host.after(SETTLE_MS, () => {
    settled = true;
    // What was answered before the folder was watched is seen in what it changed.
    openWorkspace().then(
      ({ engine }) => {
        if (statusesOf(snapshotOf(layOut(engine.expand), engine, goals, DEFAULT_POLICY)) !== seen) end(true);
      },
      // A configuration that is being edited: its next save wakes the build.
      () => undefined,
    );
  });
  try {
    if (!(await ended)) return false;
    // Whoever wrote holds the lock until all is written.
    do await new Promise<void>((resolve) => host.after(SETTLE_MS, resolve));
    while (currentHolder(host) !== undefined);
    return true;
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    await folder.close();
  }
}
