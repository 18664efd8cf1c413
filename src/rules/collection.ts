/**
 * What a rule ranges over: books, the units that a book's plan lists. A collection that is read from an artifact is
 * expanded when that artifact is settled; until then the rule shows as one node, decided by the artifact's target.
 */

import { textIn } from "../artifact/question.ts";
import { formatRef, type Ref } from "../artifact/ref.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
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
}

export interface InnerSpec<P extends Params, T> {
  /** The artifact that lists the items. */
  readonly from: (params: P) => RefSpec;
  /** Reads the list; throws a `FaultError` where it cannot be read. */
  readonly items: (text: string, params: P) => readonly T[];
  /** An item's last address segment. */
  readonly key: (item: T) => string;
  readonly groups?: (item: T, params: P) => readonly string[];
}

export interface WithSpec<P extends Params, T> {
  readonly from: (params: P) => RefSpec;
  readonly read: (text: string, params: P) => T;
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
  },
): Collection<{ readonly [key in K]: T }> {
  type P = { readonly [key in K]: T };
  const { items, from } = spec;
  let remembered: { text: string; members: readonly Member<P>[] } | undefined;
  const membersOf = (list: readonly T[]): readonly Member<P>[] =>
    checkKeys(list, spec.key, from === undefined ? name : formatRef(from.ref)).map((item) => ({
      params: { [name]: item } as P,
      groups: spec.groups?.(item) ?? [],
      decidedBy: undefined,
    }));
  return make<P>(
    (params) => [name, checkKey(spec.key(params[name]), name)],
    (view) => {
      if (typeof items !== "function") return { members: membersOf(items), undecided: [] };
      if (from === undefined)
        throw new FaultError(
          usageFault(`collection ${name} reads its items but names no file`, name, "add `from: file(…)`"),
        );
      const text = textIn(view, from.ref);
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
      const remembered: Remembered<Q> = new Map();
      return make<Q>(
        (params) => [...segments(params), checkKey(spec.key(params[name]), name)],
        (view) =>
          nested(expandOnce(view), segments, spec.from, view, remembered, (text, member, decidedBy) =>
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
      const remembered: Remembered<Q> = new Map();
      return make<Q>(segments as (params: Q) => readonly string[], (view) =>
        nested(expandOnce(view), segments, spec.from, view, remembered, (text, member, decidedBy) => [
          {
            params: { ...member.params, [name]: spec.read(text, member.params) } as Q,
            groups: member.groups,
            decidedBy,
          },
        ]),
      );
    },
  };
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

type Remembered<Q extends Params> = Map<
  string,
  { readonly text: string; readonly params: unknown; readonly members: readonly Member<Q>[] }
>;

function nested<P extends Params, Q extends Params>(
  outer: Expansion<P>,
  segments: (params: P) => readonly string[],
  from: (params: P) => RefSpec,
  view: WorkspaceView,
  remembered: Remembered<Q>,
  read: (text: string, member: Member<P>, decidedBy: Ref) => readonly Member<Q>[],
): Expansion<Q> {
  const members: Member<Q>[] = [];
  const undecided: Undecided[] = [...outer.undecided];
  for (const member of outer.members) {
    const decidedBy = from(member.params).ref;
    const place = { segments: segments(member.params), groups: member.groups, decidedBy };
    try {
      const text = textIn(view, decidedBy);
      if (text === undefined) {
        undecided.push({ ...place, fault: undefined });
        continue;
      }
      // A build expands after every target that finishes, and most plans are as they were.
      const key = place.segments.join("/");
      const known = remembered.get(key);
      const same = known?.text === text && known.params === member.params;
      const inner = same ? known.members : read(text, member, decidedBy);
      if (!same) remembered.set(key, { text, params: member.params, members: inner });
      members.push(...inner);
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
      undecided.push({ ...place, fault });
    }
  }
  return { members, undecided };
}
