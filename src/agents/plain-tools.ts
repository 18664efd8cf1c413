/** Tools and conversations as plain text, for programs that know only text: a call is a line of JSON between two tags. */
import { unreachable } from "../result.ts";
import type { Block, Message } from "./provider.ts";
import type { ToolSpec } from "./tools.ts";

/** A conversation as one text; the first message stands as it is. */
export function transcript(messages: readonly Message[]): string {
  const [first, ...rest] = messages;
  const opening = (first?.content ?? []).map(plain).join("");
  const turns = rest.map(
    ({ role, content }) =>
      `\n\n# ${role === "assistant" ? "What you said so far" : "What was answered"}\n\n${content.map(plain).join("\n\n")}`,
  );
  return `${opening}${turns.join("")}\n`;
}

function plain(block: Block): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "tool_use":
      return callText(block.name, block.input);
    case "tool_result":
      return `<result id="${block.id}"${block.isError ? ' error="true"' : ""}>\n${block.text}\n</result>`;
    case "opaque":
      return "";
    default:
      return unreachable(block);
  }
}

const callText = (name: string, input: unknown): string => `<call tool="${name}">\n${JSON.stringify(input)}\n</call>`;

/** What the program is told of its tools; nothing where there are none. */
export function describeTools(tools: readonly ToolSpec[]): string {
  if (tools.length === 0) return "";
  const list = tools
    .map(({ name, description, inputSchema }) => `- ${name}: ${description} Input: ${JSON.stringify(inputSchema)}`)
    .join("\n");
  return `\n# Tools\n\nYou may ask for these tools, and you have no others:\n\n${list}\n\nTo use some, write each call so, and end your message there; the results come back and you go on:\n\n${callText("read", { ref: "a/path.md" })}\n\nA message without a call is your answer.\n`;
}

const CALL = /^<call tool="([\w-]{1,50})">[ \t]*\r?\n(.{0,200000}?)\r?\n<\/call>[ \t]*\r?$/gms;

/** The calls of an answer, and its text without them. Calls that are not readable are left in the text. */
export function parseCalls(text: string, tools: readonly ToolSpec[]): Block[] {
  if (tools.length === 0) return [{ type: "text", text }];
  const uses: Block[] = [];
  const rest = text.replace(CALL, (whole, name: string, input: string) => {
    const parsed = readJson(input);
    if (parsed === undefined) return whole;
    uses.push({ type: "tool_use", id: `c${uses.length + 1}`, name, input: parsed.value });
    return "";
  });
  return [...(rest.trim() === "" ? [] : [{ type: "text", text: rest } as const]), ...uses];
}

function readJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
