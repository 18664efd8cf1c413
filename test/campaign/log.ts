/** Audit logs for tests: made of entries, and read back from text. */
import { chained, type LogEntry, type LogLine } from "../../src/campaign/audit-log.ts";
import type { RawLine } from "../../src/campaign/jsonl.ts";

/** @param at minutes after midnight */
export const entry = (to: string, at = 0): LogEntry => ({
  at: `2026-01-01T${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}:00Z`,
  kind: "pass",
  address: "book/x/P1_audit",
  from: "pending",
  to,
  actor: "engine",
  rationale: "never built",
});

/** A chain of entries that goes on after `last`. */
export function chainOf(entries: readonly LogEntry[], last?: LogLine): LogLine[] {
  const lines: LogLine[] = [];
  for (const each of entries) lines.push(chained(each, lines.at(-1) ?? last));
  return lines;
}

export const textOf = (lines: readonly (LogLine | string)[]): string =>
  lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");

/** The lines of a text as jsonl.ts reads them. */
export function rawOf(text: string | Uint8Array): RawLine[] {
  const whole = typeof text === "string" ? text : new TextDecoder().decode(text);
  const lines = whole.split("\n");
  const ended = lines.at(-1) === "";
  if (ended) lines.pop();
  return lines.map((line, index) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    return {
      number: index + 1,
      bytes: new TextEncoder().encode(line),
      value,
      ended: ended || index < lines.length - 1,
    };
  });
}
