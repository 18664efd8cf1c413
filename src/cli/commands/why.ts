/** `codex why`: the state of targets, what they depend on, and what their last run was. Reads only. */
import { formatRef } from "../../artifact/ref.ts";
import { snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import type { Address } from "../../graph/address.ts";
import { stateName, stateReasons } from "../../graph/describe.ts";
import { DEFAULT_POLICY, type Status } from "../../graph/evaluate.ts";
import { formatSource } from "../../graph/target.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { duration, plural, usd } from "../view/plain.ts";

export async function whyCommand(terminal: Terminal, typed: string): Promise<number> {
  const { engine } = await openWorkspace();
  const snapshot = snapshotOf(layOut(engine.expand), engine, [typed], DEFAULT_POLICY);
  for (const id of snapshot.goals) {
    const target = snapshot.graph.targets.get(id)!;
    const status = snapshot.evaluation.status(id);
    const trace = engine.world.trace(id);
    terminal.out(`${terminal.colours.bold(id)}: ${stateName(status)}`);
    for (const reason of stateReasons(status)) terminal.out(`  because ${reason}`);
    for (const line of upstream(id, snapshot.graph.dependencies(id), (each) => snapshot.evaluation.status(each)))
      terminal.out(`  ${line}`);
    const { action, placeholder } = snapshot.tasks.get(id)!;
    if (placeholder?.fault !== undefined)
      terminal.out(
        `  cannot be decided: ${placeholder.fault.where}: ${placeholder.fault.what}; ${placeholder.fault.mend}`,
      );
    if (action.kind === "person") terminal.out(`  asks: ${action.ask}`);
    for (const input of target.byPerson ? target.inputs : []) terminal.out(`  shows ${formatSource(input.source)}`);
    for (const [need, why] of snapshot.graph.dependencies(id)) terminal.out(`  needs ${need} (${why})`);
    for (const output of target.outputs)
      terminal.out(
        `  writes ${output.kind === "product" ? `${output.name} (kept in the store)` : formatRef(output.ref)}`,
      );
    for (const ref of target.amends) if (trace?.amends[ref.path] !== undefined) terminal.out(`  amended ${ref.path}`);
    if (trace === undefined) terminal.out("  last run: never");
    else {
      const { run } = trace;
      const model = run.model === undefined ? "" : `, model ${run.model}`;
      terminal.out(
        `  last run: ${run.at} by ${run.agent}${model}, ${duration(run.seconds)}, ${usd(run.usd)}, ${plural(trace.reads.length, "recorded question")}`,
      );
    }
    terminal.out(`  next: ${advice(id, status)}`);
  }
  return EXIT.done;
}

/** Where a state comes from, when it is not the target's own doing. */
function upstream(id: Address, needs: ReadonlyMap<Address, string>, statusOf: (id: Address) => Status): string[] {
  return [...needs.keys()].flatMap((need) => {
    const status = statusOf(need);
    if (need === id || (status.kind === "fresh" && status.edited.length === 0)) return [];
    return [
      `upstream ${need} is ${stateName(status)}${stateReasons(status).length > 0 ? `: ${stateReasons(status)[0]}` : ""}`,
    ];
  });
}

/** The command that would change the state. */
function advice(id: Address, status: Status): string {
  switch (status.kind) {
    case "fresh":
      if (status.edited.length > 0)
        return `the edit is kept; \`codex build ${id} --force --overwrite-edits\` would replace it`;
      return status.drift.length > 0
        ? `nothing; \`codex build ${id} --refresh\` rebuilds what drifted`
        : "nothing to do";
    case "blockedByEdit":
      return `keep the edit, or replace it with \`codex build ${id} --overwrite-edits\``;
    case "waiting":
      return `\`codex approve ${id}\``;
    case "blocked":
      return `\`codex why ${status.by}\``;
    case "stale":
    case "pending":
    case "failed":
    case "unknown":
      return `\`codex build ${id}\``;
  }
}
