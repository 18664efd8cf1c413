/**
 * What a rule ranges over: books, the units that a book's plan lists. A collection that is read from an artifact is
 * expanded when that artifact is settled; until then the rule shows as one node, decided by the artifact's target.
 */

import { textIn } from "../artifact/question.ts";
import { formatRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Params } from "../exec/action.ts";
import { type Fault, FaultError, usageFault } from "../fault.ts";
import type { RefSpec } from "./source.ts";

export interface Member<P extends Params> {
  readonly params: P;
  readonly groups: readonly string[];
  readonly decidedBy: Ref | undefined;
}

/** A place where members will be, once the artifact that decides them is there. */
export interface Undecided {
  readonly segments: readonly string[];
  readonly groups: readonly string[];
  readonly decidedBy: Ref;
  /** Why the artifact could not be read, where it is there. */
  readonly fault: Fault | undefined;
}

export interface Expansion<P extends Params> {
  readonly members: readonly Member<P>[];
  readonly undecided: readonly Undecided[];
}

export interface Collection<P extends Params> {
  /** The address segments of a member before the rule's name, then after it. */
  segments(params: P): readonly string[];
  expand(view: WorkspaceView): Expansion<P>;
  /** A collection inside each member, e.g. the units of a book's plan. */
  within<K extends string, T>(name: K, spec: InnerSpec<P, T>): Collection<P & { readonly [key in K]: T }>;
  /** One value read from an artifact beside each member, e.g. its plan; addresses stay as they are. */
  with<K extends string, T>(name: K, spec: WithSpec<P, T>): Collection<P & { readonly [key in K]: T }>;
  /** The members that are kept. */
  only(keep: (params: P) => boolean): Collection<P>;
  /**
   * Each member once a round, as the param `round`: the first is always there, a further one where the artifact that the
   * round before wrote asks for it. Later rounds have their number as a last address segment.
   */
  rounds(spec: RoundsSpec<P>): Collection<P & { readonly round: number }>;
  /** Members put together: each set of them is one member. A set with a member that is undecided is undecided. */
  gather<K extends string, T>(name: K, spec: GatherSpec<P, T>): Collection<{ readonly [key in K]: T }>;
}

export interface GatherSpec<P extends Params, T> {
  /** For all members that are decided: the address of the set that something belongs to, by its groups and its own segments. */
  readonly places: (all: readonly P[]) => (groups: readonly string[], segments: readonly string[]) => readonly string[];
  readonly value: (place: readonly string[], members: readonly P[]) => T;
  /** The same address, from the value. */
  readonly segments: (value: T) => readonly string[];
  readonly groups: (value: T) => readonly string[];
}

export interface RoundsSpec<P extends Params> {
  /** At most so many. */
  readonly most: number;
  /** What the round wrote that says whether there is another. */
  readonly from: (params: P, round: number) => RefSpec;
  /** Whether it asks for another round. */
  readonly again: (text: string, params: P) => boolean;
}

export interface InnerSpec<P extends Params, T> {
  /** The artifact that lists the items. */
  readonly from: (params: P) => RefSpec;
  /** Reads the list; throws a `FaultError` where it cannot be read. */
  readonly items: (text: string, params: P) => readonly T[];
  /** An item's last address segment. */
  readonly key: (item: T) => string;
  readonly groups?: (item: T, params: P) => readonly string[];
  /** Set where there may well be no such artifact: it is then as one without items, and nothing waits for it. */
  readonly optional?: boolean;
}

export interface WithSpec<P extends Params, T> {
  readonly from: (params: P) => RefSpec;
  readonly read: (text: string, params: P) => T;
  /** Set where there may well be no such artifact: "" is read then. */
  readonly optional?: boolean;
}

const SEGMENT = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;

function checkKey(key: string, where: string): string {
  if (!SEGMENT.test(key)) {
    throw new FaultError(
      usageFault(`“${key}” cannot be part of an address`, where, "use letters, digits, dots, hyphens and underscores"),
    );
  }
  return key;
}

/** A list each of whose items makes an address of its own; a `FaultError` at `where` it was listed, if not. */
function checkKeys<T>(list: readonly T[], keyOf: (item: T) => string, where: string): readonly T[] {
  const keys = new Set<string>();
  for (const item of list) {
    const key = checkKey(keyOf(item), where);
    if (keys.has(key))
      throw new FaultError(usageFault(`“${key}” is listed twice`, where, "take one of the two out, or rename it"));
    keys.add(key);
  }
  return list;
}

/**
 * A collection of things that are known beforehand, or listed in a file.
 * @example collection("book", { from: file("manifests/books.yaml"), items: parseBooks, key: (book) => book.slug })
 */
export function collection<K extends string, T>(
  name: K,
  spec: {
    readonly items: readonly T[] | ((text: string) => readonly T[]);
    readonly from?: RefSpec;
    readonly key: (item: T) => string;
    readonly groups?: (item: T) => readonly string[];
    /** Set where there may well be no such list: it is then as an empty one. */
    readonly optional?: boolean;
  },
): Collection<{ readonly [key in K]: T }> {
  type P = { readonly [key in K]: T };
  const { items, from } = spec;
  // The same members again while the list is the same: what was made of them can be kept beside them.
  let remembered: { text: string | undefined; members: readonly Member<P>[] } | undefined;
  const membersOf = (list: readonly T[]): readonly Member<P>[] =>
    checkKeys(list, spec.key, from === undefined ? name : formatRef(from.ref)).map((item) => ({
      params: { [name]: item } as P,
      groups: spec.groups?.(item) ?? [],
      decidedBy: undefined,
    }));
  return make<P>(
    (params) => [name, checkKey(spec.key(params[name]), name)],
    (view) => {
      if (typeof items !== "function") {
        remembered ??= { text: undefined, members: membersOf(items) };
        return { members: remembered.members, undecided: [] };
      }
      if (from === undefined)
        throw new FaultError(
          usageFault(`collection ${name} reads its items but names no file`, name, "add `from: file(…)`"),
        );
      const text = textIn(view, from.ref);
      if (text === undefined && spec.optional) return { members: [], undecided: [] };
      if (text === undefined)
        throw new FaultError(
          usageFault(`the list of ${name}s is missing`, from.ref.path, "create it, or change `from`"),
        );
      if (remembered?.text !== text) remembered = { text, members: membersOf(read(items, text, from.ref)) };
      return { members: remembered.members, undecided: [] };
    },
  );
}

function make<P extends Params>(
  segments: (params: P) => readonly string[],
  expand: (view: WorkspaceView) => Expansion<P>,
): Collection<P> {
  // Several rules range over one collection: each view is expanded once.
  let last: { view: WorkspaceView; expansion: Expansion<P> } | undefined;
  const expandOnce = (view: WorkspaceView): Expansion<P> => {
    if (last?.view !== view) last = { view, expansion: expand(view) };
    return last.expansion;
  };

  return {
    segments,
    expand: expandOnce,
    within<K extends string, T>(name: K, spec: InnerSpec<P, T>) {
      type Q = P & { readonly [key in K]: T };
      const remembered: Remembered<P, Q> = new WeakMap();
      return make<Q>(
        (params) => [...segments(params), checkKey(spec.key(params[name]), name)],
        (view) =>
          nested(expandOnce(view), segments, spec, view, remembered, (text, member, decidedBy) =>
            checkKeys(spec.items(text, member.params), spec.key, formatRef(decidedBy)).map((item) => ({
              params: { ...member.params, [name]: item } as Q,
              groups: [...member.groups, ...(spec.groups?.(item, member.params) ?? [])],
              decidedBy,
            })),
          ),
      );
    },
    with<K extends string, T>(name: K, spec: WithSpec<P, T>) {
      type Q = P & { readonly [key in K]: T };
      const remembered: Remembered<P, Q> = new WeakMap();
      return make<Q>(segments as (params: Q) => readonly string[], (view) =>
        nested(expandOnce(view), segments, spec, view, remembered, (text, member, decidedBy) => [
          {
            params: { ...member.params, [name]: spec.read(text, member.params) } as Q,
            groups: member.groups,
            decidedBy: spec.optional ? member.decidedBy : decidedBy,
          },
        ]),
      );
    },
    only: (keep) =>
      make<P>(segments, (view) => {
        const { members, undecided } = expandOnce(view);
        return { members: members.filter(({ params }) => keep(params)), undecided };
      }),
    gather<K extends string, T>(name: K, spec: GatherSpec<P, T>) {
      type Q = { readonly [key in K]: T };
      const remembered = new Map<string, Gathered<P, Q>>();
      return make<Q>(
        (params) => spec.segments(params[name]).map((segment) => checkKey(segment, name)),
        (view) => gatherSets(expandOnce(view), segments, name, spec, remembered),
      );
    },
    rounds(spec) {
      type Q = P & { readonly round: number };
      const remembered = new Map<string, { readonly params: P; readonly members: readonly Member<Q>[] }>();
      return make<Q>(
        (params) => [...segments(params), ...(params.round === 1 ? [] : [String(params.round)])],
        (view) => {
          const { members, undecided } = expandOnce(view);
          const all = members.flatMap((member) => {
            // Params that are the same object are known to be unchanged.
            const name = segments(member.params).join("/");
            const count = roundsAskedFor(member.params, spec, view);
            const known = remembered.get(name);
            if (known?.params === member.params && known.members.length === count) return known.members;
            const rounds = Array.from({ length: count }, (_, index) => index + 1).map((round) => ({
              params: { ...member.params, round },
              groups: member.groups,
              decidedBy: round === 1 ? member.decidedBy : spec.from(member.params, round - 1).ref,
            }));
            remembered.set(name, { params: member.params, members: rounds });
            return rounds;
          });
          return { members: all, undecided };
        },
      );
    },
  };
}

function gatherSets<P extends Params, K extends string, T>(
  { members, undecided }: Expansion<P>,
  segmentsOf: (params: P) => readonly string[],
  name: K,
  spec: GatherSpec<P, T>,
  remembered: Map<string, Gathered<P, { readonly [key in K]: T }>>,
): Expansion<{ readonly [key in K]: T }> {
  const placeOf = spec.places(members.map(({ params }) => params));
  const open = new Map<string, Undecided>();
  for (const each of undecided) {
    const segments = placeOf(each.groups, each.segments);
    const key = segments.join("/");
    if (!open.has(key)) open.set(key, { ...each, segments });
  }
  const sets = new Map<string, { readonly place: readonly string[]; readonly of: Member<P>[] }>();
  for (const member of members) {
    const place = placeOf(member.groups, segmentsOf(member.params));
    const key = place.join("/");
    const set = sets.get(key) ?? { place, of: [] };
    set.of.push(member);
    sets.set(key, set);
  }
  const gathered = [...sets].flatMap(([key, { place, of }]) => {
    if (open.has(key)) return [];
    const known = remembered.get(key);
    // What is the same object is known to be unchanged.
    if (known?.of.length === of.length && known.of.every((each, index) => each === of[index])) return [known.member];
    const value = spec.value(
      place,
      of.map(({ params }) => params),
    );
    const member: Member<{ readonly [key in K]: T }> = {
      params: { [name]: value } as { readonly [key in K]: T },
      groups: spec.groups(value),
      decidedBy: of[0]!.decidedBy,
    };
    remembered.set(key, { of, member });
    return [member];
  });
  return { members: gathered, undecided: [...open.values()] };
}

interface Gathered<P extends Params, Q extends Params> {
  readonly of: readonly Member<P>[];
  readonly member: Member<Q>;
}

function roundsAskedFor<P extends Params>(params: P, spec: RoundsSpec<P>, view: WorkspaceView): number {
  let round = 1;
  for (; round < spec.most; round++) {
    const text = textIn(view, spec.from(params, round).ref);
    if (text === undefined || !spec.again(text, params)) break;
  }
  return round;
}

/** A reader's own exception is a fault of the file or of the reader, not of Codex. */
function read<T>(items: (text: string) => readonly T[], text: string, from: Ref): readonly T[] {
  try {
    return items(text);
  } catch (error) {
    if (error instanceof FaultError) throw error;
    throw new FaultError(
      usageFault(
        `it cannot be read: ${(error as Error).message}`,
        formatRef(from),
        "correct it, or the function that reads it",
      ),
    );
  }
}

/** What a member's artifact said, by the member: it says the same while its file's bytes are the same object. */
type Remembered<P extends Params, Q extends Params> = WeakMap<Member<P>, Inner<Q>>;

interface Inner<Q extends Params> {
  readonly decidedBy: Ref;
  readonly bytes: Uint8Array | undefined;
  readonly text: string | undefined;
  readonly members: readonly Member<Q>[];
  readonly undecided: readonly Undecided[];
}

function nested<P extends Params, Q extends Params>(
  outer: Expansion<P>,
  segments: (params: P) => readonly string[],
  spec: { readonly from: (params: P) => RefSpec; readonly optional?: boolean },
  view: WorkspaceView,
  remembered: Remembered<P, Q>,
  read: (text: string, member: Member<P>, decidedBy: Ref) => readonly Member<Q>[],
): Expansion<Q> {
  const members: Member<Q>[] = [];
  const undecided: Undecided[] = [...outer.undecided];
  for (const member of outer.members) {
    let known = remembered.get(member);
    const decidedBy = known?.decidedBy ?? spec.from(member.params).ref;
    // A build expands after every plan that is written, and most plans are as they were.
    const bytes = bytesOf(view, decidedBy.path);
    if (known === undefined || known.bytes !== bytes || bytes === UNREADABLE) {
      known = innerOf(member, decidedBy, bytes, known);
      remembered.set(member, known);
    }
    members.push(...known.members);
    undecided.push(...known.undecided);
  }
  return { members, undecided };

  function innerOf(
    member: Member<P>,
    decidedBy: Ref,
    bytes: Uint8Array | undefined,
    known: Inner<Q> | undefined,
  ): Inner<Q> {
    const place = { segments: segments(member.params), groups: member.groups, decidedBy };
    try {
      const text = textIn(view, decidedBy) ?? (spec.optional ? "" : undefined);
      if (text === undefined)
        return { decidedBy, bytes, text, members: [], undecided: [{ ...place, fault: undefined }] };
      if (known?.text === text && known.undecided.length === 0) return { ...known, bytes };
      return { decidedBy, bytes, text, members: read(text, member, decidedBy), undecided: [] };
    } catch (error) {
      // One unreadable plan is its own book's fault: the others go on.
      const fault =
        error instanceof FaultError
          ? error.fault
          : usageFault(
              `it cannot be read: ${(error as Error).message}`,
              formatRef(decidedBy),
              "correct it, or the function that reads it",
            );
      return { decidedBy, bytes, text: undefined, members: [], undecided: [{ ...place, fault }] };
    }
  }
}

/** Stands for the bytes of a file that cannot be read: why, is said where it is read. */
const UNREADABLE = new Uint8Array();

function bytesOf(view: WorkspaceView, path: RepoPath): Uint8Array | undefined {
  try {
    return view.bytes(path);
  } catch (error) {
    if (error instanceof FaultError) return UNREADABLE;
    throw error;
  }
}
