/**
 * The tools that agents are given: questions to the workspace, each recorded, and proposals. No shell, no network of
 * ours, no path outside the workspace. Whatever an agent sends is hostile until zod has read it.
 */
import picomatch from "picomatch";
import * as z from "zod";
import { type Digest, digestOf } from "../artifact/digest.ts";
import { parsePath } from "../artifact/path.ts";
import { answer, type Question, type ReadRecord } from "../artifact/question.ts";
import { parseRef } from "../artifact/ref.ts";
import { decodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import { FaultError } from "../fault.ts";
import { err, ok, type Result, unreachable } from "../result.ts";

/**
 * Globs become regular expressions that try every way in which stars may share out a name; a handful in a glob is
 * quick, ten against one long name take seconds.
 */
const fewStars = (glob: string): boolean => {
  const stars = (text: string): number => text.match(/\*+/g)?.length ?? 0;
  return stars(glob) <= 6 && glob.split("/").every((step) => stars(step) <= 3);
};

const glob = z.string().min(1).max(300).refine(fewStars, "a glob has at most 3 stars in a step and 6 in all");

const inputs = {
  read: z.strictObject({ ref: z.string().max(1000).describe("a path, or path#fragment, relative to the workspace") }),
  list: z.strictObject({ glob: glob.describe("a glob over paths, e.g. content/**/*.md") }),
  search: z.strictObject({
    pattern: z.string().max(200).describe("plain text to find, ignoring case"),
    glob: glob.describe("the files to look in"),
  }),
  lookup: z.strictObject({ concept: z.string().max(200).describe("a concept id of the catalog") }),
  validate_unit: z.strictObject({}),
  propose_edit: z.strictObject({
    path: z.string().max(1000),
    find: z.string().min(1).max(20_000).describe("text that occurs exactly once in the file"),
    replace: z.string().max(100_000),
  }),
};

const DESCRIPTIONS: Record<ToolName, string> = {
  read: "Read a file, or a section, entry or JSON element of one.",
  list: "List the files that match a glob.",
  search: "Find the lines that contain a text.",
  lookup: "Read a concept's entry in the catalog.",
  validate_unit: "Judge the outputs given in this same message by the checks that will be applied to the final ones.",
  propose_edit: "Propose to replace a text in one of the files that this pass may amend.",
};

export type ToolName = keyof typeof inputs;
export const TOOL_NAMES = Object.keys(inputs) as readonly ToolName[];

export interface ToolSpec {
  readonly name: ToolName;
  readonly description: string;
  readonly inputSchema: unknown;
}

export const toolSpec = (name: ToolName): ToolSpec => ({
  name,
  description: DESCRIPTIONS[name],
  inputSchema: z.toJSONSchema(inputs[name]),
});

export interface ToolResult {
  readonly text: string;
  readonly isError: boolean;
  /** Set where the agent goes on asking the same after it was told: it will not stop by itself. */
  readonly loops?: true;
}

/** The same call with the same input is answered so often; once more it is told so, and after that it fails. */
const SAME_CALLS = 2;
/** No answer of ours is longer than this many UTF-16 units; questions to the workspace have the same cap. */
const SHOWN = 60_000;
/** An error may quote what the agent sent. */
const SHOWN_ERROR = 2000;

const capped = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length)}\n[cut: ${text.length - length} more characters]`;

export interface ToolboxOptions {
  /** The workspace as the target may see it. */
  readonly view: WorkspaceView;
  readonly allowed: readonly ToolName[];
  /** Globs that questions may touch. */
  readonly reads: readonly string[];
  /** The file whose titled sections `lookup` reads. */
  readonly lookup: string | undefined;
  /** Files that `propose_edit` may touch. */
  readonly amends: readonly RepoPath[];
  /** Judges the outputs of the message at hand; defects as text. */
  readonly validate: (outputs: Readonly<Record<string, string>>) => string;
}

/** One agent session's tools: runs calls, records what was read, gathers what was proposed. */
export class Toolbox {
  readonly reads: ReadRecord[] = [];
  /** Amended texts so far, by path. */
  readonly amended = new Map<RepoPath, string>();
  private readonly options: ToolboxOptions;
  private readonly readable: (path: string) => boolean;
  private readonly asked = new Map<Digest, number>();
  private readonly editsThatFailed: { readonly path: string | undefined; readonly text: string }[] = [];

  constructor(options: ToolboxOptions) {
    this.options = options;
    // As `list` matches: a hidden file is read only where a glob spells its dot.
    this.readable = picomatch([...options.reads]);
  }

  /**
   * The proposed edits that did not take and were not followed by one in the same file that did. An agent that
   * quotes a text wrongly, is told so and quotes it rightly has failed at nothing.
   */
  get failedEdits(): readonly string[] {
    return this.editsThatFailed.map(({ text }) => text);
  }

  /**
   * Runs one call. A wrong call is an answer, not an exception: the agent can do better next turn.
   * @param outputs the outputs named in the same message, for `validate_unit`.
   */
  run(name: string, input: unknown, outputs: Readonly<Record<string, string>>): ToolResult {
    const tool = this.options.allowed.find((each) => each === name);
    if (tool === undefined)
      return failure(`there is no tool ${name}; you have ${this.options.allowed.join(", ") || "none"}`);
    const parsed = inputs[tool].safeParse(input);
    if (!parsed.success) {
      const text = `${tool}: ${parsed.error.issues.map((issue) => issue.message).join("; ")}`;
      if (tool === "propose_edit") this.editsThatFailed.push({ path: undefined, text });
      return this.circling(text) ?? failure(text);
    }
    const data = parsed.data as Record<string, string>;
    // As zod gives it back, in its own order of keys; a judgement is of what stands beside the call.
    const said = JSON.stringify([tool, data, tool === "validate_unit" ? outputs : {}]);
    const circling = this.circling(said, describeCall(tool, data));
    if (circling !== undefined) return circling;
    try {
      const result = this.call(tool, data, outputs);
      return { ...result, text: capped(result.text, result.isError ? SHOWN_ERROR : SHOWN) };
    } catch (error) {
      // What the workspace refuses (a bad glob, a link that leads out) can be asked for otherwise.
      if (error instanceof FaultError) return failure(`${error.fault.what}; ${error.fault.mend}`);
      throw error;
    }
  }

  /** What is answered to a call that was made too often already. */
  private circling(said: string, shown = said): ToolResult | undefined {
    const key = digestOf(said);
    const times = (this.asked.get(key) ?? 0) + 1;
    this.asked.set(key, times);
    if (times <= SAME_CALLS) return undefined;
    const text = `${shown} was called ${times} times, and the answer is the same; go on with what you have`;
    return times === SAME_CALLS + 1 ? failure(text) : { ...failure(text), loops: true };
  }

  private call(
    tool: ToolName,
    data: Readonly<Record<string, string>>,
    outputs: Readonly<Record<string, string>>,
  ): ToolResult {
    switch (tool) {
      case "read":
        return this.ask({ kind: "read", ref: data.ref! });
      case "list":
        return this.ask({ kind: "list", glob: data.glob! });
      case "search":
        return this.ask({ kind: "search", pattern: data.pattern!, glob: data.glob! });
      case "lookup":
        return this.options.lookup === undefined
          ? failure("no catalog is configured (agents.lookup)")
          : this.ask({ kind: "read", ref: `${this.options.lookup}#${data.concept}` });
      case "validate_unit":
        return { text: this.options.validate(outputs), isError: false };
      case "propose_edit":
        return this.edit(data.path!, data.find!, data.replace!);
      default:
        return unreachable(tool);
    }
  }

  private ask(question: Question): ToolResult {
    const outside = this.outside(question);
    if (outside !== undefined) return failure(outside);
    const answered = answer(this.options.view, question);
    if (!answered.ok) return failure(`${answered.error.what}; ${answered.error.mend}`);
    this.reads.push(answered.value.record);
    return { text: answered.value.text, isError: false };
  }

  private outside(question: Question): string | undefined {
    if (question.kind !== "read") {
      const bad = question.glob.startsWith("/") || question.glob.split("/").includes("..");
      if (bad) return `the glob ${question.glob} leaves the workspace`;
      // Refused, not filtered: the question is asked again later as it is recorded, when no rule is at hand.
      const beyond = this.options.view.list([question.glob]).some((path) => !this.readable(path));
      return beyond
        ? `the glob ${question.glob} goes beyond what this pass may read; ask within ${this.options.reads.join(", ")}`
        : undefined;
    }
    const ref = parseRef(question.ref);
    if (!ref.ok) return ref.error.what;
    return this.readable(ref.value.path) ? undefined : `${ref.value.path} is not among what this pass may read`;
  }

  private edit(path: string, find: string, replace: string): ToolResult {
    const parsed = parsePath(path);
    if (!parsed.ok) return failure(parsed.error.what);
    // Refused, not failed: it is none of this pass's work.
    if (!this.options.amends.includes(parsed.value))
      return failure(`${path} is not among the files that this pass may amend`);
    const edited = this.edited(parsed.value, find, replace);
    if (!edited.ok) {
      this.editsThatFailed.push({ path: parsed.value, text: `propose_edit: ${capped(edited.error, SHOWN_ERROR)}` });
      return failure(edited.error);
    }
    this.amended.set(parsed.value, edited.value);
    const left = this.editsThatFailed.filter((each) => each.path !== undefined && each.path !== parsed.value);
    this.editsThatFailed.splice(0, Number.POSITIVE_INFINITY, ...left);
    return { text: `proposed: one edit in ${path}`, isError: false };
  }

  private edited(path: RepoPath, find: string, replace: string): Result<string, string> {
    const bytes = this.options.view.bytes(path);
    if (bytes === undefined) return err(`${path} does not exist`);
    const decoded = decodeUtf8(bytes);
    if (!decoded.ok) return err(`${path}: ${decoded.error.what}`);
    const text = this.amended.get(path) ?? decoded.value;
    const first = text.indexOf(find);
    if (first < 0) return err(`the text to find does not occur in ${path}`);
    if (text.indexOf(find, first + 1) >= 0) return err(`the text to find occurs more than once in ${path}`);
    return ok(text.slice(0, first) + replace + text.slice(first + find.length));
  }
}

const failure = (text: string): ToolResult => ({ text: capped(text, SHOWN_ERROR), isError: true });

const describeCall = (tool: ToolName, data: Readonly<Record<string, string>>): string => {
  const first = Object.values(data)[0];
  return first === undefined ? tool : `${tool} ${JSON.stringify(capped(first, 100))}`;
};
