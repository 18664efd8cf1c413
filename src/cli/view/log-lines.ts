/** Lines of the audit log as a person reads them, and which of them were asked for. */
import type { LogLine } from "../../campaign/audit-log.ts";
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
