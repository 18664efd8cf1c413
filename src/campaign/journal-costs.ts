/** What the journal of calls says that the cost ledger should hold: every call that was settled, and every one that was lost. */
import { relative } from "node:path";
import { type Call, decodeSegment } from "../cache/call-record.ts";
import { segments } from "../cache/calls.ts";
import type { Host } from "../host.ts";
import { type CostLine, costLineOf, lostLineOf } from "./cost-ledger.ts";

export interface JournaledCost {
  readonly line: CostLine;
  /** The segment of the journal, relative to the workspace. */
  readonly where: string;
}

/** The lines that follow from the journal, in its order. Reads all of it: for those who compare and rebuild. */
export function journaledCosts(host: Host): JournaledCost[] {
  return segments(host).flatMap(({ path }) => {
    const where = relative(host.root, path);
    const open = new Map<string, Call>();
    const costs: JournaledCost[] = [];
    for (const record of decodeSegment(host.fs.readFileSync(path)).records) {
      if (record.type === "dispatched") open.set(record.call, record);
      if (record.type !== "settled") continue;
      open.delete(record.call);
      costs.push({ line: costLineOf(record), where });
    }
    // What waits at the provider is not lost: it is collected by asking again.
    const lost = [...open.values()].filter(({ resumable }) => resumable === undefined);
    return [...costs, ...lost.map((call) => ({ line: lostLineOf(call), where }))];
  });
}
