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

const OPEN = /^<call tool="([\w-]{1,50})">[ \t]*\r?$/;
const CLOSE = /^<\/call>[ \t]*\r?$/;

/** The calls of an answer, and its text without them. What is no readable call is left in the text. */
export function parseCalls(text: string, tools: readonly ToolSpec[]): Block[] {
  if (tools.length === 0) return [{ type: "text", text }];
  const uses: Block[] = [];
  const rest: string[] = [];
  let name: string | undefined;
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    const opened = OPEN.exec(line)?.[1];
    if (opened !== undefined) {
      append(rest, lines);
      name = opened;
      lines = [line];
    } else if (name === undefined) {
      rest.push(line);
    } else {
      lines.push(line);
      if (!CLOSE.test(line)) continue;
      const input = readJson(lines.slice(1, -1).join("\n"));
      if (input === undefined) append(rest, lines);
      else uses.push({ type: "tool_use", id: `c${uses.length + 1}`, name, input: input.value });
      name = undefined;
      lines = [];
    }
  }
  const said = [...rest, ...lines].join("\n");
  return [...(said.trim() === "" ? [] : [{ type: "text", text: said } as const]), ...uses];
}

/** Without handing all lines over as arguments: an answer may have more of them than a call can take. */
function append(to: string[], lines: readonly string[]): void {
  for (const line of lines) to.push(line);
}

function readJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
