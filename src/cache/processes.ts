/**
 * What tells a living process from a dead one whose number was given to another. A process number alone does not:
 * it is used again after a while, and at once after a reboot or in a new container.
 */
import { execFileSync } from "node:child_process";
import { hostname } from "node:os";
import type { HostFs } from "../host.ts";

export interface Processes {
  /** This process's number. */
  readonly pid: number;
  readonly host: string;
  /** Differs between two boots of the machine; empty where that cannot be told. */
  readonly boot: string;
  /** Differs between two containers, which do not see each other's processes; undefined where that cannot be told. */
  readonly space?: string | undefined;
  /** A living process, with its start in the system's own terms (empty where that cannot be told). */
  find(pid: number): { readonly started: string } | undefined;
}

/** The machine's own processes, by `/proc` on Linux and by `ps` elsewhere. */
export function systemProcesses(fs: HostFs): Processes {
  const text = (path: string): string | undefined => {
    try {
      return fs.readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  };
  return {
    pid: process.pid,
    host: hostname(),
    boot: text("/proc/sys/kernel/random/boot_id")?.trim() ?? "",
    space: spaceOf(fs),
    find(pid) {
      if (!exists(pid)) return undefined;
      const stat = text(`/proc/${pid}/stat`);
      if (stat === undefined) return { started: process.platform === "linux" ? "" : startByPs(pid) };
      // `pid (name) state …`: the name may hold spaces and brackets, so the fields are counted from its end.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const state = fields[0];
      // Killed, and not yet collected by its parent.
      if (state === "Z" || state === "X") return undefined;
      return { started: fields[19] ?? "" };
    },
  };
}

/** The number of the namespace in which process numbers count (Linux). */
function spaceOf(fs: HostFs): string | undefined {
  try {
    return String(fs.statSync("/proc/self/ns/pid").ino);
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function startByPs(pid: number): string {
  try {
    // The time is printed in local terms: fixed here, so that two processes say the same.
    const env = { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" };
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env, stdio: "pipe" }).trim();
  } catch {
    return "";
  }
}
