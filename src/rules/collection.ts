/**
 * What a rule ranges over: books, the units that a book's plan lists. A collection that is read from an artifact is
 * expanded when that artifact is settled; until then the rule shows as one node, decided by the artifact's target.
 */
import { textIn } from "../artifact/question.ts";
import { formatRef, type Ref } from "../artifact/ref.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import type { Params } from "../exec/action.ts";
import { FaultError, usageFault } from "../fault.ts";
import type { Expansion, Member } from "./expansion.ts";
import { type Gathered, type GatherSpec, gatherSets } from "./gather.ts";
import { checkKey, checkKeys } from "./keys.ts";
import { type InnerSpec, nested, type Remembered, readerFault, type WithSpec } from "./nested.ts";
import { inRounds, type KnownRounds, type RoundsSpec } from "./rounds.ts";
import type { RefSpec } from "./source.ts";

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
      const remembered: KnownRounds<P> = new Map();
      return make<P & { readonly round: number }>(
        (params) => [...segments(params), ...(params.round === 1 ? [] : [String(params.round)])],
        (view) => inRounds(expandOnce(view), segments, spec, view, remembered),
      );
    },
  };
}

function read<T>(items: (text: string) => readonly T[], text: string, from: Ref): readonly T[] {
  try {
    return items(text);
  } catch (error) {
    throw new FaultError(readerFault(error, from));
  }
}
