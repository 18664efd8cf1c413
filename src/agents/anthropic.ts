/**
 * Claude over the Messages API. One request is one attempt: it streams, so that a stall is seen and what came before a
 * break is kept; the SDK's own retries are off, because each attempt is journaled and paid by itself. Nothing is taken
 * from the environment behind the caller's back.
 */
import type { Anthropic } from "@anthropic-ai/sdk";
import type { Emit } from "../events.ts";
import type { Host } from "../host.ts";
import { err, ok, type Result } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import { classify, unknownStop } from "./anthropic-errors.ts";
import { blocksOf, stopOf, usageOf } from "./anthropic-reply.ts";
import { anthropicRequest } from "./anthropic-request.ts";
import type { AgentReply, AgentRequest, Block, CallFailure, Provider } from "./provider.ts";

export interface AnthropicOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** The model that is asked where a request names none. */
  readonly model: string;
  /** Milliseconds without an event after which a stream counts as stalled. */
  readonly idleMs: number;
  readonly host: Pick<Host, "after" | "now">;
  readonly emit: Emit;
  /** Told the headers of every response: they say how much may still be asked. */
  readonly onHeaders: (headers: Headers) => void;
}

export type Client = Pick<Anthropic, "messages">;

/** Milliseconds between two signs of life of one call. */
const PROGRESS_MS = 1000;
/** Characters of text that make a token, about: the exact count comes with the end of the message. */
const CHARACTERS_PER_TOKEN = 4;

/** The client with everything said: a hidden variable or profile must not decide where a key goes. */
export async function anthropicClient(
  options: Pick<AnthropicOptions, "apiKey" | "baseUrl" | "idleMs">,
): Promise<Client> {
  // Late, because most commands ask no model.
  const { Anthropic } = await import("@anthropic-ai/sdk");
  return new Anthropic({
    apiKey: options.apiKey,
    authToken: null,
    webhookKey: null,
    baseURL: options.baseUrl,
    maxRetries: 0,
    // To the response's headers only: the stream has a watch of its own.
    timeout: options.idleMs,
    logLevel: "off",
    openTelemetry: false,
  });
}

/** The wire to Claude: one attempt a request. */
export function anthropicWire(options: AnthropicOptions): Provider {
  let client: Promise<Client> | undefined;
  return {
    name: "anthropic",
    async send(request, signal) {
      client ??= anthropicClient(options);
      return attempt(await client, request, signal, options);
    },
  };
}

async function attempt(
  client: Client,
  request: AgentRequest,
  signal: AbortSignal,
  options: AnthropicOptions,
): Promise<Result<AgentReply, CallFailure>> {
  const { host, model } = options;
  const stream = client.messages.stream(anthropicRequest(request, model), { signal });
  const watch = idleWatch(host, options.idleMs, () => stream.abort());
  const progress = progressOf(request, options);
  // The SDK lets go of it when a stream ends early.
  let message: Anthropic.Messages.Message | undefined;
  stream.on("connect", () => {
    watch.touch();
    if (stream.response) options.onHeaders(stream.response.headers);
  });
  stream.on("streamEvent", (event, snapshot) => {
    watch.touch();
    message = snapshot;
    if (event.type === "content_block_delta") progress(event.delta);
  });
  try {
    const final = await stream.finalMessage();
    const stop = stopOf(final.stop_reason);
    if (stop !== undefined)
      return ok({ content: blocksOf(final.content), usage: usageOf(final.usage), model: final.model, stop });
    return err({
      kind: "fault",
      error: "unknown_stop",
      fault: unknownStop(final.stop_reason, request),
      usage: usageOf(final.usage),
    });
  } catch (error) {
    if (error instanceof Error && "headers" in error && error.headers instanceof Headers)
      options.onHeaders(error.headers);
    return failed(error);
  } finally {
    watch.stop();
  }

  function failed(error: unknown): Result<never, CallFailure> {
    const so: Pick<CallFailure, "usage" | "partial"> = {
      usage: message === undefined ? NO_USAGE : usageOf(message.usage),
      ...(message === undefined ? {} : { partial: partialOf(message) }),
    };
    const at = { where: request.address, exit: 1 };
    if (signal.aborted) {
      const fault = { what: "stopped", where: request.address, mend: "build again to go on", exit: 130 };
      return err({ kind: "fault", error: "aborted", fault, ...so });
    }
    if (watch.stalled) {
      const what = `the stream stood still for ${options.idleMs / 1000} s`;
      return err({ kind: "transient", error: "stalled", fault: { ...at, what, mend: "build again to go on" }, ...so });
    }
    return err({ ...classify(error, request.address, host.now()), ...so });
  }
}

/** What had come before the break. A call whose arguments are not complete cannot even be read. */
function partialOf(message: Anthropic.Messages.Message): readonly Block[] {
  return blocksOf(message.content.filter((block) => block.type !== "tool_use" && block.type !== "server_tool_use"));
}

/** Runs `stalled` when it has not been touched for a while, and remembers that it did. */
function idleWatch(
  host: Pick<Host, "after">,
  ms: number,
  stalled: () => void,
): { touch(): void; stop(): void; readonly stalled: boolean } {
  let fired = false;
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = host.after(ms, () => {
      fired = true;
      stalled();
    });
  };
  arm();
  return {
    touch() {
      cancel();
      if (!fired) arm();
    },
    stop: () => cancel(),
    get stalled() {
      return fired;
    },
  };
}

/** Tells how much has come, at most once a second. */
function progressOf(
  { address, attempt, turn }: AgentRequest,
  { host, emit }: AnthropicOptions,
): (delta: Anthropic.Messages.RawContentBlockDelta) => void {
  let characters = 0;
  let told = host.now();
  return (delta) => {
    if (delta.type === "text_delta") characters += delta.text.length;
    else if (delta.type === "thinking_delta") characters += delta.thinking.length;
    else if (delta.type === "input_json_delta") characters += delta.partial_json.length;
    const at = host.now();
    if (at - told < PROGRESS_MS) return;
    told = at;
    const outputTokens = Math.round(characters / CHARACTERS_PER_TOKEN);
    emit({ type: "callProgress", at, target: address, attempt, turn, outputTokens });
  };
}
