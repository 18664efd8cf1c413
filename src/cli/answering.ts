/** What the commands by which a person answers have in common: the lock, an evaluation made under it, and the records. */
import { acquireLock } from "../cache/lock.ts";
import type { Recorder } from "../campaign/recorder.ts";
import { resolveGoals, type Snapshot, snapshotOf } from "../exec/build.ts";
import { recoverCommits } from "../exec/commit-target.ts";
import { layOut } from "../exec/engine.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { DEFAULT_POLICY } from "../graph/evaluate.ts";
import { campaignView, recorderOf } from "./campaign.ts";
import { inboxItems } from "./inbox.ts";
import { openWorkspace, type Workspace } from "./open.ts";
import type { Terminal } from "./terminal.ts";
import { whoIsThere } from "./who.ts";

export interface Answering {
  readonly workspace: Workspace;
  readonly snapshot: Snapshot;
  readonly recorder: Recorder | undefined;
  /** Folder of the ledgers, relative to the workspace. */
  readonly manifests: string;
  /** Who answers, as records name people: `person:<name>`. */
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
  const { engine, host, config } = workspace;
  resolveGoals(layOut(engine.expand), typed);
  const lock = acquireLock(host, command);
  if (!lock.ok) throw new FaultError(lock.error);
  try {
    for (const text of recoverCommits(engine)) terminal.out(text);
    const recorder = recorderOf(workspace);
    const snapshot = snapshotOf(layOut(engine.expand), engine, typed, DEFAULT_POLICY);
    const manifests = config.campaign?.manifests ?? "manifests";
    let toProject = false;
    const project = (): void => {
      toProject = true;
    };
    const code = await act({
      workspace,
      snapshot,
      recorder,
      manifests,
      by: `person:${whoIsThere(host.root)}`,
      project,
    });
    if (toProject) recorder?.project(campaignView(workspace));
    return code;
  } finally {
    lock.value.release();
  }
}

/**
 * Refuses an answer to something else than what the person saw.
 * @param seen the digest that the inbox showed, or its beginning; undefined where the person names none.
 */
export function checkSeen({ snapshot, workspace }: Answering, ids: readonly Address[], seen: string | undefined): void {
  if (seen === undefined) return;
  const items = inboxItems({ ...snapshot, ids }, workspace.engine);
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
