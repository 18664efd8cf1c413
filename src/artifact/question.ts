/**
 * The questions that an agent may ask of the workspace, and their answers. Each one asked is recorded with the
 * digest of its answer and asked again on the next check: it is the depfile of an agent. An answer's digest leaves
 * out what a reader does not mean by "the answer", such as line numbers, so that a shift elsewhere changes nothing.
 */
import { type Fault, FaultError, usageFault } from "../fault.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import { type Digest, digestOf, MISSING } from "./digest.ts";
import { digestFragment, readFragment } from "./fragment.ts";
import { parseRef, type Ref } from "./ref.ts";
import type { RepoPath, WorkspaceView } from "./workspace.ts";

export type Question =
  | { readonly kind: "read"; readonly ref: string }
  | { readonly kind: "list"; readonly glob: string }
  | { readonly kind: "search"; readonly pattern: string; readonly glob: string };

export interface ReadRecord {
  readonly question: Question;
  readonly answer: Digest;
}

export interface Answer {
  /** What the agent is shown, capped. */
  readonly text: string;
  readonly digest: Digest;
}

/** No answer shown to an agent is longer than this many UTF-16 units; the digest covers the whole. */
const SHOWN = 60_000;
const PATTERN_LENGTH = 200;

const decoder = new TextDecoder();
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

const capped = (text: string): string =>
  text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}\n[cut: ${text.length - SHOWN} more characters]`;

/** The digest of a file or fragment as a view shows it; `MISSING` where there is none. */
export function digestIn(view: WorkspaceView, ref: Ref): Digest {
  const bytes = view.bytes(ref.path);
  if (bytes === undefined) return MISSING;
  if (ref.fragment === undefined) return digestOf(bytes);
  const digest = digestFragment(textOf(bytes), ref.fragment);
  if (!digest.ok)
    throw new FaultError({
      ...digest.error,
      where: `${ref.path}${digest.error.where ? `: ${digest.error.where}` : ""}`,
    });
  return digest.value;
}

/** The text of a file or fragment as a view shows it; undefined where there is none. */
export function textIn(view: WorkspaceView, ref: Ref): string | undefined {
  const bytes = view.bytes(ref.path);
  if (bytes === undefined) return undefined;
  if (ref.fragment === undefined) return textOf(bytes);
  const text = readFragment(textOf(bytes), ref.fragment);
  if (!text.ok)
    throw new FaultError({ ...text.error, where: `${ref.path}${text.error.where ? `: ${text.error.where}` : ""}` });
  return text.value;
}

/** The lines of the files matched by `glob` that contain `pattern` as plain text, ignoring case. */
function search(view: WorkspaceView, pattern: string, glob: string): { path: RepoPath; line: number; text: string }[] {
  const needle = pattern.toLowerCase();
  const hits: { path: RepoPath; line: number; text: string }[] = [];
  for (const path of view.list([glob])) {
    const bytes = view.bytes(path);
    if (bytes === undefined) continue;
    const text = textOf(bytes);
    // One test of the whole file first: most files hold no hit, and splitting them would cost the most.
    if (!text.toLowerCase().includes(needle)) continue;
    text.split(/\r?\n/).forEach((line, index) => {
      if (line.toLowerCase().includes(needle)) hits.push({ path, line: index + 1, text: line.trim() });
    });
  }
  return hits;
}

/** Answers a question against a view. A malformed question is a fault for the one who asked it. */
export function answer(view: WorkspaceView, question: Question): Result<Answer, Fault> {
  switch (question.kind) {
    case "read": {
      const ref = parseRef(question.ref);
      if (!ref.ok) return ref;
      try {
        const text = textIn(view, ref.value);
        return ok({
          text: text === undefined ? `There is nothing at ${question.ref}.` : capped(text),
          digest: digestIn(view, ref.value),
        });
      } catch (error) {
        if (error instanceof FaultError) return err(error.fault);
        throw error;
      }
    }
    case "list": {
      const paths = view.list([question.glob]);
      return ok({ text: capped(paths.join("\n") || "No file matches."), digest: digestOf(JSON.stringify(paths)) });
    }
    case "search": {
      if (question.pattern.trim() === "" || question.pattern.length > PATTERN_LENGTH) {
        return err(
          usageFault(`a search pattern has 1 to ${PATTERN_LENGTH} characters`, "search", "shorten the pattern"),
        );
      }
      const hits = search(view, question.pattern, question.glob);
      return ok({
        text: capped(hits.map((hit) => `${hit.path}:${hit.line}: ${hit.text}`).join("\n") || "No line matches."),
        digest: digestOf(JSON.stringify(hits.map((hit) => [hit.path, hit.text]))),
      });
    }
    default:
      return unreachable(question);
  }
}

/** A question as one line, for reasons and logs. */
export function describeQuestion(question: Question): string {
  switch (question.kind) {
    case "read":
      return `read ${question.ref}`;
    case "list":
      return `list ${question.glob}`;
    case "search":
      return `search “${question.pattern}” in ${question.glob}`;
    default:
      return unreachable(question);
  }
}
