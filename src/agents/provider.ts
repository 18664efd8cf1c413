/** What answers an agent's requests: a recording, a model, a program. The turn loop is the same for all of them. */
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Result } from "../result.ts";
import type { ToolSpec } from "./tools.ts";

export type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly type: "tool_result"; readonly id: string; readonly text: string; readonly isError: boolean };

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Block[];
}

export interface AgentRequest {
  /** The target, attempt and turn, from 1: which request this is, never sent to a model. */
  readonly address: Address;
  readonly attempt: number;
  readonly turn: number;
  readonly model: string | undefined;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  readonly maxTokens: number;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly usd: number;
}

export interface AgentReply {
  readonly content: readonly Block[];
  readonly usage: Usage;
  /** The model that answered; `replay` for a recording. */
  readonly model: string;
}

export interface Provider {
  readonly name: string;
  send(request: AgentRequest, signal: AbortSignal): Promise<Result<AgentReply, Fault>>;
}
