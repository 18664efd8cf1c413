/**
 * One writer per workspace. The lock is a row of numbered files in `.codex/lock/`: whoever made the highest one holds
 * it, unless that process is gone or has said that it is done. Taking over means making the next number, which
 * the file system lets only one process do; nothing is ever taken away from anyone, so there is no moment at which two
 * processes that found the same dead holder can both win.
 *
 *   7.json (dead or released) ──link──▶ 8.json (holder) ──▶ 8.json says "released" ──link──▶ 9.json …
 *
 * The highest file is never removed, so numbers only grow. A holder removes the lower ones.
 *
 * Whether a holder lives is asked of the system. One in another container or on another machine cannot be seen; it
 * gives signs of life by touching its file, and counts as gone when there was none for two minutes by the disk's own
 * clock. So no lock has ever to be removed by hand.
 */
import { join } from "node:path";
import { encodeUtf8 } from "../artifact/utf8.ts";
import { makeFolder, replaceFile, writeTemporary } from "../artifact/write.ts";
import { type Fault, usageFault } from "../fault.ts";
import type { Host } from "../host.ts";
import { err, ok, type Result } from "../result.ts";
import { leftIn, leftovers } from "./leftovers.ts";
import { type Processes, systemProcesses } from "./processes.ts";

/** Who holds the lock, as its file says. */
export interface Holder {
  readonly pid: number;
  /** The machine's name. */
  readonly host: string;
  /** The machine's boot, empty where it cannot be told. */
  readonly boot: string;
  /** The container's own numbering of processes; empty where it cannot be told. */
  readonly space: string;
  /** When the process started, in the system's own terms; empty where it cannot be told. */
  readonly started: string;
  /** UTC, ISO 8601. */
  readonly since: string;
  readonly command: string;
}

export interface Lock {
  readonly holder: Holder;
  /** Gives a sign of life. */
  beat(): void;
  /** Lets the next writer in. A process that dies need not: its death is noticed. */
  release(): void;
}

const SECOND = 1000;
/** How often a holder gives a sign of life, and how long none may come before it counts as gone, in milliseconds. */
const BEAT = 20 * SECOND;
const SILENCE = 120 * SECOND;

/**
 * Takes the writer's lock, or says who holds it. `command` is shown to whoever is kept out. Where the last holder died,
 * what it left unfinished under other names is swept away.
 */
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
    space: processes.space ?? "",
    started: self?.started ?? "",
    since: new Date(host.now()).toISOString(),
    command,
  };
  for (;;) {
    const top = highest(host);
    const current = top === undefined ? undefined : read(host, top);
    if (current && isAlive(current, processes, () => silence(host, top!, diskTime(host))))
      return err(held(current, processes));
    const mine = (top ?? 0) + 1;
    if (!make(host, mine, holder)) continue;
    // A number below the highest one may be free again because the later holders cleaned up.
    if (highest(host) !== mine) {
      fs.rmSync(fileOf(host, mine), { force: true });
      continue;
    }
    for (const number of numbers(host)) if (number < mine) fs.rmSync(fileOf(host, number), { force: true });
    // Whoever waited may have died too; whoever wrote has left more.
    const left = current ? leftovers(host, processes) : leftIn(host, folder, processes);
    for (const path of left) fs.rmSync(path, { force: true });
    const file = fileOf(host, mine);
    const write = (text: string): void => replaceFile(fs, file, encodeUtf8(`${text}\n`));
    return ok({
      holder,
      beat: () => write(JSON.stringify(holder)),
      release: () => write('{"released":true}'),
    });
  }
}

/** Gives signs of life until the returned function is called; for commands that take long. */
export function beating(host: Host, lock: Lock): () => void {
  const next = (): (() => void) =>
    host.after(BEAT, () => {
      try {
        lock.beat();
      } catch {
        // A full disk does not end a build here: whatever must be written will say so.
      }
      cancel = next();
    });
  let cancel = next();
  return () => cancel();
}

/** Who is writing now, if anyone: for commands that only tell. */
export function currentHolder(host: Host, processes: Processes = systemProcesses(host.fs)): Holder | undefined {
  const top = highest(host);
  const holder = top === undefined ? undefined : read(host, top);
  // Nothing is written here: this machine's clock must do.
  return holder && isAlive(holder, processes, () => silence(host, top!, host.now())) ? holder : undefined;
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
    // Somebody was first; or the temporary was swept by somebody who does not see this process.
    if (["EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
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
  ["host", "boot", "space", "started", "since", "command"].every(
    (key) => typeof (value as Record<string, unknown>)[key] === "string",
  );

/** Whether its processes can be seen from here. */
const isNear = (holder: Holder, processes: Processes): boolean =>
  holder.host === processes.host && (sameBoot(holder, processes) !== true || holder.space === (processes.space ?? ""));

/** Undefined where it cannot be told. */
const sameBoot = (holder: Holder, processes: Processes): boolean | undefined =>
  holder.boot === "" || processes.boot === "" ? undefined : holder.boot === processes.boot;

/** @param silent how long the holder has given no sign of life, in milliseconds: asked only where it cannot be seen. */
function isAlive(holder: Holder, processes: Processes, silent: () => number): boolean {
  if (!isNear(holder, processes)) return silent() < SILENCE;
  if (sameBoot(holder, processes) === false) return false;
  const found = processes.find(holder.pid);
  if (!found) return false;
  return holder.started === "" || found.started === "" || holder.started === found.started;
}

/** How long a holder has given no sign of life until `now`, in milliseconds; for ever where its file is gone. */
function silence(host: Host, number: number, now: number): number {
  return now - (host.fs.statSync(fileOf(host, number), { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY);
}

/** The time by the clock that dates the lock's files: those of two machines need not agree. In milliseconds. */
function diskTime(host: Host): number {
  const { fs } = host;
  const temporary = writeTemporary(fs, folderOf(host), new Uint8Array());
  try {
    return fs.statSync(temporary).mtimeMs;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

function held(holder: Holder, processes: Processes): Fault {
  return usageFault(
    `another codex is writing to this workspace: ${JSON.stringify(holder.command)}, process ${holder.pid} on ${holder.host}, since ${holder.since}`,
    ".codex/lock",
    isNear(holder, processes)
      ? `wait for it, or stop it with: kill ${holder.pid}`
      : `wait for it, or stop it there; when ${holder.host} gives no sign of life for two minutes, the lock is free`,
  );
}
