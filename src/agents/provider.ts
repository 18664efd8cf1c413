/**
 * What answers an agent's requests: a recording, a model, a program. The turn loop is the same for all of them.
 * Providers are stacked: `retrying(journaled(metered(wire)))`. The wire makes one attempt; what pays once, keeps to
 * budgets and tries again lies around it, so that every attempt that costs is seen.
 */
import type { Fault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Result } from "../result.ts";
import type { Usage } from "../usage.ts";
import type { ToolSpec } from "./tools.ts";

export type Block =
  /** `stable`: the same for many requests, so that a prompt cache can hold it; such blocks come first. */
  | {
      readonly type: "text";
      readonly text: string;
      readonly stable?: true;
      /** The text as its provider gave it, where more belongs to it (citations): goes back instead. */
      readonly raw?: readonly unknown[];
    }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly type: "tool_result"; readonly id: string; readonly text: string; readonly isError: boolean }
  /** What only its provider understands (thinking, server tools): goes back as it came. */
  | { readonly type: "opaque"; readonly value: unknown };

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly Block[];
}

/** What a request may use of the provider's own web tools. */
export interface WebAccess {
  /** Searches, and fetches, that one request may make at most. */
  readonly maxUses: number;
  /** Only these domains; any where undefined. */
  readonly domains?: readonly string[];
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
  /** Part of what is asked, like `tools`; none where undefined. */
  readonly web?: WebAccess;
  /**
   * The call's own name, given by `metered` and never sent to a model. A call that is taken up again after a crash (see
   * `Provider.resumable`) has the name that it had: it can be a batch's `custom_id`.
   */
  readonly call?: string;
}

export type StopReason = "end_turn" | "tool_use" | "max_tokens" | "refusal" | "pause_turn" | "context_window";

export interface AgentReply {
  readonly content: readonly Block[];
  readonly usage: Usage;
  /** The model that answered; `replay` for a recording. */
  readonly model: string;
  readonly stop: StopReason;
  /** Answered within a message batch, which costs half. */
  readonly batch?: true;
}

/**
 * Why a call gave no reply. `transient`: the same request may succeed later (429, 5xx, a broken or stalled stream), and
 * the retries below the ladder answer it; `fault`: trying again would not help; `pause`: no call can succeed until a
 * person acts (a spend limit, a budget), so nothing more is dispatched. What was paid all the same is in `usage`.
 */
export interface CallFailure {
  readonly kind: "transient" | "fault" | "pause";
  /** The provider's name of the error, e.g. `overloaded_error`, `stalled`. */
  readonly error: string;
  readonly fault: Fault;
  readonly usage: Usage;
  /** When the server says that it may be asked again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** The answer is still being made and will wait at the provider: nothing is settled, and the same call collects it later. */
  readonly pending?: true;
  /** What had come before the stream broke: evidence, never a result. */
  readonly partial?: readonly Block[];
}

export interface Provider {
  readonly name: string;
  /** Nothing that it answers is paid for: recordings. */
  readonly free?: true;
  /**
   * Whether the answer to a request waits at the provider, and is collected by sending the same call again: message
   * batches. Such a call is not lost with the process that sent it. Where it is left out, none is.
   */
  readonly resumable?: (request: AgentRequest) => boolean;
  send(request: AgentRequest, signal: AbortSignal): Promise<Result<AgentReply, CallFailure>>;
}
