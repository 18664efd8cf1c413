/**
 * The provider that needs no key and no server: it answers from recordings, at no cost, and says that it does.
 * It matches by target, attempt and turn, whatever the inputs: an edit upstream gets the recorded answer again.
 */
import { parsePath } from "../artifact/path.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { WorkspaceView } from "../artifact/workspace.ts";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { NO_USAGE } from "../usage.ts";
import type { AgentReply, AgentRequest, Block, Provider } from "./provider.ts";
import { type FoundRecording, findRecording, type RecordedTurn } from "./recording.ts";

/** The model's name in every ledger for what came from a recording. */
export const REPLAY_MODEL = "replay";

/** @param folder the folder of recordings, relative to the workspace. */
export function replayProvider(view: WorkspaceView, folder: string): Provider {
  return {
    name: "replay",
    free: true,
    send(request) {
      const answer = reply(view, folder, request);
      const settled = answer.ok
        ? answer
        : err({ kind: "fault", error: "recording", fault: answer.error, usage: NO_USAGE } as const);
      return Promise.resolve(settled);
    },
  };
}

function reply(view: WorkspaceView, folder: string, request: AgentRequest): Result<AgentReply, Fault> {
  const found = findRecording(view, folder, request.address);
  if (!found.ok) return found;
  const { recording, path } = found.value;
  const attempt = recording.attempts[request.attempt - 1];
  if (attempt === undefined) {
    const held = recording.attempts.length;
    return err({
      what: `the recording holds ${held} attempt${held === 1 ? "" : "s"}, and attempt ${request.attempt} was asked for`,
      where: path,
      mend: "record another attempt, or mend what made the last one fail",
      exit: 1,
    });
  }
  const turn = attempt.turns[request.turn - 1];
  if (turn === undefined) {
    return err({
      what: `attempt ${request.attempt} of the recording ends before turn ${request.turn}`,
      where: path,
      mend: "end the attempt with a turn that gives all outputs and calls no tool",
      exit: 1,
    });
  }
  const content = contentOf(view, found.value, turn);
  return content.ok
    ? ok({
        content: content.value,
        usage: NO_USAGE,
        model: REPLAY_MODEL,
        stop: turn.stop ?? (content.value.some((block) => block.type === "tool_use") ? "tool_use" : "end_turn"),
      })
    : content;
}

function contentOf(view: WorkspaceView, found: FoundRecording, turn: RecordedTurn): Result<Block[], Fault> {
  const parts: string[] = turn.say === undefined ? [] : [turn.say];
  for (const [name, source] of Object.entries(turn.outputs ?? {})) {
    const text = "text" in source ? ok(source.text) : besides(view, found, source.file);
    if (!text.ok) return text;
    parts.push(`<output name="${name}">\n${text.value.replace(/\n$/, "")}\n</output>`);
  }
  const blocks: Block[] = parts.length === 0 ? [] : [{ type: "text", text: parts.join("\n\n") }];
  for (const [index, call] of (turn.tools ?? []).entries()) {
    const [name, input] = Object.entries(call)[0]!;
    blocks.push({ type: "tool_use", id: `t${index + 1}`, name, input });
  }
  return ok(blocks);
}

/** A file named relative to the recording. */
function besides(view: WorkspaceView, found: FoundRecording, file: string): Result<string, Fault> {
  const path = parsePath(`${found.path.slice(0, found.path.lastIndexOf("/"))}/${file}`);
  if (!path.ok) return path;
  const bytes = view.bytes(path.value);
  return bytes === undefined
    ? err(usageFault(`the recording names ${file}, which is missing`, found.path, `add ${path.value}`))
    : ok(readUtf8(bytes));
}
