/**
 * Turns what an agent said in a live run into a recording that `replay` plays. What only the provider understands is
 * left out; secrets have been taken out before anything comes here.
 */
import { stringify } from "yaml";
import type { Address } from "../graph/address.ts";
import { err, ok, type Result } from "../result.ts";
import { parseOutputs } from "./contract.ts";
import type { AgentReply, Block, Provider } from "./provider.ts";
import { type RecordedTurn, type Recording, recordingPath } from "./recording.ts";
import { TOOL_NAMES, type ToolName } from "./tools.ts";

/** What was answered, by target, attempt and turn. */
export class Transcripts {
  readonly #replies = new Map<Address, Map<number, Map<number, AgentReply>>>();

  /** The same provider, whose replies are kept. */
  of(provider: Provider): Provider {
    return {
      ...provider,
      send: async (request, signal) => {
        const reply = await provider.send(request, signal);
        if (reply.ok) this.#keep(request, reply.value);
        return reply;
      },
    };
  }

  /** The attempts of a target, each with its turns in order; undefined where the first ones are missing. */
  attempts(target: Address): readonly (readonly AgentReply[])[] | undefined {
    const attempts = inOrder(this.#replies.get(target) ?? new Map<number, Map<number, AgentReply>>());
    const turns = attempts?.map((each) => inOrder(each));
    return turns?.every((each): each is AgentReply[] => each !== undefined) ? turns : undefined;
  }

  #keep({ address, attempt, turn }: { address: Address; attempt: number; turn: number }, reply: AgentReply): void {
    const attempts = this.#replies.get(address) ?? new Map<number, Map<number, AgentReply>>();
    const turns = attempts.get(attempt) ?? new Map<number, AgentReply>();
    this.#replies.set(address, attempts.set(attempt, turns.set(turn, reply)));
  }
}

/** The values of 1, 2, 3, …; undefined where one is missing. */
function inOrder<T>(map: ReadonlyMap<number, T>): T[] | undefined {
  const list = Array.from({ length: map.size }, (_, index) => map.get(index + 1));
  return list.length > 0 && list.every((each) => each !== undefined) ? (list as T[]) : undefined;
}

/** Files of a recording, by path. */
export type RecordingFiles = ReadonlyMap<string, string>;

/** Longer texts, and those of several lines, get a file of their own. */
const INLINE = 100;

/**
 * The files of a target's recording.
 * @param folder the folder of recordings.
 * @returns an error that says what of it a recording cannot hold.
 */
export function recordingOf(
  folder: string,
  address: Address,
  attempts: readonly (readonly AgentReply[])[],
  made: Recording["made"],
): Result<RecordingFiles, string> {
  const path = recordingPath(folder, address);
  const beside = path.slice(path.lastIndexOf("/") + 1, -".yaml".length);
  const files = new Map<string, string>();
  const recorded: Recording["attempts"] = [];
  for (const [a, replies] of attempts.entries()) {
    const turns: RecordedTurn[] = [];
    for (const [t, reply] of replies.entries()) {
      const last = a === attempts.length - 1 && t === replies.length - 1;
      const turn = turnOf(reply, (output, text) => {
        const file = `${beside}/${output}${last ? "" : `.attempt-${a + 1}.turn-${t + 1}`}.md`;
        files.set(`${path.slice(0, path.lastIndexOf("/"))}/${file}`, text);
        return { file };
      });
      if (!turn.ok) return err(`attempt ${a + 1}, turn ${t + 1}: ${turn.error}`);
      turns.push(turn.value);
    }
    recorded.push({ turns });
  }
  const recording: Recording = { recording: 1, address, made, attempts: recorded };
  return ok(new Map([[path, stringify(recording, { lineWidth: 120, aliasDuplicateObjects: false })], ...files]));
}

function turnOf(
  { content, stop }: AgentReply,
  fileOf: (output: string, text: string) => { file: string },
): Result<RecordedTurn, string> {
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
  const parsed = parseOutputs(text);
  const outputs = parsed.ok && Object.keys(parsed.value).length > 0 ? parsed.value : undefined;
  // What cannot be read as outputs is kept as it was said: the replay fails as the answer did.
  const said = (outputs === undefined ? text : withoutOutputs(text)).trim();
  const tools = toolsOf(content);
  if (!tools.ok) return tools;
  const sources = Object.entries(outputs ?? {}).map(([name, value]) => {
    const inline = value.length <= INLINE && !value.trimEnd().includes("\n");
    return [name, inline || !/^\w[\w.-]{0,60}$/.test(name) ? { text: value } : fileOf(name, value)] as const;
  });
  return ok({
    ...(said === "" ? {} : { say: said }),
    ...(tools.value.length === 0 ? {} : { tools: tools.value }),
    ...(sources.length === 0 ? {} : { outputs: Object.fromEntries(sources) }),
    ...(stop === "end_turn" || stop === "tool_use" ? {} : { stop }),
  });
}

function toolsOf(content: readonly Block[]): Result<NonNullable<RecordedTurn["tools"]>, string> {
  const tools: NonNullable<RecordedTurn["tools"]> = [];
  for (const block of content) {
    if (block.type !== "tool_use") continue;
    const { name, input } = block;
    const known = TOOL_NAMES.find((each): each is ToolName => each === name);
    if (known === undefined) return err(`it called ${name}, which is no tool`);
    if (typeof input !== "object" || input === null || Array.isArray(input))
      return err(`it called ${name} with something that is no object`);
    tools.push({ [known]: input as Record<string, unknown> });
  }
  return ok(tools);
}

const withoutOutputs = (text: string): string =>
  text
    .replace(/^<output name="[^"\n]{1,100}">[ \t]*\r?\n[\s\S]*?^<\/output>[ \t]*\r?$/gm, "")
    .replace(/\n{3,}/g, "\n\n");
