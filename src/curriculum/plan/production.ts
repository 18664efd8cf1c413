/** §3.1–3.3: new units, deepenings and exercise packs, each under a heading of its own or as a row of a table. */
import type { Table } from "../markdown-table.ts";
import type { Range } from "./blocks.ts";
import { type Draft, type Part, partsOf, rangeOf, type SectionBlocks, unreadRow } from "./draft.ts";
import type { Deepening, ExercisePack, PlannedUnit } from "./plan.ts";
import { cellAt, column, numberIn, plain, stated, unitIds } from "./text.ts";

type Fields = ReadonlyMap<string, string>;

/** The `| Field | Value |` table of a part, by lower-case field name. */
function fieldsOf(part: Part): Fields | undefined {
  for (const block of part.blocks) {
    if (block.kind !== "table") continue;
    const [field, value] = [column(block.table.header, /^field$/i), column(block.table.header, /^value$/i)];
    if (field < 0 || value < 0) continue;
    return new Map(
      block.table.rows.map((row) => [plain(row.cells[field] ?? "").toLowerCase(), row.cells[value] ?? ""]),
    );
  }
  return undefined;
}

/** The whole of a part: its heading and everything below it. */
const partRange = (part: Part): Range => ({ ...part.range, end: part.blocks.at(-1)?.end ?? part.range.end });

// `Unit N1 — Title`, `N1 — Title`, `D2 — …`, `EP1 — …`.
const LABEL = /^(?:unit\s+)?((?:N|D|EP)\d{1,3})\b/i;
const labelOf = (part: Part): string | undefined => LABEL.exec(part.title)?.[1];

/** Ids of a field: undefined where the field is absent, empty where it says that there are none. */
const idsOf = (fields: Fields, name: string): readonly string[] | undefined => {
  const value = fields.get(name);
  return value === undefined ? undefined : unitIds(value);
};

export function readNewUnits(section: SectionBlocks, draft: Draft): void {
  for (const part of partsOf(section)) {
    const fields = fieldsOf(part);
    if (fields) draft.newUnits.push(unitOf(part, fields));
  }
  for (const table of tablesOf(section)) readUnitTable(table, draft);
}

function unitOf(part: Part, fields: Fields): PlannedUnit {
  const id = unitIds(fields.get("unit id") ?? "")[0] ?? unitIds(part.number ?? part.title)[0];
  const slug = stated(fields.get("slug"));
  return {
    label: labelOf(part),
    id,
    title: stated(fields.get("title")) ?? part.title.replace(LABEL, "").replace(/^\s*[—–:-]\s*/, ""),
    slug,
    path: stated(fields.get("path")) ?? pathIn(fields.get("section / chapter"), id, slug),
    conceptId: stated(fields.get("concept catalog id")),
    prerequisites: idsOf(fields, "prerequisites"),
    peers: idsOf(fields, "peers"),
    agent: stated(fields.get("agent")),
    closes: listOf(fields.get("closes gaps")),
    ...partRange(part),
  };
}

/** The file of a unit in a named folder: `` `content/…/09-spin-geometry/` `` with comments after it. */
function pathIn(folder: string | undefined, id: string | undefined, slug: string | undefined): string | undefined {
  const path = /`?(content\/[^`\s]*)/.exec(folder ?? "")?.[1];
  return path === undefined || !id || !slug ? undefined : `${path.replace(/\/$/, "")}/${id}-${slug}.md`;
}

/** A list in a cell: parted by semicolons where there are any, else by commas. */
function listOf(cell: string | undefined): readonly string[] {
  const text = stated(cell);
  if (text === undefined) return [];
  return text
    .split(text.includes(";") ? ";" : ",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** A table of units: a summary of those that are known already, the whole entry of those that are not. */
function readUnitTable(table: Table, draft: Draft): void {
  const { header } = table;
  const ids = column(header, /^(?:unit )?id$|^unit$/i);
  if (ids < 0) return;
  const known = new Set(draft.newUnits.map((unit) => unit.id));
  const titles = column(header, /^title$/i);
  const cell = (cells: readonly string[], pattern: RegExp) => cellAt(cells, column(header, pattern));
  for (const row of table.rows) {
    const id = unitIds(row.cells[ids] ?? "")[0];
    if (id === undefined) {
      draft.unread.push(unreadRow(row, "no unit id"));
    } else if (known.has(id)) {
      draft.understood.push(rangeOf(row));
    } else {
      const [prerequisites, peers] = [cell(row.cells, /^prereq/i), cell(row.cells, /^peers/i)];
      draft.newUnits.push({
        label: undefined,
        id,
        title: stated(cellAt(row.cells, titles)),
        slug: stated(cell(row.cells, /^slug$/i)),
        path: stated(cell(row.cells, /^path$/i)),
        conceptId: stated(cell(row.cells, /^concept/i)),
        prerequisites: prerequisites === undefined ? undefined : unitIds(prerequisites),
        peers: peers === undefined ? undefined : unitIds(peers),
        agent: stated(cell(row.cells, /^agent$/i)),
        closes: listOf(cell(row.cells, /^closes/i)),
        ...rangeOf(row),
      });
    }
  }
}

const tablesOf = ({ blocks }: SectionBlocks): readonly Table[] =>
  blocks.flatMap((block) => (block.kind === "table" ? [block.table] : []));

export function readDeepenings(section: SectionBlocks, draft: Draft): void {
  for (const part of partsOf(section)) {
    const unitId = unitIds(part.title)[0] ?? unitIds(part.number ?? "")[0];
    if (!unitId && !labelOf(part)) continue;
    const title = plain(part.title)
      .replace(LABEL, "")
      .replace(/^[\s—–:-]+/, "");
    const additions = part.blocks.flatMap((block) => (block.kind === "item" ? [block.text] : []));
    draft.deepenings.push({ label: labelOf(part), unitId, title, additions, ...partRange(part) });
  }
  for (const table of tablesOf(section)) {
    const [ids, additions] = [column(table.header, /^unit/i), column(table.header, /^additions?$/i)];
    if (ids < 0) continue;
    const known = new Set(draft.deepenings.map((deepening) => deepening.unitId));
    for (const row of table.rows) {
      const unitId = unitIds(row.cells[ids] ?? "")[0];
      if (unitId === undefined) draft.unread.push(unreadRow(row, "no unit id"));
      else if (known.has(unitId)) draft.understood.push(rangeOf(row));
      else draft.deepenings.push(deepeningRow(unitId, stated(cellAt(row.cells, additions)), rangeOf(row)));
    }
  }
}

const deepeningRow = (unitId: string, addition: string | undefined, range: Range): Deepening => ({
  label: undefined,
  unitId,
  title: undefined,
  additions: addition === undefined ? [] : [addition],
  ...range,
});

export function readExercisePacks(section: SectionBlocks, draft: Draft): void {
  for (const part of partsOf(section)) {
    const fields = fieldsOf(part);
    if (fields) draft.exercisePacks.push(packOf(part, fields));
  }
}

const packOf = (part: Part, fields: Fields): ExercisePack => ({
  label: labelOf(part),
  id: unitIds(fields.get("unit id") ?? "")[0] ?? unitIds(part.title)[0] ?? unitIds(part.number ?? "")[0],
  title: stated(fields.get("title")),
  slug: stated(fields.get("slug")),
  conceptId: stated(fields.get("concept catalog id")),
  prerequisites: idsOf(fields, "prerequisites"),
  exercises: numberIn(fields.get("exercise count") ?? ""),
  ...partRange(part),
});
