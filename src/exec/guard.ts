/**
 * Ends the programs that run for us when we are ended by something that cannot be caught: SIGKILL, the OOM killer, a
 * closed terminal. A small shell holds the other end of a pipe and is told which process groups run; when the pipe
 * closes, because we have ended in whatever way, it kills those that are left.
 *
 *   codex ──"4711 4712\n"──▶ sh: keeps the last line ──pipe closed──▶ kill -KILL -4711 -4712
 *
 * It is started with the first program and has a session of its own, so that Ctrl-C does not reach it. What escapes: a
 * program that leaves its process group, and one that is started in the microseconds between its start and the line
 * that tells of it.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Nothing of what it runs comes from anywhere but here: it is told numbers only. */
const SCRIPT = 'while read -r line; do groups=$line; done; for group in $groups; do kill -s KILL -- "-$group"; done';

let shell: ChildProcess | undefined;
const groups = new Set<number>();

/** Has the process group ended with us, however we end. @param group the number of its leader */
export function guardGroup(group: number): void {
  groups.add(group);
  tell();
}

/** The group has ended. */
export function releaseGroup(group: number): void {
  if (groups.delete(group)) tell();
}

function tell(): void {
  if (shell === undefined) {
    shell = spawn("/bin/sh", ["-c", SCRIPT], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    // Without a shell there is no guard; the programs run all the same.
    shell.on("error", () => {});
    shell.stdin!.on("error", () => {});
    // It must not keep us alive when all is done.
    shell.unref();
    (shell.stdin as unknown as { unref?: () => void }).unref?.();
  }
  shell.stdin!.write(`${[...groups].join(" ")}\n`);
}
