/**
 * Reads a plan, of either form, into one model. Whatever stands in a section that is read and was not understood is
 * listed with its line: a plan decides what is bought, so nothing in it may be dropped in silence.
 */
import { unreachable } from "../../result.ts";
import { readAgents, readBatch } from "./agents.ts";
import { type Block, blocks, type Range } from "./blocks.ts";
import { readCoverage, readScorecard, readSignOff } from "./coverage.ts";
import { type Draft, emptyDraft, rangeOf, type SectionBlocks, unread, unreadRow } from "./draft.ts";
import { type ArrowSense, readArrows, readEdges } from "./edges.ts";
import { readInventory } from "./inventory.ts";
import type { Plan } from "./plan.ts";
import { readDeepenings, readExercisePacks, readNewUnits } from "./production.ts";
import { readPunchList } from "./punch-list.ts";
import { outline } from "./section.ts";
import { cellAt, column, leadingBold, plain, stated, unitIds } from "./text.ts";

/** Longer plans are not read: the longest of the campaign has 290,000 UTF-16 units. */
export const MAX_PLAN = 1_000_000;

/** Reads the text of a plan, or of one of its level-2 sections. Takes time linear in the length of the text. */
export function parsePlan(text: string): Plan {
  const draft = emptyDraft();
  if (text.length > MAX_PLAN) {
    draft.unread.push(unread("part", 1, text.slice(0, 200), `longer than ${MAX_PLAN} UTF-16 units`));
    return finish({ form: "full", title: undefined, sections: [] }, draft);
  }
  const found = outline(blocks(text));
  let priority: number | undefined;
  for (const section of found.sections) priority = readSection(section, draft, priority);
  reportLeftovers(found.sections, draft);
  return finish({ ...found, sections: found.sections.map(({ section }) => section) }, draft);
}

function finish(head: Pick<Plan, "form" | "title" | "sections">, draft: Draft): Plan {
  const { understood: _understood, unread: left, ...records } = draft;
  return { ...head, ...records, unread: left.toSorted((a, b) => a.line - b.line) };
}

/** Returns the priority that is in force after the section. */
function readSection(section: SectionBlocks, draft: Draft, priority: number | undefined): number | undefined {
  const { role } = section.section;
  switch (role.kind) {
    case "inventory":
      readInventory(section, role.of, draft);
      return undefined;
    case "coverage":
      readCoverage(section, role.layer, draft);
      return undefined;
    case "scorecard":
      readScorecard(section, draft);
      return undefined;
    case "new-units":
      readNewUnits(section, draft);
      return undefined;
    case "deepenings":
      readDeepenings(section, draft);
      return undefined;
    case "exercise-packs":
      readExercisePacks(section, draft);
      return undefined;
    case "edges":
      readEdges(section, draft);
      return undefined;
    case "agents":
      readAgents(section, draft);
      return undefined;
    case "punch-list":
      return readPunchList(section, draft, priority);
    case "sketch":
      readSketch(section, draft);
      return undefined;
    case "claims":
      readClaims(section, draft);
      // The campaign's first plans have the scorecard beside the claims.
      readSignOff(section, draft);
      return undefined;
    case "sign-off":
      readSignOff(section, draft);
      return undefined;
    case "other":
      return undefined;
    default:
      return unreachable(role);
  }
}

type Listing = "batches" | ArrowSense;

/** The lighter form's implementation sketch: lists under bold words that say what they list. */
function readSketch({ blocks: own }: SectionBlocks, draft: Draft): void {
  let listing: Listing | undefined;
  for (const block of own) {
    if (block.kind === "paragraph") {
      listing = listingIn(leadingBold(block.text)?.bold ?? "") ?? (keeps(block.text) ? listing : undefined);
    } else if (block.kind === "item" && listing !== undefined) {
      if (listing === "batches") readBatch(block, draft);
      else readArrows(block, listing, draft);
    }
  }
}

function listingIn(bold: string): Listing | undefined {
  if (/^(?:batch structure|sequencing)\b/i.test(bold)) return "batches";
  if (/^dependency edges\b/i.test(bold)) return "depends-on";
  return /^DAG edges\b/i.test(bold) ? "precedes" : undefined;
}

/** A paragraph between two lists of one kind, which announces the second. */
const keeps = (paragraph: string): boolean => !paragraph.startsWith("**") && paragraph.endsWith(":");

/** §4.1: which heading of which unit has which result. */
function readClaims({ blocks: own }: SectionBlocks, draft: Draft): void {
  for (const block of own) {
    if (block.kind !== "table") continue;
    const { header, rows } = block.table;
    const [unit, heading] = [column(header, /^unit$/i), column(header, /^heading$/i)];
    if (unit < 0 || heading < 0) continue;
    const label = column(header, /^(?:#|no\.?)$/i);
    const result = header.findIndex((_name, index) => index !== label && index !== unit && index !== heading);
    for (const row of rows) {
      const ids = unitIds(row.cells[unit] ?? "");
      const named = stated(row.cells[heading]);
      if (ids.length !== 1 || named === undefined) {
        draft.unread.push(unreadRow(row, "a claim names one unit id and one heading of it"));
        continue;
      }
      draft.claims.push({
        label: stated(cellAt(row.cells, label)),
        result: plain(cellAt(row.cells, result) ?? ""),
        unit: ids[0]!,
        heading: named,
        ...rangeOf(row),
      });
    }
  }
}

/** Lists every table row and list item of a section that is read which no record and no message accounts for. */
function reportLeftovers(sections: readonly SectionBlocks[], draft: Draft): void {
  const accounted = accountedLines(draft);
  for (const { section, blocks: own } of sections) {
    if (section.role.kind === "other") continue;
    for (const block of own) leftoversOf(block, accounted, draft);
  }
}

function leftoversOf(block: Block, accounted: (range: Range) => boolean, draft: Draft): void {
  if (block.kind === "item" && !accounted(block)) {
    draft.unread.push(unread("item", block.line, block.text, "a list item that is no entry of this section"));
  }
  if (block.kind !== "table") return;
  const { table } = block;
  if (!accounted({ ...block, end: block.start + 1 })) {
    const rows = table.rows.filter((row) => !accounted(row));
    if (rows.length === table.rows.length && rows.length > 0) {
      const columns = table.header.join(" | ");
      draft.unread.push(
        unread("table", table.line, columns, `a table of ${rows.length} rows that has not this section's columns`),
      );
    } else {
      for (const row of rows) draft.unread.push(unreadRow(row, "a row that was not understood"));
    }
  }
  for (const misfit of table.misfits) {
    const why = `${misfit.cells} cells where the header has ${table.header.length}; write a pipe in a cell as \\|`;
    draft.unread.push(unread("row", misfit.line, misfit.text, why));
  }
}

/** Whether a range starts inside a record, or on a line that a message names. */
function accountedLines(draft: Draft): (range: Range) => boolean {
  const { unread: messages, ...records } = draft;
  const lines = new Set(messages.map((message) => message.line));
  const ranges = (Object.values(records) as (readonly Range[])[]).flat().toSorted((a, b) => a.start - b.start);
  // Records of one kind never overlap, but an item may be several records: keep the furthest end seen so far.
  const ends: number[] = [];
  for (const range of ranges) ends.push(Math.max(range.end, ends.at(-1) ?? 0));
  return (range) => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranges[middle]!.start <= range.start) low = middle + 1;
      else high = middle;
    }
    return lines.has(range.line) || (low > 0 && ends[low - 1]! > range.start);
  };
}
