/**
 * The turn loop: send, run the tools that were asked for, send again, until a message gives the outputs and asks for
 * nothing more. The loop, the tools and the contract are the same for every provider.
 */
import { type Fault, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { err, ok, type Result } from "../result.ts";
import { addUsage, NO_USAGE, type Usage } from "../usage.ts";
import { parseOutputs } from "./contract.ts";
import type { Block, Message, Provider } from "./provider.ts";
import { type Toolbox, type ToolName, toolSpec } from "./tools.ts";

export interface SessionRequest {
  readonly address: Address;
  readonly attempt: number;
  readonly model: string | undefined;
  readonly prompt: string;
  readonly tools: readonly ToolName[];
  readonly turns: number;
  readonly maxTokens: number;
  /** Names of the outputs that the last message must give. */
  readonly expected: readonly string[];
}

export interface SessionOutcome {
  readonly outputs: Readonly<Record<string, string>>;
  readonly usage: Usage;
  readonly model: string;
  readonly turns: number;
  /** Tool calls that were answered with an error, as text. */
  readonly toolErrors: readonly string[];
}

/** Why a session gave nothing: `agent` failures are answered by the recovery ladder, `fault`s are for a person. */
export type SessionFailure =
  | { readonly kind: "agent"; readonly what: string; readonly usage: Usage; readonly model: string }
  | { readonly kind: "fault"; readonly fault: Fault; readonly usage: Usage };

export async function runSession(
  provider: Provider,
  request: SessionRequest,
  toolbox: Toolbox,
  signal: AbortSignal,
): Promise<Result<SessionOutcome, SessionFailure>> {
  const messages: Message[] = [{ role: "user", content: [{ type: "text", text: request.prompt }] }];
  const toolErrors: string[] = [];
  let usage = NO_USAGE;
  let model = request.model ?? provider.name;
  for (let turn = 1; turn <= request.turns; turn++) {
    const reply = await provider.send({ ...request, turn, messages, tools: request.tools.map(toolSpec) }, signal);
    // What was answered is paid, though nobody waits for it any more.
    usage = addUsage(usage, reply.ok ? reply.value.usage : reply.error.usage);
    if (signal.aborted)
      return err({
        kind: "fault",
        usage,
        fault: { what: "stopped", where: request.address, mend: "build again to go on", exit: 130 },
      });
    if (!reply.ok) return err({ kind: "fault", fault: reply.error.fault, usage });
    model = reply.value.model;
    const { content } = reply.value;
    const text = content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
    const outputs = parseOutputs(text);
    const calls = content.filter((block) => block.type === "tool_use");
    if (calls.length === 0) {
      if (!outputs.ok) return err({ kind: "agent", what: outputs.error, usage, model });
      const problem = contractProblem(request.expected, outputs.value);
      if (problem !== undefined) return err({ kind: "agent", what: problem, usage, model });
      return ok({ outputs: outputs.value, usage, model, turns: turn, toolErrors });
    }
    const results = calls.map((call): Block => {
      const result = toolbox.run(call.name, call.input, outputs.ok ? outputs.value : {});
      if (result.isError) toolErrors.push(`${call.name}: ${result.text}`);
      return { type: "tool_result", id: call.id, text: result.text, isError: result.isError };
    });
    messages.push({ role: "assistant", content }, { role: "user", content: results });
  }
  return err({ kind: "agent", what: `no answer within ${request.turns} turns`, usage, model });
}

/** Nothing missing and nothing more: what was not declared is not accepted. */
function contractProblem(expected: readonly string[], outputs: Readonly<Record<string, string>>): string | undefined {
  const missing = expected.find((name) => !Object.hasOwn(outputs, name));
  if (missing !== undefined) return `output ${missing} is missing`;
  const extra = Object.keys(outputs).find((name) => !expected.includes(name));
  return extra === undefined ? undefined : `output ${extra} was not asked for`;
}

/** The fault of a pass whose prompt file is missing. */
export const missingPrompt = (path: string): Fault =>
  usageFault("the prompt file is missing", path, "create it, or correct the rule's prompt");
