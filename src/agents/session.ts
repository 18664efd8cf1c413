/**
 * The turn loop: send, run the tools that were asked for, send again, until a message gives the outputs and asks for
 * nothing more. The loop, the tools and the contract are the same for every provider.
 */
import { type Fault, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import { addUsage, NO_USAGE, type Usage } from "../usage.ts";
import { parseOutputs } from "./contract.ts";
import type { Prompt } from "./prompt.ts";
import type { Block, CallFailure, Message, Provider, StopReason, WebAccess } from "./provider.ts";
import type { Structure } from "./structure.ts";
import { type Toolbox, type ToolName, toolSpec } from "./tools.ts";

export interface SessionRequest {
  readonly address: Address;
  readonly attempt: number;
  readonly model: string | undefined;
  readonly prompt: Prompt;
  readonly tools: readonly ToolName[];
  readonly web?: WebAccess | undefined;
  readonly turns: number;
  readonly maxTokens: number;
  /** Names of the outputs that the last message must give. */
  readonly expected: readonly string[];
  /** What must be said of the form of an output; nothing where undefined. */
  readonly structure?: Structure | undefined;
}

export interface SessionOutcome {
  readonly outputs: Readonly<Record<string, string>>;
  readonly usage: Usage;
  readonly model: string;
  readonly turns: number;
  /** Tool calls that were answered with an error, as text. */
  readonly toolErrors: readonly string[];
}

/**
 * Why a session gave nothing: `agent` failures are answered by the recovery ladder, `fault`s are for a person, and a
 * `pause` is for a person too, and holds for every other session.
 */
export type SessionFailure =
  | { readonly kind: "agent"; readonly what: string; readonly usage: Usage; readonly model: string }
  | { readonly kind: "fault" | "pause"; readonly fault: Fault; readonly usage: Usage };

/** No answer is longer than this many characters: models end long before, programs need not. */
const ANSWER = 4_000_000;
/** Calls of one message that are carried out; the others are answered with an error. */
const CALLS = 64;

export async function runSession(
  provider: Provider,
  request: SessionRequest,
  toolbox: Toolbox,
  signal: AbortSignal,
): Promise<Result<SessionOutcome, SessionFailure>> {
  const { address, attempt, maxTokens, web } = request;
  const messages: Message[] = [{ role: "user", content: opening(request.prompt) }];
  const toolErrors: string[] = [];
  const tools = request.tools.map(toolSpec);
  let usage = NO_USAGE;
  let model = request.model ?? provider.name;
  let reasked = false;
  const failed = (what: string): Result<never, SessionFailure> => err({ kind: "agent", what, usage, model });

  for (let turn = 1; turn <= request.turns; turn++) {
    const reply = await provider.send(
      { address, attempt, turn, model: request.model, messages, tools, maxTokens, ...(web ? { web } : {}) },
      signal,
    );
    // What was answered is paid, though nobody waits for it any more.
    usage = addUsage(usage, reply.ok ? reply.value.usage : reply.error.usage);
    if (signal.aborted)
      return err({
        kind: "fault",
        usage,
        fault: { what: "stopped", where: address, mend: "build again to go on", exit: 130 },
      });
    if (!reply.ok) return err({ kind: kindOf(reply.error), fault: reply.error.fault, usage });
    model = reply.value.model;
    const { content, stop } = reply.value;
    const text = content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
    if (text.length > ANSWER) return failed(`the answer has more than ${ANSWER} characters`);
    const problem = stopProblem(stop, maxTokens);
    if (problem !== undefined) return failed(problem);
    if (stop === "pause_turn") {
      // The server's own tools take several requests: what came goes back, and it goes on from there.
      if (content.length === 0) return failed("it paused before it had said anything");
      messages.push({ role: "assistant", content });
      continue;
    }

    const outputs = parseOutputs(text);
    const calls = content.filter((block) => block.type === "tool_use");
    if (calls.length === 0) {
      if (!outputs.ok) return failed(outputs.error);
      const broken = contractProblem(request.expected, outputs.value);
      if (broken !== undefined) return failed(broken);
      const malformed = Object.entries(outputs.value).flatMap(([name, value]) =>
        (request.structure?.(name, value) ?? []).map((each) => `output ${name}: ${each}`),
      );
      if (malformed.length === 0) return ok({ outputs: outputs.value, usage, model, turns: turn, toolErrors });
      if (reasked) return failed(malformed.join("; "));
      reasked = true;
      messages.push({ role: "assistant", content }, { role: "user", content: [reask(malformed)] });
      continue;
    }

    const results: Block[] = [];
    for (const [index, call] of calls.entries()) {
      const result =
        index < CALLS
          ? toolbox.run(call.name, call.input, outputs.ok ? outputs.value : {})
          : { text: `not carried out: a message has at most ${CALLS} calls`, isError: true };
      if (result.isError) toolErrors.push(`${call.name}: ${result.text}`);
      if (result.loops) return failed(`it goes in circles: ${result.text}`);
      results.push({ type: "tool_result", id: call.id, text: result.text, isError: result.isError });
    }
    messages.push({ role: "assistant", content }, { role: "user", content: results });
  }
  return failed(`no answer within ${request.turns} turns`);
}

const opening = ({ stable, varying }: Prompt): Block[] => [
  ...(stable === "" ? [] : [{ type: "text", text: stable, stable: true } as const]),
  { type: "text", text: varying },
];

const reask = (defects: readonly string[]): Block => ({
  type: "text",
  text: `The answer does not have the form that was asked for:\n\n${defects.map((each) => `- ${each}`).join("\n")}\n\nGive all outputs again, complete, with this mended and nothing else changed.`,
});

const kindOf = ({ kind }: CallFailure): "fault" | "pause" => (kind === "pause" ? "pause" : "fault");

/** Why a message that ended so is no answer. */
function stopProblem(stop: StopReason, maxTokens: number): string | undefined {
  switch (stop) {
    case "end_turn":
    case "tool_use":
    case "pause_turn":
      return undefined;
    case "max_tokens":
      return `the answer was cut off at ${maxTokens} tokens`;
    case "refusal":
      return "the model declined to answer";
    case "context_window":
      return "the conversation no longer fits the model's context window";
    default:
      return unreachable(stop);
  }
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
