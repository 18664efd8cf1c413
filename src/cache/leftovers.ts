/**
 * Temporary files that killed processes left under `.codex`. They do no harm but for the room that they take: no name
 * leads to them. Those of living processes are somebody's work.
 */
import { join } from "node:path";
import { temporaryOwner } from "../artifact/write.ts";
import type { Host } from "../host.ts";
import type { Processes } from "./processes.ts";
import { conflictFolders } from "./side-files.ts";

/** Where Codex writes under `.codex`; of the second row the folders in them. */
const FOLDERS = ["", "lock", "commits", "calls", "batches"];
const NESTED = ["cas", "ac"];

/** Paths of what the dead have left. The caller holds the writer's lock, so that its own process writes nothing either. */
export function leftovers(host: Host, processes: Processes): string[] {
  const own = join(host.root, ".codex");
  const nested = NESTED.flatMap((name) => folder(host, join(own, name)).map((child) => join(own, name, child)));
  const folders = [
    ...FOLDERS.map((name) => join(own, name)),
    ...nested,
    ...conflictFolders(host).map(({ path }) => path),
  ];
  return folders.flatMap((path) => leftIn(host, path, processes));
}

/** The same in one folder, by its absolute path. */
export function leftIn(host: Host, path: string, processes: Processes): string[] {
  return folder(host, path).flatMap((name) => {
    const pid = temporaryOwner(name);
    const dead = pid !== undefined && (pid === processes.pid || processes.find(pid) === undefined);
    return dead ? [join(path, name)] : [];
  });
}

/** The names in a folder; none where there is none. */
function folder(host: Host, path: string): readonly string[] {
  return host.fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ? host.fs.readdirSync(path) : [];
}
