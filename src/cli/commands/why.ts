/** `codex why`: why targets are in their state, down to the root, and what changes it. Reads only. */
import { formatRef } from "../../artifact/ref.ts";
import { editedOutputs } from "../../exec/accept.ts";
import { type Snapshot, snapshotOf } from "../../exec/build.ts";
import { pendingConflict, sideFile } from "../../exec/conflicts.ts";
import { layOut } from "../../exec/engine.ts";
import { describeBasis, type Estimate, type Estimates } from "../../exec/estimate.ts";
import { type Cause, causesOf, type ExplainedReason, editDiff, explainReasons, rootsOf } from "../../exec/explain.ts";
import type { Address } from "../../graph/address.ts";
import { stateName, stateReasons } from "../../graph/describe.ts";
import { DEFAULT_POLICY, mayRun, type Status } from "../../graph/evaluate.ts";
import { closure } from "../../graph/order.ts";
import type { Target } from "../../graph/target.ts";
import type { Trace } from "../../graph/trace.ts";
import { unreachable } from "../../result.ts";
import { estimatesOf } from "../estimates.ts";
import { EXIT } from "../exit.ts";
import { shownBy } from "../inbox.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { duration, plural, usd } from "../view/plain.ts";

export interface WhyFlags {
  readonly json?: boolean;
}

export async function whyCommand(terminal: Terminal, typed: string, flags: WhyFlags = {}): Promise<number> {
  const workspace = await openWorkspace();
  const snapshot = snapshotOf(layOut(workspace.engine.expand), workspace.engine, [typed], DEFAULT_POLICY);
  const estimates = estimatesOf(workspace, snapshot.graph);
  const explained = snapshot.goals.map((id) => explain(workspace, snapshot, estimates, id));
  if (flags.json) terminal.out(JSON.stringify({ version: 1, targets: explained.map(whyJson) }, null, 2));
  else for (const each of explained) for (const line of whyLines(each, terminal)) terminal.out(line);
  return EXIT.done;
}

/** All that is said of one target. */
interface Explanation {
  readonly id: Address;
  readonly rule: string;
  readonly state: string;
  readonly reasons: readonly (Partial<ExplainedReason> & { readonly text: string })[];
  readonly causes: readonly Cause[];
  readonly undecidable: string | undefined;
  readonly asks: string | undefined;
  readonly shows: readonly string[];
  readonly needs: readonly (readonly [id: Address, why: string])[];
  readonly writes: readonly string[];
  readonly amended: readonly string[];
  readonly trace: Trace | undefined;
  /** What would run for it, itself included, dependencies first. */
  readonly run: readonly Address[];
  readonly total: { readonly usd: number; readonly seconds: number };
  readonly own: Estimate;
  /** How many targets depend on it, however far away. */
  readonly dependents: number;
  readonly commands: readonly Command[];
}

/** A command that would change the state. */
interface Command {
  readonly does: "build" | "accept" | "ignore" | "overwrite" | "answer" | "look";
  readonly command: string;
  readonly effect: string;
}

function explain({ engine }: Workspace, snapshot: Snapshot, estimates: Estimates, id: Address): Explanation {
  const { graph, evaluation, tasks } = snapshot;
  const target = graph.targets.get(id)!;
  const status = evaluation.status(id);
  const trace = engine.world.trace(id);
  const { action, placeholder } = tasks.get(id)!;
  const explained = new Map(explainReasons(engine, snapshot, id).map((reason) => [reason.text, reason]));
  const edits = new Map(editedOutputs(status).map((output) => [output, editDiff(engine, id, output)]));
  const explainLine = (text: string): Explanation["reasons"][number] => {
    const diff = [...edits].find(([output]) => text.startsWith(`${output} `))?.[1];
    return explained.get(text) ?? (diff === undefined ? { text } : { text, diff });
  };
  const run = closure(graph, [id]).filter((each) => {
    const { target: other, placeholder: stands } = tasks.get(each)!;
    return mayRun(evaluation.status(each)) && !other.byPerson && stands === undefined;
  });
  const costs = run.map((each) => estimates.of(tasks.get(each)!));
  return {
    id,
    rule: target.rule,
    state: stateName(status),
    reasons: stateReasons(status).map(explainLine),
    causes: causesOf(engine, snapshot, id),
    undecidable:
      placeholder?.fault && `${placeholder.fault.where}: ${placeholder.fault.what}; ${placeholder.fault.mend}`,
    asks: action.kind === "person" ? action.ask : undefined,
    shows: target.byPerson ? shownBy(target) : [],
    needs: [...graph.dependencies(id)],
    writes: target.outputs.map((output) =>
      output.kind === "product" ? `${output.name} (kept in the store)` : formatRef(output.ref),
    ),
    amended: Object.keys(trace?.amends ?? {}),
    trace,
    run,
    total: {
      usd: costs.reduce((sum, cost) => sum + cost.usd, 0),
      seconds: costs.reduce((sum, cost) => sum + cost.seconds, 0),
    },
    own: estimates.of(tasks.get(id)!),
    dependents: graph.descendants(id).length,
    commands: commandsFor(engine.host, target, status, trace),
  };
}

/** Chains of more lines than this are summed up by their ends, so many of them. */
const CHAIN = 4;
const ROOTS = 5;

function whyLines(each: Explanation, { colours }: Terminal): string[] {
  const { id, trace, own, run } = each;
  const lines = [`${colours.bold(id)}: ${each.state}`];
  for (const { text, diff = [] } of each.reasons)
    lines.push(`  because ${text}`, ...diff.map((line) => `      ${line}`));
  const chain = causeLines(each.causes, 1, new Set(each.reasons.map(({ text }) => text)));
  lines.push(...chain.map((line) => colours.dim(line)));
  // A short chain shows its end by itself.
  if (chain.length > CHAIN)
    lines.push(
      ...rootsOf(each.causes)
        .slice(0, ROOTS)
        .map((root) => `  root: ${root}`),
    );
  if (each.undecidable !== undefined) lines.push(`  cannot be decided: ${each.undecidable}`);
  if (each.asks !== undefined) lines.push(`  asks: ${each.asks}`);
  lines.push(...each.shows.map((source) => `  shows ${source}`));
  lines.push(...each.needs.map(([need, why]) => `  needs ${need} (${why})`));
  lines.push(...each.writes.map((output) => `  writes ${output}`));
  lines.push(...each.amended.map((path) => `  amended ${path}`));
  for (const [output, edit] of Object.entries(trace?.accepted ?? {}))
    lines.push(`  accepted: ${output}, by ${edit.by}, ${edit.at}: ${edit.why}`);
  lines.push(`  last run: ${lastRun(trace)}`);
  if (run.includes(id))
    lines.push(
      `  would run: ${plural(run.length, "target")}, ${usd(each.total.usd)}, ${duration(each.total.seconds)} of work; this one ${usd(own.usd)}, ${duration(own.seconds)} (${describeBasis(own.basis)})`,
    );
  const [first, ...more] = each.commands;
  lines.push(`  next: ${first === undefined ? "nothing to do" : `\`${first.command}\` ${first.effect}`}`);
  lines.push(...more.map(({ command, effect }) => `  or: \`${command}\` ${effect}`));
  return lines;
}

/**
 * The chain of causes, a level deeper for each step back.
 * @param said what the reasons have said already.
 */
function causeLines(causes: readonly Cause[], depth: number, said: ReadonlySet<string>): string[] {
  return causes.flatMap(({ target, text, because }) => [
    ...(target === undefined && said.has(text)
      ? []
      : [`${"  ".repeat(depth)}← ${target === undefined ? "" : `${target}: `}${text}`]),
    ...causeLines(because, depth + 1, said),
  ]);
}

function lastRun(trace: Trace | undefined): string {
  if (trace === undefined) return "never";
  const { run } = trace;
  if (run.why !== undefined) return `never; adopted ${run.at} by ${run.agent}: ${run.why}`;
  return [
    `${run.at} by ${run.agent}`,
    ...(run.model === undefined ? [] : [`model ${run.model}`]),
    duration(run.seconds),
    usd(run.usd),
    ...(run.attempts > 1 ? [`${run.attempts} attempts`] : []),
    plural(trace.reads.length, "recorded question"),
  ].join(", ");
}

const whyJson = (each: Explanation): unknown => ({
  id: each.id,
  rule: each.rule,
  state: each.state,
  reasons: each.reasons,
  causes: each.causes,
  roots: rootsOf(each.causes),
  needs: each.needs.map(([id, why]) => ({ id, why })),
  writes: each.writes,
  amended: each.amended,
  accepted: Object.entries(each.trace?.accepted ?? {}).map(([output, { by, at, why }]) => ({ output, by, at, why })),
  last: each.trace === undefined ? null : { ...each.trace.run, reads: each.trace.reads.length },
  next: {
    run: each.run,
    ...each.total,
    own: each.own,
    dependents: each.dependents,
    commands: each.commands,
  },
});

const WHY = '--why "…"';

/** The commands that would change the state, the likeliest first. */
function commandsFor(host: Workspace["host"], target: Target, status: Status, trace: Trace | undefined): Command[] {
  const { id, byPerson } = target;
  const conflict = pendingConflict(host, id);
  if (conflict !== undefined) {
    const sides = Object.keys(conflict.outputs).map((output) => sideFile(id, output));
    return [
      {
        does: "accept",
        command: `codex accept ${id} ${WHY}`,
        effect: `writes what you have made of ${sides.join(" and ")}`,
      },
    ];
  }
  const accept: Command = {
    does: "accept",
    command: `codex accept ${id} ${WHY}`,
    effect: "keeps the edit, and merges it into later runs",
  };
  const ignore: Command[] =
    trace === undefined || byPerson
      ? []
      : [
          {
            does: "ignore",
            command: `codex adopt ${id} ${WHY}`,
            effect: "leaves it as it is, and counts it as up to date",
          },
        ];
  switch (status.kind) {
    case "fresh":
      if (status.edited.length > 0)
        return [
          accept,
          {
            does: "overwrite",
            command: `codex build ${id} --force --overwrite-edits`,
            effect: "replaces the edit; it is kept in the store",
          },
        ];
      if (status.drift.length > 0)
        return [
          { does: "build", command: `codex build ${id} --refresh`, effect: "rebuilds what drifted; nothing has to" },
        ];
      return [];
    case "blockedByEdit":
      return [
        trace === undefined
          ? {
              does: "accept",
              command: `codex adopt ${id} ${WHY}`,
              effect: "takes what is there as if it had been built",
            }
          : { ...accept, effect: "keeps the edit; the next build merges it into the new result" },
        {
          does: "overwrite",
          command: `codex build ${id} --overwrite-edits`,
          effect: "replaces the edit; it is kept in the store",
        },
      ];
    case "waiting":
      return status.reasons.some((reason) => reason.kind === "escalated")
        ? [
            { does: "answer", command: `codex answer ${id} "…"`, effect: "has it tried again, told what you write" },
            { does: "look", command: `codex inbox ${id}`, effect: "lists what else you can do" },
          ]
        : [{ does: "answer", command: `codex approve ${id}`, effect: "says yes to what it shows" }];
    case "blocked":
      return [{ does: "look", command: `codex why ${status.by}`, effect: "says what is wrong there" }];
    case "stale":
      return [{ does: "build", command: `codex build ${id}`, effect: "builds it" }, ...ignore];
    case "pending":
    case "failed":
    case "unknown":
      return [{ does: "build", command: `codex build ${id}`, effect: "builds it, and what it needs" }];
    default:
      return unreachable(status);
  }
}
