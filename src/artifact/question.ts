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
import { readUtf8 } from "./utf8.ts";
import type { RepoPath, WorkspaceView } from "./workspace.ts";

export type Question =
  | { readonly kind: "read"; readonly ref: string }
  | { readonly kind: "list"; readonly glob: string }
  | { readonly kind: "search"; readonly pattern: string; readonly glob: string };

export interface ReadRecord {
  readonly question: Question;
  readonly answer: Digest;
  /** Of a search: the digest of what was found in each file that held a hit. */
  readonly hits?: Readonly<Record<string, Digest>>;
}

export interface Answer {
  /** What the agent is shown, capped. */
  readonly text: string;
  readonly record: ReadRecord;
}

/** No answer shown to an agent is longer than this many UTF-16 units; the digest covers the whole. */
const SHOWN = 60_000;
const PATTERN_LENGTH = 200;

const capped = (text: string): string =>
  text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}\n[cut: ${text.length - SHOWN} more characters]`;

/** The digest of a file or fragment as a view shows it; `MISSING` where there is none. */
export function digestIn(view: WorkspaceView, ref: Ref): Digest {
  const bytes = view.bytes(ref.path);
  if (bytes === undefined) return MISSING;
  if (ref.fragment === undefined) return digestOf(bytes);
  const digest = digestFragment(readUtf8(bytes), ref.fragment);
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
  if (ref.fragment === undefined) return readUtf8(bytes);
  const text = readFragment(readUtf8(bytes), ref.fragment);
  if (!text.ok)
    throw new FaultError({ ...text.error, where: `${ref.path}${text.error.where ? `: ${text.error.where}` : ""}` });
  return text.value;
}

/** The lines of one text that contain `pattern` as plain text, ignoring case. */
function search(text: string, pattern: string): { line: number; text: string }[] {
  const needle = pattern.toLowerCase();
  // One test of the whole file first: most files hold no hit, and splitting them would cost the most.
  if (!text.toLowerCase().includes(needle)) return [];
  return text
    .split(/\r?\n/)
    .flatMap((line, index) => (line.toLowerCase().includes(needle) ? [{ line: index + 1, text: line.trim() }] : []));
}

/** The lines of a text that a search finds, as its answer's digest counts them. */
export const hitsIn = (text: string, pattern: string): string[] => search(text, pattern).map((hit) => hit.text);

/** Whether a pattern may be searched for. */
export const isSearchable = (pattern: string): boolean => pattern.trim() !== "" && pattern.length <= PATTERN_LENGTH;

/** The digest of a search's answer, from what was found in each file that held a hit. */
export const hitsDigest = (hits: Readonly<Record<string, Digest>>): Digest =>
  digestOf(JSON.stringify(Object.entries(hits).sort(([a], [b]) => (a < b ? -1 : 1))));

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
          record: { question, answer: digestIn(view, ref.value) },
        });
      } catch (error) {
        if (error instanceof FaultError) return err(error.fault);
        throw error;
      }
    }
    case "list": {
      const paths = view.list([question.glob]);
      return ok({
        text: capped(paths.join("\n") || "No file matches."),
        record: { question, answer: digestOf(JSON.stringify(paths)) },
      });
    }
    case "search": {
      if (!isSearchable(question.pattern)) {
        return err(
          usageFault(`a search pattern has 1 to ${PATTERN_LENGTH} characters`, "search", "shorten the pattern"),
        );
      }
      const hits: Record<string, Digest> = {};
      const shown: string[] = [];
      for (const path of view.list([question.glob])) {
        const bytes = view.bytes(path);
        const found = bytes === undefined ? [] : search(readUtf8(bytes), question.pattern);
        if (found.length > 0) hits[path] = digestOf(JSON.stringify(found.map((hit) => hit.text)));
        for (const hit of found) shown.push(`${path}:${hit.line}: ${hit.text}`);
      }
      return ok({
        text: capped(shown.join("\n") || "No line matches."),
        record: { question, answer: hitsDigest(hits), hits },
      });
    }
    default:
      return unreachable(question);
  }
}

/**
 * The digest that the answer to a recorded question has now.
 * @param asBefore files that are known to be as they were when the question was asked, though their bytes are not at
 * hand: what the record says of them stands.
 */
export function answerNow(view: WorkspaceView, record: ReadRecord, asBefore: (path: RepoPath) => boolean): Digest {
  const { question } = record;
  if (question.kind === "read") {
    const ref = parseRef(question.ref);
    if (ref.ok && asBefore(ref.value.path)) return record.answer;
  }
  if (question.kind === "search" && record.hits !== undefined) {
    const stands = view.list([question.glob]).filter(asBefore);
    if (stands.length > 0) {
      const others: WorkspaceView = {
        bytes: (path) => (asBefore(path) ? undefined : view.bytes(path)),
        list: (globs) => view.list(globs),
      };
      const rest = answer(others, question);
      const kept = stands.flatMap((path) =>
        record.hits?.[path] === undefined ? [] : [[path, record.hits[path]] as const],
      );
      if (rest.ok) return hitsDigest({ ...rest.value.record.hits, ...Object.fromEntries(kept) });
    }
  }
  const now = answer(view, question);
  // A question that can no longer be asked (a heading became ambiguous) has changed its answer.
  return now.ok ? now.value.record.answer : digestOf(`fault: ${now.error.what}`);
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
