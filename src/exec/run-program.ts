/** Runs a program with its arguments, never a shell, in a process group that dies with it, and with the caller's signal. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Ran } from "../agents/command-provider.ts";
import { guardGroup, releaseGroup } from "./guard.ts";

/** As much output as is kept of a program. */
const OUTPUT_BYTES = 16 * 1024 * 1024;
const ERROR_CHARACTERS = 2000;

/**
 * @param input what the program gets on standard input.
 * @param env its whole environment; that of this process where left out.
 * @param onOutput called whenever it prints something: a sign of life.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  input: string,
  signal: AbortSignal,
  env?: Readonly<Record<string, string>>,
  onOutput: () => void = () => {},
): Promise<Ran> {
  return new Promise((resolve) => {
    let child: ChildProcessWithoutNullStreams;
    try {
      child = spawn(program, args, {
        cwd,
        shell: false,
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
        ...(env === undefined ? {} : { env }),
      });
    } catch (error) {
      // Arguments that no program can be given are not reported by an event.
      return resolve({ kind: "notStarted", why: (error as Error).message });
    }
    const group = child.pid;
    if (group !== undefined) guardGroup(group);
    const chunks: Buffer[] = [];
    let size = 0;
    let errors = "";
    const kill = (): void => {
      // The whole group: a program's own children must not outlive the build.
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // It has ended already.
        }
      }
    };
    if (signal.aborted) kill();
    signal.addEventListener("abort", kill, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      onOutput();
      size += chunk.length;
      if (size > OUTPUT_BYTES) kill();
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      onOutput();
      errors = (errors + chunk.toString()).slice(-ERROR_CHARACTERS);
    });
    child.on("error", (error) => {
      signal.removeEventListener("abort", kill);
      resolve({ kind: "notStarted", why: error.message });
    });
    // It may have ended without its children, and they may hold its output open.
    child.on("exit", kill);
    child.on("close", (code, killed) => {
      if (group !== undefined) releaseGroup(group);
      signal.removeEventListener("abort", kill);
      if (size > OUTPUT_BYTES) resolve({ kind: "tooMuchOutput", mebibytes: OUTPUT_BYTES / 1024 / 1024 });
      else
        resolve({
          kind: "ended",
          code,
          signal: killed,
          out: Buffer.concat(chunks).toString("utf8"),
          err: errors.trim(),
        });
    });
    // A program that does not read its input closes the pipe early: that is its right.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
