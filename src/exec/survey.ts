/**
 * What a build knows of its targets, kept up with what is written: the rules expand again only where they read what
 * changed, only those islands of the graph are built anew that other targets came to, and only those statuses are found
 * anew that rest on something that is another now. So a target that ends costs what it touches, however many there are.
 *
 * At each moment the snapshot is the one that would be made from scratch (test/exec/survey.test.ts).
 */
import { groupBy } from "../artifact/group.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { type Fault, FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { DEFAULT_POLICY, Evaluation, isSettled, mayRun, type Policy } from "../graph/evaluate.ts";
import { type Facts, otherwise } from "../graph/facts.ts";
import { Islands } from "../graph/islands.ts";
import type { Target } from "../graph/target.ts";
import { apart, type Engine, type Layout, layOut } from "./engine.ts";
import { type Resolved, resolveGoals, type Snapshot, withIntermediates } from "./snapshot.ts";
import type { Task } from "./task.ts";

/** The workspace is looked at anew as a whole when that takes no more than this part of the time since it was last. */
const WHOLE_LOOKS = 1 / 20;

type Surveying = Pick<Engine, "expand" | "host" | "world">;

interface Asked extends Pick<Policy, "refresh" | "overwriteEdits"> {
  /** The goals themselves are to run whatever their state. */
  readonly force: boolean;
}

export class Survey {
  /** How things stand. Its parts are kept up to date too: what was read of one earlier may be another now. */
  snapshot: Snapshot;
  /** Lists that cannot be read, of which a build that goes on learns when they are written, by the targets that wait for them. */
  readonly unread = new Map<Address, Fault>();
  private readonly engine: Surveying;
  private readonly typed: readonly string[];
  /** Targets that are to run whatever their state. */
  readonly force = new Set<Address>();
  /** Targets whose recorded questions are not asked again in this build. */
  readonly trustReads = new Set<Address>();
  /** Targets whose intermediates are needed, though their bytes are gone. */
  readonly wanted = new Map<Address, { product: string; by: Address }>();
  private readonly policy: Policy;
  private tasks: ReadonlyMap<Address, Task> = new Map();
  private islands: Islands | undefined;
  /** Undefined where the goals are all there is. */
  private members: ReadonlySet<Address> | undefined;
  private asSettled: Evaluation | undefined;
  private looked = { at: 0, took: 0 };
  /** Whether there were targets that are to make the same thing. */
  private isContested = false;
  private owners: { readonly tasks: unknown; readonly byName: ReadonlyMap<string, readonly Task[]> } | undefined;

  /**
   * @param typed the goals as they were typed. Throws a `FaultError` where one is unknown.
   * @param asked what is to be done to targets that are up to date, or were edited.
   */
  constructor(engine: Surveying, typed: readonly string[], asked: Asked) {
    this.engine = engine;
    this.typed = typed;
    const { force, trustReads, wanted } = this;
    this.policy = { refresh: asked.refresh, overwriteEdits: asked.overwriteEdits, force, trustReads, wanted };
    const layout = layOut(engine.expand);
    engine.world.takeWritten();
    this.tasks = layout.tasks;
    const resolved = resolveGoals(layout, typed);
    this.members = new Set(resolved.ids);
    this.fail(resolved.ids);
    if (asked.force) for (const id of resolved.goals) force.add(id);
    this.snapshot = withIntermediates(layout, engine, typed, this.policy, wanted);
  }

  /** Whether a target is among the goals and what they need. */
  isAskedFor(id: Address): boolean {
    return this.members?.has(id) ?? true;
  }

  /**
   * Takes in what was written since.
   * @param targets those that ran, failed, or are to be looked at in any case.
   * @returns the targets whose status may be another now.
   */
  update(targets: Iterable<Address>): Iterable<Address> {
    const written = this.engine.world.takeWritten();
    if (this.islands === undefined) return this.settleDown();
    const rebuilt = this.expand(written.paths);
    const stirred = new Set<Address>([...targets, ...written.targets]);
    const changed = new Set<Address>([...stirred, ...rebuilt]);
    for (const id of this.fail(rebuilt)) stirred.add(id);
    this.take({ paths: written.paths, targets: stirred, rebuilt }, changed);
    for (let open: Iterable<Address> = changed; ; ) {
      const wanted = this.findWanted(open);
      if (wanted.length === 0) return changed;
      const more = new Set<Address>();
      this.take({ paths: [], targets: wanted, rebuilt: new Set() }, more);
      for (const id of more) changed.add(id);
      open = more;
    }
  }

  /** A build is over: what it trusted, wanted and forced was its own affair. Makes all ready for the next one. */
  rest(): void {
    const { force, trustReads, wanted } = this;
    const asked = [...trustReads].filter((id) => this.engine.world.trace(id)?.reads.length);
    const own = [...asked, ...wanted.keys(), ...force];
    for (const each of [force, trustReads, wanted]) each.clear();
    this.update(own);
  }

  /** Takes in what the world was told of by somebody who watched since `rest`: nothing else need be looked at. */
  resume(): void {
    this.looked = { ...this.looked, at: this.engine.host.now() };
    this.update([]);
  }

  /** The targets whose addresses begin with two segments, e.g. those of `book/x`. */
  under(owner: string): readonly Target[] {
    if (this.owners?.tasks !== this.tasks) {
      const byName = groupBy(this.tasks.values(), ({ target }) => target.id.split("/", 2).join("/"));
      this.owners = { tasks: this.tasks, byName };
    }
    return (this.owners.byName.get(owner) ?? []).map(({ target }) => target);
  }

  /** The whole campaign, with its questions trusted and failures forgotten: how far it has come (docs/decisions/0009). */
  settled(): Evaluation {
    this.asSettled ??= new Evaluation(
      this.snapshot.graph,
      withoutFailures(this.engine.world),
      { ...DEFAULT_POLICY, trustReads: "all" },
      this.islands !== undefined,
    );
    return this.asSettled;
  }

  /** From the first change on everything is kept: a build that has nothing to do need not. */
  private settleDown(): Iterable<Address> {
    this.islands = new Islands();
    this.lookAround();
    this.asSettled = undefined;
    const evaluation = new Evaluation(this.islands, this.engine.world, this.policy, true);
    this.snapshot = withStatuses(this.resolve(), evaluation);
    this.fail(this.snapshot.ids);
    for (const id of this.snapshot.ids) this.snapshot.evaluation.status(id);
    for (let open: Iterable<Address> = this.snapshot.ids; ; ) {
      const wanted = this.findWanted(open);
      if (wanted.length === 0) return this.snapshot.ids;
      const more = new Set<Address>();
      this.take({ paths: [], targets: wanted, rebuilt: new Set() }, more);
      open = more;
    }
  }

  private take(changes: Parameters<Evaluation["update"]>[0], changed: Set<Address>): void {
    for (const id of this.snapshot.evaluation.update(changes)) changed.add(id);
    this.asSettled?.update(changes);
  }

  /** Expands the rules again where that may give other targets; the targets whose neighbourhood is another then. */
  private expand(written: ReadonlySet<RepoPath>): ReadonlySet<Address> {
    const { expand, host } = this.engine;
    const { at, took } = this.looked;
    const isDue = (host.now() - at) * WHOLE_LOOKS >= took;
    if (isDue) return this.lookAround();
    return expand.restsOn?.(written) === false ? NONE : this.layOut(expand(written));
  }

  private lookAround(): ReadonlySet<Address> {
    const { expand, host } = this.engine;
    const at = host.now();
    const rebuilt = this.layOut(expand());
    this.looked = { at: host.now(), took: host.now() - at };
    return rebuilt;
  }

  private layOut(expanded: readonly Task[]): ReadonlySet<Address> {
    let list = this.isContested ? apart(expanded) : expanded;
    let updated = this.islands!.update(list.map((task) => task.target));
    if (!updated.ok && !this.isContested) {
      this.isContested = true;
      list = apart(expanded);
      updated = this.islands!.update(list.map((task) => task.target));
    }
    if (!updated.ok) throw new FaultError(updated.error);
    const rebuilt = updated.value;
    // A task may be another though its target is not, e.g. a list that can still not be read, for another reason.
    if (rebuilt.size > 0 || list.some((task) => this.tasks.get(task.target.id) !== task)) {
      this.tasks = new Map(list.map((task) => [task.target.id, task]));
      if (this.snapshot.graph === this.islands) this.snapshot = withStatuses(this.resolve(), this.snapshot.evaluation);
    }
    return rebuilt;
  }

  private resolve(): Resolved {
    const graph = this.islands!;
    const layout: Layout = { tasks: this.tasks, graph };
    if (this.typed.includes("all")) {
      this.members = undefined;
      return {
        ...layout,
        // Asked for rarely, and long to make.
        get goals() {
          return graph.order;
        },
        get ids() {
          return graph.order;
        },
      };
    }
    const resolved = resolveGoals(layout, this.typed);
    this.members = new Set(resolved.ids);
    return resolved;
  }

  /** Brings the failures of targets whose lists cannot be read up to date; the targets that fail now, or no more. */
  private fail(rebuilt: Iterable<Address>): Address[] {
    const { failures } = this.engine.world;
    const changed: Address[] = [];
    const faultOf = (id: Address): Fault | undefined =>
      this.isAskedFor(id) ? this.tasks.get(id)?.placeholder?.fault : undefined;
    for (const [id, fault] of this.unread) {
      if (faultOf(id) === fault) continue;
      this.unread.delete(id);
      failures.delete(id);
      changed.push(id);
    }
    for (const id of rebuilt) {
      const fault = faultOf(id);
      if (fault === undefined || this.unread.has(id)) continue;
      this.unread.set(id, fault);
      failures.set(id, fault);
      changed.push(id);
    }
    return changed;
  }

  /** Notes intermediates that targets need which are to run, and whose bytes are gone; the targets that make them. */
  private findWanted(ids: Iterable<Address>): Address[] {
    const { snapshot, wanted } = this;
    const { world } = this.engine;
    const found: Address[] = [];
    for (const id of ids) {
      const target = snapshot.graph.targets.get(id);
      if (target === undefined || !this.isAskedFor(id)) continue;
      if (!mayRun(snapshot.evaluation.status(id))) continue;
      for (const { source } of target.inputs) {
        if (source.kind !== "product" || wanted.has(source.of)) continue;
        if (!isSettled(snapshot.evaluation.status(source.of))) continue;
        if (world.stored(world.product(source.of, source.name))) continue;
        wanted.set(source.of, { product: source.name, by: id });
        found.push(source.of);
      }
    }
    return found;
  }
}

const NONE: ReadonlySet<Address> = new Set();

const withStatuses = (resolved: Resolved, evaluation: Evaluation): Snapshot => ({
  tasks: resolved.tasks,
  graph: resolved.graph,
  evaluation,
  get goals() {
    return resolved.goals;
  },
  get ids() {
    return resolved.ids;
  },
});

/** The world as it is on disk. What failed is told by the log: a ledger must not depend on who writes it. */
export const withoutFailures = (world: Facts): Facts =>
  otherwise(world, { failed: () => false, undecidable: () => undefined, escalation: () => undefined });
