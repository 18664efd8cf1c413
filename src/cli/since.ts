/** Ages and times as a person types them: `--since 90min`, `--since 2026-03-01`, `--max-age 30d`. */
import { FaultError, usageFault } from "../fault.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400, w: 604_800 };
const DAY_OR_TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Milliseconds of an age such as `30 s`, `90min`, `12h`, `3d` or `8w`; undefined for anything else. */
export function ageOf(typed: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|w)$/.exec(typed.trim()) ?? [];
  return number === undefined ? undefined : Number(number) * UNITS[unit]! * 1000;
}

/**
 * The moment that `--since` names: so long ago, or a day with or without a time; without a zone it is UTC. Throws a
 * `FaultError` where it names none.
 * @param now, and the result: milliseconds since the epoch.
 */
export function sinceOf(typed: string, now: number): number {
  const age = ageOf(typed);
  const at = age === undefined ? timeOf(typed.trim()) : now - age;
  if (!Number.isNaN(new Date(at).getTime())) return at;
  const mend = "e.g. 90min, 2h, 3d, 2026-03-01 or 2026-03-01T12:00";
  throw new FaultError(usageFault(`--since takes a time or an age, not ${typed}`, "--since", mend));
}

function timeOf(typed: string): number {
  if (!DAY_OR_TIME.test(typed)) return Number.NaN;
  const zoned = /:\d{2}(?:\.\d+)?$/.test(typed) && !/[+-]\d{2}:\d{2}$/.test(typed) ? `${typed}Z` : typed;
  return Date.parse(zoned.replace(" ", "T"));
}
