/**
 * `manifests/campaign.log.jsonl`: every transition with time, actor and rationale. Append-only, numbered and chained
 * by hash, so that a changed, lost or reordered line shows.
 */
import { digestOf } from "../artifact/digest.ts";
import type { Host } from "../host.ts";
import { appendLine, lastLine } from "./jsonl.ts";

export interface LogEntry {
  /** UTC, ISO 8601. */
  readonly at: string;
  /** `transition` of a book's state, or of one pass. */
  readonly kind: "book" | "pass";
  /** Address of what changed. */
  readonly address: string;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly rationale: string;
}

export interface LogLine extends LogEntry {
  /** From 1. */
  readonly n: number;
  readonly prev: string;
  readonly hash: string;
}

const GENESIS = "0".repeat(64);

/** The hash that a line must have: of all its other keys, in their order. */
export const hashOf = (line: Omit<LogLine, "hash">): string => digestOf(JSON.stringify(line));

export class AuditLog {
  private readonly host: Host;
  private readonly path: string;

  /** @param path absolute path of the log. */
  constructor(host: Host, path: string) {
    this.host = host;
    this.path = path;
  }

  append(entry: LogEntry): void {
    // Read fresh each time: the file, not this process, says what came last.
    const last = lastLine(this.host, this.path) as LogLine | undefined;
    const line = { n: (last?.n ?? 0) + 1, ...entry, prev: last?.hash ?? GENESIS };
    appendLine(this.host, this.path, { ...line, hash: hashOf(line) });
  }
}
