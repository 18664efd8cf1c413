/** `codex approve`: a person's answer to a gate. It is recorded for what the person was shown: a later change asks again. */
import { userInfo } from "node:os";
import { acquireLock } from "../../cache/lock.ts";
import { resolveGoals, snapshotOf } from "../../exec/build.ts";
import { commitTarget, recoverCommits } from "../../exec/commit-target.ts";
import { layOut } from "../../exec/engine.ts";
import { FaultError } from "../../fault.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { formatSource } from "../../graph/target.ts";
import type { Trace } from "../../graph/trace.ts";
import { campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";

export async function approveCommand(terminal: Terminal, typed: readonly string[]): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  // An address that means nothing is said before anything is written, the lock included.
  resolveGoals(layOut(engine.expand), typed);
  const lock = acquireLock(host, "codex approve");
  if (!lock.ok) throw new FaultError(lock.error);
  try {
    for (const text of recoverCommits(engine)) terminal.out(text);
    const recorder = recorderOf(workspace);
    const snapshot = snapshotOf(layOut(engine.expand), engine, typed, DEFAULT_POLICY);
    const waiting = snapshot.goals.filter((id) => snapshot.evaluation.status(id).kind === "waiting");
    for (const id of waiting) {
      const { key, parts, soft } = snapshot.evaluation.key(id);
      const agent = `person:${userName()}`;
      const at = host.now();
      const run = { at: new Date(at).toISOString(), seconds: 0, usd: 0, attempts: 1, agent };
      const trace: Trace = { key, parts, soft, reads: [], outputs: {}, products: {}, amends: {}, run };
      const fault = commitTarget(
        engine,
        id,
        trace,
        { files: new Map(), outputs: {}, texts: new Map(), products: new Map(), amended: new Map() },
        new Map(),
      );
      if (fault !== undefined) throw new FaultError(fault);
      const reasons = [
        `approved ${snapshot.graph.targets
          .get(id)!
          .inputs.map((input) => formatSource(input.source))
          .join(", ")}`.trimEnd(),
      ];
      recorder?.record({
        type: "targetFinished",
        at,
        target: id,
        how: "ran",
        seconds: 0,
        usd: 0,
        attempts: 1,
        agent,
        reasons,
        changed: true,
      });
      terminal.out(`Approved by ${agent.slice("person:".length)}: ${id}`);
    }
    if (waiting.length > 0) recorder?.project(campaignView(workspace));
    else terminal.out("Nothing there waits for an answer.");
    return EXIT.done;
  } finally {
    lock.value.release();
  }
}

/** Who is at the keyboard. In a container a user may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
