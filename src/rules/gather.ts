/** Members of a collection put together: the books that are woven in one batch. */
import type { Params } from "../exec/action.ts";
import type { Expansion, Member, Undecided } from "./expansion.ts";

export interface GatherSpec<P extends Params, T> {
  /** For all members that are decided: the address of the set that something belongs to, by its groups and its own segments. */
  readonly places: (all: readonly P[]) => (groups: readonly string[], segments: readonly string[]) => readonly string[];
  readonly value: (place: readonly string[], members: readonly P[]) => T;
  /** The same address, from the value. */
  readonly segments: (value: T) => readonly string[];
  readonly groups: (value: T) => readonly string[];
}

/** @param remembered the sets that were made before, by their addresses: one of the same members is the same again. */
export function gatherSets<P extends Params, K extends string, T>(
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

export interface Gathered<P extends Params, Q extends Params> {
  readonly of: readonly Member<P>[];
  readonly member: Member<Q>;
}
