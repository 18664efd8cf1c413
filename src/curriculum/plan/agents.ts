/**
 * Who produces what, and after whom: §3.6 as a table or as one heading an agent (usually with a summary table), and
 * the lighter form's batches. An agent that is described twice is one job that has both descriptions.
 */
import type { Item } from "./blocks.ts";
import { type Draft, type Part, partsOf, rangeOf, type SectionBlocks, unread, unreadRow } from "./draft.ts";
import type { AgentJob } from "./plan.ts";
import { cellAt, column, leadingBold, plain, unitIds } from "./text.ts";

export function readAgents(section: SectionBlocks, draft: Draft): void {
  for (const part of partsOf(section)) {
    const named = /^agent\s+([A-Z]\w*)\s*(?:[—–:-]\s*)?(.*)$/i.exec(part.title);
    if (named) add(draft, jobOfPart(part, named[1]!, named[2]!, draft));
  }
  for (const block of section.blocks) {
    if (block.kind !== "table") continue;
    const { header, rows } = block.table;
    const agents = column(header, /^agent$/i);
    if (agents < 0) continue;
    for (const row of rows) {
      const name = plain(row.cells[agents] ?? "").replace(/^agent\s+/i, "");
      if (name === "") {
        draft.unread.push(unreadRow(row, "no agent's name"));
        continue;
      }
      const cell = (pattern: RegExp): string => cellAt(row.cells, column(header, pattern)) ?? "";
      const batch = cell(/^batch$/i);
      const after = column(header, /^after$/i) < 0 ? namesAfter(batch) : agentNames(cell(/^after$/i));
      add(draft, {
        name,
        title: undefined,
        batch: batchIn(batch),
        units: produced(cell(/^(?:new )?units(?: \(new\))?$/i), draft),
        deepens: produced(cell(/deepen/i), draft),
        packs: produced(cell(/pack/i), draft),
        after,
        ...rangeOf(row),
      });
    }
  }
}

const batchIn = (text: string): number | undefined => {
  const match = /\d+/.exec(text);
  return match ? Number(match[0]) : undefined;
};

/** The names that follow "after": `2 (after A+B)`. */
const namesAfter = (text: string): readonly string[] => agentNames(/\bafter\s+(.*)$/i.exec(text)?.[1] ?? "");

/** `A`, `A+B`, `A and B`, `agents A, B`; no names in a dash or in prose. */
const agentNames = (text: string): readonly string[] => [...new Set(plain(text).match(/(?<![\w-])[A-Z]\d?(?![\w-])/g))];

/** Adds a job, or what it says to the job of the same name. */
function add(draft: Draft, job: AgentJob): void {
  const at = draft.agents.findIndex((known) => known.name === job.name);
  const known = draft.agents[at];
  if (!known) {
    draft.agents.push(job);
    return;
  }
  const both = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])];
  draft.agents[at] = {
    ...known,
    title: known.title ?? job.title,
    batch: known.batch ?? job.batch,
    units: both(known.units, job.units),
    deepens: both(known.deepens, job.deepens),
    packs: both(known.packs, job.packs),
    after: both(known.after, job.after),
  };
  draft.understood.push(rangeOf(job));
}

function jobOfPart(part: Part, name: string, title: string, draft: Draft): AgentJob {
  const bullets = part.blocks.flatMap((block) => (block.kind === "item" ? [block.text] : []));
  const bullet = (pattern: RegExp): string => {
    for (const text of bullets) {
      const label = leadingBold(text);
      if (label && pattern.test(label.bold)) return label.rest;
    }
    return "";
  };
  const waits = [...bullet(/^sequencing/i).matchAll(/\bagents?\s+([A-Z]\d?)\b/gi)].map((match) => match[1]!);
  return {
    name,
    title: title === "" ? undefined : title,
    batch: undefined,
    units: produced(bullet(/^new units?/i), draft),
    deepens: produced(bullet(/deepen/i), draft),
    packs: produced(bullet(/^exercise packs?/i), draft),
    after: [...new Set([...namesAfter(title), ...waits])].filter((other) => other !== name),
    ...part.range,
    end: part.blocks.at(-1)?.end ?? part.range.end,
  };
}

const LABELS = /(?<![\w.])(?:N|D|EP)\d{1,3}(?!\w)/g;

/**
 * What a list of work names, as ids. A label of the plan (`N1`) stands for its record; where the record has no id the
 * label is kept. A list that has labels names by them alone: the ids beside them are in comments.
 */
function produced(text: string, draft: Draft): readonly string[] {
  const records = [...draft.newUnits, ...draft.exercisePacks];
  const labelled = (label: string): string =>
    records.find((record) => record.label === label)?.id ??
    draft.deepenings.find((record) => record.label === label)?.unitId ??
    label;
  // Comments in brackets may name other units and other labels.
  const outside = text.replace(/\([^()]*\)/g, " ");
  const labels = outside.match(LABELS);
  return labels ? [...new Set(labels.map(labelled))] : unitIds(outside);
}

/** `**Batch A (foundations: items 1, 2, ~9 h):** depends on Batch B.` of the lighter form. */
export function readBatch(item: Item, draft: Draft): void {
  const label = leadingBold(item.text);
  const named = /^(?:(P\d)\s+)?(?:batch|wave)\s+([A-Z]\d?)\b(.*)$/i.exec(label?.bold.replace(/:$/, "") ?? "");
  if (!label || !named) {
    draft.unread.push(unread("item", item.line, item.text, "no batch's name in bold"));
    return;
  }
  const name = [named[1], named[2]].filter((word) => word !== undefined).join(" ");
  const inName = ordinalsIn(named[3] ?? "");
  // Of the sentences after the name the first says what the batch is; later ones may name what waits for it.
  const ordinals = inName.length > 0 ? inName : ordinalsIn(label.rest.split(/[.;]\s/, 1)[0]!);
  const items = draft.punchList.filter((known) => ordinals.includes(known.ordinal));
  const of = (tags: readonly string[]) =>
    items.filter((known) => tags.includes(known.tag)).map((known) => known.id ?? String(known.ordinal));
  const waits = [...label.rest.matchAll(/\b(?:depends on|after)\s+batch(?:es)?\s+((?:[A-Z]\b(?:,\s*|\s+and\s+)?)+)/gi)];
  add(draft, {
    name,
    title: named[3]?.trim() || undefined,
    batch: undefined,
    units: of(["NEW"]),
    deepens: of(["DEEPEN", "ENRICH"]),
    packs: [],
    after: [...new Set(waits.flatMap((match) => agentNames(match[1]!)))],
    ...rangeOf(item),
  });
}

/** The item numbers in `items 1, 2, 8, ~11 h` and `items 12–15`. */
function ordinalsIn(text: string): readonly number[] {
  return [...text.matchAll(/\bitems?\s+([\d,\s–-]+)/gi)].flatMap((match) =>
    match[1]!.split(",").flatMap((piece) => {
      const [first, last = first] = (piece.match(/\d+/g) ?? []).map(Number);
      if (first === undefined || last === undefined || last - first > 1000) return [];
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => first + step);
    }),
  );
}
