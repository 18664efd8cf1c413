/** The members of a collection, each as often as what it wrote asks for: a further round, told what the one before found. */
import { textIn } from "../artifact/question.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import type { Params } from "../exec/action.ts";
import type { Expansion, Member } from "./expansion.ts";
import type { RefSpec } from "./source.ts";

export interface RoundsSpec<P extends Params> {
  /** At most so many. */
  readonly most: number;
  /** What the round wrote that says whether there is another. */
  readonly from: (params: P, round: number) => RefSpec;
  /** Whether it asks for another round. */
  readonly again: (text: string, params: P) => boolean;
}

/** The rounds that members had before, by their addresses. */
export type KnownRounds<P extends Params> = Map<
  string,
  { readonly params: P; readonly members: readonly Member<P & { readonly round: number }>[] }
>;

export function inRounds<P extends Params>(
  { members, undecided }: Expansion<P>,
  segments: (params: P) => readonly string[],
  spec: RoundsSpec<P>,
  view: WorkspaceView,
  remembered: KnownRounds<P>,
): Expansion<P & { readonly round: number }> {
  const all = members.flatMap((member) => {
    const name = segments(member.params).join("/");
    const count = roundsAskedFor(member.params, spec, view);
    const known = remembered.get(name);
    // Params that are the same object are known to be unchanged.
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
}

function roundsAskedFor<P extends Params>(params: P, spec: RoundsSpec<P>, view: WorkspaceView): number {
  let round = 1;
  for (; round < spec.most; round++) {
    const text = textIn(view, spec.from(params, round).ref);
    if (text === undefined || !spec.again(text, params)) break;
  }
  return round;
}
