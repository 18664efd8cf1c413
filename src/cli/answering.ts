/** What the commands have in common by which a person decides: the lock, an evaluation made under it, and the records. */
import type { Recorder } from "../campaign/recorder.ts";
import { resolveGoals, type Snapshot, snapshotOf } from "../exec/build.ts";
import { recoverCommits } from "../exec/commit-target.ts";
import { layOut } from "../exec/engine.ts";
import { runTarget } from "../exec/run-target.ts";
import type { Task } from "../exec/task.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { DEFAULT_POLICY } from "../graph/evaluate.ts";
import { campaignView, recorderOf } from "./campaign.ts";
import { inboxItems } from "./inbox.ts";
import { manifestsOf } from "./manifests.ts";
import { openWorkspace, type Workspace } from "./open.ts";
import type { Terminal } from "./terminal.ts";
import { whoIsThere } from "./who.ts";
import { withLock } from "./with-lock.ts";

export interface Answering {
  readonly workspace: Workspace;
  readonly snapshot: Snapshot;
  readonly recorder: Recorder | undefined;
  /** Folder of the ledgers, relative to the workspace. */
  readonly manifests: string;
  readonly who: string;
  /** The same as records name people: `person:<who>`. */
  readonly by: string;
  /** What was answered changed what the campaign's ledger says: it is written anew when the command ends. */
  project(): void;
}

/**
 * Runs a command that answers.
 * @param typed the addresses, which are looked up before anything is written, the lock included.
 */
export async function answering(
  terminal: Terminal,
  command: string,
  typed: readonly string[],
  act: (answering: Answering) => Promise<number>,
): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  resolveGoals(layOut(engine.expand), typed);
  return withLock(host, command, async () => {
    for (const text of recoverCommits(engine)) terminal.out(text);
    const recorder = recorderOf(workspace);
    const snapshot = snapshotOf(layOut(engine.expand), engine, typed, DEFAULT_POLICY);
    const manifests = manifestsOf(workspace);
    let toProject = false;
    const project = (): void => {
      toProject = true;
    };
    const who = whoIsThere(host.root);
    const code = await act({ workspace, snapshot, recorder, manifests, who, by: `person:${who}`, project });
    if (toProject) recorder?.project(campaignView(workspace));
    return code;
  });
}

/**
 * Runs a target in the name of whoever answers, and records it. Throws a `FaultError` where its checks refuse it.
 * @param reason what the log says of why it ran.
 */
export async function runAnswered(context: Answering, task: Task, reason: string): Promise<void> {
  const { workspace, snapshot, recorder, by } = context;
  const at = workspace.host.now();
  const never = new AbortController().signal;
  const done = await runTarget(workspace.engine, task, snapshot.evaluation, { restore: false, by }, never);
  if (!done.ok) throw new FaultError(done.error.fault);
  const { id } = task.target;
  recorder?.record({ type: "targetFinished", at, target: id, seconds: 0, ...done.value, reasons: [reason] });
}

/**
 * Refuses an answer to something else than what the person saw.
 * @param seen the digest that the inbox showed, or its beginning; undefined where the person names none.
 */
export function checkSeen({ snapshot, workspace }: Answering, ids: readonly Address[], seen: string | undefined): void {
  if (seen === undefined) return;
  const items = inboxItems({ ...snapshot, ids }, { world: workspace.engine.world });
  const other = items.find(({ shown }) => !shown.startsWith(seen) && !seen.startsWith(shown));
  if (other === undefined) return;
  throw new FaultError(
    usageFault(
      `${other.address} shows something else now (${other.shown}): it has changed since you looked`,
      `--shown ${seen}`,
      "look again with `codex inbox`, then answer what it shows",
    ),
  );
}
