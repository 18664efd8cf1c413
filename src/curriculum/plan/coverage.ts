/** §2: the coverage tables, and the scorecards of §2 and §4. */
import type { Table, TableRow } from "../markdown-table.ts";
import { type Draft, rangeOf, type SectionBlocks, unread, unreadRow } from "./draft.ts";
import { layerOf } from "./layer.ts";
import type { CoverageLayer, CoverageStatus, ScorecardRow, SignOffRow } from "./plan.ts";
import { cellAt, column, leadingBold, numberIn, percentIn, plain, stated, unitIds } from "./text.ts";

export function readCoverage({ blocks }: SectionBlocks, layer: CoverageLayer, draft: Draft): void {
  for (const block of blocks) if (block.kind === "table") readCoverageTable(block.table, layer, draft);
}

function readCoverageTable(table: Table, layer: CoverageLayer, draft: Draft): void {
  const { header } = table;
  const status = column(header, /^status$/i);
  if (status < 0) return;
  const label = column(header, /^(?:#|no\.?)$/i);
  const item = header.findIndex((_name, index) => index !== label && index !== status);
  const units = header.findIndex((name, index) => index > item && /unit|codex|location|\bDAG\b/i.test(name));
  for (const row of table.rows) {
    const cell = row.cells[status] ?? "";
    const read = statusOf(cell);
    if (!read) {
      draft.unread.push(unreadRow(row, `the status ${JSON.stringify(cell)} is none of ✓, △, ✗`));
      continue;
    }
    draft.coverage.push({
      layer,
      label: stated(cellAt(row.cells, label)),
      item: plain(row.cells[item] ?? ""),
      units: unitIds(cellAt(row.cells, units) ?? ""),
      status: read,
      ...rangeOf(row),
    });
  }
}

const STATUSES: readonly (readonly [CoverageStatus, RegExp])[] = [
  ["partial", /^(?:△|✓ partial|partial|differs|implicit)/i],
  ["covered", /^(?:✓|covered|same|present)/i],
  ["gap", /^(?:✗|gap|absent|missing|not fixed|not covered)/i],
];

/** What the first word of a status says; the rest is comment. */
const statusOf = (cell: string): CoverageStatus | undefined =>
  STATUSES.find(([, pattern]) => pattern.test(plain(cell)))?.[0];

/** §2.8, or the paragraphs `**Theorem layer**: ~50% …` by which the lighter form says the same. */
export function readScorecard({ blocks }: SectionBlocks, draft: Draft): void {
  for (const block of blocks) {
    if (block.kind === "paragraph") {
      const label = leadingBold(block.text);
      const layer = label && /\blayer\b/i.test(label.bold) ? layerOf(label.bold) : undefined;
      if (!label || !layer) continue;
      // At the start only: further on it is about something else.
      const percent = /^[:\s]*[~<>≈≤≥]*\s*\d/.test(label.rest) ? percentIn(label.rest) : undefined;
      if (percent === undefined)
        draft.unread.push(unread("part", block.line, block.text, "no percentage of the layer"));
      const name = label.bold.replace(/[.:]$/, "");
      draft.scorecard.push({ layer, name, covered: undefined, total: undefined, percent, ...rangeOf(block) });
    } else if (block.kind === "table" && column(block.table.header, /^layer$/i) >= 0) {
      for (const row of block.table.rows) {
        const read = scorecardRow(block.table, row, draft);
        if (read) draft.scorecard.push(read);
      }
    }
  }
}

/** §4.4: a scorecard with thresholds and verdicts. */
export function readSignOff({ blocks }: SectionBlocks, draft: Draft): void {
  for (const block of blocks) {
    if (block.kind !== "table") continue;
    const { header, rows } = block.table;
    const threshold = column(header, /^threshold$/i);
    const verdict = column(header, /^(?:verdict|status)$/i);
    if (threshold < 0 || column(header, /^layer$/i) < 0) continue;
    for (const row of rows) {
      const read = scorecardRow(block.table, row, draft);
      if (!read) continue;
      draft.signOff.push({
        ...read,
        threshold: percentIn(row.cells[threshold] ?? "") ?? numberIn(row.cells[threshold] ?? ""),
        met: verdictOf(cellAt(row.cells, verdict) ?? ""),
      });
    }
  }
}

function scorecardRow(table: Table, row: TableRow, draft: Draft): ScorecardRow | undefined {
  const { header } = table;
  const name = plain(row.cells[column(header, /^layer$/i)] ?? "");
  const layer = layerOf(name);
  if (!layer) {
    draft.unread.push(unreadRow(row, `${JSON.stringify(name)} is none of the seven layers`));
    return undefined;
  }
  const cell = (pattern: RegExp): string => cellAt(row.cells, column(header, pattern)) ?? "";
  const percentCell = cell(/^(?:percent|per cent|%)$/i) || cell(/^post\b/i);
  return {
    layer,
    name,
    covered: numberIn(cell(/^(?:covered|captured)/i)),
    total: numberIn(cell(/^total/i)),
    percent: percentIn(percentCell) ?? (/^[\d.~\s]+$/.test(percentCell) ? numberIn(percentCell) : undefined),
    ...rangeOf(row),
  };
}

/** Refusals first: `not met` contains `met`. */
function verdictOf(cell: string): SignOffRow["met"] {
  const text = plain(cell);
  if (/\b(?:not|no|fails?|failed|short|below|missed|unmet)\b|✗/i.test(text)) return false;
  return /\b(?:met|pass(?:es|ed)?|yes|ok)\b|✓/i.test(text) ? true : undefined;
}
