/**
 * Recordings: transcripts of agents' answers, as YAML with their long texts in files beside it, so that a person can
 * read and review them. Where one was written by hand it says so, and so does everything made from it.
 */
import { parse } from "yaml";
import * as z from "zod";
import { parsePath } from "../artifact/path.ts";
import { readUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { type Fault, usageFault } from "../fault.ts";
import { nearest } from "../graph/address.ts";
import { err, ok, type Result } from "../result.ts";
import { TOOL_NAMES } from "./tools.ts";

const text = z.union([z.strictObject({ file: z.string() }), z.strictObject({ text: z.string() })]);
const toolCall = z
  .partialRecord(z.enum(TOOL_NAMES), z.record(z.string(), z.unknown()))
  .refine((value) => Object.keys(value).length === 1, "one tool a list item");
const turn = z.strictObject({
  say: z.string().optional(),
  tools: z.array(toolCall).optional(),
  outputs: z.record(z.string(), text).optional(),
  /** Why the message ended, where that was not its own end. */
  stop: z.enum(["max_tokens", "refusal", "pause_turn", "context_window"]).optional(),
});
const schema = z.strictObject({
  recording: z.literal(1),
  address: z.string(),
  made: z.strictObject({ by: z.string(), on: z.string(), note: z.string().optional() }),
  attempts: z.array(z.strictObject({ turns: z.array(turn).min(1) })).min(1),
});

export type Recording = z.infer<typeof schema>;
export type RecordedTurn = Recording["attempts"][number]["turns"][number];

export interface FoundRecording {
  readonly path: RepoPath;
  readonly recording: Recording;
}

/** Where the recording of a target stands: its address without the first segment. */
export const recordingPath = (folder: string, address: string): string =>
  `${folder}/${address.split("/").slice(1).join("/")}.yaml`;

/** Up to two that may serve as a pattern: those of the same pass first, then those with a similar name. */
function nearestRecordings(path: string, folder: string, all: readonly string[]): readonly string[] {
  const passOf = (each: string): string | undefined => each.slice(folder.length + 1).split("/")[1];
  const same = all.filter((each) => passOf(each) === passOf(path));
  return [...new Set([...nearest(path, same), ...same, ...nearest(path, all)])].slice(0, 2);
}

/** Finds and checks the recording of a target; a miss is a fault that names the nearest there is. */
export function findRecording(view: WorkspaceView, folder: string, address: string): Result<FoundRecording, Fault> {
  const path = parsePath(recordingPath(folder, address));
  if (!path.ok) return path;
  const bytes = view.bytes(path.value);
  if (bytes === undefined) {
    const near = nearestRecordings(path.value, folder, view.list([`${folder}/**/*.yaml`]));
    const hint =
      near.length > 0 ? `the nearest ${near.length === 1 ? "is" : "are"} ${near.join(", ")}` : `${folder}/ holds none`;
    return err({
      what: `there is no recording of ${address}, and replay can answer only from recordings`,
      where: path.value,
      mend: `write one, or build a target that has one; ${hint}`,
      exit: 1,
    });
  }
  let parsed: unknown;
  try {
    parsed = parse(readUtf8(bytes), { maxAliasCount: 0, logLevel: "error" });
  } catch (error) {
    return err(
      usageFault(`not readable as YAML: ${(error as Error).message.split("\n")[0]}`, path.value, "correct the file"),
    );
  }
  const checked = schema.safeParse(parsed);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    return err(
      usageFault(
        `${issue.path.join(".")}: ${issue.message}`,
        path.value,
        "docs/reference/recordings.md describes the format",
      ),
    );
  }
  if (checked.data.address !== address) {
    return err(
      usageFault(
        `this is the recording of ${checked.data.address}`,
        path.value,
        `set address: ${address}, or move the file`,
      ),
    );
  }
  return ok({ path: path.value, recording: checked.data });
}
