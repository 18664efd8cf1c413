/**
 * Collections that are read from an artifact of each member of another one: the units that a book's plan lists. Most
 * artifacts are as they were when a build looks again, so what was read of one is kept while its bytes are the same.
 */
import { textIn } from "../artifact/question.ts";
import { formatRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Params } from "../exec/action.ts";
import { type Fault, FaultError, usageFault } from "../fault.ts";
import type { Expansion, Member, Undecided } from "./expansion.ts";
import type { RefSpec } from "./source.ts";

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

/** What a member's artifact said, by the member: it says the same while its file's bytes are the same object. */
export type Remembered<P extends Params, Q extends Params> = WeakMap<Member<P>, Inner<Q>>;

interface Inner<Q extends Params> {
  readonly decidedBy: Ref;
  readonly bytes: Uint8Array | undefined;
  readonly text: string | undefined;
  readonly members: readonly Member<Q>[];
  readonly undecided: readonly Undecided[];
}

/** Reads the artifact of each member. @param read its members, by its text; throws where it cannot be read. */
export function nested<P extends Params, Q extends Params>(
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
      const undecided = [{ ...place, fault: readerFault(error, decidedBy) }];
      return { decidedBy, bytes, text: undefined, members: [], undecided };
    }
  }
}

/** Why a list was not read. A reader's own exception is a fault of the file or of the reader, not of Codex. */
export const readerFault = (error: unknown, from: Ref): Fault =>
  error instanceof FaultError
    ? error.fault
    : usageFault(
        `it cannot be read: ${(error as Error).message}`,
        formatRef(from),
        "correct it, or the function that reads it",
      );

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
