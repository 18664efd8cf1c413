/** Edges that a plan adds to the prerequisite graph: §3.5's table, or the arrows of the lighter form. */

import type { Item } from "./blocks.ts";
import { type Draft, rangeOf, type SectionBlocks, unread, unreadRow } from "./draft.ts";
import { column, unitIds } from "./text.ts";

export function readEdges({ blocks }: SectionBlocks, draft: Draft): void {
  for (const block of blocks) {
    if (block.kind !== "table") continue;
    const { header, rows } = block.table;
    const [from, to] = [column(header, /^from$/i), column(header, /^to$/i)];
    if (from < 0 || to < 0) continue;
    for (const row of rows) {
      const [sources, targets] = [unitIds(row.cells[from] ?? ""), unitIds(row.cells[to] ?? "")];
      if (sources.length === 1 && targets.length === 1) {
        draft.edges.push({ from: sources[0]!, to: targets[0]!, ...rangeOf(row) });
      } else {
        draft.unread.push(unreadRow(row, "an edge goes from one unit id to one unit id"));
      }
    }
  }
}

/** What `a → b` means: that `a` comes before `b`, or that `a` depends on `b`. */
export type ArrowSense = "precedes" | "depends-on";

// `07.01.*`, `02.01-topology/*`: a chapter stands for no unit.
const CHAPTER = /(?<![\w.])\d{2}\.\d{2}(?:\.\*|-[a-z])/;

/** An item such as `` `05` (name) ← {`01`, `02`}; `05` → `06` ``. */
export function readArrows(item: Item, sense: ArrowSense, draft: Draft): void {
  for (const clause of item.text.split(/;(?![^{]*\})/)) {
    const [left = "", right = "", ...more] = clause.split(/[←→]/);
    const [before, after] = [unitIds(left), unitIds(right)];
    if (more.length > 0 || before.length !== 1 || after.length === 0) {
      draft.unread.push(unread("part", item.line, clause, "no arrow between one unit id and others"));
      continue;
    }
    if (CHAPTER.test(clause))
      draft.unread.push(unread("part", item.line, clause, "a chapter where a unit id is needed"));
    const forward = clause.includes("→") === (sense === "precedes");
    for (const other of after) {
      const [from, to] = forward ? [before[0]!, other] : [other, before[0]!];
      draft.edges.push({ from, to, ...rangeOf(item) });
    }
  }
}
