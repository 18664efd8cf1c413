/**
 * An agent's request as the Messages API takes it. What is the same for many requests comes first and is marked for
 * the prompt cache: tools, then the stable part of the prompt, then what this conversation has said so far.
 */
import type { Anthropic } from "@anthropic-ai/sdk";
import { unreachable } from "../result.ts";
import type { AgentRequest, Block, Message, WebAccess } from "./provider.ts";

type Params = Anthropic.Messages.MessageCreateParamsNonStreaming;
type Content = Anthropic.Messages.ContentBlockParam;

const CACHED = { cache_control: { type: "ephemeral" } } as const;

/** @param model the one to ask where the request names none. */
export function anthropicRequest(request: AgentRequest, model: string): Params {
  const [first, ...rest] = request.messages;
  const isStable = (block: Block): boolean => block.type === "text" && block.stable === true;
  const system = (first?.content ?? []).flatMap((block) =>
    block.type === "text" && isStable(block) ? [{ type: "text" as const, text: block.text }] : [],
  );
  const messages = [
    ...(first === undefined ? [] : [{ ...first, content: first.content.filter((block) => !isStable(block)) }]),
    ...rest,
  ].map(messageOf);
  // The prompt is marked as well as the end: another attempt shares it, and then goes another way.
  for (const message of new Set([messages[0], messages.at(-1)]))
    if (message?.role === "user") markLast(message.content);
  const tools = toolsOf(request);
  return {
    model: request.model ?? model,
    max_tokens: request.maxTokens,
    ...(system.length === 0 ? {} : { system: withLast(system, (block) => ({ ...block, ...CACHED })) }),
    ...(tools.length === 0 ? {} : { tools: withLast(tools, (tool) => ({ ...tool, ...CACHED })) }),
    messages,
  };
}

const withLast = <T>(list: readonly T[], change: (value: T) => T): T[] =>
  list.map((value, index) => (index === list.length - 1 ? change(value) : value));

function markLast(content: Content[]): void {
  const last = content.at(-1);
  if (last?.type === "text" || last?.type === "tool_result") Object.assign(last, CACHED);
}

function toolsOf({ tools, web }: AgentRequest): Anthropic.Messages.ToolUnion[] {
  return [
    ...tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      input_schema: inputSchema as Anthropic.Messages.Tool.InputSchema,
    })),
    ...(web === undefined ? [] : webTools(web)),
  ];
}

const webTools = ({ maxUses, domains }: WebAccess): Anthropic.Messages.ToolUnion[] => {
  const limits = { max_uses: maxUses, ...(domains === undefined ? {} : { allowed_domains: [...domains] }) };
  return [
    { type: "web_search_20260318", name: "web_search", ...limits },
    { type: "web_fetch_20260318", name: "web_fetch", ...limits },
  ];
};

function messageOf({ role, content }: Message): { role: Message["role"]; content: Content[] } {
  return { role, content: content.flatMap(blockOf) };
}

function blockOf(block: Block): Content[] {
  switch (block.type) {
    case "text":
      if (block.raw !== undefined) return block.raw as Content[];
      // The API refuses a text of nothing but white space.
      return block.text.trim() === "" ? [] : [{ type: "text", text: block.text }];
    case "tool_use":
      return [{ type: "tool_use", id: block.id, name: block.name, input: block.input }];
    case "tool_result":
      return [{ type: "tool_result", tool_use_id: block.id, content: block.text, is_error: block.isError }];
    case "opaque":
      return [block.value as Content];
    default:
      return unreachable(block);
  }
}
