/**
 * From facts to a status for every target (design §5), in dependency order, over digests only.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { formatRef, parseRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import { type Facts, type Hidden, NOTHING_HIDDEN } from "./facts.ts";
import { compareParts, driftOf, keyOf, type Parts, partsOf, softParts } from "./fingerprint.ts";
import { AFTER, DECIDES, type Graph } from "./graph.ts";
import type { Reason } from "./reason.ts";
import type { Target } from "./target.ts";
import type { Trace } from "./trace.ts";

export type Status =
  /** Nothing to do. `drift`: soft things changed. `edited`: outputs that a person changed. */
  | { readonly kind: "fresh"; readonly drift: readonly Reason[]; readonly edited: readonly string[] }
  /** Must run, and may: everything it needs is settled. */
  | { readonly kind: "stale"; readonly reasons: readonly Reason[]; readonly edited: readonly string[] }
  /** Decided when what it needs has run; `reasons` are those known already. */
  | { readonly kind: "pending"; readonly on: readonly Address[]; readonly reasons: readonly Reason[] }
  /** A person's turn. */
  | { readonly kind: "waiting"; readonly reasons: readonly Reason[] }
  /** Running it would overwrite what a person wrote. */
  | { readonly kind: "blockedByEdit"; readonly edited: readonly string[]; readonly reasons: readonly Reason[] }
  /** Something that it needs failed, waits or is blocked. */
  | { readonly kind: "blocked"; readonly by: Address }
  | { readonly kind: "failed" }
  /** Whether it exists is decided by an artifact that is not settled. */
  | { readonly kind: "unknown"; readonly decidedBy: Address };

export interface Policy {
  /** Rebuild these whatever their state. */
  readonly force: ReadonlySet<Address>;
  /** Rebuild what has drifted. */
  readonly refresh: boolean;
  readonly overwriteEdits: boolean;
  /**
   * Targets whose recorded questions are not asked again: those settled already in this build, so that books that are
   * built side by side do not make each other's analyses stale over and over; or all, to tell how far a book has come.
   */
  readonly trustReads: ReadonlySet<Address> | "all";
  /** Targets whose intermediates a consumer needs, though their bytes are gone. */
  readonly wanted: ReadonlyMap<Address, { readonly product: string; readonly by: Address }>;
}

export const DEFAULT_POLICY: Policy = { force: new Set(), refresh: false, overwriteEdits: false, trustReads: new Set(), wanted: new Map() };

/** Whether dependents may go on: what the target wrote stands. */
export const isSettled = (status: Status): boolean => status.kind === "fresh";

/** Whether something will happen, or may, without a person. */
export const mayRun = (status: Status): boolean => status.kind === "stale" || status.kind === "pending";

interface ChainLink {
  readonly id: Address;
  /** What an amendment started from; undefined for the file's producer. */
  readonly before: Digest | undefined;
  readonly after: Digest;
}

/** Where a file stands in its amend chain. */
interface ChainState {
  readonly links: readonly ChainLink[];
  /** The last link whose version is on disk; -1 where it is the source's; undefined where it is no writer's: an edit. */
  readonly current: number | undefined;
}

/** One reading of the world; made anew (or `forget`-ed in part) when something has been written. */
export class Evaluation {
  private readonly statuses = new Map<Address, Status>();
  private readonly hiddenOf = new Map<Address, Hidden>();
  private readonly graph: Graph;
  private readonly facts: Facts;
  private readonly policy: Policy;

  constructor(graph: Graph, facts: Facts, policy: Policy = DEFAULT_POLICY) {
    this.graph = graph;
    this.facts = facts;
    this.policy = policy;
  }

  status(id: Address): Status {
    const known = this.statuses.get(id);
    if (known !== undefined) return known;
    // Dependencies first and without recursion: chains of targets may be long.
    const stack = [id];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const open = [...this.graph.dependencies(top).keys()].filter((each) => !this.statuses.has(each));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      stack.pop();
      if (!this.statuses.has(top)) this.statuses.set(top, this.evaluate(this.graph.targets.get(top)!));
    }
    return this.statuses.get(id)!;
  }

  /** What `id` must not see. */
  hidden(id: Address): Hidden {
    let hidden = this.hiddenOf.get(id);
    if (hidden === undefined) {
      hidden = this.findHidden(id);
      this.hiddenOf.set(id, hidden);
    }
    return hidden;
  }

  /** What a run of `id` must not see: the same, but for files that it may amend, which it finds as they are. */
  hiddenFromRun(id: Address): Hidden {
    const hidden = this.hidden(id);
    const { mayAmend } = this.graph.targets.get(id)!;
    if (!mayAmend.some((ref) => hidden.versions.has(ref.path))) return hidden;
    const versions = new Map(hidden.versions);
    for (const ref of mayAmend) versions.delete(ref.path);
    return { ...hidden, versions };
  }

  /** The key that a run of the target would have now, with the parts it is made of. */
  key(id: Address): { readonly key: Digest; readonly parts: Parts; readonly soft: Parts } {
    const target = this.graph.targets.get(id)!;
    const parts = partsOf(target, this.facts, this.hidden(id));
    return { key: keyOf(parts), parts, soft: softParts(target, this.facts, this.hidden(id)) };
  }

  private evaluate(target: Target): Status {
    if (this.facts.failed(target.id)) return { kind: "failed" };
    const decider = this.unsettledDecider(target);
    if (decider !== undefined) {
      const deciding = this.statuses.get(decider)!;
      if (deciding.kind === "unknown") return deciding;
      return mayRun(deciding) ? { kind: "unknown", decidedBy: decider } : { kind: "blocked", by: rootOf(deciding, decider) };
    }

    const on: Address[] = [];
    for (const id of this.graph.dependencies(target.id).keys()) {
      const status = this.statuses.get(id)!;
      if (isSettled(status)) continue;
      if (mayRun(status)) on.push(id);
      else if (status.kind === "unknown") on.push(status.decidedBy);
      else return { kind: "blocked", by: rootOf(status, id) };
    }

    const { reasons, drift, edited } = this.examine(target);
    if (on.length > 0) {
      return reasons.length === 0 && this.onlyOrders(target, on) ? { kind: "fresh", drift, edited } : { kind: "pending", on, reasons };
    }
    if (reasons.length === 0) return { kind: "fresh", drift, edited };
    if (target.byPerson) return { kind: "waiting", reasons };
    if (edited.length > 0 && !this.policy.overwriteEdits) return { kind: "blockedByEdit", edited, reasons };
    return { kind: "stale", reasons, edited };
  }

  /** Whether a target reads nothing of those: then their running cannot make it stale. */
  private onlyOrders(target: Target, on: readonly Address[]): boolean {
    const orderOnly = new Set(target.inputs.filter((input) => input.kind === "orderOnly").map((input) => input.name));
    const needs = this.graph.dependencies(target.id);
    return on.every((id) => needs.get(id) === AFTER || orderOnly.has(needs.get(id)!));
  }

  private unsettledDecider(target: Target): Address | undefined {
    if (target.decidedBy === undefined) return undefined;
    for (const [id, why] of this.graph.dependencies(target.id)) {
      if (why === DECIDES && !isSettled(this.statuses.get(id)!)) return id;
    }
    return undefined;
  }

  /** Compares a target with its trace: the one place where staleness is decided. */
  private examine(target: Target): { reasons: Reason[]; drift: Reason[]; edited: string[] } {
    const trace = this.facts.trace(target.id);
    if (trace === undefined) {
      // What stands where it would write was not written by it: a person's work, until it is adopted.
      const edited = target.outputs.flatMap((output) =>
        output.kind === "ref" && this.facts.digest(output.ref, NOTHING_HIDDEN) !== MISSING ? [formatRef(output.ref)] : [],
      );
      return { reasons: [{ kind: "neverBuilt" }], drift: [], edited };
    }
    const { parts, soft } = this.key(target.id);
    const outputs = this.examineOutputs(target, trace);
    const reasons = [...this.comparedInputs(target, trace, parts), ...this.changedReads(target, trace), ...outputs.reasons];
    const drift = driftOf(trace.soft, soft);
    if (this.policy.refresh) reasons.push(...drift);
    if (this.policy.force.has(target.id)) reasons.push({ kind: "forced" });
    const wanted = this.policy.wanted.get(target.id);
    if (wanted !== undefined) reasons.push({ kind: "wanted", ...wanted });
    return { reasons, drift, edited: outputs.edited };
  }

  private comparedInputs(target: Target, trace: Trace, parts: Parts): Reason[] {
    if (target.amends.length === 0) return compareParts(target, trace.parts, parts);
    // A person's edit of a file that this target amended is for its readers to see, not a reason to amend again.
    const seen: Record<string, Digest> = { ...parts };
    for (const ref of target.amends) {
      const part = `amends:${ref.path}`;
      const recorded = trace.parts[part];
      if (recorded !== undefined && ref.path in trace.amends && this.chainState(ref.path).current === undefined) seen[part] = recorded;
    }
    return compareParts(target, trace.parts, seen);
  }

  private changedReads(target: Target, trace: Trace): Reason[] {
    const { trustReads } = this.policy;
    if (trace.reads.length === 0 || trustReads === "all" || trustReads.has(target.id)) return [];
    const hidden = this.hidden(target.id);
    const reasons: Reason[] = [];
    for (const record of trace.reads) {
      const { question, answer } = record;
      const now = this.facts.answer(record, hidden);
      if (now !== answer) reasons.push({ kind: "readChanged", question, from: answer, to: now });
    }
    return reasons;
  }

  private examineOutputs(target: Target, trace: Trace): { reasons: Reason[]; edited: string[] } {
    const reasons: Reason[] = [];
    const edited: string[] = [];
    for (const [name, left] of Object.entries(trace.outputs)) {
      const ref = refOf(name);
      const now = this.facts.digest(ref, NOTHING_HIDDEN);
      if (now === MISSING) {
        reasons.push({ kind: "outputMissing", output: name });
      } else if (ref.fragment === undefined) {
        const chain = this.chainState(ref.path);
        const index = chain.links.findIndex((link) => link.id === target.id);
        if (chain.current === undefined) edited.push(name);
        else if (index >= 0 && chain.current < index) reasons.push({ kind: "outputReverted", output: name });
      } else if (now !== left) {
        edited.push(name);
      }
    }
    for (const path of Object.keys(trace.amends)) {
      const chain = this.chainState(path as RepoPath);
      const index = chain.links.findIndex((link) => link.id === target.id);
      if (chain.current === undefined) edited.push(path);
      else if (chain.current < index) reasons.push({ kind: "outputReverted", output: path });
    }
    return { reasons, edited };
  }

  /** Which writer's version of a file is on disk. */
  private chainState(path: RepoPath): ChainState {
    const written = this.graph.chain(path).flatMap((id): ChainLink[] => {
      const trace = this.facts.trace(id);
      const amended = trace?.amends[path];
      if (amended !== undefined) return [{ id, before: amended.before, after: amended.after }];
      const written = trace?.outputs[path];
      return written === undefined ? [] : [{ id, before: undefined, after: written }];
    });
    const links = inTime(written);
    const now = this.facts.digest({ path }, NOTHING_HIDDEN);
    const index = links.findLastIndex((link) => link.after === now);
    if (index >= 0) return { links, current: index };
    // Nobody wrote it, or it is as it was before the first amendment.
    const source = links.length === 0 || links[0]!.before === now;
    return { links, current: source ? -1 : undefined };
  }

  private findHidden(id: Address): Hidden {
    const versions = new Map<RepoPath, Digest>();
    const fragments = new Map<RepoPath, Ref[]>();
    for (const writer of [id, ...this.graph.descendants(id)]) {
      const trace = this.facts.trace(writer);
      if (trace === undefined) continue;
      for (const name of Object.keys(trace.outputs)) {
        const ref = refOf(name);
        if (ref.fragment === undefined) versions.set(ref.path, MISSING);
        else fragments.set(ref.path, [...(fragments.get(ref.path) ?? []), ref]);
      }
      for (const name of Object.keys(trace.amends)) {
        const path = name as RepoPath;
        // The earliest hidden link decides, and descendants come in dependency order.
        if (!versions.has(path)) this.hideAmendment(path, writer, versions);
      }
    }
    return versions.size === 0 && fragments.size === 0 ? NOTHING_HIDDEN : { versions, fragments };
  }

  private hideAmendment(path: RepoPath, writer: Address, versions: Map<RepoPath, Digest>): void {
    const { links, current } = this.chainState(path);
    const index = links.findIndex((link) => link.id === writer);
    // An edited file is shown as the person left it; a link that is not on disk has nothing to hide.
    if (current === undefined || current < index) return;
    const previous = links[index - 1];
    versions.set(path, previous === undefined ? links[index]!.before! : previous.after);
  }
}

/**
 * Links in the order in which they were made: each after the one that left what it started from. Where nothing says
 * so (an earlier link was made again since), the declared order stands.
 */
function inTime(links: readonly ChainLink[]): readonly ChainLink[] {
  const waiting = [...links];
  const ordered: ChainLink[] = [];
  while (waiting.length > 0) {
    const last = ordered.at(-1);
    const next = last === undefined ? waiting.findIndex((link) => !waiting.some((other) => other !== link && other.after === link.before)) : waiting.findIndex((link) => link.before === last.after);
    ordered.push(...waiting.splice(Math.max(next, 0), 1));
  }
  return ordered;
}

/** Traces are written by Codex and checked when they are loaded: a reference in one parses. */
function refOf(name: string): Ref {
  const ref = parseRef(name);
  if (!ref.ok) throw new Error(`a trace names ${name}, which is no reference`);
  return ref.value;
}

/** The target at the root of a block. */
const rootOf = (status: Status, id: Address): Address => (status.kind === "blocked" ? status.by : id);
