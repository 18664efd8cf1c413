/** Carries out `command(…)`: what the program prints are the rule's outputs, and a non-zero exit is a failed attempt. */
import { usageFault } from "../fault.ts";
import { err, ok, unreachable } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { CommandAction, RunContext } from "./action.ts";
import type { AttemptResult } from "./attempt.ts";
import { runProgram } from "./run-program.ts";
import type { Task } from "./task.ts";

export async function runCommand(
  task: Task,
  action: CommandAction,
  context: RunContext,
  root: string,
  signal: AbortSignal,
  onOutput: () => void,
): Promise<AttemptResult> {
  const [program, ...args] = action.argv(context.params as never);
  const names = task.target.outputs.filter((output) => output.kind !== "scope").map((output) => output.name);
  if (program === undefined) {
    return err({
      kind: "fault",
      fault: usageFault("the command is empty", task.target.id, "give command([...]) a program"),
    });
  }
  const result = await runProgram(
    program,
    args,
    root,
    JSON.stringify({ params: context.params, inputs: context.inputs }),
    signal,
    undefined,
    onOutput,
  );
  switch (result.kind) {
    case "notStarted":
      return err({
        kind: "fault",
        fault: usageFault(
          `${program} cannot be started: ${result.why}`,
          task.target.id,
          "install it, or correct the rule's command",
        ),
      });
    case "tooMuchOutput":
      return defects(`${program} wrote more than ${result.mebibytes} MiB`);
    case "ended": {
      if (result.code !== 0) {
        const ended = result.code === null ? `was ended by ${result.signal}` : `ended with exit code ${result.code}`;
        return defects(`${program} ${ended}${result.err ? `: ${result.err}` : ""}`);
      }
      const outputs = outputsOf(result.out, names);
      if (outputs === undefined)
        return defects(`${program} must print a JSON object with the outputs ${names.join(", ")}`);
      return ok({
        outputs,
        amended: new Map(),
        reads: [],
        usage: NO_USAGE,
        agent: "command",
        model: undefined,
      });
    }
    default:
      return unreachable(result);
  }
}

const defects = (what: string): AttemptResult => err({ kind: "defects", defects: [{ what, where: "", mend: "" }] });

function outputsOf(text: string, names: readonly string[]): Record<string, string> | undefined {
  if (names.length === 0) return {};
  if (names.length === 1) return { [names[0]!]: text };
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
    const entries = Object.entries(data);
    return entries.every(([, value]) => typeof value === "string")
      ? (Object.fromEntries(entries) as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}
