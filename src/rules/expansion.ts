/** What a collection is found to hold in a workspace: members, and places where members will be. */
import type { Ref } from "../artifact/ref.ts";
import type { Params } from "../exec/action.ts";
import type { Fault } from "../fault.ts";

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
