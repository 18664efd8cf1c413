/**
 * The world as the graph asks about it: files through the stat cache, traces, the store. Answers are remembered until
 * `changed` names what was written.
 */
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import { removeFragment } from "../artifact/fragment.ts";
import {
  answerNow,
  digestIn,
  hitsDigest,
  hitsIn,
  isSearchable,
  type Question,
  type ReadRecord,
} from "../artifact/question.ts";
import { formatRef, overlaps, parseRef, type Ref } from "../artifact/ref.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Actions } from "../cache/actions.ts";
import type { Listing } from "../cache/searches.ts";
import type { StatCache } from "../cache/statcache.ts";
import type { Store } from "../cache/store.ts";
import type { Traces } from "../cache/traces.ts";
import { type Fault, FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { type Facts, type Hidden, NOTHING_HIDDEN } from "../graph/facts.ts";
import type { Trace } from "../graph/trace.ts";
import type { Escalation, Escalations } from "./escalations.ts";

interface Written {
  readonly paths: Set<RepoPath>;
  /** Those whose traces were written. */
  readonly targets: Set<Address>;
}

export class World implements Facts {
  readonly failures = new Map<Address, Fault>();
  private readonly digests = new Map<RepoPath, Digest>();
  /** Digests of files' fragments, by file, then by reference. */
  private readonly fragments = new Map<RepoPath, Map<string, Digest>>();
  /** What was written, or found to be another, since somebody last took note. */
  private written: Written = { paths: new Set(), targets: new Set() };
  private readonly listings = new Map<string, Listing>();
  private readonly aparts = new WeakMap<
    Hidden,
    Map<string, { readonly listing: Listing; readonly paths: readonly RepoPath[] }>
  >();
  /** What the store was seen to hold; nothing is taken out of it while a command runs. */
  private readonly sound = new Set<Digest>();
  private readonly views = new WeakMap<Hidden, WorkspaceView>();
  private readonly files: WorkspaceView;
  private readonly stats: StatCache;
  private readonly store: Store;
  private readonly traces: Traces;
  private readonly escalations: Pick<Escalations, "of"> | undefined;
  private readonly actions: Pick<Actions, "get" | "written"> | undefined;
  private everWritten: ReadonlyMap<string, ReadonlySet<Digest>> | undefined;

  /**
   * @param escalations targets that were left to a person; undefined where none is remembered.
   * @param actions what was made before, by key; undefined where none is remembered.
   */
  constructor(
    files: WorkspaceView,
    stats: StatCache,
    store: Store,
    traces: Traces,
    escalations?: Pick<Escalations, "of">,
    actions?: Pick<Actions, "get" | "written">,
  ) {
    this.actions = actions;
    this.escalations = escalations;
    this.files = files;
    this.stats = stats;
    this.store = store;
    this.traces = traces;
  }

  trace(id: Address): Trace | undefined {
    return this.traces.get(id);
  }

  failed(id: Address): boolean {
    return this.failures.has(id);
  }

  escalation(id: Address): Escalation | undefined {
    return this.escalations?.of(id);
  }

  answered(key: Digest): boolean {
    return (this.actions?.get(key).length ?? 0) > 0;
  }

  wroteOnce(ref: string, digest: Digest): boolean {
    // Asked only where something stands that no trace explains: looking through all that was made takes a while.
    this.everWritten ??= this.actions?.written() ?? new Map();
    return this.everWritten.get(ref)?.has(digest) ?? false;
  }

  /** Whether the store has the bytes, and they are what they were: a damaged file is as good as none. */
  stored(digest: Digest): boolean {
    if (this.sound.has(digest)) return true;
    const sound = this.store.get(digest) !== undefined;
    if (sound) this.sound.add(digest);
    return sound;
  }

  product(of: Address, name: string): Digest {
    return this.traces.get(of)?.products[name] ?? MISSING;
  }

  digest(ref: Ref, hidden: Hidden): Digest {
    const version = hidden.version(ref.path);
    if (version !== undefined) {
      if (version === MISSING || ref.fragment === undefined) return version;
      // An earlier version's fragment needs the bytes; where the store lost them, the file as it is must do.
      return this.stored(version) ? this.inView(ref, hidden) : this.onDisk(ref);
    }
    const cut = hidden.fragments(ref.path);
    return cut?.some((fragment) => overlaps(fragment, ref)) ? this.inView(ref, hidden) : this.onDisk(ref);
  }

  globDigest(patterns: readonly string[], hidden: Hidden): Digest {
    const paths = this.view(hidden).list(patterns);
    return digestOf(JSON.stringify(paths.map((path) => [path, this.digest({ path }, hidden)])));
  }

  answer(record: ReadRecord, hidden: Hidden): Digest {
    const { question } = record;
    if (question.kind === "search" && isSearchable(question.pattern)) return this.searched(question, record, hidden);
    // A descendant's amendment was made when this answer held: with the version before it, the answer still does.
    return answerNow(this.view(hidden), record, (path) => {
      const version = hidden.version(path);
      return version !== undefined && version !== MISSING && !this.stored(version);
    });
  }

  /** What a search finds now: files that are as they were need not be read, and those that are hidden are looked at apart. */
  private searched({ glob, pattern }: Question & { kind: "search" }, record: ReadRecord, hidden: Hidden): Digest {
    const listing = this.listing(glob);
    const found = this.stats.searches.find(glob, pattern, listing, (path) => {
      const bytes = this.files.bytes(path);
      return bytes && readUtf8(bytes);
    });
    const apart = this.apart(hidden, glob, listing);
    if (apart.length === 0) return found.answer;
    const hits: Record<string, Digest> = { ...found.hits };
    for (const path of apart) {
      delete hits[path];
      const version = hidden.version(path);
      if (version === MISSING) continue;
      if (version !== undefined && record.hits !== undefined && !this.stored(version)) {
        // A descendant's amendment was made when this answer held: with the version before it, the answer still does.
        const before = record.hits[path];
        if (before !== undefined) hits[path] = before;
        continue;
      }
      const bytes = this.view(hidden).bytes(path);
      const lines = bytes === undefined ? [] : hitsIn(readUtf8(bytes), pattern);
      if (lines.length > 0) hits[path] = digestOf(JSON.stringify(lines));
    }
    return hitsDigest(hits);
  }

  /** The files that a glob matches, with their digests; the same object until something is written. */
  private listing(glob: string): Listing {
    let listing = this.listings.get(glob);
    if (listing === undefined) {
      listing = new Map(this.files.list([glob]).map((path) => [path, this.onDisk({ path })]));
      this.listings.set(glob, listing);
    }
    return listing;
  }

  /** The files of a listing that a target does not see as they are. */
  private apart(hidden: Hidden, glob: string, listing: Listing): readonly RepoPath[] {
    let known = this.aparts.get(hidden);
    if (known === undefined) {
      known = new Map();
      this.aparts.set(hidden, known);
    }
    const last = known.get(glob);
    if (last?.listing === listing) return last.paths;
    const isApart = (path: RepoPath): boolean =>
      hidden.version(path) !== undefined || hidden.fragments(path) !== undefined;
    const paths = [...listing.keys()].filter(isApart);
    known.set(glob, { listing, paths });
    return paths;
  }

  /** The workspace as a target with these things hidden sees it. */
  view(hidden: Hidden): WorkspaceView {
    if (hidden === NOTHING_HIDDEN) return this.files;
    let view = this.views.get(hidden);
    if (view === undefined) {
      view = hiding(this.files, this.store, hidden);
      this.views.set(hidden, view);
    }
    return view;
  }

  /** Forgets what was known of a file that has been written. */
  changed(path: RepoPath): void {
    this.forget(path);
    this.listings.clear();
    this.written.paths.add(path);
  }

  /** Looks again at a file that somebody else may have written: whether anything that was known of it is another now. */
  moved(path: RepoPath): boolean {
    const whole = this.digests.get(path);
    const parts = this.fragments.get(path) ?? [];
    this.forget(path);
    const isOther =
      (whole !== undefined && this.onDisk({ path }) !== whole) ||
      [...parts].some(([name, digest]) => {
        const ref = parseRef(name);
        return !ref.ok || this.onDisk(ref.value) !== digest;
      });
    if (isOther) {
      this.listings.clear();
      this.written.paths.add(path);
    }
    return isOther;
  }

  /** Takes in that a target has another trace. */
  retraced(id: Address): void {
    this.written.targets.add(id);
  }

  /** What was written or found to be another since this was asked last. */
  takeWritten(): { readonly paths: ReadonlySet<RepoPath>; readonly targets: ReadonlySet<Address> } {
    const { written } = this;
    this.written = { paths: new Set(), targets: new Set() };
    return written;
  }

  private inView(ref: Ref, hidden: Hidden): Digest {
    try {
      return digestIn(this.view(hidden), ref);
    } catch (error) {
      if (error instanceof FaultError) return faulty(error.fault);
      throw error;
    }
  }

  private forget(path: RepoPath): void {
    this.digests.delete(path);
    this.fragments.delete(path);
  }

  private onDisk(ref: Ref): Digest {
    if (ref.fragment === undefined) return remembered(this.digests, ref.path, () => this.look(ref));
    const known = remembered(this.fragments, ref.path, () => new Map<string, Digest>());
    return remembered(known, formatRef(ref), () => this.look(ref));
  }

  private look(ref: Ref): Digest {
    const found = this.stats.digest(ref);
    return found.ok ? found.value : faulty(found.error);
  }
}

function remembered<K, V>(known: Map<K, V>, key: K, find: () => V): V {
  let value = known.get(key);
  if (value === undefined) {
    value = find();
    known.set(key, value);
  }
  return value;
}

/**
 * What cannot be read (an ambiguous heading, broken JSON) counts as a change: the target that needs it then fails with
 * the fault itself, and the others go on.
 */
const faulty = (fault: Fault): Digest => digestOf(`fault: ${fault.what}`);

/** A view in which some files are as they were, or not there, and some fragments are cut out. */
function hiding(files: WorkspaceView, store: Store, hidden: Hidden): WorkspaceView {
  const encoder = new TextEncoder();
  return {
    bytes(path) {
      const version = hidden.version(path);
      if (version === MISSING) return undefined;
      const bytes = (version === undefined ? undefined : store.get(version)) ?? files.bytes(path);
      const cut = hidden.fragments(path);
      if (bytes === undefined || cut === undefined) return bytes;
      let text = readUtf8(bytes);
      for (const ref of cut) {
        const without = removeFragment(text, ref.fragment!);
        if (without.ok) text = without.value;
      }
      return encoder.encode(text);
    },
    list: (globs) => files.list(globs).filter((path) => hidden.version(path) !== MISSING),
  };
}
