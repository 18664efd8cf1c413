/**
 * `codex clean`: takes back what targets wrote. What a person has edited stays, and so does the store: building again
 * restores the same outputs without paying for them.
 */
import { type Digest, digestOf, MISSING } from "../../artifact/digest.ts";
import { removeFragment } from "../../artifact/fragment.ts";
import { parseRef } from "../../artifact/ref.ts";
import { decodeUtf8, encodeUtf8 } from "../../artifact/utf8.ts";
import type { RepoPath } from "../../artifact/workspace.ts";
import { resolveGoals, type Snapshot, snapshotOf } from "../../exec/build.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { type Engine, layOut } from "../../exec/engine.ts";
import type { Address } from "../../graph/address.ts";
import { DEFAULT_POLICY } from "../../graph/evaluate.ts";
import { NOTHING_HIDDEN } from "../../graph/facts.ts";
import { campaignView, recorderOf } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { withLock } from "../with-lock.ts";
import { writeFiles } from "../write-files.ts";

export async function cleanCommand(
  terminal: Terminal,
  typed: readonly string[],
  flags: { readonly dryRun?: boolean },
): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host } = workspace;
  // An address that means nothing is said before anything is written, the lock included.
  resolveGoals(layOut(engine.expand), typed);
  return withLock(host, flags.dryRun ? undefined : "codex clean", () => {
    if (!flags.dryRun) for (const text of recoverCommits(engine)) terminal.out(text);
    const snapshot = snapshotOf(layOut(engine.expand), engine, typed, DEFAULT_POLICY);
    const { files, dropped } = takeBack(engine, snapshot, (kept) => terminal.out(kept));
    const verb = flags.dryRun ? "would remove" : "removed";
    for (const [path, bytes] of files)
      terminal.out(`${verb} ${bytes === undefined ? path : `what was written in ${path}`}`);
    if (!flags.dryRun) {
      for (const path of new Set(dropped.map((id) => engine.traces.fileOf(id))))
        files.set(path, engine.traces.render(path));
      writeFiles(engine, files);
      recorderOf(workspace)?.project(campaignView(workspace));
    }
    terminal.out(
      `${plural(dropped.length, "target")} ${flags.dryRun ? "would be " : ""}cleaned; the store keeps what they made.`,
    );
    return EXIT.done;
  });
}

/** What is to be written in place of what the goals left; their traces are dropped. @param say told of what is kept, and why. */
function takeBack(
  { files: before, store, traces, world }: Engine,
  { graph, goals }: Snapshot,
  say: (line: string) => void,
): { readonly files: Map<RepoPath, Uint8Array | undefined>; readonly dropped: readonly Address[] } {
  const wanted = new Set(goals);
  const files = new Map<RepoPath, Uint8Array | undefined>();
  const bytesNow = (path: RepoPath): Uint8Array | undefined => (files.has(path) ? files.get(path) : before.bytes(path));
  const digestNow = (path: RepoPath): Digest => {
    const bytes = bytesNow(path);
    return bytes === undefined ? MISSING : digestOf(bytes);
  };
  const dropped: Address[] = [];
  // Consumers first: an amendment is taken back before the file that it amended.
  for (const id of [...graph.order].reverse()) {
    const trace = wanted.has(id) ? world.trace(id) : undefined;
    if (trace === undefined) continue;
    for (const [path, link] of Object.entries(trace.amends) as [RepoPath, { before: Digest; after: Digest }][]) {
      const earlier = store.get(link.before);
      if (digestNow(path) === link.after && earlier !== undefined) files.set(path, earlier);
      else say(`kept ${path}: it is not as ${id} left it, or its earlier version is not in the store`);
    }
    for (const [name, digest] of Object.entries(trace.outputs)) {
      const ref = parseRef(name);
      if (!ref.ok) continue;
      const { path, fragment } = ref.value;
      if (fragment === undefined) {
        if (digestNow(path) === digest) files.set(path, undefined);
        else if (digestNow(path) !== MISSING) say(`kept ${path}: it is not as ${id} left it`);
      } else if (world.digest(ref.value, NOTHING_HIDDEN) === digest) {
        const text = decodeUtf8(bytesNow(path) ?? new Uint8Array());
        const removed = text.ok ? removeFragment(text.value, fragment) : text;
        if (removed.ok) files.set(path, encodeUtf8(removed.value));
      } else say(`kept ${name}: it is not as ${id} left it`);
    }
    traces.delete(id);
    dropped.push(id);
  }
  return { files, dropped };
}
