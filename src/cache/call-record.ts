/**
 * The lines of the call journal. Each ends with a checksum of itself: what a bad disk or a cut-off write has changed is
 * noticed and skipped, and never taken for an answer.
 */
import { type Digest, digestOf } from "../artifact/digest.ts";
import type { Micros } from "../money.ts";
import { unreachable } from "../result.ts";
import type { Usage } from "../usage.ts";

/** One request to a model, and whose it is. */
export interface Call {
  /** Its own name, e.g. `000007-20261122T163000123Z-k3x9-1`. */
  readonly call: string;
  /** What was asked, by whom, at which attempt: `callKey` of `src/agents/journaled.ts`. */
  readonly key: Digest;
  readonly address: string;
  readonly attempt: number;
  readonly turn: number;
  readonly provider: string;
  readonly model: string;
  /** When it was dispatched, in milliseconds since the epoch. */
  readonly at: number;
  /** The most that it can cost: what it is charged with when it is lost. */
  readonly reserved: Micros;
  /** The answer waits at the provider, and is collected by asking for it again: such a call is never lost. */
  readonly resumable?: true;
}

/** How a call ended: only what is `answered` is ever used again. */
export type CallOutcome = "answered" | "refused" | "truncated" | "failed";

export interface SettledCall extends Call {
  readonly outcome: CallOutcome;
  /** The provider's name of the error, where it failed. */
  readonly error?: string;
  readonly usage: Usage;
  readonly seconds: number;
  /** The whole response, or what there was of it. */
  readonly payload: unknown;
}

export type CallRecord =
  | ({ readonly type: "dispatched" } & Call)
  | ({ readonly type: "settled" } & SettledCall)
  /** What was bought for the target until here has done its service: the next run of it asks anew. */
  | { readonly type: "usedUp"; readonly address: string; readonly at: number };

/** The format of the lines; a line of another version is not read. */
const VERSION = 1;

const sumOf = (body: string): string => digestOf(body).slice(0, 16);

/** A record as a line, with its line feed. */
export function encodeRecord(record: CallRecord): string {
  const body = JSON.stringify({ v: VERSION, ...record });
  return `${body.slice(0, -1)},"sum":"${sumOf(body)}"}\n`;
}

const SUM = /,"sum":"([0-9a-f]{16})"\}$/;

/** The record of a line without its line feed; undefined where the line is damaged. */
export function decodeRecord(line: string): CallRecord | undefined {
  const sum = SUM.exec(line);
  if (sum === null) return undefined;
  const body = `${line.slice(0, sum.index)}}`;
  if (sumOf(body) !== sum[1]) return undefined;
  const value = JSON.parse(body) as CallRecord & { readonly v: number };
  if (value.v !== VERSION) return undefined;
  switch (value.type) {
    case "dispatched":
    case "settled":
    case "usedUp":
      return value;
    default:
      return unreachable(value);
  }
}

export interface DecodedSegment {
  readonly records: readonly CallRecord[];
  /** Numbers of damaged lines, from 1. A last line without a line feed is a write that a crash cut off, and none of them. */
  readonly damaged: readonly number[];
}

export function decodeSegment(bytes: Uint8Array): DecodedSegment {
  const lines = new TextDecoder().decode(bytes).split("\n");
  // What follows the last line feed: nothing, or a torn tail, which says nothing that can be trusted.
  lines.pop();
  const records: CallRecord[] = [];
  const damaged: number[] = [];
  for (const [index, line] of lines.entries()) {
    const record = decodeRecord(line);
    if (record !== undefined) records.push(record);
    else if (line !== "") damaged.push(index + 1);
  }
  return { records, damaged };
}
