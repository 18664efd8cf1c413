/**
 * A graph that is kept while targets come and go. Targets that have nothing to do with each other (no edge, no file that
 * one writes and the other reads or writes) lie on different islands; when the rules make other targets, only the
 * islands that these lie on are built anew, each as `graph.ts` builds it.
 *
 * The result is the graph that would be built of all targets at once: an edge, an amend chain and a clash of writers each
 * involve only targets that are joined by the files that they name.
 */
import type { RepoPath } from "../artifact/workspace.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import type { Address } from "./address.ts";
import { GlobIndex } from "./glob-index.ts";
import { buildGraph, type ChainMember, type EdgeKind, type Graph } from "./graph.ts";
import type { Target } from "./target.ts";
import { topological } from "./topological.ts";
import { WrittenPaths } from "./written-paths.ts";

interface Island {
  readonly ids: readonly Address[];
  readonly graph: Graph;
}

/** Where a target touches others. */
interface Touch {
  /** Files that it writes or amends. */
  readonly writes: readonly RepoPath[];
  /** Files of which it only inserts fragments: nobody is joined by these unless somebody reads or owns them too. */
  readonly scopes: readonly RepoPath[];
  readonly reads: readonly RepoPath[];
  readonly globs: readonly string[];
  /** Targets that it names. */
  readonly names: readonly Address[];
}

export class Islands implements Graph {
  private byId: ReadonlyMap<Address, Target> = new Map();
  private list: readonly Target[] = [];
  private readonly islandOf = new Map<Address, Island>();
  private readonly touches = new Map<Address, Touch>();
  private readonly writers = new Many<RepoPath>();
  private readonly scopers = new Many<RepoPath>();
  private readonly readers = new Many<RepoPath>();
  private readonly globbers = new Many<string>();
  private readonly namers = new Many<Address>();
  private readonly globs = new GlobIndex();
  private readonly written = new WrittenPaths([]);
  private wholeOrder: readonly Address[] | undefined;

  /**
   * Takes the targets that there are now, all of them. Those that are the same objects as before are taken to be the same.
   * @returns the targets whose neighbourhood may be another than it was; a fault, with nothing changed, where the rules
   * contradict each other.
   */
  update(list: readonly Target[]): Result<ReadonlySet<Address>, Fault> {
    const now = new Map<Address, Target>();
    for (const target of list) {
      if (now.has(target.id))
        return err(usageFault("two rules make the same target", target.id, "give one of the rules another name"));
      now.set(target.id, target);
    }
    const gone = [...this.targets.values()].filter(({ id }) => !now.has(id));
    const changed = list.filter((target) => this.targets.get(target.id) !== target);
    if (gone.length === 0 && changed.length === 0) {
      this.list = list;
      this.byId = now;
      return ok(new Set());
    }
    const before = changed.flatMap(({ id }) => this.targets.get(id) ?? []);
    const affected = new Set<Address>();
    for (const { id } of [...gone, ...before]) {
      for (const each of this.islandOf.get(id)!.ids) affected.add(each);
      this.forget(id);
    }
    for (const target of changed) this.note(target);
    for (const { id } of changed) this.reach(id, affected);

    const built = this.build(list.filter(({ id }) => affected.has(id)));
    if (!built.ok) {
      for (const { id } of changed) this.forget(id);
      for (const target of [...gone, ...before]) this.note(target);
      return built;
    }
    for (const { id } of gone) this.islandOf.delete(id);
    for (const island of built.value) for (const id of island.ids) this.islandOf.set(id, island);
    this.list = list;
    this.byId = now;
    this.wholeOrder = undefined;
    return ok(affected);
  }

  get targets(): ReadonlyMap<Address, Target> {
    return this.byId;
  }

  get order(): readonly Address[] {
    if (this.wholeOrder === undefined) {
      const needs = new Map(this.list.map(({ id }) => [id, this.dependencies(id)]));
      const order = topological(needs);
      // Each island has been found to be without cycles.
      if (!order.ok) throw new Error(order.error.what);
      this.wholeOrder = order.value;
    }
    return this.wholeOrder;
  }

  /** The index of a target in the order of its island: it tells how targets stand that have to do with each other. */
  position(id: Address): number {
    return this.graphOf(id).position(id);
  }

  dependencies(id: Address): ReadonlyMap<Address, string> {
    return this.islandOf.get(id)?.graph.dependencies(id) ?? NO_NEEDS;
  }

  edgeKind(from: Address, to: Address): EdgeKind {
    return this.graphOf(from).edgeKind(from, to);
  }

  dependents(id: Address): ReadonlySet<Address> {
    return this.graphOf(id).dependents(id);
  }

  dependsOn(id: Address, other: Address): boolean {
    const island = this.islandOf.get(id);
    return island !== undefined && island === this.islandOf.get(other) && island.graph.dependsOn(id, other);
  }

  descendants(id: Address): readonly Address[] {
    return this.graphOf(id).descendants(id);
  }

  chain(path: RepoPath): readonly ChainMember[] {
    for (const id of this.writers.of(path)) return this.graphOf(id).chain(path);
    return [];
  }

  private graphOf(id: Address): Graph {
    const island = this.islandOf.get(id);
    if (island === undefined) throw new Error(`there is no target ${id}`);
    return island.graph;
  }

  /** Adds all targets that are joined with one, whose islands have to be built with it. */
  private reach(id: Address, affected: Set<Address>): void {
    const stack = [id];
    while (stack.length > 0) {
      const next = stack.pop()!;
      affected.add(next);
      for (const other of this.joined(next)) {
        if (affected.has(other)) continue;
        const island = this.islandOf.get(other);
        if (island === undefined) stack.push(other);
        // An island that was whole is reached as a whole: its members are joined already.
        else for (const each of island.ids) affected.add(each);
      }
    }
  }

  /** Cuts a set of targets into islands, and builds the graph of each. */
  private build(list: readonly Target[]): Result<readonly Island[], Fault> {
    const members = new Map(list.map((target) => [target.id, target]));
    const seen = new Set<Address>();
    const parts: Target[][] = [];
    const partOf = new Map<Address, Target[]>();
    for (const { id } of list) {
      if (seen.has(id)) continue;
      const part: Target[] = [];
      parts.push(part);
      const stack = [id];
      seen.add(id);
      while (stack.length > 0) {
        const next = stack.pop()!;
        partOf.set(next, part);
        for (const other of this.joined(next)) {
          if (seen.has(other) || !members.has(other)) continue;
          seen.add(other);
          stack.push(other);
        }
      }
    }
    for (const target of list) partOf.get(target.id)!.push(target);
    const islands: Island[] = [];
    for (const part of parts) {
      const graph = buildGraph(part);
      if (!graph.ok) return graph;
      islands.push({ ids: part.map(({ id }) => id), graph: graph.value });
    }
    return ok(islands);
  }

  /** The targets that one has to do with directly. */
  private *joined(id: Address): Iterable<Address> {
    const { writes, scopes, reads, globs, names } = this.touches.get(id)!;
    for (const path of writes) yield* this.atFile(path);
    for (const path of scopes) if (this.isJoining(path)) yield* this.atFile(path);
    const readHere = [...reads, ...globs.flatMap((glob) => this.written.matching(glob))];
    for (const path of readHere) if (this.writers.has(path) || this.scopers.has(path)) yield* this.atFile(path);
    yield* names.filter((name) => this.touches.has(name));
    yield* this.namers.of(id);
  }

  private *atFile(path: RepoPath): Iterable<Address> {
    yield* this.writers.of(path);
    yield* this.scopers.of(path);
    yield* this.readers.of(path);
    for (const glob of this.globs.matching(path)) yield* this.globbers.of(glob);
  }

  private isJoining(path: RepoPath): boolean {
    return this.writers.has(path) || this.readers.has(path) || this.globs.matching(path).length > 0;
  }

  private note(target: Target): void {
    const { id } = target;
    const touch = touchOf(target);
    this.touches.set(id, touch);
    for (const path of touch.writes) this.writers.add(path, id);
    for (const path of touch.scopes) this.scopers.add(path, id);
    for (const path of [...touch.writes, ...touch.scopes]) this.written.add(path);
    for (const path of touch.reads) this.readers.add(path, id);
    for (const name of touch.names) this.namers.add(name, id);
    for (const glob of touch.globs) if (this.globbers.add(glob, id)) this.globs.add(glob);
  }

  private forget(id: Address): void {
    const { writes, scopes, reads, globs, names } = this.touches.get(id)!;
    this.touches.delete(id);
    for (const path of writes) this.writers.delete(path, id);
    for (const path of scopes) this.scopers.delete(path, id);
    for (const path of [...writes, ...scopes])
      if (!this.writers.has(path) && !this.scopers.has(path)) this.written.delete(path);
    for (const path of reads) this.readers.delete(path, id);
    for (const name of names) this.namers.delete(name, id);
    for (const glob of globs) if (this.globbers.delete(glob, id)) this.globs.delete(glob);
  }
}

const NO_NEEDS: ReadonlyMap<Address, string> = new Map();

function touchOf({ inputs, outputs, amends, mayAmend, after, gate, decidedBy }: Target): Touch {
  const writes = new Set<RepoPath>();
  const scopes = new Set<RepoPath>();
  const reads = new Set<RepoPath>();
  const globs = new Set<string>();
  const names = new Set(after);
  for (const output of outputs) {
    if (output.kind === "ref") writes.add(output.ref.path);
    if (output.kind === "scope") scopes.add(output.ref.path);
  }
  for (const { path } of [...amends, ...mayAmend]) writes.add(path);
  for (const { source } of inputs) {
    if (source.kind === "ref") reads.add(source.ref.path);
    if (source.kind === "glob") for (const glob of source.patterns) globs.add(glob);
    if (source.kind === "product") names.add(source.of);
  }
  if (decidedBy !== undefined) reads.add(decidedBy.path);
  if (gate !== undefined) names.add(gate);
  return { writes: [...writes], scopes: [...scopes], reads: [...reads], globs: [...globs], names: [...names] };
}

/** Targets by something that many may share. */
class Many<K> {
  private readonly sets = new Map<K, Set<Address>>();

  of(key: K): Iterable<Address> {
    return this.sets.get(key) ?? [];
  }

  has(key: K): boolean {
    return this.sets.has(key);
  }

  /** Whether it is the first. */
  add(key: K, id: Address): boolean {
    const set = this.sets.get(key);
    if (set === undefined) this.sets.set(key, new Set([id]));
    else set.add(id);
    return set === undefined;
  }

  /** Whether it was the last. */
  delete(key: K, id: Address): boolean {
    const set = this.sets.get(key);
    set?.delete(id);
    return set?.size === 0 && this.sets.delete(key);
  }
}
