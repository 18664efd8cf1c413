/**
 * What the audit log does not say of the traces. The trace of a target is written in its commit, and the line of the log
 * right after it: a crash between the two leaves a run of which the log knows nothing. The next command that writes tells it.
 */
import type { Trace } from "../graph/trace.ts";
import type { LogEntry, LogLine } from "./audit-log.ts";

export const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The last line about a run of each target that the log speaks of. */
export function lastPasses(lines: readonly LogLine[]): ReadonlyMap<string, LogLine> {
  return new Map(lines.flatMap((line) => (line.kind === "pass" ? [[line.address, line] as const] : [])));
}

/** Whether a line of a pass says that the target has a result. */
export const isCompleted = (line: LogLine): boolean => line.to.startsWith("completed");

/**
 * The lines that the log lacks, in the order of the addresses: of runs that it does not know, and of results that it
 * knows and that are gone.
 * @param now ms since the epoch
 */
export function untold(
  lines: readonly LogLine[],
  traces: ReadonlyMap<string, Trace>,
  now: number,
): readonly (LogEntry & { readonly kind: "pass" })[] {
  /** When a line last said that a run ended well, in the log's own form: text of one length orders as time does. */
  const told = new Map<string, string>();
  for (const line of lines) {
    const known = told.get(line.address);
    if (line.kind === "pass" && line.to !== "failed" && (known === undefined || known < line.at))
      told.set(line.address, line.at);
  }
  const entries: (LogEntry & { kind: "pass" })[] = [];
  for (const [address, { run }] of traces) {
    const ended = isoSeconds(Date.parse(run.at));
    const known = told.get(address);
    if (known !== undefined && known >= ended) continue;
    entries.push({
      // A clock that was set back must not make this line older than the run that it tells of.
      at: isoSeconds(Math.max(now, Date.parse(run.at))),
      kind: "pass",
      address,
      from: "pending",
      to: "completed",
      actor: run.agent,
      rationale: `its trace of ${ended} was not in the log: a crash came between the two, or the line was lost`,
    });
  }
  for (const [address, line] of lastPasses(lines)) {
    if (!isCompleted(line) || traces.has(address)) continue;
    entries.push({
      at: isoSeconds(now),
      kind: "pass",
      address,
      from: "completed",
      to: "pending",
      actor: "engine",
      rationale: "its trace is gone: it was cleaned, or the traces are those of another time",
    });
  }
  return entries.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}
