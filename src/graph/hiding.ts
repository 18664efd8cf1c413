/**
 * What each target must not see, asked for path by path: most targets look at few files, and a book's first passes
 * have hundreds of descendants.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { formatRef, parseRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { Address } from "./address.ts";
import { type Facts, type Hidden, NOTHING_HIDDEN } from "./facts.ts";
import type { ChainMember, Graph } from "./graph.ts";
import { Standing } from "./standing.ts";
import type { Trace } from "./trace.ts";

/** Something that a target wrote when it last ran. */
interface Work {
  readonly by: Address;
  /** The output, as the trace names it; undefined where it amended the file. */
  readonly output: string | undefined;
}

/** As many questions of who depends on whom are answered by a search each. */
const FEW = 8;

/** All that targets wrote, as their traces say, and where the files stand; for one reading of the world. */
export class Works {
  private byPath: Map<string, Work[]> | undefined;
  /** The traces by which targets were found to have written something. */
  private readonly taken = new Map<Address, Trace>();
  private readonly standings = new Map<RepoPath, Standing>();
  private readonly graph: Graph;
  private readonly facts: Facts;

  constructor(graph: Graph, facts: Facts) {
    this.graph = graph;
    this.facts = facts;
  }

  /** Whose version of a file is on disk, and what is below it. */
  standing(path: RepoPath): Standing {
    let standing = this.standings.get(path);
    if (standing === undefined) {
      const now = this.facts.digest({ path }, NOTHING_HIDDEN);
      const traceOf = (id: Address): Trace | undefined => this.facts.trace(id);
      const isLater = (id: Address, other: Address): boolean => this.graph.dependsOn(id, other);
      standing = new Standing(path, this.chain(path), now, traceOf, isLater);
      this.standings.set(path, standing);
    }
    return standing;
  }

  /**
   * Takes in that a target has a trace now, another or none.
   * @returns the files of which somebody may see another version than before.
   */
  retraced(id: Address): ReadonlySet<RepoPath> {
    const paths = new Set<RepoPath>();
    // Nobody has asked for any of this yet.
    if (this.byPath === undefined) return paths;
    for (const name of namesIn(this.taken.get(id))) {
      const works = this.byPath.get(fileIn(name)) ?? [];
      const others = works.filter(({ by }) => by !== id);
      if (others.length === 0) this.byPath.delete(fileIn(name));
      else this.byPath.set(fileIn(name), others);
      paths.add(refOf(name).path);
    }
    this.collect(id, this.byPath);
    for (const name of namesIn(this.taken.get(id))) paths.add(refOf(name).path);
    for (const path of paths) this.standings.delete(path);
    return paths;
  }

  /** Takes in that a file was written, or that others write it now. */
  rewritten(path: RepoPath): void {
    this.standings.delete(path);
  }

  /** What a target must not see: its own work and that of its descendants. */
  hiddenFrom(id: Address): Hidden {
    if (this.facts.trace(id) === undefined && this.graph.dependents(id).size === 0) return NOTHING_HIDDEN;
    return new WithoutLater(this, id, new Later(this.graph, id));
  }

  /**
   * What a run of a target must not see: the same, but files that it may amend it finds as they are, up to where its
   * descendants come; unless the last work on them is its own, which it does again.
   */
  hiddenFromRun(id: Address, hidden: Hidden): Hidden {
    const loose = looselyAmended(this.graph.targets.get(id)!);
    if (loose.size === 0) return hidden;
    const later = new Later(this.graph, id);
    return {
      version: (path) => {
        const version = hidden.version(path);
        if (!loose.has(path) || version === undefined || version === MISSING || this.standing(path).isTop(id))
          return version;
        return this.standing(path).without((by) => later.has(by), id);
      },
      fragments: (path) => hidden.fragments(path),
    };
  }

  /** The version of a file that a target sees, if it is not the one on disk. */
  versionFor(id: Address, path: RepoPath, later: Later): Digest | undefined {
    const isHidden = (by: Address): boolean => by === id || later.has(by);
    let amended = false;
    for (const { by, output } of this.of(path)) {
      if (output?.includes("#") || !isHidden(by)) continue;
      if (output !== undefined) return MISSING;
      amended = true;
    }
    // What somebody may have amended in an earlier run can still be below the work of others.
    amended ||= this.graph.chain(path).some(({ id: other, part }) => part === "mayAmend" && later.has(other));
    if (!amended) return undefined;
    const claimsIt = this.facts.trace(id)?.amends[path] !== undefined;
    return this.standing(path).without((by) => (by === id ? claimsIt : later.has(by)), id);
  }

  /** Fragments of a file that a target does not see. */
  fragmentsFor(id: Address, path: RepoPath, later: Later): readonly Ref[] | undefined {
    const cut = this.of(path).flatMap(({ by, output }): Ref[] =>
      output?.includes("#") && (by === id || later.has(by)) ? [refOf(output)] : [],
    );
    return cut.length === 0 ? undefined : cut;
  }

  /** Those who write a file, and those who amended it when they ran and would not now: their work is in it still. */
  private chain(path: RepoPath): readonly ChainMember[] {
    const chain = this.graph.chain(path);
    const former = this.of(path).filter(({ by, output }) => output === undefined && !chain.some(({ id }) => id === by));
    if (former.length > 1) former.sort((a, b) => this.rank(a.by) - this.rank(b.by));
    return former.length === 0 ? chain : [...chain, ...former.map(({ by }) => ({ id: by, part: "mayAmend" }) as const)];
  }

  private of(path: RepoPath): readonly Work[] {
    if (this.byPath === undefined) {
      this.byPath = new Map();
      for (const id of this.graph.targets.keys()) this.collect(id, this.byPath);
    }
    return this.byPath.get(nameOf(path)) ?? NONE;
  }

  private collect(id: Address, byPath: Map<string, Work[]>): void {
    const trace = this.graph.targets.has(id) ? this.facts.trace(id) : undefined;
    if (trace === undefined) {
      this.taken.delete(id);
      return;
    }
    this.taken.set(id, trace);
    const add = (name: string, work: Work): void => {
      const works = byPath.get(fileIn(name));
      if (works === undefined) byPath.set(fileIn(name), [work]);
      else works.push(work);
    };
    for (const output of Object.keys(trace.outputs)) add(output, { by: id, output });
    for (const path of Object.keys(trace.amends)) add(path, { by: id, output: undefined });
  }

  /** Where a target stands among all: for those few that once amended one file, and do not any more. */
  private rank(id: Address): number {
    return this.graph.order.indexOf(id);
  }
}

/** The world without the work of a target and of those that come later. One for each target: it is kept small. */
class WithoutLater implements Hidden {
  private readonly works: Works;
  private readonly id: Address;
  private readonly later: Later;

  constructor(works: Works, id: Address, later: Later) {
    this.works = works;
    this.id = id;
    this.later = later;
  }

  version(path: RepoPath): Digest | undefined {
    return this.works.versionFor(this.id, path, this.later);
  }

  fragments(path: RepoPath): readonly Ref[] | undefined {
    return this.works.fragmentsFor(this.id, path, this.later);
  }
}

/** Those who depend on a target: asked for few, one by one; asked for many, it is worth finding them all. */
class Later {
  private readonly graph: Graph;
  private readonly id: Address;
  private known: Map<Address, boolean> | undefined;
  private descendants: ReadonlySet<Address> | undefined;

  constructor(graph: Graph, id: Address) {
    this.graph = graph;
    this.id = id;
  }

  has(other: Address): boolean {
    // What a file went through may be the work of one that is gone.
    if (!this.graph.targets.has(other)) return false;
    // Only where both have to do with each other does a place say anything; where they have not, neither is later.
    if (this.graph.position(other) <= this.graph.position(this.id)) return false;
    if (this.descendants !== undefined) return this.descendants.has(other);
    this.known ??= new Map();
    let isLater = this.known.get(other);
    if (isLater !== undefined) return isLater;
    if (this.known.size === FEW) {
      this.descendants = new Set(this.graph.descendants(this.id));
      return this.descendants.has(other);
    }
    isLater = this.graph.dependsOn(other, this.id);
    this.known.set(other, isLater);
    return isLater;
  }
}

/** What a target wrote and amended, as its trace names it. */
const namesIn = (trace: Trace | undefined): readonly string[] =>
  trace === undefined ? [] : [...Object.keys(trace.outputs), ...Object.keys(trace.amends)];

/** The file part of a reference in a trace. */
function fileIn(name: string): string {
  const hash = name.indexOf("#");
  return hash < 0 ? name : name.slice(0, hash);
}

const NONE: readonly Work[] = [];

/** A path as references write it. */
const nameOf = (path: RepoPath): string => (/[#%]/.test(path) ? formatRef({ path }) : path);

/** Files that a target may amend, in no order with others. */
export function looselyAmended({
  amends,
  mayAmend,
}: {
  readonly amends: readonly Ref[];
  readonly mayAmend: readonly Ref[];
}): ReadonlySet<RepoPath> {
  const paths = new Set(mayAmend.map((ref) => ref.path));
  for (const { path } of amends) paths.delete(path);
  return paths;
}

/** Traces are written by Codex and checked when they are loaded: a reference in one parses. */
export function refOf(name: string): Ref {
  const ref = parseRef(name);
  if (!ref.ok) throw new Error(`a trace names ${name}, which is no reference`);
  return ref.value;
}
