/** What changed between two texts, in a few lines: for people, who are shown digests otherwise. */
import { structuredPatch } from "diff";

/** Lines that are shown of a change, and characters of a line. */
const LINES = 12;
const WIDTH = 160;
/** Longer texts are not compared: it would take longer than anyone waits. */
const LONGEST = 400_000;

/**
 * The lines that were taken out (`- …`) and put in (`+ …`), at most a dozen; the last one says how many more there are.
 * Empty where the texts differ in blank space alone, or are too long.
 */
export function shortDiff(before: string, after: string): string[] {
  if (before.length > LONGEST || after.length > LONGEST) return [];
  const patch = structuredPatch("", "", before, after, undefined, undefined, {
    context: 0,
    ignoreWhitespace: true,
    timeout: 500,
  });
  const lines = (patch?.hunks ?? [])
    .flatMap((hunk) => hunk.lines)
    .filter((line) => !line.startsWith("\\"))
    .map((line) => (line.length > WIDTH ? `${line[0]} ${line.slice(1, WIDTH)}…` : `${line[0]} ${line.slice(1)}`));
  return lines.length <= LINES
    ? lines
    : [...lines.slice(0, LINES - 1), `  and ${lines.length - LINES + 1} more changed lines`];
}
