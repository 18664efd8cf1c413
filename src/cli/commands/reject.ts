/** `codex reject`: what was made is not good enough. It is made again, told the person's reason as a defect. */
import { addAnswer } from "../../exec/answers.ts";
import type { Address } from "../../graph/address.ts";
import { type Answering, answering, checkSeen } from "../answering.ts";
import { EXIT } from "../exit.ts";
import { producerOf } from "../inbox.ts";
import type { Terminal } from "../terminal.ts";

export interface RejectFlags {
  readonly why: string;
  /** The digest that the inbox showed. */
  readonly shown?: string;
}

export function rejectCommand(terminal: Terminal, typed: readonly string[], flags: RejectFlags): Promise<number> {
  return answering(terminal, "codex reject", typed, async (context) => {
    const { snapshot, workspace, recorder, manifests, who, by, project } = context;
    const { host, engine } = workspace;
    const gates = rejectable(context);
    checkSeen(context, gates, flags.shown);
    for (const gate of gates) {
      const producer = producerOf(snapshot, gate)!;
      const at = new Date(host.now()).toISOString();
      addAnswer(host, `${manifests}/answers`, producer, {
        at,
        by,
        kind: "reject",
        why: flags.why,
        shown: snapshot.evaluation.key(gate).key,
        attempts: engine.world.trace(producer)?.run.attempts ?? 0,
      });
      recorder?.answered({ address: gate, from: "waiting", to: "rejected", actor: by, rationale: flags.why });
      terminal.out(`Rejected by ${who}: ${producer}; the next build makes it again`);
    }
    if (gates.length > 0) project();
    else terminal.out("Nothing there waits for an answer.");
    return EXIT.done;
  });
}

/** The gates among the addresses that wait, and those that were approved and whose answer is taken back. */
function rejectable({ snapshot }: Answering): readonly Address[] {
  return snapshot.goals.filter((id) => {
    const { kind } = snapshot.evaluation.status(id);
    return producerOf(snapshot, id) !== undefined && (kind === "waiting" || kind === "fresh");
  });
}
