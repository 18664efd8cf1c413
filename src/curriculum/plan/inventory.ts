/** §1.2–1.4: what the book holds, as tables or as lists. */
import type { Draft, SectionBlocks } from "./draft.ts";
import { rangeOf } from "./draft.ts";
import type { InventoryKind } from "./plan.ts";
import { cellAt, column, leadingBold, plain, stated } from "./text.ts";

// `T3`, `W12`: a label at the start of an item or in bold there.
const LABEL = /^\**([A-Z]{1,2}\d{1,4})\b[.:)]?\**\s*/;

export function readInventory({ blocks }: SectionBlocks, of: InventoryKind, draft: Draft): void {
  let group: string | undefined;
  for (const block of blocks) {
    switch (block.kind) {
      case "heading":
        group = block.heading.title;
        break;
      case "paragraph":
        group = groupName(block.text) ?? group;
        break;
      case "item": {
        const label = LABEL.exec(block.text);
        const text = label ? block.text.slice(label[0].length) : block.text;
        const name = plain(leadingBold(text)?.bold ?? text).replace(/[:.]$/, "");
        draft.inventories.push({
          of,
          label: label?.[1] ?? (block.ordinal === undefined ? undefined : String(block.ordinal)),
          name,
          group,
          ...rangeOf(block),
        });
        break;
      }
      case "table": {
        const { header, rows } = block.table;
        const labels = column(header, /^(?:#|no\.?)$/i);
        const named = column(header, /result|theorem|statement|task|exercise|example/i);
        const names = named < 0 ? header.length - 1 : named;
        for (const row of rows) {
          draft.inventories.push({
            of,
            label: stated(cellAt(row.cells, labels)),
            name: plain(cellAt(row.cells, names) ?? ""),
            group,
            ...rangeOf(row),
          });
        }
      }
    }
  }
}

/** A paragraph that only announces a group: `**Classification (I.4)**`, `**Load-bearing exercises:**`. */
function groupName(text: string): string | undefined {
  const label = leadingBold(text);
  return label && (label.rest === "" || label.rest === ":") ? label.bold.replace(/:$/, "") : undefined;
}
