/**
 * Accepted edits in a new run: what the person had changed is merged into what the rule makes now. Nothing is lost
 * without a word: what cannot be merged goes to side files, and the target's own files stay as they are.
 */
import { type Digest, MISSING } from "../artifact/digest.ts";
import { textIn } from "../artifact/question.ts";
import { parseRef, type Ref } from "../artifact/ref.ts";
import { encodeUtf8, readUtf8 } from "../artifact/utf8.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { NOTHING_HIDDEN } from "../graph/facts.ts";
import type { AcceptedEdit, Trace } from "../graph/trace.ts";
import { err, ok, type Result } from "../result.ts";
import { keepConflict, sideFile } from "./conflicts.ts";
import type { Engine } from "./engine.ts";
import { mergeThreeWays } from "./merge.ts";
import { replaceTexts } from "./replace-texts.ts";
import type { Staged } from "./stage.ts";

export interface MergedRun {
  readonly staged: Staged;
  /** The edits that are in it, for the next run. */
  readonly accepted: Readonly<Record<string, AcceptedEdit>>;
  /** What a person should know. */
  readonly told: readonly string[];
}

type Merging = Pick<Engine, "host" | "store" | "files" | "world">;

/**
 * Merges the accepted edits of a target's last trace into a new run.
 * @param key of the run, by which a conflict is found again.
 * @param inResult edits that the run holds already: it was restored, and was accepted then.
 * @param resolved texts that a person chose where there was a conflict.
 * @returns a fault (exit 4) where a person must merge; the caller keeps the run, so that it is not paid again.
 */
export function mergeAccepted(
  engine: Merging,
  id: Address,
  key: Digest,
  staged: Staged,
  previous: Trace | undefined,
  inResult: NonNullable<Trace["accepted"]>,
  resolved: ReadonlyMap<string, string> = new Map(),
): Result<MergedRun, Fault> {
  if (previous?.accepted === undefined) return ok({ staged, accepted: inResult, told: [] });
  const { store } = engine;
  const accepted: Record<string, AcceptedEdit> = { ...inResult };
  const merged = new Map<string, string>();
  const conflicts = new Map<string, string>();
  const sides: Record<string, { mine: Digest; theirs: Digest }> = {};
  const told: string[] = [];
  for (const [name, edit] of Object.entries(previous.accepted)) {
    const fresh = staged.texts.get(name);
    if (fresh === undefined) {
      told.push(`${id} does not write ${name} any more; the accepted edit of it: codex cache cat ${edit.mine}`);
      continue;
    }
    const theirsAt = inResult[name]?.base ?? store.put(fresh);
    const theirs = readUtf8(store.get(theirsAt) ?? fresh);
    const mine = mineOf(engine, name, edit, previous);
    if (mine === undefined) {
      told.push(`The accepted edit of ${name} cannot be merged: its text is neither in the store nor on the disk`);
      continue;
    }
    const base = store.get(edit.base);
    const chosen = resolved.get(name);
    const { text, conflicts: count } =
      chosen === undefined
        ? mergeThreeWays(base === undefined ? undefined : readUtf8(base), mine, theirs)
        : { text: chosen, conflicts: 0 };
    if (count > 0) {
      conflicts.set(name, text);
      sides[name] = { mine: edit.mine, theirs: theirsAt };
    } else if (text === theirs) {
      // The rule now says what the person had said.
      delete accepted[name];
      merged.set(name, text);
    } else {
      merged.set(name, text);
      accepted[name] = { ...edit, base: theirsAt, mine: store.put(encodeUtf8(text)) };
    }
  }
  if (conflicts.size > 0) {
    keepConflict(engine.host, { target: id, key, outputs: sides }, conflicts);
    return err(conflictFault(id, [...conflicts.keys()]));
  }
  const result = replaceTexts(staged, merged);
  return result.ok ? ok({ staged: result.value, accepted, told }) : result;
}

/** Keeps a run that could not be committed by its key, so that it is found again and not paid for twice. */
export function keepUncommitted(
  { store, actions }: Pick<Engine, "store" | "actions">,
  trace: Trace,
  staged: Staged,
): void {
  const blobs = Object.fromEntries([...staged.texts].map(([name, bytes]) => [name, store.put(bytes)]));
  actions.add(trace.key, { trace, blobs, files: {} });
}

/**
 * Keeps what a person had written where a run writes over it (`--overwrite-edits`).
 * @param names references of the edited outputs.
 * @returns a line for each: how to get it back.
 */
export function keepOverwritten({ store, files }: Pick<Engine, "store" | "files">, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const ref = parseRef(name);
    const bytes = ref.ok ? bytesOf(files, ref.value) : undefined;
    if (bytes === undefined) return [];
    return [`${name} held a person's work, which is kept; to get it back: codex cache cat ${store.put(bytes)}`];
  });
}

/** The text of an accepted edit: from the store, or from the disk where that is as it was accepted. */
function mineOf(
  { store, files, world }: Merging,
  name: string,
  edit: AcceptedEdit,
  previous: Trace,
): string | undefined {
  const kept = store.get(edit.mine);
  if (kept !== undefined) return readUtf8(kept);
  const ref = parseRef(name);
  if (!ref.ok) return undefined;
  const left = previous.outputs[name] ?? previous.amends[name]?.after ?? MISSING;
  return world.digest(ref.value, NOTHING_HIDDEN) === left ? textIn(files, ref.value) : undefined;
}

/** The bytes of a file, or of a fragment's own text. */
export function bytesOf(view: WorkspaceView, ref: Ref): Uint8Array | undefined {
  if (ref.fragment === undefined) return view.bytes(ref.path);
  const text = textIn(view, ref);
  return text === undefined ? undefined : encodeUtf8(text);
}

function conflictFault(id: Address, outputs: readonly string[]): Fault {
  const sides = outputs.map((output) => sideFile(id, output));
  return {
    what: `an accepted edit of ${outputs.join(", ")} and what the rule makes now change the same lines; nothing was written`,
    where: sides.join(", "),
    mend: `choose between the markers there, then: codex accept ${id} --why "…". What was made is kept and not paid again`,
    exit: 4,
  };
}
