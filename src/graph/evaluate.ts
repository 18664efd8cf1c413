/**
 * From facts to a status for every target (design §5), in dependency order, over digests only.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { formatRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import { type Facts, type Hidden, NOTHING_HIDDEN } from "./facts.ts";
import { belowPart, compareParts, driftOf, keyOf, type Parts, partsOf, softParts } from "./fingerprint.ts";
import type { Graph } from "./graph.ts";
import { looselyAmended, refOf, Works } from "./hiding.ts";
import type { Reason } from "./reason.ts";
import { formatVersions } from "./standing.ts";
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
  /** Something that it needs failed, waits, is blocked, or is made by no rule. */
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

export const DEFAULT_POLICY: Policy = {
  force: new Set(),
  refresh: false,
  overwriteEdits: false,
  trustReads: new Set(),
  wanted: new Map(),
};

/** Whether dependents may go on: what the target wrote stands. */
export const isSettled = (status: Status): boolean => status.kind === "fresh";

/** Whether something will happen, or may, without a person. */
export const mayRun = (status: Status): boolean => status.kind === "stale" || status.kind === "pending";

/** What a comparison of a target with its trace showed. */
interface Examined {
  readonly reasons: readonly Reason[];
  readonly drift: readonly Reason[];
  readonly edited: readonly string[];
}

/** What a target needs that is not settled. */
interface Unsettled {
  /** May run. */
  readonly on: ReadonlySet<Address>;
  /** Cannot run: the root of the block. */
  readonly blocker: Address | undefined;
  /** Whether any of them is more than an order-only or a soft input: its running may make the target stale. */
  readonly matters: boolean;
}

/** One reading of the world; made anew when something has been written. */
export class Evaluation {
  private readonly statuses = new Map<Address, Status>();
  private readonly hiddenOf = new Map<Address, Hidden>();
  private readonly works: Works;
  private readonly graph: Graph;
  private readonly facts: Facts;
  private readonly policy: Policy;

  constructor(graph: Graph, facts: Facts, policy: Policy = DEFAULT_POLICY) {
    this.graph = graph;
    this.facts = facts;
    this.policy = policy;
    this.works = new Works(graph, facts);
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
      hidden = this.works.hiddenFrom(id);
      this.hiddenOf.set(id, hidden);
    }
    return hidden;
  }

  /** What a run of `id` must not see: it finds files that it may amend as they are. */
  hiddenFromRun(id: Address): Hidden {
    return this.works.hiddenFromRun(id, this.hidden(id));
  }

  /** The key that a run of the target would have now, with the parts it is made of. */
  key(id: Address): { readonly key: Digest; readonly parts: Parts; readonly soft: Parts } {
    const target = this.graph.targets.get(id)!;
    const hidden = this.hiddenFromRun(id);
    const parts = partsOf(target, this.facts, hidden);
    return {
      key: keyOf(target, parts),
      parts: { ...parts, ...this.belowParts(target, hidden) },
      soft: softParts(target, this.facts, hidden),
    };
  }

  private evaluate(target: Target): Status {
    if (this.facts.failed(target.id)) return { kind: "failed" };
    const decider = this.unsettledDecider(target);
    if (decider !== undefined) {
      const deciding = this.statuses.get(decider)!;
      if (deciding.kind === "unknown") return deciding;
      return mayRun(deciding)
        ? { kind: "unknown", decidedBy: decider }
        : { kind: "blocked", by: rootOf(deciding, decider) };
    }

    const { on, blocker, matters } = this.unsettled(target);
    if (blocker !== undefined && matters) return { kind: "blocked", by: blocker };
    const { reasons, drift, edited } = this.examine(target);
    if (reasons.length === 0 && !matters && !this.mayReadOf(target, on)) return { kind: "fresh", drift, edited };
    if (blocker !== undefined) return { kind: "blocked", by: blocker };
    if (on.size > 0) return { kind: "pending", on: [...on], reasons };
    if (target.byPerson) return { kind: "waiting", reasons };
    if (edited.length > 0 && !this.policy.overwriteEdits) return { kind: "blockedByEdit", edited, reasons };
    return { kind: "stale", reasons, edited };
  }

  private unsettledDecider(target: Target): Address | undefined {
    if (target.decidedBy === undefined) return undefined;
    for (const id of this.graph.dependencies(target.id).keys()) {
      if (this.graph.edgeKind(target.id, id) === "decides" && !isSettled(this.statuses.get(id)!)) return id;
    }
    return undefined;
  }

  private unsettled(target: Target): Unsettled {
    const on = new Set<Address>();
    let blocker = this.absent(target);
    let matters = blocker !== undefined;
    for (const id of this.graph.dependencies(target.id).keys()) {
      const status = this.statuses.get(id)!;
      if (isSettled(status)) continue;
      const kind = this.graph.edgeKind(target.id, id);
      matters ||= !(kind === "orderOnly" || (kind === "soft" && !this.policy.refresh));
      if (mayRun(status)) on.add(id);
      else if (status.kind === "unknown") on.add(status.decidedBy);
      else blocker ??= rootOf(status, id);
    }
    return { on, blocker, matters };
  }

  /** A target that must come first, or whose intermediate is read, but that no rule makes. */
  private absent(target: Target): Address | undefined {
    const { targets } = this.graph;
    const before = target.after.find((id) => !targets.has(id));
    if (before !== undefined) return before;
    for (const { source } of target.inputs) if (source.kind === "product" && !targets.has(source.of)) return source.of;
    return undefined;
  }

  /** Whether a target that reads nothing of others by declaration may have recorded reads of what they write. */
  private mayReadOf(target: Target, others: ReadonlySet<Address>): boolean {
    return others.size > 0 && !this.readsAreTrusted(target.id) && this.facts.trace(target.id)!.reads.length > 0;
  }

  /** Compares a target with its trace: the one place where staleness is decided. */
  private examine(target: Target): Examined {
    const trace = this.facts.trace(target.id);
    if (trace === undefined) {
      return { reasons: [{ kind: "neverBuilt" }], drift: [], edited: this.foreignOutputs(target, {}) };
    }
    const outputs = this.examineOutputs(target, trace);
    const hidden = this.hidden(target.id);
    const reasons = [
      ...compareParts(target, trace.parts, partsOf(target, this.facts, hidden)),
      ...this.changedReads(target, trace),
      ...outputs.reasons,
    ];
    const drift = driftOf(trace.soft, softParts(target, this.facts, hidden));
    if (this.policy.refresh) reasons.push(...drift);
    if (this.policy.force.has(target.id)) reasons.push({ kind: "forced" });
    const wanted = this.policy.wanted.get(target.id);
    if (wanted !== undefined) reasons.push({ kind: "wanted", ...wanted });
    return { reasons, drift, edited: outputs.edited };
  }

  private readsAreTrusted(id: Address): boolean {
    const { trustReads } = this.policy;
    return trustReads === "all" || trustReads.has(id);
  }

  private changedReads(target: Target, trace: Trace): Reason[] {
    if (trace.reads.length === 0 || this.readsAreTrusted(target.id)) return [];
    const hidden = this.hidden(target.id);
    const reasons: Reason[] = [];
    for (const record of trace.reads) {
      const { question, answer } = record;
      const now = this.facts.answer(record, hidden);
      if (now !== answer) reasons.push({ kind: "readChanged", question, from: answer, to: now });
    }
    return reasons;
  }

  private examineOutputs(target: Target, trace: Trace): { reasons: readonly Reason[]; edited: readonly string[] } {
    const reasons: Reason[] = [];
    const edited = this.foreignOutputs(target, trace.outputs);
    for (const [name, left] of Object.entries(trace.outputs)) {
      const ref = refOf(name);
      const now = this.facts.digest(ref, NOTHING_HIDDEN);
      if (now === MISSING) reasons.push({ kind: "outputMissing", output: name });
      else if (now === left) continue;
      else if (ref.fragment !== undefined || this.works.standing(ref.path).editedSince(target.id)) edited.push(name);
    }
    const strict = new Set(target.amends.map((ref) => ref.path));
    const loose = looselyAmended(target);
    for (const path of amendedPaths(trace)) {
      const standing = this.works.standing(path);
      const isDeclared = strict.has(path) || loose.has(path);
      if (isDeclared && !standing.holds(target.id)) reasons.push({ kind: "outputReverted", output: path });
      // One that may amend builds on what it finds: it overwrites nothing.
      if (!loose.has(path) && standing.editedSince(target.id)) edited.push(path);
    }
    return { reasons, edited };
  }

  /** What stands where a target would write for the first time was not written by it: a person's work. */
  private foreignOutputs(target: Target, written: Trace["outputs"]): string[] {
    return target.outputs.flatMap((output) => {
      if (output.kind !== "ref") return [];
      const name = formatRef(output.ref);
      return name in written || this.facts.digest(output.ref, NOTHING_HIDDEN) === MISSING ? [] : [name];
    });
  }

  /** What a run records of the versions that the files it amends had before, where there was more than the one. */
  private belowParts(target: Target, { versions }: Hidden): Parts {
    const parts: Record<string, Digest> = {};
    for (const { path } of [...target.amends, ...target.mayAmend]) {
      const now = this.facts.digest({ path }, NOTHING_HIDDEN);
      const below = this.works.standing(path).builtOn(target.id, versions.get(path) ?? now);
      if (below.length > 1) parts[belowPart(path)] = formatVersions(below);
    }
    return parts;
  }
}

const amendedPaths = (trace: Trace): RepoPath[] => Object.keys(trace.amends) as RepoPath[];

/** The target at the root of a block. */
const rootOf = (status: Status, id: Address): Address => (status.kind === "blocked" ? status.by : id);
