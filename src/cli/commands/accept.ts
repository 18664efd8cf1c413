/** `codex accept`: a person's edits count as what their targets left. Costs nothing and runs nothing. */
import { acquireLock } from "../../cache/lock.ts";
import { type Acceptance, acceptEdits } from "../../exec/accept.ts";
import { describeDefect } from "../../exec/attempt.ts";
import { resolveGoals, type Snapshot, snapshotOf } from "../../exec/build.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { layOut } from "../../exec/engine.ts";
import { judgeStanding } from "../../exec/judge.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { DEFAULT_POLICY, type Status } from "../../graph/evaluate.ts";
import { unreachable } from "../../result.ts";
import { campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { whoIsThere } from "../who.ts";

/** The reason that a person must give. Throws a `FaultError` for an empty one. */
export function reasonGiven(why: string): string {
  const text = why.trim();
  if (text === "")
    throw new FaultError(usageFault("--why is empty", "--why", 'say why, e.g. --why "the proof was wrong"'));
  return text;
}

export async function acceptCommand(
  terminal: Terminal,
  typed: readonly string[],
  flags: { readonly why: string },
): Promise<number> {
  const why = reasonGiven(flags.why);
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  // An address that means nothing is said before anything is written, the lock included.
  resolveGoals(layOut(engine.expand), typed);
  const lock = acquireLock(host, "codex accept");
  if (!lock.ok) throw new FaultError(lock.error);
  try {
    for (const text of recoverCommits(engine)) terminal.out(text);
    const recorder = recorderOf(workspace);
    const snapshot = snapshotOf(layOut(engine.expand), engine, typed, DEFAULT_POLICY);
    const by = whoIsThere(host.root);
    const all: Acceptance[] = [];
    for (const id of snapshot.goals) {
      const accepted = acceptEdits(engine, snapshot, id, { by, at: host.now(), why });
      if (!accepted.ok) throw new FaultError(accepted.error);
      for (const each of accepted.value) {
        terminal.out(line(each, by));
        recorder?.decide({
          address: each.target,
          to: each.how === "undone" ? "edit taken back" : "edit accepted",
          actor: `person:${by}`,
          rationale: `${each.output}: ${why}`,
        });
      }
      if (accepted.value.length > 0) for (const text of doubts(engine, snapshot, id)) terminal.out(`  ${text}`);
      all.push(...accepted.value);
    }
    if (all.length === 0) {
      terminal.out("Nothing there was edited.");
      return EXIT.done;
    }
    recorder?.project(campaignView(workspace));
    engine.stats.save();
    const after = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
    const count = (kind: Status["kind"]): number =>
      after.ids.filter((id) => after.evaluation.status(id).kind === kind).length;
    const [stale, waiting] = [count("stale"), count("waiting")];
    if (stale > 0)
      terminal.out(`${plural(stale, "target is", "targets are")} stale now. See what would run: codex build -n`);
    if (waiting > 0) terminal.out(`${plural(waiting, "target waits", "targets wait")} for an answer: codex inbox`);
    if (stale + waiting === 0) terminal.out("Nothing has to run for it.");
    return EXIT.done;
  } finally {
    lock.value.release();
  }
}

function line({ target, output, how }: Acceptance, by: string): string {
  switch (how) {
    case "edit":
      return `Accepted by ${by}: ${output} (${target}). A later run merges it in.`;
    case "merge":
      return `Merged by ${by}: ${output} (${target}).`;
    case "undone":
      return `Taken back by ${by}: ${output} is as ${target} left it.`;
    default:
      return unreachable(how);
  }
}

/** What the rule's own check has against the accepted text. A person may know better: it is only said. */
function doubts(engine: Parameters<typeof judgeStanding>[0], snapshot: Snapshot, id: Acceptance["target"]): string[] {
  const { defects } = judgeStanding(engine, snapshot.tasks.get(id)!, snapshot.evaluation);
  return defects.map((each) => `the rule's check objects: ${describeDefect(each)}`);
}
