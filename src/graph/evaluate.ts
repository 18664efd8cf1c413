/**
 * From facts to a status for every target (design §5), in dependency order, over digests only.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { formatRef, parseRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import { type Facts, type Hidden, NOTHING_HIDDEN } from "./facts.ts";
import { belowPart, compareParts, driftOf, keyOf, type Parts, partsOf, softParts } from "./fingerprint.ts";
import type { ChainMember, Graph } from "./graph.ts";
import type { Reason } from "./reason.ts";
import { formatVersions, Standing } from "./standing.ts";
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
  private readonly standings = new Map<RepoPath, Standing>();
  private former: ReadonlyMap<RepoPath, readonly ChainMember[]> | undefined;
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

  /**
   * What a run of `id` must not see: the same, but files that it may amend it finds as they are, up to where its
   * descendants come; unless the last work on them is its own, which it does again.
   */
  hiddenFromRun(id: Address): Hidden {
    const hidden = this.hidden(id);
    const loose = [...looselyAmended(this.graph.targets.get(id)!)];
    const lifted = loose.filter((path) => isEarlier(hidden.versions.get(path)) && !this.standing(path).isTop(id));
    if (lifted.length === 0) return hidden;
    const versions = new Map(hidden.versions);
    const descendants = new Set(this.graph.descendants(id));
    for (const path of lifted) {
      const version = this.standing(path).without(descendants, id);
      if (version === undefined) versions.delete(path);
      else versions.set(path, version);
    }
    return { ...hidden, versions };
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
      else if (ref.fragment !== undefined || this.standing(ref.path).editedSince(target.id)) edited.push(name);
    }
    const strict = new Set(target.amends.map((ref) => ref.path));
    const loose = looselyAmended(target);
    for (const path of amendedPaths(trace)) {
      const standing = this.standing(path);
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

  private standing(path: RepoPath): Standing {
    let standing = this.standings.get(path);
    if (standing === undefined) {
      this.former ??= formerAmenders(this.graph, this.facts);
      const chain = [...this.graph.chain(path), ...(this.former.get(path) ?? [])];
      const now = this.facts.digest({ path }, NOTHING_HIDDEN);
      standing = new Standing(path, chain, now, (id) => this.facts.trace(id));
      this.standings.set(path, standing);
    }
    return standing;
  }

  /** What a run records of the versions that the files it amends had before, where there was more than the one. */
  private belowParts(target: Target, { versions }: Hidden): Parts {
    const parts: Record<string, Digest> = {};
    for (const { path } of [...target.amends, ...target.mayAmend]) {
      const now = this.facts.digest({ path }, NOTHING_HIDDEN);
      const below = this.standing(path).builtOn(target.id, versions.get(path) ?? now);
      if (below.length > 1) parts[belowPart(path)] = formatVersions(below);
    }
    return parts;
  }

  private findHidden(id: Address): Hidden {
    const versions = new Map<RepoPath, Digest>();
    const fragments = new Map<RepoPath, Ref[]>();
    const amended = new Set<RepoPath>();
    const descendants = this.graph.descendants(id);
    for (const writer of [id, ...descendants]) {
      const trace = this.facts.trace(writer);
      if (trace === undefined) continue;
      for (const name of Object.keys(trace.outputs)) {
        const ref = refOf(name);
        const cut = fragments.get(ref.path);
        if (ref.fragment === undefined) versions.set(ref.path, MISSING);
        else if (cut === undefined) fragments.set(ref.path, [ref]);
        else cut.push(ref);
      }
      for (const path of amendedPaths(trace)) amended.add(path);
      // What it may have amended in an earlier run may still be below the work of others.
      for (const path of looselyAmended(this.graph.targets.get(writer)!)) amended.add(path);
    }
    const others = new Set(descendants);
    const all = new Set([id, ...descendants]);
    const own = this.facts.trace(id)?.amends ?? {};
    for (const path of amended) {
      const version = versions.get(path) ?? this.standing(path).without(path in own ? all : others, id);
      if (version !== undefined) versions.set(path, version);
    }
    return versions.size === 0 && fragments.size === 0 ? NOTHING_HIDDEN : { versions, fragments };
  }
}

/** Files that a target may amend, in no order with others. */
function looselyAmended({ amends, mayAmend }: Target): ReadonlySet<RepoPath> {
  const paths = new Set(mayAmend.map((ref) => ref.path));
  for (const { path } of amends) paths.delete(path);
  return paths;
}

/** Whether a version hides later ones, and not the whole file. */
const isEarlier = (version: Digest | undefined): boolean => version !== undefined && version !== MISSING;

const amendedPaths = (trace: Trace): RepoPath[] => Object.keys(trace.amends) as RepoPath[];

/** Targets that amended a file when they ran, and would not now: their work is in it until they run again. */
function formerAmenders(graph: Graph, facts: Facts): ReadonlyMap<RepoPath, readonly ChainMember[]> {
  const former = new Map<RepoPath, ChainMember[]>();
  for (const [id, { amends, mayAmend }] of graph.targets) {
    const trace = facts.trace(id);
    if (trace === undefined) continue;
    const declared = new Set([...amends, ...mayAmend].map((ref) => ref.path));
    for (const path of amendedPaths(trace)) {
      if (!declared.has(path)) former.set(path, [...(former.get(path) ?? []), { id, part: "mayAmend" }]);
    }
  }
  return former;
}

/** Traces are written by Codex and checked when they are loaded: a reference in one parses. */
function refOf(name: string): Ref {
  const ref = parseRef(name);
  if (!ref.ok) throw new Error(`a trace names ${name}, which is no reference`);
  return ref.value;
}

/** The target at the root of a block. */
const rootOf = (status: Status, id: Address): Address => (status.kind === "blocked" ? status.by : id);
