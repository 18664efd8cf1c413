/**
 * What a target takes from the shared cache, and what it leaves there. A result that comes from elsewhere is held to what
 * a run could have done: it writes all that its rule declares and nothing else, and no person's decision travels with it.
 */
import type { Digest } from "../artifact/digest.ts";
import { formatRef, parseRef } from "../artifact/ref.ts";
import type { CachedAction } from "../cache/actions.ts";
import { digestsOf } from "../cache/shared-cache.ts";
import type { Hidden } from "../graph/facts.ts";
import type { Target } from "../graph/target.ts";
import type { RunRecord, Trace } from "../graph/trace.ts";
import type { Engine } from "./engine.ts";
import { amendable, isAnsweredAsThen } from "./restore.ts";
import { undeclared } from "./stage.ts";
import type { Task } from "./task.ts";

/** A target's result as `restore` takes it, with its bytes in the store; none where the shared cache has none that holds. */
export async function sharedResults(
  engine: Pick<Engine, "shared" | "world" | "store">,
  { target, action }: Task,
  key: Digest,
  hidden: Hidden,
  signal: AbortSignal,
): Promise<readonly CachedAction[]> {
  const { shared, world } = engine;
  // A person's answer is given here or not at all.
  if (shared === undefined || action.kind === "person") return [];
  for (const found of await shared.results(key, signal)) {
    const result = admitted(target, found);
    if (result === undefined) {
      shared.distrust(`what it has for ${target.id} is nothing that this target could have made`);
      continue;
    }
    if (!isAnsweredAsThen(engine, result.trace, hidden)) continue;
    // A file that several may amend is in nobody's key: what was made of another version of it would undo theirs.
    const isAsThen = ([path, { before }]: [string, { readonly before: Digest }]): boolean =>
      amendable(world, hidden, path) === before;
    if (!Object.entries(result.trace.amends).every(isAsThen)) continue;
    if (await shared.bring(digestsOf(result), signal)) return [result];
  }
  return [];
}

/** Leaves what a run has just made for others. */
export function shareResult({ shared, actions }: Pick<Engine, "shared" | "actions">, task: Task, key: Digest): void {
  if (shared === undefined || task.action.kind === "person") return;
  const made = actions.get(key)[0];
  const result = made && admitted(task.target, made);
  if (result !== undefined) shared.keep(key, result);
}

/**
 * A result as this target could have made it, with nothing in it but what is restored from it; undefined where it could
 * not have.
 */
export function admitted(target: Target, { trace, blobs, files }: CachedAction): CachedAction | undefined {
  // What people made of it is theirs to say, in the traces.
  if (trace.accepted !== undefined || trace.run.agent.startsWith("person:")) return undefined;
  const run = plainRun(trace.run);
  if (run === undefined) return undefined;
  const declared = target.outputs.flatMap((output) => (output.kind === "ref" ? [formatRef(output.ref)] : []));
  const products = target.outputs.flatMap((output) => (output.kind === "product" ? [output.name] : []));
  const outputs = Object.keys(trace.outputs);
  const isWhole =
    declared.every((name) => Object.hasOwn(trace.outputs, name)) &&
    sameNames(products, Object.keys(trace.products)) &&
    sameNames([...outputs, ...Object.keys(trace.amends)], Object.keys(blobs));
  if (!isWhole) return undefined;
  const fragments = outputs.filter((name) => !declared.includes(name));
  // By another name it might be counted as another thing.
  if (!fragments.every(isCanonical)) return undefined;
  const fault = undeclared(target, {
    outputs: {},
    fragments,
    amended: new Map(Object.keys(trace.amends).map((path) => [path, NOTHING])),
  });
  if (fault !== undefined) return undefined;
  // A whole file is taken only where the target might have written any part of it.
  const scopes = new Set<string>(target.outputs.flatMap((each) => (each.kind === "scope" ? [each.ref.path] : [])));
  const wholes = Object.entries(files).filter(([path]) => scopes.has(path));
  return { trace: { ...plainTrace(trace), run }, blobs, files: Object.fromEntries(wholes) };
}

const NOTHING = new Uint8Array();

function isCanonical(name: string): boolean {
  const ref = parseRef(name);
  return ref.ok && formatRef(ref.value) === name;
}

/** The parts of a trace from which one is restored: what else somebody wrote into it does not get into ours. */
const plainTrace = ({ key, parts, soft, reads, outputs, products, amends, run }: Trace): Trace => ({
  key,
  parts,
  soft,
  reads,
  outputs,
  products,
  amends,
  run,
});

/** The same, of a run; undefined where it holds something that no run leaves. */
function plainRun({ at, seconds, usd, attempts, agent, model, state, why }: RunRecord): RunRecord | undefined {
  const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
  if (!isText(model) || !isText(state) || why !== undefined || seconds < 0 || usd < 0) return undefined;
  return {
    at: new Date(at).toISOString(),
    seconds,
    usd,
    attempts,
    agent,
    ...(model === undefined ? {} : { model }),
    ...(state === undefined ? {} : { state }),
  };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((name) => right.has(name));
}
