/**
 * Adopting: work that is there already counts as built, without a run. A target is adopted when its outputs stand, its
 * check has nothing against them, and what it needs is settled or adopted too. Whether that makes it fresh, the
 * evaluation itself says, before anything is written.
 *
 * An intermediate that no file holds needs no bytes as long as nothing must run that reads it: its target is adopted with
 * what was made of it, and made again only when a consumer asks (docs/decisions).
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { digestIn } from "../artifact/question.ts";
import { formatRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { stateReasons } from "../graph/describe.ts";
import { Evaluation, isSettled } from "../graph/evaluate.ts";
import type { Trace } from "../graph/trace.ts";
import { err, ok, type Result } from "../result.ts";
import { editedOutputs } from "./accept.ts";
import { describeDefect } from "./attempt.ts";
import type { Engine, Layout } from "./engine.ts";
import { judgeStanding } from "./judge.ts";
import type { Task } from "./task.ts";

export interface AdoptOptions {
  /** Who adopts, when (UTC, ISO 8601) and why: `run.agent`, `run.at` and `run.why` of the traces. */
  readonly by: string;
  readonly at: string;
  readonly why: string;
  /** Whether targets that have run before are taken as they stand too, whatever has changed since. */
  readonly again: boolean;
  /** Whether what a check has against the work keeps it from being adopted. */
  readonly checked: boolean;
  /** Whether the absence of an output is adopted as well. */
  readonly without: (path: RepoPath) => boolean;
}

export interface Adoption {
  /** What becomes fresh, dependencies first, with the traces that say so. */
  readonly adopted: ReadonlyMap<Address, Trace>;
  /** How many defects the checks found in some of it, in spite of which it is adopted. */
  readonly doubts: ReadonlyMap<Address, number>;
  /** Why others cannot be. */
  readonly refused: ReadonlyMap<Address, Refusal>;
  /** How many were fresh already. */
  readonly fresh: number;
}

export interface Refusal {
  readonly why: string;
  /** Whether nothing of it is there. */
  readonly isMissing: boolean;
  /** Whether it could be adopted if others were. */
  readonly becauseOfOthers: boolean;
}

/** What is known of a candidate's work. */
interface Evidence {
  readonly outputs: Readonly<Record<string, Digest>>;
  readonly reads: Trace["reads"];
  /** Defects in spite of which it is adopted. */
  readonly doubts: number;
  /** Nothing of it is in a file. */
  readonly onlyIntermediates: boolean;
}

/** Says what can be adopted, and leaves the traces in memory so; writing them is the caller's. */
export function adopt(engine: Engine, layout: Layout, goals: readonly Address[], options: AdoptOptions): Adoption {
  const { graph, tasks } = layout;
  const before = new Evaluation(graph, engine.world);
  const refused = new Map<Address, Refusal>();
  const found = new Map<Address, Evidence>();
  const wanted = new Set(goals);
  let fresh = 0;
  for (const id of graph.order) {
    if (!wanted.has(id)) continue;
    if (isSettled(before.status(id))) {
      fresh++;
      continue;
    }
    if (engine.world.trace(id) !== undefined && !options.again) continue;
    const evidence = evidenceOf(engine, tasks.get(id)!, before, options);
    if (evidence.ok) found.set(id, evidence.value);
    else refused.set(id, { ...evidence.error, becauseOfOthers: false });
  }

  const original = new Map([...found.keys()].map((id) => [id, engine.world.trace(id)] as const));
  const restore = (id: Address): void => {
    const trace = original.get(id);
    if (trace === undefined) engine.traces.delete(id);
    else engine.traces.set(id, trace);
  };
  for (;;) {
    prune(layout, before, found, refused);
    for (const id of original.keys()) if (!found.has(id)) restore(id);
    const traces = tracesOf(engine, layout, found, original, options);
    const after = new Evaluation(graph, engine.world);
    const unsettled = [...found.keys()].filter((id) => !isSettled(after.status(id)));
    const first = unsettled.filter((id) => ["stale", "waiting", "blockedByEdit"].includes(after.status(id).kind));
    // Those that wait for others may be right once the others are gone.
    const gone = first.length > 0 ? first : unsettled;
    if (gone.length === 0) {
      const doubts = new Map([...found].flatMap(([id, { doubts }]) => (doubts === 0 ? [] : [[id, doubts] as const])));
      return { adopted: traces, doubts, refused, fresh };
    }
    for (const id of gone) {
      refused.set(id, {
        why: stateReasons(after.status(id)).join("; "),
        isMissing: false,
        becauseOfOthers: first.length === 0,
      });
      found.delete(id);
      restore(id);
    }
  }
}

/** What a target's work is, as it stands; or why it cannot be adopted. */
function evidenceOf(
  engine: Engine,
  task: Task,
  evaluation: Evaluation,
  options: AdoptOptions,
): Result<Evidence, Pick<Refusal, "why" | "isMissing">> {
  const refuse = (why: string, isMissing = false): Result<never, Pick<Refusal, "why" | "isMissing">> =>
    err({ why, isMissing });
  const { target, placeholder } = task;
  if (placeholder !== undefined) {
    const { fault } = placeholder;
    return fault === undefined
      ? refuse("what it consists of is not decided yet", true)
      : refuse(`${fault.where}: ${fault.what}`);
  }
  const edited = editedOutputs(evaluation.status(target.id));
  if (engine.world.trace(target.id) !== undefined && edited.length > 0)
    return refuse(`${edited.join(", ")} was edited: codex accept ${target.id} --why "…" comes first`);
  const outputs: Record<string, Digest> = {};
  for (const output of target.outputs) {
    if (output.kind !== "ref") continue;
    const name = formatRef(output.ref);
    try {
      outputs[name] = digestIn(engine.files, output.ref);
    } catch (error) {
      if (error instanceof FaultError) return refuse(`${name} cannot be read: ${error.fault.what}`);
      throw error;
    }
    if (outputs[name] === MISSING && !options.without(output.ref.path))
      return refuse(`its output ${name} is missing${nearby(engine, output.ref.path)}`, true);
  }
  for (const { path } of target.amends)
    if (engine.files.bytes(path) === undefined) return refuse(`${path}, which it edits, is missing`, true);
  const onlyIntermediates =
    Object.keys(outputs).length === 0 && target.outputs.some((output) => output.kind === "product");
  // What does not stand cannot be judged: neither an intermediate nor an absent report.
  const judged = !onlyIntermediates && !Object.values(outputs).includes(MISSING);
  const { defects, reads } = judged ? judgeStanding(engine, task, evaluation) : { defects: [], reads: [] };
  const [first, ...more] = defects;
  if (first !== undefined && options.checked)
    return refuse(`its check fails: ${describeDefect(first)}${more.length > 0 ? ` (and ${more.length} more)` : ""}`);
  return ok({ outputs, reads, onlyIntermediates, doubts: defects.length });
}

/** As many characters of a name as must agree for a file to be worth mentioning. */
const ALIKE = 6;

/** What stands in the folder of a missing file under a name that begins like it: a unit whose title was changed, say. */
function nearby({ files }: Engine, path: RepoPath): string {
  if (files.bytes(path) !== undefined) return "";
  const like = files.list([`${path.slice(0, path.lastIndexOf("/") + 1)}*`]);
  const [best] = like
    .map((other) => ({ other, common: commonPrefix(nameIn(other), nameIn(path)) }))
    .filter(({ common }) => common >= ALIKE)
    .sort((a, b) => b.common - a.common);
  return best === undefined ? "" : ` (there is ${nameIn(best.other)})`;
}

const nameIn = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** Takes out what cannot be adopted because of others, until nothing more goes. */
function prune(
  { graph }: Layout,
  before: Evaluation,
  found: Map<Address, Evidence>,
  refused: Map<Address, Refusal>,
): void {
  const stands = (id: Address): boolean => found.has(id) || (graph.targets.has(id) && isSettled(before.status(id)));
  const uses = (reader: Address, id: Address): boolean =>
    graph.targets.get(reader)!.inputs.some(({ source }) => source.kind === "product" && source.of === id);
  for (let changed = true; changed; ) {
    changed = false;
    const drop = (id: Address, why: string): void => {
      refused.set(id, { why, isMissing: false, becauseOfOthers: true });
      found.delete(id);
      changed = true;
    };
    for (const id of [...found.keys()]) {
      const need = [...graph.dependencies(id).keys()].find((each) => {
        const kind = graph.edgeKind(id, each);
        return (kind === "hard" || kind === "decides") && !stands(each);
      });
      if (need !== undefined) drop(id, `it needs ${need}, which is not settled and cannot be adopted`);
    }
    for (const [id, { onlyIntermediates }] of [...found].reverse()) {
      if (onlyIntermediates && ![...graph.dependents(id)].some((reader) => stands(reader) && uses(reader, id)))
        drop(id, "what it makes is in no file, and nothing that was made of it can be adopted");
    }
  }
}

/** The traces of what is adopted, set in memory: what each must not see follows from the traces of the others. */
function tracesOf(
  engine: Engine,
  { graph }: Layout,
  found: ReadonlyMap<Address, Evidence>,
  original: ReadonlyMap<Address, Trace | undefined>,
  { by, at, why }: AdoptOptions,
): ReadonlyMap<Address, Trace> {
  const run = { at, seconds: 0, usd: 0, attempts: 0, agent: by, why };
  const draft = (id: Address): Trace => {
    const { outputs, reads } = found.get(id)!;
    const known = original.get(id);
    const parts = {};
    if (known === undefined) return { key: MISSING, parts, soft: {}, reads, outputs, products: {}, amends: {}, run };
    // What it wrote beyond what it declares (fragments of shared files) is still its own.
    return { ...known, outputs: { ...known.outputs, ...outputs }, run };
  };
  for (const id of found.keys()) engine.traces.set(id, draft(id));
  const evaluation = new Evaluation(graph, engine.world);
  const traces = new Map<Address, Trace>();
  for (const id of found.keys()) {
    const trace = engine.world.trace(id)!;
    const hidden = evaluation.hidden(id);
    const reads = trace.reads.map((record) => ({ ...record, answer: engine.world.answer(record, hidden) }));
    traces.set(id, { ...trace, ...evaluation.key(id), reads });
  }
  for (const [id, trace] of traces) engine.traces.set(id, trace);
  return traces;
}
