/** Lines of the audit log as a person reads them, and which of them were asked for. */
import type { LogLine } from "../../campaign/audit-log.ts";
import { err, ok, type Result } from "../../result.ts";
import type { Terminal } from "../terminal.ts";

/** One line: when, what, from where to where, by whom and why. */
export function logLine(line: LogLine, colours: Terminal["colours"]): string {
  const change = line.from === "" || line.from === line.to ? line.to : `${line.from} → ${line.to}`;
  const sign = /^(failed|rejected)/.test(line.to)
    ? colours.red
    : /^completed/.test(line.to)
      ? colours.green
      : colours.bold;
  const why = line.rationale === "" ? "" : colours.dim(` (${line.rationale})`);
  return `${line.at}  ${line.address}  ${sign(change)}  by ${line.actor}${why}`;
}

/**
 * Whether an address is meant by what was typed: segment by segment, each by its beginning or as a glob; what follows
 * is meant with it. The log also names what no rule makes any more, so the graph is not asked.
 */
export function isMeant(typed: string, address: string): boolean {
  if (typed === "all") return true;
  const wanted = typed.split("/").filter((segment) => segment !== "");
  const segments = address.split("/");
  return (
    wanted.length <= segments.length &&
    wanted.every((each, index) =>
      /[*?]/.test(each)
        ? new RegExp(
            `^${each
              .replace(/[.+^${}()|[\]\\]/g, "\\$&")
              .replaceAll("*", ".*")
              .replaceAll("?", ".")}$`,
          ).test(segments[index]!)
        : segments[index]!.startsWith(each),
    )
  );
}

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * The moment that `--since` names: a duration back from now (`90min`, `2h`, `3d`, `1w`), or a date with or without a time (UTC).
 * @returns milliseconds since the epoch; an error says what can be written.
 */
export function sinceOf(text: string, now: number): Result<number, string> {
  const back = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|w)$/.exec(text.trim());
  if (back !== null) return ok(now - Number(back[1]) * UNITS[back[2]!]! * 1000);
  const date = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?$/.test(text.trim())
    ? Date.parse(`${text.trim().replace(" ", "T").replace(/Z$/, "")}${text.includes(":") ? "Z" : ""}`)
    : Number.NaN;
  return Number.isNaN(date) ? err("e.g. 90min, 2h, 3d, 2026-03-01 or 2026-03-01T12:00") : ok(date);
}
