/** A plan while it is being read: the readers of its sections add to it, and nothing outside this folder sees it. */
import type { TableRow } from "../markdown-table.ts";
import type { Block, Range } from "./blocks.ts";
import type { Plan, PlanSection, Unread } from "./plan.ts";
import { quoted } from "./text.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };

export interface Draft extends Omit<Mutable<Plan>, "form" | "title" | "sections"> {
  /** What was understood without making a record of its own, such as a summary of records. */
  readonly understood: Range[];
}

/** A section with its own blocks, those of its level-3 sections left out. */
export interface SectionBlocks {
  readonly section: PlanSection;
  readonly blocks: readonly Block[];
}

export const emptyDraft = (): Draft => ({
  inventories: [],
  coverage: [],
  scorecard: [],
  newUnits: [],
  deepenings: [],
  exercisePacks: [],
  edges: [],
  agents: [],
  punchList: [],
  claims: [],
  signOff: [],
  unread: [],
  understood: [],
});

export const unread = (kind: Unread["kind"], line: number, text: string, why: string): Unread => ({
  kind,
  line,
  text: quoted(text),
  why,
});

/** A row of a table that could not be read. */
export const unreadRow = (row: TableRow, why: string): Unread => unread("row", row.line, row.cells.join(" | "), why);

/** The range of something that has one, without its other fields. */
export const rangeOf = ({ line, start, end }: Range): Range => ({ line, start, end });

/** A heading of level 4 or below in a section, with the blocks up to the next one. */
export interface Part {
  readonly title: string;
  readonly number: string | undefined;
  readonly range: Range;
  readonly blocks: readonly Block[];
}

/** A section's parts. Blocks before the first heading are in none. */
export function partsOf({ blocks }: SectionBlocks): readonly Part[] {
  const parts: { title: string; number: string | undefined; range: Range; blocks: Block[] }[] = [];
  for (const block of blocks) {
    if (block.kind === "heading") {
      const { title, number, start, end } = block.heading;
      parts.push({ title, number, range: { line: block.line, start, end }, blocks: [] });
    } else {
      parts.at(-1)?.blocks.push(block);
    }
  }
  return parts;
}
