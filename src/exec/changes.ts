/** What changed between two texts, in a few lines: for people, who are shown digests otherwise. */
import { structuredPatch } from "diff";

/** Lines that are shown of a change, and characters of a line. */
const LINES = 12;
const WIDTH = 160;
/** Characters before a difference within a long line. */
const LEAD = 40;
/** Longer texts are not compared: it would take longer than anyone waits. */
const LONGEST = 400_000;

/**
 * The lines that were taken out (`- …`) and put in (`+ …`), at most a dozen; the last one says how many more there are.
 * Empty where the texts differ in blank space around lines alone, or are too long.
 */
export function shortDiff(before: string, after: string): string[] {
  if (before.length > LONGEST || after.length > LONGEST) return [];
  const patch = structuredPatch("", "", before, after, undefined, undefined, {
    context: 0,
    ignoreWhitespace: true,
    timeout: 500,
  });
  const lines = (patch?.hunks ?? []).flatMap(({ lines: changed }) => {
    const [gone, come] = ["-", "+"].map((sign) => changed.filter((line) => line.startsWith(sign)));
    return changed
      .filter((line) => !line.startsWith("\\"))
      .map((line) => {
        const [own, other] = line.startsWith("-") ? [gone!, come!] : [come!, gone!];
        // As many lines out as in: each is compared with the one that stands for it.
        const twin = own.length === other.length ? other[own.indexOf(line)] : undefined;
        return `${line[0]} ${around(line.slice(1), twin?.slice(1))}`;
      });
  });
  return lines.length <= LINES
    ? lines
    : [...lines.slice(0, LINES - 1), `  and ${lines.length - LINES + 1} more changed lines`];
}

/** As much of a line as is shown: from shortly before the place where it differs from its twin. */
function around(line: string, twin = ""): string {
  if (line.length <= WIDTH) return line;
  let same = 0;
  while (same < twin.length && line[same] === twin[same]) same += 1;
  const from = same < WIDTH / 2 ? 0 : Math.min(same - LEAD, line.length - WIDTH);
  return `${from > 0 ? "…" : ""}${line.slice(from, from + WIDTH)}${from + WIDTH < line.length ? "…" : ""}`;
}
