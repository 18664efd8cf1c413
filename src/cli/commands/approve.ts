/** `codex approve`: a person's answer to gates. It is recorded for what the person was shown: a later change asks again. */
import { runTarget } from "../../exec/run-target.ts";
import { FaultError } from "../../fault.ts";
import { formatSource } from "../../graph/target.ts";
import { answering, checkSeen } from "../answering.ts";
import { EXIT } from "../exit.ts";
import type { Terminal } from "../terminal.ts";

export interface ApproveFlags {
  /** The digest that the inbox showed. */
  readonly shown?: string;
}

export function approveCommand(terminal: Terminal, typed: readonly string[], flags: ApproveFlags): Promise<number> {
  return answering(terminal, "codex approve", typed, async (context) => {
    const { snapshot, workspace, recorder, by, project } = context;
    const { evaluation, graph, tasks } = snapshot;
    const waiting = snapshot.goals.filter(
      (id) => evaluation.status(id).kind === "waiting" && graph.targets.get(id)!.byPerson,
    );
    checkSeen(context, waiting, flags.shown);
    for (const id of waiting) {
      const at = workspace.host.now();
      const done = await runTarget(
        workspace.engine,
        tasks.get(id)!,
        evaluation,
        { restore: false, by },
        new AbortController().signal,
      );
      if (!done.ok) throw new FaultError(done.error.fault);
      const inputs = graph.targets
        .get(id)!
        .inputs.flatMap((input) => (input.kind === "orderOnly" ? [] : [formatSource(input.source)]));
      recorder?.record({
        type: "targetFinished",
        at,
        target: id,
        seconds: 0,
        ...done.value,
        reasons: [`approved ${inputs.join(", ")}`.trimEnd()],
      });
      terminal.out(`Approved by ${by.slice("person:".length)}: ${id}`);
    }
    if (waiting.length > 0) project();
    else terminal.out("Nothing there waits for an answer.");
    return EXIT.done;
  });
}
