/**
 * Why a target is in its state, to the root: what changed and how, who changed it, and through which targets it comes
 * about. The reasons are those of the evaluation; this only follows them.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { answer, textIn } from "../artifact/question.ts";
import { overlaps, parseRef, type Ref } from "../artifact/ref.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import { FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { stateName } from "../graph/describe.ts";
import type { Status } from "../graph/evaluate.ts";
import { describeReason, type Reason } from "../graph/reason.ts";
import { unreachable } from "../result.ts";
import { baseOf } from "./accept.ts";
import type { Snapshot } from "./build.ts";
import { shortDiff } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { inputThen } from "./evidence.ts";

/** Something that brought a state about, and what brought that about. */
export interface Cause {
  /** A target; undefined for what no target does: a file that a person changed, say. */
  readonly target?: Address;
  readonly text: string;
  readonly because: readonly Cause[];
}

export interface ExplainedReason {
  readonly kind: Reason["kind"];
  readonly text: string;
  readonly from?: Digest;
  readonly to?: Digest;
  /** Lines that went (`- …`) and came (`+ …`); undefined where the old text was not kept. */
  readonly diff?: readonly string[];
}

type Explaining = Pick<Engine, "world" | "files" | "store" | "actions" | "host">;

/** As many causes of one thing are followed; the others are counted. */
const MOST = 6;

/** The reasons of a target's own, each with what has changed. */
export function explainReasons(engine: Explaining, snapshot: Snapshot, id: Address): ExplainedReason[] {
  return reasonsOf(snapshot.evaluation.status(id)).map((reason) => {
    const text = describeReason(reason);
    switch (reason.kind) {
      case "inputChanged":
        return withDiff(
          { kind: reason.kind, text, from: reason.from, to: reason.to },
          inputDiff(engine, snapshot, id, reason),
        );
      case "readChanged":
        return withDiff(
          { kind: reason.kind, text, from: reason.from, to: reason.to },
          readDiff(engine, snapshot, id, reason),
        );
      case "inputAdded":
        return { kind: reason.kind, text, to: reason.to };
      case "neverBuilt":
      case "inputDropped":
      case "ruleChanged":
      case "outputMissing":
      case "outputReverted":
      case "wanted":
      case "drifted":
      case "escalated":
      case "forced":
        return { kind: reason.kind, text };
      default:
        return unreachable(reason);
    }
  });
}

const withDiff = (reason: ExplainedReason, diff: readonly string[] | undefined): ExplainedReason =>
  diff === undefined ? reason : { ...reason, diff };

/** The reasons that a status holds, drift included. */
export function reasonsOf(status: Status): readonly Reason[] {
  switch (status.kind) {
    case "fresh":
      return status.drift;
    case "stale":
    case "pending":
    case "waiting":
    case "blockedByEdit":
      return status.reasons;
    case "blocked":
    case "failed":
    case "unknown":
      return [];
    default:
      return unreachable(status);
  }
}

function inputDiff(
  { world, files, store, host }: Explaining,
  { graph, evaluation }: Snapshot,
  id: Address,
  reason: Extract<Reason, { kind: "inputChanged" }>,
): readonly string[] | undefined {
  const trace = world.trace(id);
  const input = graph.targets.get(id)!.inputs.find(({ name }) => name === reason.name);
  if (trace === undefined) return undefined;
  const stored = (digest: Digest): string | undefined => {
    const bytes = digest === MISSING ? new Uint8Array() : store.get(digest);
    return bytes === undefined ? undefined : readUtf8(bytes);
  };
  const view = world.view(evaluation.hidden(id));
  let now: string | undefined;
  if (input === undefined) {
    // An amended file: the versions are whole files.
    const path = parseRef(reason.name);
    now = path.ok ? (stored(reason.to) ?? textOf(files, path.value)) : undefined;
  } else if (input.source.kind === "product") now = stored(reason.to);
  else if (input.source.kind === "glob") now = view.list(input.source.patterns).join("\n");
  else now = reason.to === MISSING ? "" : textOf(view, input.source.ref);
  const before = inputThen(host, trace.key, reason.name) ?? stored(reason.from);
  return before === undefined || now === undefined ? undefined : shortDiff(before, now);
}

/** What a person changed of an output, against what its target had left; undefined where that is not known any more. */
export function editDiff(engine: Explaining, id: Address, output: string): readonly string[] | undefined {
  const trace = engine.world.trace(id);
  const ref = parseRef(output);
  const left = trace?.outputs[output] ?? trace?.amends[output]?.after;
  if (trace === undefined || !ref.ok || left === undefined) return undefined;
  const bytes = engine.store.get(baseOf(engine, trace, output, left));
  const now = textOf(engine.files, ref.value);
  return bytes === undefined || now === undefined ? undefined : shortDiff(readUtf8(bytes), now);
}

/** Which files a question finds, or no longer finds; what they say is theirs to show. */
function readDiff(
  { world }: Explaining,
  { evaluation }: Snapshot,
  id: Address,
  reason: Extract<Reason, { kind: "readChanged" }>,
): readonly string[] | undefined {
  const record = world
    .trace(id)
    ?.reads.find(
      (each) => each.answer === reason.from && JSON.stringify(each.question) === JSON.stringify(reason.question),
    );
  if (record?.hits === undefined) return undefined;
  const now = answer(world.view(evaluation.hidden(id)), record.question);
  if (!now.ok) return [`  ${now.error.what}`];
  const { hits: before } = record;
  const after = now.value.record.hits ?? {};
  const lines = [
    ...Object.keys(before)
      .filter((path) => !(path in after))
      .map((path) => `- ${path}`),
    ...Object.keys(after)
      .filter((path) => !(path in before))
      .map((path) => `+ ${path}`),
    ...Object.keys(after)
      .filter((path) => path in before && before[path] !== after[path])
      .map((path) => `~ ${path}`),
  ];
  return lines.length <= 2 * MOST
    ? lines
    : [...lines.slice(0, 2 * MOST), `  and ${lines.length - 2 * MOST} more files`];
}

function textOf(view: WorkspaceView, ref: Ref): string | undefined {
  try {
    return textIn(view, ref) ?? "";
  } catch (error) {
    if (error instanceof FaultError) return undefined;
    throw error;
  }
}

/** What brought a target's state about, each to its root. A target is followed once. */
export function causesOf(engine: Explaining, snapshot: Snapshot, id: Address): readonly Cause[] {
  return new Tracing(engine, snapshot).causesOf(id);
}

/** The ends of all chains: what somebody did, or must do. Each once. */
export function rootsOf(causes: readonly Cause[]): string[] {
  const roots = new Set<string>();
  const visit = (cause: Cause): void => {
    if (cause.because.length === 0)
      roots.add(cause.target === undefined ? cause.text : `${cause.target}: ${cause.text}`);
    for (const next of cause.because) visit(next);
  };
  for (const cause of causes) visit(cause);
  return [...roots];
}

class Tracing {
  private readonly seen = new Set<Address>();
  private readonly engine: Explaining;
  private readonly snapshot: Snapshot;

  constructor(engine: Explaining, snapshot: Snapshot) {
    this.engine = engine;
    this.snapshot = snapshot;
  }

  causesOf(id: Address): readonly Cause[] {
    this.seen.add(id);
    const status = this.snapshot.evaluation.status(id);
    switch (status.kind) {
      case "fresh":
      case "stale":
        return this.few(reasonsOf(status), (reason) => this.ofReason(id, reason));
      case "waiting":
        // That nobody has answered yet is the state itself.
        return this.few(changesOf(status.reasons), (reason) => this.ofReason(id, reason));
      case "blockedByEdit": {
        const edits = this.few(
          status.edited,
          (output): Cause => ({ text: `${output} holds a person's work`, because: [] }),
        );
        return [...this.few(changesOf(status.reasons), (reason) => this.ofReason(id, reason)), ...edits];
      }
      case "pending":
        return [
          ...this.few(status.reasons, (reason) => this.ofReason(id, reason)),
          ...this.few(status.on, (other) => this.ofTarget(other)),
        ];
      case "blocked":
        return [this.ofTarget(status.by)];
      case "unknown":
        return [this.ofTarget(status.decidedBy)];
      case "failed":
        return [];
      default:
        return unreachable(status);
    }
  }

  private few<T>(items: readonly T[], cause: (item: T) => Cause): Cause[] {
    const causes = items.slice(0, MOST).map(cause);
    return items.length <= MOST ? causes : [...causes, { text: `and ${items.length - MOST} more`, because: [] }];
  }

  /** A target that must come first. */
  private ofTarget(id: Address): Cause {
    if (!this.snapshot.graph.targets.has(id)) return { target: id, text: "no rule makes it", because: [] };
    const status = this.snapshot.evaluation.status(id);
    const text = stateName(status);
    if (this.seen.has(id)) return { target: id, text: `${text}, as above`, because: [] };
    const because = this.causesOf(id);
    const fault = this.snapshot.tasks.get(id)?.placeholder?.fault ?? this.engine.world.failures.get(id);
    if (fault !== undefined) return { target: id, text: `${text}: ${fault.where}: ${fault.what}`, because: [] };
    return { target: id, text: status.kind === "waiting" ? `${text}: a person's answer is needed` : text, because };
  }

  private ofReason(id: Address, reason: Reason): Cause {
    switch (reason.kind) {
      case "inputChanged":
      case "inputAdded":
        return this.ofInput(id, reason);
      case "readChanged":
      case "wanted":
      case "neverBuilt":
      case "inputDropped":
      case "ruleChanged":
      case "outputMissing":
      case "outputReverted":
      case "drifted":
      case "escalated":
      case "forced":
        return { text: describeReason(reason), because: [] };
      default:
        return unreachable(reason);
    }
  }

  /** Who changed an input: a target that has run since, a person in a target's output, or a person in a file of theirs. */
  private ofInput(id: Address, reason: Extract<Reason, { kind: "inputChanged" | "inputAdded" }>): Cause {
    const target = this.snapshot.graph.targets.get(id)!;
    const source = target.inputs.find(({ name }) => name === reason.name)?.source;
    const ref = source?.kind === "ref" ? source.ref : source === undefined ? refNamed(reason.name) : undefined;
    const text = describeReason(reason);
    const own = this.engine.world.trace(id)?.run.at ?? "";
    const because: Cause[] = [];
    for (const need of this.snapshot.graph.dependencies(id).keys()) {
      const writes =
        source?.kind === "product"
          ? source.of === need
          : source?.kind === "glob"
            ? this.writesAny(need, source.patterns)
            : ref !== undefined && this.writes(need, ref);
      if (!writes) continue;
      const status = this.snapshot.evaluation.status(need);
      const { run, accepted } = this.engine.world.trace(need) ?? {};
      const edit = Object.entries(accepted ?? {}).find(([output, { at }]) => at > own && isOf(output, ref));
      if (status.kind === "fresh" && status.edited.length > 0)
        because.push({
          target: need,
          text: `a person edited ${status.edited.join(", ")}, which it had written`,
          because: [],
        });
      else if (edit !== undefined)
        because.push({
          target: need,
          text: `${edit[1].by} accepted an edit of ${edit[0]}: ${edit[1].why}`,
          because: [],
        });
      else if (run !== undefined && run.at > own)
        because.push({ target: need, text: `it ran again at ${run.at}, by ${run.agent}`, because: [] });
      else if (status.kind !== "fresh") because.push(this.ofTarget(need));
    }
    if (because.length > 0) return { text, because };
    const what = reason.kind === "inputChanged" && reason.to === MISSING ? "deleted" : "changed";
    const root =
      ref === undefined
        ? { text: `files that it matches came, went or changed`, because: [] }
        : { text: `${ref.path} was ${what}, and not by a target`, because: [] };
    return { text, because: [root] };
  }

  private writes(id: Address, ref: Ref): boolean {
    const { outputs, amends, mayAmend } = this.snapshot.graph.targets.get(id)!;
    return (
      outputs.some((output) => output.kind !== "product" && overlaps(output.ref, ref)) ||
      [...amends, ...mayAmend].some(({ path }) => path === ref.path)
    );
  }

  private writesAny(id: Address, patterns: readonly string[]): boolean {
    const paths = this.engine.files.list(patterns);
    return paths.some((path) => this.writes(id, { path }));
  }
}

const changesOf = (reasons: readonly Reason[]): readonly Reason[] =>
  reasons.filter(({ kind }) => kind !== "neverBuilt");

/** Whether an output of that name is what a reference reads; of a glob or an intermediate, any may be. */
function isOf(output: string, ref: Ref | undefined): boolean {
  const written = refNamed(output);
  return ref === undefined || (written !== undefined && overlaps(written, ref));
}

function refNamed(name: string): Ref | undefined {
  const ref = parseRef(name);
  return ref.ok ? ref.value : undefined;
}
