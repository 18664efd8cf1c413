/** Agents without a model: files in memory for them to see, and a provider that says what the test tells it to. */

import type { AgentReply, AgentRequest, Block, Provider } from "../../src/agents/provider.ts";
import { overlay } from "../../src/artifact/overlay.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import type { Fault } from "../../src/fault.ts";
import type { Address } from "../../src/graph/address.ts";
import { err, ok } from "../../src/result.ts";
import { NO_USAGE } from "../../src/usage.ts";

/** A workspace of texts or bytes by path. */
export function memoryView(files: Readonly<Record<string, string | Uint8Array>>): WorkspaceView {
  const bytes = Object.entries(files).map(([path, file]): [RepoPath, Uint8Array] => [
    path as RepoPath,
    typeof file === "string" ? new TextEncoder().encode(file) : file,
  ]);
  return overlay({ bytes: () => undefined, list: () => [] }, new Map(bytes));
}

export const text = (said: string): Block => ({ type: "text", text: said });
export const use = (name: string, input: unknown, id = "t1"): Block => ({ type: "tool_use", id, name, input });

/** Outputs as an agent hands them in. */
export const outputs = (values: Readonly<Record<string, string>>): Block =>
  text(
    Object.entries(values)
      .map(([name, value]) => `<output name="${name}">\n${value}\n</output>`)
      .join("\n"),
  );

type Answer = readonly Block[] | Fault | Promise<readonly Block[]>;

export interface ScriptedProvider extends Provider {
  /** Every request so far, as it was when it was sent. */
  readonly requests: AgentRequest[];
}

/**
 * Answers each request with what `script` says: blocks, or a fault. Every answer costs ten tokens in, one out and a
 * cent, so that sums can be checked.
 */
export function scripted(script: (request: AgentRequest, signal: AbortSignal) => Answer): ScriptedProvider {
  const requests: AgentRequest[] = [];
  return {
    name: "scripted",
    requests,
    async send(request, signal) {
      requests.push({ ...request, messages: [...request.messages] });
      const answer = await script(request, signal);
      if (!isBlocks(answer)) return err({ kind: "fault", error: "scripted", fault: answer, usage: NO_USAGE });
      const reply: AgentReply = {
        content: answer,
        usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 1, usd: 0.01 },
        model: "m-1",
        stop: answer.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn",
      };
      return ok(reply);
    },
  };
}

const isBlocks = (answer: readonly Block[] | Fault): answer is readonly Block[] => Array.isArray(answer);

export const address = (id: string): Address => id as Address;

/** The value of a result that the test knows to be good. */
export function value<T, E>(result: { ok: true; value: T } | { ok: false; error: E }): T {
  if (!result.ok) throw new Error(`not ok: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The error of a result that the test knows to be bad. */
export function error<T, E>(result: { ok: true; value: T } | { ok: false; error: E }): E {
  if (result.ok) throw new Error(`unexpectedly ok: ${JSON.stringify(result.value)}`);
  return result.error;
}
