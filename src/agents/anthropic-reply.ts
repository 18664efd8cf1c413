/** A message of the Messages API as an agent's reply: text and calls to read, everything else to hand back as it came. */
import type { Anthropic } from "@anthropic-ai/sdk";
import type { Usage } from "../usage.ts";
import type { Block, StopReason } from "./provider.ts";

type Content = Anthropic.Messages.ContentBlock;

/**
 * The blocks of a message. A text with citations comes in pieces, which are one text to a reader; they are kept beside
 * it, because they must go back as they were.
 */
export function blocksOf(content: readonly Content[]): Block[] {
  const blocks: Block[] = [];
  let pieces: Anthropic.Messages.TextBlock[] = [];
  const close = (): void => {
    if (pieces.length > 0) blocks.push(textOf(pieces));
    pieces = [];
  };
  for (const block of content) {
    if (block.type === "text") {
      pieces.push(block);
      continue;
    }
    close();
    blocks.push(
      block.type === "tool_use"
        ? { type: "tool_use", id: block.id, name: block.name, input: block.input }
        : { type: "opaque", value: block },
    );
  }
  close();
  return blocks;
}

function textOf(pieces: readonly Anthropic.Messages.TextBlock[]): Block {
  const cited = pieces.some((piece) => (piece.citations ?? []).length > 0);
  const text = pieces.map((piece) => piece.text).join(cited ? "" : "\n");
  return { type: "text", text, ...(cited ? { raw: pieces } : {}) };
}

/** What a message used; its price is put on by who knows the prices. */
export function usageOf(usage: Anthropic.Messages.Usage): Usage {
  const written = usage.cache_creation_input_tokens ?? 0;
  const hour = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: Math.max(usage.cache_creation?.ephemeral_5m_input_tokens ?? 0, written - hour),
    cacheWriteHourTokens: hour,
    webSearches: usage.server_tool_use?.web_search_requests ?? 0,
    usd: 0,
  };
}

const STOPS: Readonly<Record<Anthropic.Messages.StopReason, StopReason>> = {
  end_turn: "end_turn",
  stop_sequence: "end_turn",
  tool_use: "tool_use",
  max_tokens: "max_tokens",
  pause_turn: "pause_turn",
  refusal: "refusal",
  model_context_window_exceeded: "context_window",
};

/** Why a message ended; undefined for a reason that is not known here, or none. */
export const stopOf = (reason: string | null): StopReason | undefined =>
  reason !== null && Object.hasOwn(STOPS, reason) ? STOPS[reason as Anthropic.Messages.StopReason] : undefined;
