/** `codex doctor`: is everything there that a build needs? Looks, and changes nothing. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, statfsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { digestOf } from "../../artifact/digest.ts";
import { unfinishedCommits } from "../../cache/commit.ts";
import { currentHolder } from "../../cache/lock.ts";
import { storedFiles } from "../../cache/store.ts";
import type { LogLine } from "../../campaign/audit-log.ts";
import { lastLine } from "../../campaign/jsonl.ts";
import { layOut } from "../../exec/engine.ts";
import { type Fault, FaultError } from "../../fault.ts";
import {
  checkAgents,
  checkCache,
  checkClock,
  checkConfiguration,
  checkDisk,
  checkGit,
  checkLock,
  checkNode,
  checkSharedCache,
  type Finding,
  type GitFacts,
} from "../doctor.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";

const SIGNS = { ok: "✓", warn: "!", fail: "✗" } as const;

export async function doctorCommand(
  terminal: Terminal,
  { format }: { readonly format: "text" | "json" },
): Promise<number> {
  const findings = await examine();
  if (format === "json") terminal.out(JSON.stringify({ version: 1, findings }, null, 2));
  else {
    const { colours } = terminal;
    const colour = { ok: colours.green, warn: colours.yellow, fail: colours.red } as const;
    const width = Math.max(...findings.map(({ name }) => name.length));
    for (const { name, level, says, mend } of findings) {
      terminal.out(`${colour[level](`${SIGNS[level]} ${level.padEnd(4)}`)} ${name.padEnd(width)}  ${says}`);
      if (mend !== "") terminal.out(`${" ".repeat(width + 9)}${mend}`);
    }
  }
  return findings.some(({ level }) => level === "fail") ? EXIT.failed : EXIT.done;
}

async function examine(): Promise<readonly Finding[]> {
  const node = checkNode(process.versions.node);
  let workspace: Workspace;
  let targets: number;
  try {
    workspace = await openWorkspace();
    targets = layOut(workspace.engine.expand).graph.targets.size;
  } catch (error) {
    return [node, checkDisk(freeAt(process.cwd()), isWritable(process.cwd())), checkConfiguration(faultOf(error), 0)];
  }
  const { host, config, engine } = workspace;
  const { root } = host;
  const manifests = config.campaign?.manifests ?? "manifests";
  const last = lastLine(host, `${root}/${manifests}/campaign.log.jsonl`) as LogLine | undefined;
  const newest = host.fs.statSync(`${root}/${manifests}`, { throwIfNoEntry: false })?.mtimeMs;
  const stored = storedFiles(host);
  return [
    node,
    checkDisk(freeAt(root), isWritable(root)),
    checkConfiguration(undefined, targets),
    checkAgents(
      config,
      (host.env.ANTHROPIC_API_KEY ?? "").trim() !== "",
      isProgram(config.agents.command?.[0], root, host.env.PATH),
    ),
    checkClock(host.now(), newest, last === undefined ? undefined : Date.parse(last.at)),
    checkLock(currentHolder(host)),
    checkGit(gitFacts(root, manifests)),
    ...(await lookAtSharedCache(workspace)),
    checkCache({
      files: stored.length,
      bytes: stored.reduce((sum, file) => sum + file.bytes, 0),
      unfinished: unfinishedCommits(host).length,
      tracesFault: tracesFault(() => engine.traces.addresses()),
    }),
  ];
}

/** Asks the shared cache for something that it cannot have; nothing where there is none. */
async function lookAtSharedCache({ host, config: { cache } }: Workspace): Promise<Finding[]> {
  if (cache === undefined) return [];
  const { isPushing, mendOf, sharedStore } = await import("../shared-cache.ts");
  const began = host.now();
  const store = sharedStore(host, cache);
  const answer = await store.get(`ac/${digestOf("codex doctor")}`, 1024, new AbortController().signal);
  const took = host.now() - began;
  const trouble = answer.ok || answer.error.kind === "stopped" ? undefined : answer.error;
  const mend =
    trouble?.kind === "refused" ? mendOf(host, cache) : "look at cache.url in codex.config.ts, and at the store";
  return [checkSharedCache({ url: store.name, trouble: trouble?.why, took, pushing: isPushing(host, cache), mend })];
}

function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault;
  throw error;
}

function tracesFault(read: () => unknown): Fault | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return faultOf(error);
  }
}

function freeAt(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    // Not every file system says.
    return undefined;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a program can be started by its name. */
function isProgram(name: string | undefined, root: string, path: string | undefined): boolean {
  if (name === undefined) return false;
  const places = name.includes("/") ? [root] : (path ?? "").split(delimiter).filter((place) => place !== "");
  return places.some((place) => {
    try {
      accessSync(name.startsWith("/") ? name : join(place, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function gitFacts(root: string, manifests: string): GitFacts {
  const git = (...args: string[]): number | undefined => {
    const { status, error } = spawnSync("git", args, { cwd: root, stdio: "ignore" });
    return error === undefined ? (status ?? 1) : undefined;
  };
  const inside = git("rev-parse", "--is-inside-work-tree");
  if (inside === undefined) return { inside: undefined, ignoresCache: false, ignoresTraces: false };
  return {
    inside: inside === 0,
    ignoresCache: git("check-ignore", "-q", ".codex/x") === 0,
    ignoresTraces: git("check-ignore", "-q", `${manifests}/traces/x.json`) === 0,
  };
}
