/**
 * One writer per workspace. The lock is a row of numbered files in `.codex/lock/`: whoever made the highest one holds
 * it, unless that process is gone or has said that it is done. Taking over means making the next number, which
 * the file system lets only one process do; nothing is ever taken away from anyone, so there is no moment at which two
 * processes that found the same dead holder can both win.
 *
 *   7.json (dead or released) ──link──▶ 8.json (holder) ──▶ 8.json says "released" ──link──▶ 9.json …
 *
 * The highest file is never removed, so numbers only grow. A holder removes the lower ones.
 */
import { join } from "node:path";
import { encodeUtf8 } from "../artifact/utf8.ts";
import { makeFolder, replaceFile, writeTemporary } from "../artifact/write.ts";
import { type Fault, usageFault } from "../fault.ts";
import type { Host } from "../host.ts";
import { err, ok, type Result } from "../result.ts";
import { type Processes, systemProcesses } from "./processes.ts";

/** Who holds the lock, as its file says. */
export interface Holder {
  readonly pid: number;
  /** The machine's name. */
  readonly host: string;
  /** The machine's boot, empty where it cannot be told. */
  readonly boot: string;
  /** When the process started, in the system's own terms; empty where it cannot be told. */
  readonly started: string;
  /** UTC, ISO 8601. */
  readonly since: string;
  readonly command: string;
}

export interface Lock {
  readonly holder: Holder;
  /** Lets the next writer in. A process that dies need not: its death is noticed. */
  release(): void;
}

/** Takes the writer's lock, or says who holds it. `command` is shown to whoever is kept out. */
export function acquireLock(
  host: Host,
  command: string,
  processes: Processes = systemProcesses(host.fs),
): Result<Lock, Fault> {
  const { fs } = host;
  const folder = folderOf(host);
  makeFolder(fs, folder);
  const self = processes.find(processes.pid);
  const holder: Holder = {
    pid: processes.pid,
    host: processes.host,
    boot: processes.boot,
    started: self?.started ?? "",
    since: new Date(host.now()).toISOString(),
    command,
  };
  for (;;) {
    const top = highest(host);
    const current = top === undefined ? undefined : read(host, top);
    if (current && isAlive(current, processes)) return err(held(current, processes));
    const mine = (top ?? 0) + 1;
    if (!make(host, mine, holder)) continue;
    // A number below the highest one may be free again because the later holders cleaned up.
    if (highest(host) !== mine) {
      fs.rmSync(fileOf(host, mine), { force: true });
      continue;
    }
    for (const number of numbers(host)) if (number < mine) fs.rmSync(fileOf(host, number), { force: true });
    return ok({ holder, release: () => replaceFile(fs, fileOf(host, mine), encodeUtf8('{"released":true}\n')) });
  }
}

/** Who is writing now, if anyone: for commands that only tell. */
export function currentHolder(host: Host, processes: Processes = systemProcesses(host.fs)): Holder | undefined {
  const top = highest(host);
  const holder = top === undefined ? undefined : read(host, top);
  return holder && isAlive(holder, processes) ? holder : undefined;
}

const folderOf = (host: Host): string => join(host.root, ".codex", "lock");
const fileOf = (host: Host, number: number): string => join(folderOf(host), `${number}.json`);

function numbers(host: Host): readonly number[] {
  if (!host.fs.statSync(folderOf(host), { throwIfNoEntry: false })) return [];
  return host.fs.readdirSync(folderOf(host)).flatMap((name) => {
    const digits = /^(\d+)\.json$/.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
}

const highest = (host: Host): number | undefined =>
  numbers(host).reduce<number | undefined>((top, next) => Math.max(top ?? 0, next), undefined);

/** Makes a numbered file with its whole content at once; false where another process was first. */
function make(host: Host, number: number, holder: Holder): boolean {
  const { fs } = host;
  const temporary = writeTemporary(fs, folderOf(host), encodeUtf8(`${JSON.stringify(holder)}\n`));
  try {
    fs.linkSync(temporary, fileOf(host, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** The holder that a file names; undefined where it was released, or was damaged, as no living holder's is. */
function read(host: Host, number: number): Holder | undefined {
  try {
    const value: unknown = JSON.parse(host.fs.readFileSync(fileOf(host, number), "utf8"));
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isHolder = (value: unknown): value is Holder =>
  typeof value === "object" &&
  value !== null &&
  "pid" in value &&
  typeof value.pid === "number" &&
  ["host", "boot", "started", "since", "command"].every(
    (key) => typeof (value as Record<string, unknown>)[key] === "string",
  );

function isAlive(holder: Holder, processes: Processes): boolean {
  // Another machine's processes cannot be seen from here.
  if (holder.host !== processes.host) return true;
  if (holder.boot !== "" && processes.boot !== "" && holder.boot !== processes.boot) return false;
  const found = processes.find(holder.pid);
  if (!found) return false;
  return holder.started === "" || found.started === "" || holder.started === found.started;
}

function held(holder: Holder, processes: Processes): Fault {
  const here = holder.host === processes.host;
  return usageFault(
    `another codex is writing to this workspace: ${JSON.stringify(holder.command)}, process ${holder.pid} on ${holder.host}, since ${holder.since}`,
    ".codex/lock",
    here
      ? `wait for it, or stop it with: kill ${holder.pid}`
      : `wait for it; if ${holder.host} no longer runs it, remove .codex/lock`,
  );
}
