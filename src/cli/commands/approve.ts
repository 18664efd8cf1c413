/** `codex approve`: a person's answer to a gate. It is recorded for what the person was shown: a later change asks again. */
import { userInfo } from "node:os";
import { acquireLock } from "../../cache/lock.ts";
import { commitTarget } from "../../exec/commit-target.ts";
import { layOut } from "../../exec/engine.ts";
import { snapshotOf } from "../../exec/build.ts";
import { FaultError } from "../../fault.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import type { Trace } from "../../graph/trace.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";

export async function approveCommand(terminal: Terminal, typed: readonly string[]): Promise<number> {
  const { engine, host } = await openWorkspace();
  const lock = acquireLock(host, "codex approve");
  if (!lock.ok) throw new FaultError(lock.error);
  try {
    const snapshot = snapshotOf(layOut(engine.expand), engine, typed, DEFAULT_POLICY);
    const waiting = snapshot.goals.filter((id) => snapshot.evaluation.status(id).kind === "waiting");
    for (const id of waiting) {
      const { key, parts, soft } = snapshot.evaluation.key(id);
      const agent = `person:${userInfo().username}`;
      const run = { at: new Date(host.now()).toISOString(), seconds: 0, usd: 0, attempts: 1, agent };
      const trace: Trace = { key, parts, soft, reads: [], outputs: {}, products: {}, amends: {}, run };
      const fault = commitTarget(engine, id, trace, { files: new Map(), outputs: {}, texts: new Map(), products: new Map(), amended: new Map() }, new Map());
      if (fault !== undefined) throw new FaultError(fault);
      terminal.out(`Approved by ${agent.slice("person:".length)}: ${id}`);
    }
    if (waiting.length === 0) terminal.out("Nothing there waits for an answer.");
    return EXIT.done;
  } finally {
    lock.value.release();
  }
}
