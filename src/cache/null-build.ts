/**
 * A build that found nothing to do, kept so that the next one with the same question need only see that nothing moved.
 * A build's result follows from the program, the configuration, the environment variables that it asked for and the
 * files that it looked at (`witness.ts`), and from nothing else; docs/decisions says why this is as safe as looking at
 * everything again.
 */
import { dirname, join, sep } from "node:path";
import { digestOf } from "../artifact/digest.ts";
import { encodeUtf8 } from "../artifact/utf8.ts";
import { replaceFile } from "../artifact/write.ts";
import type { HostFs } from "../host.ts";
import { stands, type Witness } from "./witness.ts";

const VERSION = 1;
const NAME = join(".codex", "null-build");
/** Where a configuration is looked for, in this order, here and in the folders above. */
export const CONFIG_NAMES = ["codex.config.ts", "codex.config.mjs", "codex.config.js"];

/** What a build found, which had nothing to do. */
export interface NullBuild {
  /** What was asked for. */
  readonly goals: readonly string[];
  readonly fresh: number;
  /** What a dry run prints. */
  readonly plan: readonly string[];
}

interface Record extends NullBuild {
  readonly version: typeof VERSION;
  /** The build of Codex that found it. */
  readonly program: string;
  readonly config: string;
  readonly env: readonly (readonly [name: string, value: string | null])[];
}

/**
 * Whether a path is no part of what a build's result follows from: Codex's own caches, which are checked by themselves,
 * and its lock, with what that asks of running processes. The folder itself is: it may be a link.
 */
export function isOwnCache(root: string): (path: string) => boolean {
  const own = join(root, ".codex") + sep;
  return (path) => {
    if (!path.startsWith(own)) return path.startsWith("/proc/");
    const name = path.slice(own.length);
    return (
      name === "null-build" ||
      name === "stat.json" ||
      name === "searches.json" ||
      name === "config.json" ||
      name === "lock" ||
      name.startsWith(`lock${sep}`) ||
      /^\.codex-\d+-\d+\.tmp$/.test(name)
    );
  };
}

/**
 * Keeps a build that found nothing to do, where all that it looked at can be vouched for. The caller holds the lock.
 * @param config absolute path of the configuration, whose code asks for nothing that the witness does not see.
 * @param program names this build of Codex.
 */
export function keepNullBuild(
  fs: HostFs,
  witness: Witness,
  config: string,
  program: string,
  { goals, fresh, plan }: NullBuild,
): boolean {
  const testimony = witness.testimony();
  if (testimony === undefined) return false;
  const record: Record = { version: VERSION, program, config, goals, fresh, plan, env: witness.asked() };
  const data = `${JSON.stringify(record)}\n${testimony}`;
  replaceFile(fs, join(dirname(config), NAME), encodeUtf8(`${digestOf(data)}\n${data}`));
  return true;
}

/**
 * The build that is known to have nothing to do for these goals; undefined where anything is another now than it was,
 * or is not known to be the same.
 * @param from the folder that the command is called in.
 */
export function knownNullBuild(
  fs: Pick<HostFs, "lstatSync" | "readdirSync" | "readFileSync">,
  from: string,
  program: string,
  env: Readonly<{ [name: string]: string | undefined }>,
  goals: readonly string[],
): NullBuild | undefined {
  const config = nearestConfig(fs, from);
  if (config === undefined) return undefined;
  let text: string;
  try {
    text = fs.readFileSync(join(dirname(config), NAME), "utf8");
  } catch {
    return undefined;
  }
  const data = text.slice(text.indexOf("\n") + 1);
  if (digestOf(data) !== text.slice(0, text.indexOf("\n"))) return undefined;
  const end = data.indexOf("\n");
  const record = JSON.parse(data.slice(0, end)) as Record;
  const isSame =
    record.version === VERSION &&
    record.program === program &&
    record.config === config &&
    record.goals.length === goals.length &&
    record.goals.every((goal, index) => goal === goals[index]) &&
    record.env.every(([name, value]) => (env[name] ?? null) === value);
  return isSame && isUnlocked(fs, dirname(config)) && stands(fs, data.slice(end + 1)) ? record : undefined;
}

function nearestConfig(fs: Pick<HostFs, "lstatSync">, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of CONFIG_NAMES) {
      const path = join(folder, name);
      if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return path;
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** Whether the last one who wrote to the workspace has said that it is done (`lock.ts`). */
function isUnlocked(fs: Pick<HostFs, "readdirSync" | "readFileSync">, root: string): boolean {
  try {
    const folder = join(root, ".codex", "lock");
    const numbers = fs
      .readdirSync(folder)
      .flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
    return fs.readFileSync(join(folder, `${Math.max(...numbers)}.json`), "utf8") === '{"released":true}\n';
  } catch {
    return false;
  }
}
