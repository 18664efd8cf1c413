/** A key seen before restores what was made for it instead of running again. */
import { type Digest, digestOf } from "../artifact/digest.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import type { CachedAction } from "../cache/actions.ts";
import { type Hidden, NOTHING_HIDDEN } from "../graph/facts.ts";
import type { Target } from "../graph/target.ts";
import type { RunRecord, Trace } from "../graph/trace.ts";
import { NO_USAGE } from "../usage.ts";
import type { Made } from "./attempt.ts";
import type { Engine } from "./engine.ts";
import { restage, type Staged } from "./stage.ts";

export interface Restored {
  readonly made: Made;
  readonly staged: Staged;
  /** The run that made it. */
  readonly run: RunRecord;
  /** The prompt and model of then: where they have changed, it has drifted. */
  readonly soft: Trace["soft"];
  /** Edits that a person had made of it, and that are in it. */
  readonly accepted: NonNullable<Trace["accepted"]>;
}

/** Whether the questions that a run asked get the same answers now. */
export const isAnsweredAsThen = ({ world }: Pick<Engine, "world">, { reads }: Trace, hidden: Hidden): boolean =>
  reads.every((read) => world.answer(read, hidden) === read.answer);

/** The digest of a file that a target may amend, as the target finds it: that of nothing where it creates the file. */
export const amendable = (world: Engine["world"], hidden: Hidden, path: string): Digest =>
  digestOf(world.view(hidden).bytes(path as RepoPath) ?? new Uint8Array());

/**
 * Whether it would put a file back to where another target's amendment is not in it. A file that several may edit is in
 * nobody's key (docs/decisions/0010-amendments-in-any-order.md).
 */
function undoesOthers(
  { world, traces }: Pick<Engine, "world" | "traces">,
  { id }: Target,
  { amends }: Trace,
  hidden: Hidden,
): boolean {
  const moved = Object.entries(amends).flatMap(([path, { before, after }]) => {
    const now = amendable(world, hidden, path);
    return now === before || now === after ? [] : [path];
  });
  if (moved.length === 0) return false;
  return traces
    .addresses()
    .some((other) => other !== id && moved.some((path) => Object.hasOwn(traces.get(other)?.amends ?? {}, path)));
}

/**
 * What an earlier run with this key made, where its recorded questions still get the same answers and its bytes are here.
 * @param actions what may have been made for the key: where left out, what is known of it here.
 */
export function restore(
  engine: Pick<Engine, "actions" | "world" | "store" | "files" | "traces">,
  target: Target,
  key: Digest,
  hidden: Hidden,
  actions: readonly CachedAction[] = engine.actions.get(key),
): Restored | undefined {
  for (const { trace, blobs, files } of actions) {
    if (!isAnsweredAsThen(engine, trace, hidden) || undoesOthers(engine, target, trace, hidden)) continue;
    const texts = new Map(Object.entries(blobs).map(([name, digest]) => [name, engine.store.get(digest)]));
    const products = new Map(Object.entries(trace.products).map(([name, digest]) => [name, engine.store.get(digest)]));
    if ([...texts.values(), ...products.values()].includes(undefined)) continue;
    const wholes = new Map<RepoPath, Uint8Array>();
    for (const [path, { before, after }] of Object.entries(files) as [RepoPath, { before: Digest; after: Digest }][]) {
      const bytes = engine.world.digest({ path }, NOTHING_HIDDEN) === before ? engine.store.get(after) : undefined;
      if (bytes !== undefined) wholes.set(path, bytes);
    }
    const staged = restage(
      target,
      trace,
      texts as Map<string, Uint8Array>,
      products as Map<string, Uint8Array>,
      wholes,
      engine.files,
      engine.traces.get(target.id),
    );
    if (staged === undefined) continue;
    const made: Made = {
      outputs: {},
      amended: staged.amended,
      reads: trace.reads,
      usage: NO_USAGE,
      agent: trace.run.agent,
      model: trace.run.model,
    };
    return { made, staged, run: trace.run, soft: trace.soft, accepted: trace.accepted ?? {} };
  }
  return undefined;
}
