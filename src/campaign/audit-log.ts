/**
 * `manifests/campaign.log.jsonl`: every transition with time, actor and rationale. Append-only, numbered and chained
 * by hash, so that a changed, lost or reordered line shows. A line that a crash tore stays where it is, and the line
 * after it says so.
 */
import { relative } from "node:path";
import { digestOf } from "../artifact/digest.ts";
import type { Host } from "../host.ts";
import { appendLine, lastLine, type RawLine, tornTail } from "./jsonl.ts";

export interface LogEntry {
  /** UTC, ISO 8601. */
  readonly at: string;
  /**
   * A transition of a book's or a flow's state, or of one pass; `side`: a state that stands beside a book's own; `answer`:
   * what a person decided; `hold`: integration was stopped, or goes on; `repair` and `merge` are about the log itself.
   */
  readonly kind: "book" | "flow" | "side" | "pass" | "answer" | "hold" | "repair" | "merge";
  /** Address of what changed; of a repair the line that it is about, as `file:line`. */
  readonly address: string;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly rationale: string;
  /** Of a repair: the SHA-256 of the damaged lines' bytes, so that they are known again. */
  readonly evidence?: readonly string[];
}

export interface LogLine extends LogEntry {
  /** From 1. */
  readonly n: number;
  readonly prev: string;
  /** Where a merge of two logs gave the line its place: what it said before, by which its first hash can be checked. */
  readonly was?: { readonly n: number; readonly prev: string; readonly hash: string };
  readonly hash: string;
}

export const GENESIS = "0".repeat(64);

/** The hash that a line must have: of all its other keys, in their order. */
export const hashOf = (line: Omit<LogLine, "hash">): string => digestOf(JSON.stringify(line));

/** The line that gives an entry its place after the last one. */
export function chained(entry: LogEntry, last: Pick<LogLine, "n" | "hash"> | undefined): LogLine {
  const line = { n: (last?.n ?? 0) + 1, ...entry, prev: last?.hash ?? GENESIS };
  return { ...line, hash: hashOf(line) };
}

export class AuditLog {
  private readonly host: Host;
  private readonly path: string;
  /** The last line that this process wrote, and how long the file was after it. */
  private own: { readonly line: LogLine; readonly size: number } | undefined;

  /** @param path absolute path of the log. */
  constructor(host: Host, path: string) {
    this.host = host;
    this.path = path;
  }

  /** Appends one line, durably. A line that a crash tore before it gets a line of its own first. */
  append(entry: LogEntry): void {
    this.endTorn(entry.at);
    this.chain(entry);
  }

  /** Says of a torn last line that it is one; nothing where the last line is whole. @param at UTC, ISO 8601 */
  endTorn(at: string): void {
    if (this.isOwn()) return;
    const torn = tornTail(this.host, this.path);
    if (torn === undefined) return;
    this.chain({
      at,
      kind: "repair",
      address: `${relative(this.host.root, this.path)}:${torn.number}`,
      from: "torn",
      to: "kept",
      actor: "engine",
      rationale: "a crash cut the line off while it was written; what there is of it is kept as evidence",
      evidence: [evidenceOf(torn)],
    });
  }

  private chain(entry: LogEntry): void {
    // The file, not this process, says what came last; it is read where it is not as this process left it.
    const own = this.isOwn() ? this.own!.line : undefined;
    const last = own ?? (lastLine(this.host, this.path) as LogLine | undefined);
    const line = chained(entry, last);
    appendLine(this.host, this.path, line, own !== undefined);
    this.own = { line, size: this.size()! };
  }

  /** Whether the file ends with the line that this process wrote. */
  private isOwn(): boolean {
    return this.own !== undefined && this.own.size === this.size();
  }

  private size(): number | undefined {
    return this.host.fs.statSync(this.path, { throwIfNoEntry: false })?.size;
  }
}

/** What a repair names a damaged line by. */
export const evidenceOf = (line: RawLine): string => digestOf(line.bytes);
