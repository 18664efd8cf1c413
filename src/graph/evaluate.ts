/**
 * From facts to a status for every target (design §5), in dependency order, over digests only.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { formatRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import { type Facts, type GaveUp, type Hidden, NOTHING_HIDDEN } from "./facts.ts";
import { belowPart, changedParts, driftOf, keyOf, type Parts, partsOf, softParts } from "./fingerprint.ts";
import type { Graph } from "./graph.ts";
import { Heap } from "./heap.ts";
import { looselyAmended, refOf, Works } from "./hiding.ts";
import type { Reason } from "./reason.ts";
import { Rests } from "./rests.ts";
import { formatVersions } from "./standing.ts";
import { type Target, writtenBy } from "./target.ts";
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
  /** It failed in this run; or, with `why`, whether it exists cannot be told. */
  | { readonly kind: "failed"; readonly why?: string }
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

/** One for all: of thousands of targets most have nothing more to say. */
const FRESH: Status = { kind: "fresh", drift: [], edited: [] };

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

const NONE = new Set<Address>();

/** What is another than it was when statuses were found. */
export interface Changes {
  /** Files that were written, or found to be others. */
  readonly paths: Iterable<RepoPath>;
  /** Targets that ran, failed, or are looked at under another policy. */
  readonly targets: Iterable<Address>;
  /** Targets that came, went, or have other neighbours in the graph. */
  readonly rebuilt: ReadonlySet<Address>;
}

/** One reading of the world. When something has been written it is made anew, or, if it is `kept`, brought up to date. */
export class Evaluation {
  private readonly statuses = new Map<Address, Status>();
  private readonly hiddenOf = new Map<Address, Hidden>();
  private readonly works: Works;
  private readonly graph: Graph;
  private readonly facts: Facts;
  private readonly policy: Policy;
  private readonly rests: Rests | undefined;

  /** @param kept whether it is to be brought up to date later: it then remembers what each status rests on. */
  constructor(graph: Graph, facts: Facts, policy: Policy = DEFAULT_POLICY, kept = false) {
    this.rests = kept ? new Rests() : undefined;
    this.graph = graph;
    this.facts = this.rests?.noting(facts) ?? facts;
    this.policy = policy;
    this.works = new Works(graph, this.facts);
  }

  /**
   * Finds those statuses anew that may be others since something was written; all else stays as it was found.
   * @returns the targets whose status is another now, those that are gone included.
   */
  update({ paths, targets, rebuilt }: Changes): ReadonlySet<Address> {
    const { rests, graph } = this;
    if (rests === undefined) throw new Error("this evaluation is not kept");
    const touched = new Set(paths);
    const dirty = new Set<Address>(rebuilt);
    for (const id of new Set([...targets, ...rebuilt])) {
      dirty.add(id);
      this.hiddenOf.delete(id);
      for (const path of this.works.retraced(id)) touched.add(path);
      for (const other of rests.onTrace(id)) dirty.add(other);
    }
    for (const id of rebuilt) {
      const target = graph.targets.get(id);
      if (target !== undefined) for (const path of writtenBy(target)) touched.add(path);
    }
    for (const path of touched) {
      this.works.rewritten(path);
      for (const id of rests.onPath(path)) dirty.add(id);
    }

    const changed = new Set<Address>();
    const queue = new Heap<Address>((a, b) => graph.position(a) < graph.position(b));
    const queued = new Set<Address>();
    const add = (id: Address): void => {
      if (!queued.has(id)) queue.push(id);
      queued.add(id);
    };
    for (const id of dirty) {
      if (!this.statuses.has(id)) continue;
      if (graph.targets.has(id)) add(id);
      else {
        this.statuses.delete(id);
        changed.add(id);
      }
    }
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const before = this.statuses.get(id);
      this.statuses.delete(id);
      if (JSON.stringify(this.status(id)) === JSON.stringify(before)) continue;
      changed.add(id);
      for (const next of graph.dependents(id)) if (this.statuses.has(next)) add(next);
    }
    return changed;
  }

  status(id: Address): Status {
    const known = this.statuses.get(id);
    if (known !== undefined) return known;
    // Dependencies first and without recursion: chains of targets may be long.
    const stack = [id];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const height = stack.length;
      for (const need of this.graph.dependencies(top).keys()) if (!this.statuses.has(need)) stack.push(need);
      if (stack.length > height) continue;
      stack.pop();
      if (this.statuses.has(top)) continue;
      this.rests?.for(top);
      this.statuses.set(top, this.evaluate(this.graph.targets.get(top)!));
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
    const why = this.facts.undecidable?.(target.id);
    if (why !== undefined) return { kind: "failed", why };
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
    if (reasons.length === 0 && !matters && !this.mayReadOf(target, on))
      return drift.length === 0 && edited.length === 0 ? FRESH : { kind: "fresh", drift, edited };
    if (blocker !== undefined) return { kind: "blocked", by: blocker };
    if (on.size > 0) return { kind: "pending", on: [...on], reasons };
    if (target.byPerson) {
      // The same was shown before, and answered: the answer is restored, and nobody is asked again.
      const isAnswered = !this.policy.force.has(target.id) && this.facts.answered?.(this.key(target.id).key);
      return isAnswered ? { kind: "stale", reasons, edited: [] } : { kind: "waiting", reasons };
    }
    const gaveUp = this.openEscalation(target.id);
    if (gaveUp !== undefined) {
      const defect = gaveUp.defects[0] ?? "it gave nothing";
      return { kind: "waiting", reasons: [{ kind: "escalated", attempts: gaveUp.attempts, defect }] };
    }
    if (edited.length > 0 && !this.policy.overwriteEdits) return { kind: "blockedByEdit", edited, reasons };
    return { kind: "stale", reasons, edited };
  }

  /** The run that gave up, where running again would ask the same: its key is the one that a run would have now. */
  private openEscalation(id: Address): GaveUp | undefined {
    const gaveUp = this.policy.force.has(id) ? undefined : this.facts.escalation?.(id);
    return gaveUp !== undefined && gaveUp.key === this.key(id).key ? gaveUp : undefined;
  }

  private unsettledDecider(target: Target): Address | undefined {
    if (target.decidedBy === undefined) return undefined;
    for (const id of this.graph.dependencies(target.id).keys()) {
      if (this.graph.edgeKind(target.id, id) === "decides" && !isSettled(this.statuses.get(id)!)) return id;
    }
    return undefined;
  }

  private unsettled(target: Target): Unsettled {
    let on = NONE;
    let blocker = this.absent(target);
    let matters = blocker !== undefined;
    for (const id of this.graph.dependencies(target.id).keys()) {
      const status = this.statuses.get(id)!;
      if (isSettled(status)) continue;
      const kind = this.graph.edgeKind(target.id, id);
      matters ||= !(kind === "orderOnly" || (kind === "soft" && !this.policy.refresh));
      if (mayRun(status) || status.kind === "unknown") {
        if (on === NONE) on = new Set();
        on.add(status.kind === "unknown" ? status.decidedBy : id);
      } else blocker ??= rootOf(status, id);
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
      const { edited } = this.examineOutputs(target, {});
      return { reasons: [{ kind: "neverBuilt" }], drift: [], edited };
    }
    const outputs = this.examineOutputs(target, trace.outputs);
    const amends = this.examineAmends(target, trace);
    const hidden = this.hidden(target.id);
    const reasons = [
      ...changedParts(target, trace.parts, this.facts, hidden),
      ...(this.readsAreTrusted(target.id) ? [] : this.changedReads(target, trace)),
      ...outputs.reasons,
      ...amends.reasons,
    ];
    const drift = driftOf(trace.soft, softParts(target, this.facts, hidden));
    if (this.policy.refresh) reasons.push(...drift);
    if (this.policy.force.has(target.id)) reasons.push({ kind: "forced" });
    const wanted = this.policy.wanted.get(target.id);
    if (wanted !== undefined) reasons.push({ kind: "wanted", ...wanted });
    return { reasons, drift, edited: [...outputs.edited, ...amends.edited] };
  }

  private readsAreTrusted(id: Address): boolean {
    const { trustReads } = this.policy;
    return trustReads === "all" || trustReads.has(id);
  }

  /** Whether some of the questions that a target asked when it ran answer differently now, trusted or not. */
  answersDiffer(id: Address): boolean {
    const trace = this.facts.trace(id);
    if (trace === undefined || trace.reads.length === 0) return false;
    this.rests?.for(id);
    return this.changedReads(this.graph.targets.get(id)!, trace).length > 0;
  }

  private changedReads(target: Target, trace: Trace): Reason[] {
    const hidden = this.hidden(target.id);
    const reasons: Reason[] = [];
    for (const record of trace.reads) {
      const { question, answer } = record;
      const now = this.facts.answer(record, hidden);
      if (now !== answer) reasons.push({ kind: "readChanged", question, from: answer, to: now });
    }
    return reasons;
  }

  private examineOutputs(target: Target, written: Trace["outputs"]): Pick<Examined, "reasons" | "edited"> {
    const reasons: Reason[] = [];
    const edited: string[] = [];
    const examine = (name: string, ref: Ref): void => {
      const left = written[name];
      const now = this.facts.digest(ref, NOTHING_HIDDEN);
      if (now === left) return;
      if (now === MISSING) {
        if (left !== undefined) reasons.push({ kind: "outputMissing", output: name });
      } else if (left === undefined) {
        // What stands where it would write for the first time is a person's work too; unless a target left it there,
        // whose trace is lost, or that did not exist for a while.
        if (!this.facts.wroteOnce?.(name, now)) edited.push(name);
      } else if (ref.fragment !== undefined || this.works.standing(ref.path).editedSince(target.id)) {
        edited.push(name);
      }
    };
    let declared = 0;
    for (const output of target.outputs) {
      if (output.kind !== "ref") continue;
      const name = formatRef(output.ref);
      if (name in written) declared++;
      examine(name, output.ref);
    }
    const names = Object.keys(written);
    if (names.length > declared) {
      const known = new Set(target.outputs.flatMap((output) => (output.kind === "ref" ? [formatRef(output.ref)] : [])));
      for (const name of names) if (!known.has(name)) examine(name, refOf(name));
    }
    return { reasons, edited };
  }

  private examineAmends(target: Target, { amends }: Trace): Pick<Examined, "reasons" | "edited"> {
    const reasons: Reason[] = [];
    const edited: string[] = [];
    const paths = Object.keys(amends) as RepoPath[];
    if (paths.length === 0) return { reasons, edited };
    const strict = new Set(target.amends.map((ref) => ref.path));
    const loose = looselyAmended(target);
    for (const path of paths) {
      this.rests?.path(path);
      const standing = this.works.standing(path);
      const isDeclared = strict.has(path) || loose.has(path);
      if (isDeclared && !standing.holds(target.id)) reasons.push({ kind: "outputReverted", output: path });
      // One that may amend builds on what it finds: it overwrites nothing.
      if (!loose.has(path) && standing.editedSince(target.id)) edited.push(path);
    }
    return { reasons, edited };
  }

  /** What a run records of the versions that the files it amends had before, where there was more than the one. */
  private belowParts(target: Target, hidden: Hidden): Parts {
    const parts: Record<string, Digest> = {};
    for (const { path } of [...target.amends, ...target.mayAmend]) {
      const now = this.facts.digest({ path }, NOTHING_HIDDEN);
      const below = this.works.standing(path).builtOn(target.id, hidden.version(path) ?? now);
      if (below.length > 1) parts[belowPart(path)] = formatVersions(below);
    }
    return parts;
  }
}

/** The target at the root of a block. */
const rootOf = (status: Status, id: Address): Address => (status.kind === "blocked" ? status.by : id);
