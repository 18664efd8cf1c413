/**
 * Two branches that both built have both appended to the audit log, and git put the lines of one after those of the
 * other, with marks or without. Here they become one chain again: the lines after the fork are ordered by time, within
 * each branch as they were, and chained anew. Nothing is lost: a line that gets another place keeps its first number and
 * hash in `was`, by which it can be checked, and a line of its own says what was merged.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { chained, GENESIS, hashOf, type LogLine } from "./audit-log.ts";
import { checkChain, isConflictMark, isLogLine, isUnchanged } from "./chain.ts";
import type { RawLine } from "./jsonl.ts";

export interface MergedLog {
  /** The whole new file. */
  readonly bytes: Uint8Array;
  /** How many lines were given another place. */
  readonly moved: number;
}

interface Link {
  readonly line: LogLine;
  /** Damaged lines that stand before it, as they are. */
  readonly before: readonly RawLine[];
}

/**
 * One log of what git merged; undefined where there is nothing to merge. A fault where a line was changed or lost: then
 * nobody can say what belongs where.
 * @param path of the log, for messages; @param at when, UTC ISO 8601; @param actor who merges
 */
export function mergeLogs(
  lines: readonly RawLine[],
  path: string,
  at: string,
  actor: string,
): Result<MergedLog | undefined, Fault> {
  const breaks = checkChain(lines);
  if (!breaks.some(({ kind }) => kind === "fork" || kind === "twice" || kind === "conflict")) return ok(undefined);
  const { links, trailing } = linksOf(lines);
  const wrong = breaks.find(({ kind, noted }) => (kind === "changed" || kind === "lost") && noted === undefined);
  if (wrong !== undefined) {
    return err(usageFault(wrong.what, `${path}:${wrong.line}`, `restore the line from git, then merge again`));
  }

  const children = new Map<string, Link[]>();
  let above = GENESIS;
  for (const link of links.values()) {
    // Where a loss has been taken note of, the line belongs where it stands.
    const parent = links.has(link.line.prev) || link.line.prev === GENESIS ? link.line.prev : above;
    above = link.line.hash;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [link]);
    else siblings.push(link);
  }
  const text: string[] = [];
  let moved = 0;
  let last: LogLine | undefined;
  let fork: number | undefined;
  // The heads that may come next; those of one branch wait for the line before them.
  const ready = [...(children.get(GENESIS) ?? [])];
  for (let left = links.size; left > 0; left--) {
    if (ready.length > 1) fork ??= last?.n ?? 0;
    ready.sort((a, b) => (a.line.at < b.line.at ? -1 : a.line.at > b.line.at ? 1 : 0));
    const next = ready.shift();
    if (next === undefined) {
      return err(usageFault("lines follow each other in a circle, or follow none", path, "restore the log from git"));
    }
    ready.push(...(children.get(next.line.hash) ?? []));
    for (const damaged of next.before) text.push(Buffer.from(damaged.bytes).toString("latin1"));
    const inPlace = next.line.prev === (last?.hash ?? GENESIS);
    const line = inPlace ? next.line : moveAfter(next.line, last);
    if (line === undefined) {
      return err(usageFault(`line ${next.line.n} was changed after it was written`, path, "restore it from git"));
    }
    if (!inPlace) moved++;
    text.push(latin1(JSON.stringify(line)));
    last = line;
  }
  const parts = `${moved} ${moved === 1 ? "line was" : "lines were"} given another place`;
  const merge = chained(
    {
      at,
      kind: "merge",
      address: path,
      from: "two logs",
      to: "one",
      actor,
      rationale: `git had put two logs together that went apart after number ${fork ?? last?.n ?? 0}: ordered by time, ${parts}`,
    },
    last,
  );
  for (const damaged of trailing) text.push(Buffer.from(damaged.bytes).toString("latin1"));
  text.push(latin1(JSON.stringify(merge)));
  return ok({ bytes: Buffer.from(`${text.join("\n")}\n`, "latin1"), moved });
}

/** Bytes as characters, so that what is no UTF-8 stays what it is. */
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** Each line once, by its hash; git's marks are left out. `trailing`: damaged lines after the last whole one. */
function linksOf(lines: readonly RawLine[]): {
  readonly links: ReadonlyMap<string, Link>;
  readonly trailing: readonly RawLine[];
} {
  const links = new Map<string, Link>();
  let damaged: RawLine[] = [];
  for (const line of lines) {
    if (isLogLine(line.value)) {
      if (!links.has(line.value.hash)) {
        links.set(line.value.hash, { line: line.value, before: damaged });
        damaged = [];
      }
    } else if (line.bytes.length > 0 && !isConflictMark(line)) damaged.push(line);
  }
  return { links, trailing: damaged };
}

/** The line with a new place; undefined where its hash does not hold, so that nothing would be left to check it by. */
function moveAfter(line: LogLine, last: LogLine | undefined): LogLine | undefined {
  if (!isUnchanged(line)) return undefined;
  const { hash, was, ...entry } = line;
  const moved = {
    ...entry,
    n: (last?.n ?? 0) + 1,
    prev: last?.hash ?? GENESIS,
    was: was ?? { n: line.n, prev: line.prev, hash },
  };
  return { ...moved, hash: hashOf(moved) };
}
