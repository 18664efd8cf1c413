/** Carries out `command(…)`: a program with its arguments, never a shell, in a process group that dies with the attempt. */
import { spawn } from "node:child_process";
import { usageFault } from "../fault.ts";
import { err, ok } from "../result.ts";
import type { CommandAction, RunContext } from "./action.ts";
import type { AttemptResult } from "./attempt.ts";
import type { Task } from "./task.ts";

/** As much output as is kept of a program: what follows is a defect. */
const OUTPUT_BYTES = 16 * 1024 * 1024;
const ERROR_CHARACTERS = 2000;

export function runCommand(task: Task, action: CommandAction, context: RunContext, root: string, signal: AbortSignal): Promise<AttemptResult> {
  const argv = action.argv(context.params as never);
  const [program, ...args] = argv;
  const names = task.target.outputs.filter((output) => output.kind !== "scope").map((output) => output.name);
  if (program === undefined) {
    return Promise.resolve(err({ kind: "fault", fault: usageFault("the command is empty", task.target.id, "give command([...]) a program") }));
  }
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, shell: false, detached: true, stdio: ["pipe", "pipe", "pipe"] });
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
    signal.addEventListener("abort", kill, { once: true });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > OUTPUT_BYTES) kill();
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-ERROR_CHARACTERS);
    });
    child.on("error", (error) => {
      signal.removeEventListener("abort", kill);
      resolve(err({ kind: "fault", fault: usageFault(`${program} cannot be started: ${error.message}`, task.target.id, "install it, or correct the rule's command") }));
    });
    child.on("close", (code, killed) => {
      signal.removeEventListener("abort", kill);
      if (size > OUTPUT_BYTES) return resolve(defects(`${program} wrote more than ${OUTPUT_BYTES / 1024 / 1024} MiB`));
      if (code !== 0) {
        const ended = code === null ? `was ended by ${killed}` : `ended with exit code ${code}`;
        return resolve(defects(`${program} ${ended}${errors.trim() ? `: ${errors.trim()}` : ""}`));
      }
      const text = Buffer.concat(chunks).toString("utf8");
      const outputs = outputsOf(text, names);
      if (outputs === undefined) return resolve(defects(`${program} must print a JSON object with the outputs ${names.join(", ")}`));
      resolve(ok({ outputs, amended: new Map(), reads: [], usage: { inputTokens: 0, outputTokens: 0, usd: 0 }, agent: "command", model: undefined }));
    });
    // A program that does not read its input closes the pipe early: that is its right.
    child.stdin.on("error", () => {});
    child.stdin.end(JSON.stringify({ params: context.params, inputs: context.inputs }));
  });
}

const defects = (what: string): AttemptResult => err({ kind: "defects", defects: [{ what, where: "", mend: "" }] });

function outputsOf(text: string, names: readonly string[]): Record<string, string> | undefined {
  if (names.length === 0) return {};
  if (names.length === 1) return { [names[0]!]: text };
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== "object" || data === null) return undefined;
    const entries = Object.entries(data);
    return entries.every(([, value]) => typeof value === "string") ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}
