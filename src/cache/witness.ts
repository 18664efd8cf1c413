/**
 * What a command looked at: every path of which it asked the file system something, as that path was before it asked.
 * Where all of these are the same again, the same command would see the same, and come to the same result.
 *
 * A path counts as it was seen only if its times are well before it was looked at (the racy rule of the stat cache), so
 * that no later change can hide. What cannot be told from a stat (symbolic links, odd names) spoils the whole record:
 * then nothing is concluded, and the next command looks again.
 */
import type { BigIntStats } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { digestOf } from "../artifact/digest.ts";
import type { HostFs } from "../host.ts";
import { isRacy, stampOf } from "./stamp.ts";

/** A path that was not there. */
const ABSENT = "-";
/** Between a name and its stamp; a name that holds one, or a line break, spoils the record. */
const TAB = "\t";
const STAT = { bigint: true, throwIfNoEntry: false } as const;

type Reading = Pick<HostFs, "lstatSync" | "readdirSync">;

export class Witness {
  /** The file system to give to the command. */
  readonly fs: HostFs;
  private readonly real: HostFs;
  private readonly now: () => number;
  private readonly ignored: (path: string) => boolean;
  /** Stamps by path; none where the path may have changed without showing it. */
  private readonly seen = new Map<string, string | undefined>();
  private readonly listed = new Map<string, string>();
  private readonly variables = new Map<string, string | undefined>();
  private spoilt = false;

  /**
   * @param ignored absolute paths that are no part of what the result follows from: the caches that are checked on their own.
   */
  constructor(real: HostFs, now: () => number, ignored: (path: string) => boolean) {
    this.real = real;
    this.now = now;
    this.ignored = ignored;
    this.fs = this.watched();
  }

  /** The environment to give to the command: what it asks for is part of what it saw. */
  env(real: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string | undefined>> {
    return new Proxy(real, {
      get: (target, name) => {
        if (typeof name === "string") this.variables.set(name, target[name]);
        return Reflect.get(target, name);
      },
      ownKeys: (target) => {
        this.spoilt = true;
        return Reflect.ownKeys(target);
      },
    });
  }

  /** The environment variables that were asked for, with their values. */
  asked(): readonly (readonly [name: string, value: string | null])[] {
    return [...this.variables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value ?? null]);
  }

  /**
   * What was looked at, as text for `stands`; undefined where it cannot be vouched for: something was written, changed
   * meanwhile, or may change without showing it.
   */
  testimony(): string | undefined {
    if (this.spoilt) return undefined;
    const folders = new Map<string, [name: string, stamp: string][]>();
    const entriesOf = (folder: string): [string, string][] => {
      let entries = folders.get(folder);
      if (entries === undefined) {
        entries = [];
        folders.set(folder, entries);
        // Every folder above is part of it too: one that becomes a link leads elsewhere.
        if (dirname(folder) !== folder) entriesOf(dirname(folder));
      }
      return entries;
    };
    for (const [path, stamp] of this.seen) {
      const now = statOf(this.real, path);
      if (stamp === undefined || stampNow(now) !== stamp || now?.isSymbolicLink() || /[\t\n\r]/.test(path))
        return undefined;
      // A folder's own times say nothing that its listing does not.
      if (now?.isDirectory()) entriesOf(path);
      else entriesOf(dirname(path)).push([path.slice(path.lastIndexOf(sep) + 1), stamp]);
    }
    for (const [folder, names] of this.listed) {
      if ((listing(this.real, folder) ?? ABSENT) !== names || /[\t\n\r]/.test(folder)) return undefined;
      entriesOf(folder);
    }
    const lines: string[] = [];
    for (const [folder, entries] of folders) {
      if (!entries.some(([, stamp]) => stamp !== ABSENT) && statOf(this.real, folder) === undefined) {
        lines.push(`${folder}${TAB}${ABSENT}`);
        continue;
      }
      if (!isRealFolder(this.real, folder)) return undefined;
      lines.push(`${folder}${TAB}${this.listed.get(folder) ?? ""}`);
      for (const [name, stamp] of entries) lines.push(`${TAB}${name}${TAB}${stamp}`);
    }
    return lines.join("\n");
  }

  private look(path: string): void {
    if (this.spoilt || this.seen.has(path) || this.ignored(path)) return;
    const at = this.now();
    const stat = statOf(this.real, path);
    this.take(path, stat, at);
  }

  private take(path: string, stat: BigIntStats | undefined, at: number): void {
    const racy = stat !== undefined && !stat.isDirectory() && isRacy(stat, at);
    this.seen.set(path, racy ? undefined : stampNow(stat));
  }

  private wrote(path: unknown): void {
    if (typeof path !== "string" || !this.ignored(resolve(path))) this.spoilt = true;
  }

  private watched(): HostFs {
    const { real } = this;
    const looking =
      <A extends unknown[], R>(call: (...args: A) => R): ((...args: A) => R) =>
      (...args) => {
        // A number is a file that was opened: its opening was seen.
        if (typeof args[0] === "string") this.look(resolve(args[0]));
        else if (typeof args[0] !== "number") this.spoilt = true;
        return call.apply(real, args);
      };
    const writing =
      <A extends unknown[], R>(which: number, call: (...args: A) => R): ((...args: A) => R) =>
      (...args) => {
        if (typeof args[which] !== "number") this.wrote(args[which]);
        return call.apply(real, args);
      };
    return {
      ...real,
      readFileSync: looking(real.readFileSync as (...args: unknown[]) => unknown) as HostFs["readFileSync"],
      statSync: looking(real.statSync as (...args: unknown[]) => unknown) as HostFs["statSync"],
      realpathSync: looking(real.realpathSync as (...args: unknown[]) => unknown) as HostFs["realpathSync"],
      lstatSync: ((path: string, options?: object) => {
        const absolute = resolve(path);
        if (this.spoilt || this.seen.has(absolute) || this.ignored(absolute) || !isPlain(options)) {
          this.look(absolute);
          return real.lstatSync(path, options);
        }
        const at = this.now();
        const stat = real.lstatSync(path, options) as unknown as BigIntStats | undefined;
        this.take(absolute, stat, at);
        return stat;
      }) as HostFs["lstatSync"],
      readdirSync: ((path: string, options?: object) => {
        const absolute = resolve(path);
        if (!this.spoilt && !this.ignored(absolute) && !this.listed.has(absolute))
          this.listed.set(absolute, listing(real, absolute) ?? ABSENT);
        return real.readdirSync(path, options);
      }) as HostFs["readdirSync"],
      openSync: ((path: string, flags: string | number = "r", mode?: number) => {
        if (flags === "r") this.look(resolve(path));
        else this.wrote(path);
        return real.openSync(path, flags, mode);
      }) as HostFs["openSync"],
      mkdirSync: ((path: string, options?: object) => {
        const made = real.mkdirSync(path, options as { recursive: true });
        if (made !== undefined) this.wrote(made);
        return made;
      }) as HostFs["mkdirSync"],
      linkSync: writing(1, real.linkSync as (...args: unknown[]) => unknown) as HostFs["linkSync"],
      renameSync: writing(1, real.renameSync as (...args: unknown[]) => unknown) as HostFs["renameSync"],
      rmSync: writing(0, real.rmSync as (...args: unknown[]) => unknown) as HostFs["rmSync"],
      unlinkSync: writing(0, real.unlinkSync as (...args: unknown[]) => unknown) as HostFs["unlinkSync"],
      writeFileSync: writing(0, real.writeFileSync as (...args: unknown[]) => unknown) as HostFs["writeFileSync"],
    };
  }
}

/** Whether all that a testimony names is as it was. One stat a path, and one listing a folder that was listed. */
export function stands(fs: Reading, testimony: string): boolean {
  let folder = "";
  for (const line of testimony.split("\n")) {
    const tab = line.indexOf(TAB, 1);
    const name = line.slice(0, tab);
    const was = line.slice(tab + 1);
    if (line.charCodeAt(0) === 9) {
      if (stampNow(statOf(fs, `${folder}${sep}${name.slice(1)}`)) !== was) return false;
      continue;
    }
    folder = name === sep ? "" : name;
    if (was === ABSENT) {
      if (statOf(fs, name) !== undefined) return false;
    } else if (!isRealFolder(fs, name) || (was !== "" && listing(fs, name) !== was)) return false;
  }
  return true;
}

const isPlain = (options: object | undefined): boolean =>
  options !== undefined && (options as { bigint?: boolean }).bigint === true;

function statOf(fs: Reading, path: string): BigIntStats | undefined {
  try {
    return fs.lstatSync(path, STAT);
  } catch (error) {
    // A file where a folder should be: there is nothing below it.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
}

const stampNow = (stat: BigIntStats | undefined): string =>
  stat === undefined ? ABSENT : stat.isDirectory() ? "folder" : stampOf(stat);

const isRealFolder = (fs: Reading, path: string): boolean => statOf(fs, path)?.isDirectory() ?? false;

/** The names in a folder with what each is, as a digest; undefined where it is no folder. */
function listing(fs: Reading, folder: string): string | undefined {
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true });
    return digestOf(
      entries
        .map((entry) => `${entry.name}\0${entry.isFile() ? "f" : entry.isDirectory() ? "d" : "o"}`)
        .sort()
        .join("\0\0"),
    ).slice(0, 32);
  } catch {
    return undefined;
  }
}
