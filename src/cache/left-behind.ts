/**
 * What a run that died has left in the call journal: answers that may not have reached the cost ledger, and calls of
 * which nobody knows how they ended. Only for the one who holds the writer's lock: whoever else has an open segment
 * is dead.
 */
import { relative } from "node:path";
import type { Host } from "../host.ts";
import { type Call, decodeSegment, type SettledCall } from "./call-record.ts";
import { moveSegment, segments } from "./calls.ts";

export interface LeftBehind {
  readonly settled: readonly SettledCall[];
  /** Dispatched and never settled: paid, perhaps, and without an answer. */
  readonly lost: readonly Call[];
  /** Damaged lines as `path:line`; what they said is not known. */
  readonly damaged: readonly string[];
  /** Says that all of this has been taken in: the next call finds nothing. */
  close(): void;
}

/** What dead runs have left; undefined where they left nothing. Costs one look into a folder when there is nothing. */
export function leftBehind(host: Host): LeftBehind | undefined {
  const open = segments(host).filter((segment) => segment.state === "open");
  if (open.length === 0) return undefined;
  const settled: SettledCall[] = [];
  const lost: Call[] = [];
  const damaged: string[] = [];
  for (const segment of open) {
    const content = decodeSegment(host.fs.readFileSync(segment.path));
    const dispatched = new Map<string, Call>();
    for (const record of content.records) {
      if (record.type === "dispatched") dispatched.set(record.call, record);
      if (record.type !== "settled") continue;
      dispatched.delete(record.call);
      settled.push(record);
    }
    lost.push(...[...dispatched.values()].filter((call) => call.resumable === undefined));
    damaged.push(...content.damaged.map((line) => `${relative(host.root, segment.path)}:${line}`));
  }
  return {
    settled,
    lost,
    damaged,
    close() {
      for (const segment of open) moveSegment(host, segment, "sealed");
    },
  };
}
