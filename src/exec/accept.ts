/**
 * Accepting a person's edits: from now on they count as what the target left. Its readers see them, a later run merges
 * them in (`merge-accepted.ts`), and who accepted them, when and why is in the trace.
 */
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import { digestIn } from "../artifact/question.ts";
import { parseRef } from "../artifact/ref.ts";
import type { Fault } from "../fault.ts";
import { usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Evaluation, Status } from "../graph/evaluate.ts";
import { NOTHING_HIDDEN } from "../graph/facts.ts";
import { belowPart } from "../graph/fingerprint.ts";
import type { Graph } from "../graph/graph.ts";
import { Works } from "../graph/hiding.ts";
import { type Version, withAccepted } from "../graph/standing.ts";
import type { AcceptedEdit, Trace } from "../graph/trace.ts";
import { err, ok, type Result } from "../result.ts";
import { commitTarget } from "./commit-target.ts";
import { forgetConflict, pendingConflict, readSide, sideFile } from "./conflicts.ts";
import type { Engine } from "./engine.ts";
import { markerLine } from "./merge.ts";
import { bytesOf, mergeAccepted } from "./merge-accepted.ts";
import { restore } from "./restore.ts";
import type { Staged } from "./stage.ts";
import { withdraw } from "./withdraw.ts";

/** Who accepts, when (ms since the epoch) and why. */
export interface Decision {
  readonly by: string;
  readonly at: number;
  readonly why: string;
}

export interface Acceptance {
  /** Whose trace says so: the last that wrote the file. */
  readonly target: Address;
  readonly output: string;
  /** `edit`: it counts as the target's; `merge`: a conflict was resolved; `undone`: it is as the rule left it again. */
  readonly how: "edit" | "merge" | "undone";
}

type Accepting = Pick<Engine, "host" | "store" | "files" | "world" | "traces" | "actions" | "stats">;

interface Layout {
  readonly graph: Graph;
  readonly evaluation: Evaluation;
}

/** The outputs of a target that a person has edited, as far as its status shows. */
export function editedOutputs(status: Status): readonly string[] {
  return status.kind === "fresh" || status.kind === "blockedByEdit" || status.kind === "stale" ? status.edited : [];
}

/**
 * Accepts what a person edited of one target: its edited outputs, and the side files of a conflict. Each is one commit.
 * @returns what was accepted; empty where there was nothing. A fault where something cannot be: nothing is written then.
 */
export function acceptEdits(
  engine: Accepting,
  { graph, evaluation }: Layout,
  id: Address,
  decision: Decision,
): Result<readonly Acceptance[], Fault> {
  const edited = editedOutputs(evaluation.status(id));
  if (edited.length > 0 && engine.world.trace(id) === undefined) {
    return err({
      ...usageFault(
        `${id} has never been built: what stands at ${edited.join(", ")} is no edit of anything`,
        id,
        `take it as it is: codex adopt ${id} --why "…"`,
      ),
    });
  }
  const resolved = resolveConflict(engine, { graph, evaluation }, id, decision);
  if (!resolved.ok || resolved.value.length > 0) return resolved;

  const changes = new Map<Address, Trace>();
  const accepted: Acceptance[] = [];
  const traceOf = (target: Address): Trace => changes.get(target) ?? engine.world.trace(target)!;
  const works = new Works(graph, engine.world);
  for (const name of edited) {
    const ref = parseRef(name);
    if (!ref.ok) return ref;
    if (ref.value.fragment !== undefined) {
      const bytes = bytesOf(engine.files, ref.value);
      if (bytes === undefined) continue;
      const digest = digestIn(engine.files, ref.value);
      changes.set(id, withEdit(engine, traceOf(id), name, digest, bytes, decision));
      accepted.push({ target: id, output: name, how: howOf(changes.get(id)!, name) });
      continue;
    }
    // Of a file that several wrote in turn, an edit is accepted with the one whose work is right below it.
    const now = engine.world.digest(ref.value, NOTHING_HIDDEN);
    const versions: readonly Version[] = works.standing(ref.value.path).versions();
    for (const [index, version] of versions.entries()) {
      if (!version.edited) continue;
      const owner = versions[index - 1]?.by ?? id;
      const bytes = version.digest === now ? engine.files.bytes(ref.value.path) : engine.store.get(version.digest);
      if (bytes === undefined || engine.world.trace(owner) === undefined) continue;
      changes.set(owner, withEdit(engine, traceOf(owner), name, version.digest, bytes, decision));
      accepted.push({ target: owner, output: name, how: howOf(changes.get(owner)!, name) });
      // Those who built on the edit now build on the owner's work.
      for (const { id: other } of graph.chain(ref.value.path)) {
        const trace = engine.world.trace(other) && traceOf(other);
        const below = trace?.parts[belowPart(ref.value.path)];
        if (trace === undefined || below === undefined) continue;
        const parts = { ...trace.parts, [belowPart(ref.value.path)]: withAccepted(below, version.digest, owner) };
        changes.set(other, { ...trace, parts });
      }
    }
  }
  for (const [target, trace] of changes) {
    const before = engine.world.trace(target)!;
    const fault = commitTarget(engine, target, trace, nothingStaged(trace), new Map());
    if (fault !== undefined) return err(fault);
    keepAccepted(engine, before, trace);
  }
  return ok(accepted);
}

/** A trace in which an edit counts as what the target left. */
function withEdit(
  engine: Accepting,
  trace: Trace,
  name: string,
  digest: Digest,
  bytes: Uint8Array,
  decision: Decision,
): Trace {
  const before = trace.accepted?.[name];
  const left = name in trace.outputs ? trace.outputs[name]! : trace.amends[name]!.after;
  const base = before?.base ?? baseOf(engine, trace, name, left);
  const mine = engine.store.put(bytes);
  const { [name]: _, ...others } = trace.accepted ?? {};
  const edit: AcceptedEdit = {
    base,
    mine,
    by: decision.by,
    at: new Date(decision.at).toISOString(),
    why: decision.why,
  };
  const accepted = mine === base ? others : { ...others, [name]: edit };
  const { accepted: __, ...rest } = trace;
  return {
    ...rest,
    ...(name in trace.outputs
      ? { outputs: { ...trace.outputs, [name]: digest } }
      : { amends: { ...trace.amends, [name]: { ...trace.amends[name]!, after: digest } } }),
    ...(name in trace.outputs && name in trace.amends
      ? { amends: { ...trace.amends, [name]: { ...trace.amends[name]!, after: digest } } }
      : {}),
    ...(Object.keys(accepted).length === 0 ? {} : { accepted }),
  };
}

const howOf = (trace: Trace, name: string): Acceptance["how"] =>
  trace.accepted?.[name] === undefined ? "undone" : "edit";

/** The text that the writer had left, as a digest of the store; `MISSING` where it is not known any more. */
export function baseOf(
  { store, actions }: Pick<Engine, "store" | "actions">,
  trace: Trace,
  name: string,
  left: Digest,
): Digest {
  if (store.get(left) !== undefined) return left;
  for (const made of actions.get(trace.key)) {
    const blob = made.blobs[name];
    if (blob !== undefined && (made.trace.outputs[name] ?? made.trace.amends[name]?.after) === left) return blob;
  }
  return MISSING;
}

/** The accepted text is what is restored for the key from now on. */
function keepAccepted({ store, actions }: Accepting, before: Trace, trace: Trace): void {
  const known = actions.get(trace.key).find((each) => JSON.stringify(each.trace.reads) === JSON.stringify(trace.reads));
  const blobs: Record<string, Digest> = { ...known?.blobs };
  for (const [name, edit] of Object.entries(trace.accepted ?? {})) blobs[name] = edit.mine;
  for (const [name, edit] of Object.entries(before.accepted ?? {}))
    if (trace.accepted?.[name] === undefined && store.get(edit.base) !== undefined) blobs[name] = edit.base;
  actions.add(trace.key, { trace, blobs, files: {} });
}

/** A commit of the trace alone. */
const nothingStaged = (trace: Trace): Staged => ({
  files: new Map(),
  outputs: trace.outputs,
  texts: new Map(),
  products: new Map(),
  amended: new Map(),
});

/** Writes what a person made of a conflict; empty where there is none, or it is out of date. */
function resolveConflict(
  engine: Accepting,
  { graph, evaluation }: Layout,
  id: Address,
  decision: Decision,
): Result<readonly Acceptance[], Fault> {
  const conflict = pendingConflict(engine.host, id);
  if (conflict === undefined) return ok([]);
  const { key, parts } = evaluation.key(id);
  const hidden = evaluation.hiddenFromRun(id);
  const target = graph.targets.get(id)!;
  const made = key === conflict.key ? restore(engine, target, key, hidden) : undefined;
  const status = evaluation.status(id);
  if (made === undefined || status.kind === "blockedByEdit") {
    // The inputs have changed since, the run is gone from the store, or the person went on in the file itself.
    forgetConflict(engine.host, id);
    return ok([]);
  }
  const previous = engine.world.trace(id);
  const texts = new Map<string, string>();
  for (const [name, { mine }] of Object.entries(conflict.outputs)) {
    const path = sideFile(id, name);
    const text = readSide(engine.host, path);
    if (text === undefined || previous?.accepted?.[name]?.mine !== mine) continue;
    const line = markerLine(text);
    if (line !== undefined) {
      return err(
        usageFault(
          "there are still markers of the conflict in it",
          `${path}:${line}`,
          "choose, and remove the markers",
        ),
      );
    }
    texts.set(name, text);
  }
  const proposed = withdraw(target, made.staged, engine.world.view(hidden), engine.files, previous);
  const merged = mergeAccepted(engine, id, key, proposed, previous, made.accepted, texts);
  if (!merged.ok) return merged;
  const { staged } = merged.value;
  const accepted: Record<string, AcceptedEdit> = { ...merged.value.accepted };
  for (const name of texts.keys())
    if (accepted[name] !== undefined)
      accepted[name] = {
        ...accepted[name],
        by: decision.by,
        at: new Date(decision.at).toISOString(),
        why: decision.why,
      };
  const trace: Trace = {
    key,
    parts,
    soft: made.soft,
    reads: made.made.reads,
    outputs: staged.outputs,
    products: Object.fromEntries([...staged.products].map(([name, bytes]) => [name, engine.store.put(bytes)])),
    amends: amendsOf(engine, staged, evaluation, id),
    run: made.run,
    ...(Object.keys(accepted).length === 0 ? {} : { accepted }),
  };
  const fault = commitTarget(engine, id, trace, staged, new Map());
  if (fault !== undefined) return err(fault);
  forgetConflict(engine.host, id);
  return ok([...texts.keys()].map((output) => ({ target: id, output, how: "merge" })));
}

function amendsOf(engine: Accepting, staged: Staged, evaluation: Evaluation, id: Address): Trace["amends"] {
  const view = engine.world.view(evaluation.hiddenFromRun(id));
  return Object.fromEntries(
    [...staged.amended].map(([path, bytes]) => [
      path,
      { before: digestOf(view.bytes(path) ?? new Uint8Array()), after: digestOf(bytes) },
    ]),
  );
}
