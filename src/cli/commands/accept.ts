/** `codex accept`: a person's edits count as what their targets left. Costs nothing and runs nothing. */
import { type Acceptance, acceptEdits } from "../../exec/accept.ts";
import { describeDefect } from "../../exec/attempt.ts";
import { type Snapshot, snapshotOf } from "../../exec/build.ts";
import { type Engine, layOut } from "../../exec/engine.ts";
import { judgeStanding } from "../../exec/judge.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { DEFAULT_POLICY, type Status } from "../../graph/evaluate.ts";
import { unreachable } from "../../result.ts";
import { answering } from "../answering.ts";
import { EXIT } from "../exit.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

/** The reason that a person must give. Throws a `FaultError` for an empty one. */
export function reasonGiven(why: string): string {
  const text = why.trim();
  if (text === "")
    throw new FaultError(usageFault("--why is empty", "--why", 'say why, e.g. --why "the proof was wrong"'));
  return text;
}

export function acceptCommand(
  terminal: Terminal,
  typed: readonly string[],
  flags: { readonly why: string },
): Promise<number> {
  const why = reasonGiven(flags.why);
  return answering(terminal, "codex accept", typed, async ({ workspace, snapshot, recorder, who, by, project }) => {
    const { engine, host } = workspace;
    const all: Acceptance[] = [];
    for (const id of snapshot.goals) {
      const accepted = acceptEdits(engine, snapshot, id, { by: who, at: host.now(), why });
      if (!accepted.ok) throw new FaultError(accepted.error);
      for (const each of accepted.value) {
        terminal.out(line(each, who));
        recorder?.decide({
          address: each.target,
          to: each.how === "undone" ? "edit taken back" : "edit accepted",
          actor: by,
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
    project();
    engine.stats.save();
    const after = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
    // What is stale elsewhere was so before.
    const touched = new Set(all.flatMap(({ target }) => [target, ...after.graph.descendants(target)]));
    const count = (kind: Status["kind"]): number =>
      [...touched].filter((id) => after.evaluation.status(id).kind === kind).length;
    const [stale, waiting] = [count("stale"), count("waiting")];
    if (stale > 0)
      terminal.out(`${plural(stale, "target is", "targets are")} stale for it. See what would run: codex build -n`);
    if (waiting > 0) terminal.out(`${plural(waiting, "target waits", "targets wait")} for an answer: codex inbox`);
    if (stale + waiting === 0) terminal.out("Nothing has to run for it.");
    return EXIT.done;
  });
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
function doubts(engine: Engine, snapshot: Snapshot, id: Acceptance["target"]): string[] {
  const { defects } = judgeStanding(engine, snapshot.tasks.get(id)!, snapshot.evaluation);
  return defects.map((each) => `the rule's check objects: ${describeDefect(each)}`);
}
