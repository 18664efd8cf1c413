/**
 * The lines at the bottom of the terminal that change, and the scrollback above them that does not. It turns what should
 * be seen into one text a frame; it neither writes nor knows the time. Never the alternate screen: what has
 * scrolled by stays, can be copied, and is there when the build has ended.
 *
 * The cursor rests at the start of the line below the region.
 */
import { widthOf } from "./width.ts";

const ESC = "\u001b[";
/** Terminals that know it show a frame only when it is whole; others ignore it. */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;
const ERASE_BELOW = `${ESC}J`;
const ERASE_REST = `${ESC}K`;

export class LiveRegion {
  private shown: readonly string[] = [];

  /**
   * What to write so that `scroll` joins the scrollback and `lines` stand below it; empty where nothing changes.
   * @param lines each narrower than the terminal.
   * @param size of the terminal now: since the last frame it may have wrapped what stands there.
   */
  paint(
    scroll: readonly string[],
    lines: readonly string[],
    size: { readonly columns: number; readonly rows: number },
  ): string {
    const before = this.shown;
    const tall = rowsOf(before, size.columns);
    this.shown = lines;
    const inPlace = scroll.length === 0 && lines.length === before.length && tall === before.length;
    const body = inPlace ? changedLines(before, lines) : [up(tall, size.rows), ERASE_BELOW, ...scroll, ...lines];
    if (inPlace) return body.length === 0 ? "" : BEGIN + body.join("") + END;
    const [move, erase, ...text] = body;
    if (tall === 0 && text.length === 0) return "";
    return BEGIN + move + erase + text.map((line) => `${line}\n`).join("") + END;
  }
}

/** Rows that lines take on a terminal of so many columns: one that became narrower has wrapped them. */
const rowsOf = (lines: readonly string[], columns: number): number =>
  lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);

/** To the start of the region; what has left the screen cannot be reached. */
function up(rows: number, screen: number): string {
  const reach = Math.min(rows, screen - 1);
  return reach === 0 ? "\r" : `\r${ESC}${reach}A`;
}

/** Rewrites the lines that differ, and leaves the cursor where it was. */
function changedLines(before: readonly string[], after: readonly string[]): string[] {
  const changed = after.flatMap((line, index) => (line === before[index] ? [] : [index]));
  if (changed.length === 0) return [];
  const parts: string[] = [];
  let at = after.length;
  for (const index of changed) {
    const rows = index - at;
    if (rows !== 0) parts.push(rows < 0 ? `${ESC}${-rows}A` : `${ESC}${rows}B`);
    parts.push(`\r${after[index]}${ERASE_REST}`);
    at = index;
  }
  parts.push(`${ESC}${after.length - at}B\r`);
  return parts;
}
