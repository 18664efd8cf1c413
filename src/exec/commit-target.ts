/** Writing what a target made: all of its files and its trace in one crash-safe commit, or nothing. */
import { type Digest, digestOf, MISSING } from "../artifact/digest.ts";
import { parseRef } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { type CommitFile, commit, notices, rollForward } from "../cache/commit.ts";
import { type Fault, FaultError } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { NOTHING_HIDDEN } from "../graph/facts.ts";
import type { Trace } from "../graph/trace.ts";
import type { Engine } from "./engine.ts";
import type { Staged } from "./stage.ts";

/**
 * The disk refused what was made. It ends the build: what other targets make could not be kept either, and would be
 * paid for all the same. The next command finishes the commit, if it had begun.
 */
export class Unwritable extends FaultError {
  constructor(id: Address, error: unknown) {
    super({
      what: `what ${id} made cannot be written: ${error instanceof Error ? error.message : String(error)}`,
      where: id,
      mend: "make room, or mend the permissions; then build again: it goes on where it stopped",
      exit: 1,
    });
    this.name = "Unwritable";
  }
}

type Committing = Pick<Engine, "host" | "store" | "traces" | "actions" | "world" | "files" | "stats">;

/**
 * Commits a target's files and trace.
 * @param base what was where it writes when the work began, by reference: a change since then is not overwritten.
 * @returns a fault where nothing was written.
 */
export function commitTarget(
  engine: Committing,
  id: Address,
  trace: Trace,
  staged: Staged,
  base: ReadonlyMap<string, Digest>,
): Fault | undefined {
  const { store, traces, world } = engine;
  for (const [name, before] of base) {
    const ref = parseRef(name);
    if (!ref.ok) return ref.error;
    world.changed(ref.value.path);
    if (world.digest(ref.value, NOTHING_HIDDEN) !== before) {
      return {
        what: `${name} changed while ${id} was running; nothing was written`,
        where: name,
        mend: "build again: the change will be seen",
        exit: 1,
      };
    }
  }
  const files: CommitFile[] = [...staged.files].map(([path, bytes]) => ({
    path,
    before: digestNow(engine, path),
    after: store.put(bytes),
  }));
  const blobs = Object.fromEntries([...staged.texts].map(([name, bytes]) => [name, store.put(bytes)]));

  const partly = new Set(
    [...staged.texts.keys()].flatMap((name) => (name.includes("#") ? [name.slice(0, name.indexOf("#"))] : [])),
  );
  const wholes = Object.fromEntries(
    files.filter(({ path }) => partly.has(path)).map(({ path, before, after }) => [path, { before, after }]),
  );

  const previous = traces.get(id);
  traces.set(id, trace);
  const traceFile = traces.fileOf(id);
  files.push({ path: traceFile, before: digestNow(engine, traceFile), after: store.put(traces.render(traceFile)) });
  const committed = commit(engine.host, store, { files: files.filter((file) => file.before !== file.after) });
  if (!committed.ok || committed.value.lost.length > 0) {
    // Nothing was written: what is in memory would be, with the next target of the book.
    if (previous === undefined) traces.delete(id);
    else traces.set(id, previous);
  }
  if (!committed.ok) return committed.error;
  for (const { path } of files) world.changed(path);
  world.retraced(id);
  engine.actions.add(trace.key, { trace, blobs, files: wholes });
  const told = notices(committed.value);
  return told[0];
}

/** Finishes what a crash interrupted, before anything else looks at the workspace. Returns what a person should know. */
export function recoverCommits(engine: Pick<Engine, "host" | "store">): string[] {
  const report = rollForward(engine.host, engine.store);
  if (!report.ok) throw new FaultError(report.error);
  if (report.value === undefined) return [];
  return [
    `A commit that a crash interrupted was finished (files: ${report.value.written.length}).`,
    ...notices(report.value).map((fault) => `${fault.where}: ${fault.what}. ${fault.mend}`),
  ];
}

function digestNow(engine: Committing, path: RepoPath): Digest {
  const bytes = engine.files.bytes(path);
  return bytes === undefined ? MISSING : digestOf(bytes);
}
