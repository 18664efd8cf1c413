/**
 * The audit log's chain, checked: each line must follow the one before it by number and hash. A break is not an error
 * for ever: a later `repair` line that names the damaged bytes says that somebody knows, and the chain goes on.
 */
import { evidenceOf, GENESIS, hashOf, type LogLine } from "./audit-log.ts";
import type { RawLine } from "./jsonl.ts";

export interface Break {
  /** From 1. */
  readonly line: number;
  /**
   * `torn`: not readable, as after a crash; `conflict`: git's marks; `changed`: not what its hash says; `lost`: what came
   * before it is not there; `moved`: it stands elsewhere than it was written; `fork`, `twice`: two logs in one file.
   */
  readonly kind: "torn" | "conflict" | "changed" | "lost" | "moved" | "fork" | "twice";
  /** One sentence. */
  readonly what: string;
  /** The line of the repair that knows of it. */
  readonly noted: number | undefined;
}

const CONFLICT = /^(<{7}|={7}|>{7}|\|{7})( |\r?$)/;

const hasTexts = (value: unknown, keys: readonly string[]): boolean =>
  typeof value === "object" && value !== null && keys.every((key) => typeof (value as never)[key] === "string");

/** Whether a value that was read says what changed, whatever its place in the chain. */
export const isEntry = (value: unknown): value is LogLine => hasTexts(value, ["kind", "address", "to"]);

/** Whether a value that was read has what the chain needs. */
export const isLogLine = (value: unknown): value is LogLine =>
  isEntry(value) && hasTexts(value, ["at", "hash", "prev"]) && typeof value.n === "number";

/** Whether git put the line there, to mark what it could not merge. */
export const isConflictMark = (line: RawLine): boolean => CONFLICT.test(new TextDecoder().decode(line.bytes));

/** Whether a line says what it said when it was written, also before a merge gave it another place. */
export function isUnchanged(line: LogLine): boolean {
  const { hash, ...rest } = line;
  if (hashOf(rest) !== hash) return false;
  if (rest.was === undefined) return true;
  const { was, ...entry } = rest;
  return hashOf({ ...entry, n: was.n, prev: was.prev }) === was.hash;
}

/** Every break of the chain, in the order of the lines. Blank lines say nothing. */
export function checkChain(lines: readonly RawLine[]): Break[] {
  const known = new Map<string, number>();
  const parents = new Map<string, RawLine & { readonly value: LogLine }>();
  for (const line of lines) {
    if (!isLogLine(line.value)) continue;
    if (!parents.has(line.value.hash)) parents.set(line.value.hash, { ...line, value: line.value });
    if (line.value.kind === "repair" && isUnchanged(line.value)) {
      for (const evidence of line.value.evidence ?? []) known.set(evidence, line.number);
    }
  }
  const breaks: Break[] = [];
  const followed = new Set<string>();
  let before: LogLine | undefined;
  /** The number that comes next, where it can be told. */
  let number: number | undefined = 1;
  for (const line of lines) {
    if (line.bytes.every((byte) => byte === 32 || byte === 13 || byte === 9)) continue;
    const add = (kind: Break["kind"], what: string): void => {
      breaks.push({ line: line.number, kind, what, noted: known.get(evidenceOf(line)) });
    };
    if (!isLogLine(line.value)) {
      if (isConflictMark(line)) add("conflict", "git has marked a merge conflict here");
      else if (line.ended) add("torn", "the line cannot be read");
      else add("torn", "a crash cut the line off while it was written");
      continue;
    }
    const { value } = line;
    const parent = parents.get(value.prev);
    if (parents.get(value.hash)!.number !== line.number) {
      add("twice", `the line stands twice: first as line ${parents.get(value.hash)!.number}`);
      continue;
    }
    const unchanged = isUnchanged(value);
    if (!unchanged) add("changed", "the line is not what its hash says: it was changed after it was written");
    else if (value.prev !== GENESIS && parent === undefined) add("lost", "the line before it is not in the log");
    else if (value.prev !== (before?.hash ?? GENESIS)) {
      if (followed.has(value.prev)) add("fork", `a second log begins here: ${placeOf(parent)} has two lines after it`);
      else add("moved", `the line does not stand where it was written: it came after ${placeOf(parent)}`);
    } else if (number !== undefined && value.n !== number) add("changed", `its number is ${value.n}, not ${number}`);
    followed.add(value.prev);
    before = value;
    // What a changed line says of its number is not to be held against the next.
    number = unchanged ? value.n + 1 : undefined;
  }
  return breaks;
}

const placeOf = (parent: RawLine | undefined): string =>
  parent === undefined ? "the beginning" : `line ${parent.number}`;
