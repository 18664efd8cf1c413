/** `codex approve`: a person's answer to gates. It is recorded for what the person was shown: a later change asks again. */
import { answering, checkSeen, runAnswered } from "../answering.ts";
import { EXIT } from "../exit.ts";
import { shownBy } from "../inbox.ts";
import type { Terminal } from "../terminal.ts";

export interface ApproveFlags {
  /** The digest that the inbox showed. */
  readonly shown?: string;
}

export function approveCommand(terminal: Terminal, typed: readonly string[], flags: ApproveFlags): Promise<number> {
  return answering(terminal, "codex approve", typed, async (context) => {
    const { snapshot, who, project } = context;
    const { evaluation, graph, tasks } = snapshot;
    const waiting = snapshot.goals.filter(
      (id) => evaluation.status(id).kind === "waiting" && graph.targets.get(id)!.byPerson,
    );
    checkSeen(context, waiting, flags.shown);
    for (const id of waiting) {
      const task = tasks.get(id)!;
      await runAnswered(context, task, `approved ${shownBy(task.target).join(", ")}`.trimEnd());
      terminal.out(`Approved by ${who}: ${id}`);
    }
    if (waiting.length > 0) project();
    else terminal.out("Nothing there waits for an answer.");
    return EXIT.done;
  });
}
