/**
 * The lighter form's §3: numbered items, most urgent first, under priorities that are headings or bold paragraphs. Tags
 * are written (`[NEW]`) in some plans and follow from the words in the others.
 */

import type { Item } from "./blocks.ts";
import { type Draft, rangeOf, type SectionBlocks, unread } from "./draft.ts";
import type { PunchItem, PunchTag } from "./plan.ts";
import { leadingBold, plain, unitIds } from "./text.ts";

/** @param priority the one in force where the section starts */
export function readPunchList(
  { section, blocks }: SectionBlocks,
  draft: Draft,
  priority: number | undefined,
): number | undefined {
  let current = section.level === 3 ? priorityIn(section.title) : priority;
  for (const block of blocks) {
    if (block.kind === "heading") current = priorityIn(block.heading.title) ?? current;
    else if (block.kind === "paragraph") current = priorityIn(leadingBold(block.text)?.bold ?? "") ?? current;
    else if (block.kind === "item" && block.ordinal !== undefined)
      addItem(punchItem(block, block.ordinal, current), block, draft);
  }
  return current;
}

/** `Priority 1 — …`, `Hatcher-distinctive priority 2 — …`, `P0 — …`. */
function priorityIn(text: string): number | undefined {
  const match = /\bpriority[ -](\d{1,2})\b|^P(\d{1,2})\b/i.exec(text);
  return match ? Number(match[1] ?? match[2]) : undefined;
}

const TAG = /\[(NEW|DEEPEN|ENRICH|DEFERRED)\]\s*/;

function punchItem(item: Item, ordinal: number, priority: number | undefined): PunchItem {
  const head = leadingBold(item.text);
  const bold = head?.bold ?? item.text;
  // A tag further on is about something else: `cross-link to [NEW] 05.01.01`.
  const written = TAG.exec(bold)?.[1] ?? TAG.exec(head?.rest.slice(0, 40) ?? "")?.[1];
  const subject = plain(bold.replace(TAG, ""));
  const id = unitIds(subject)[0];
  return {
    ordinal,
    priority,
    tag: (written as PunchTag | undefined) ?? inferredTag(subject, head?.rest ?? ""),
    tagged: written === undefined ? "inferred" : "written",
    id,
    title: titleOf(subject, id, head?.rest ?? ""),
    ...rangeOf(item),
  };
}

/** What the words of an item ask for. */
function inferredTag(subject: string, rest: string): PunchTag {
  if (/^defer/i.test(subject) || /^[—–-]\s*defer\b/i.test(rest)) return "DEFERRED";
  if (/^enrich/i.test(subject)) return "ENRICH";
  if (/^(?:deepen|extend)|\bdeepenings?$/i.test(subject)) return "DEEPEN";
  return /\b(?:no|not a) new unit\b/i.test(rest) ? "ENRICH" : "NEW";
}

/** The subject without its id; where nothing is left, the name that follows the bold words. */
function titleOf(subject: string, id: string | undefined, rest: string): string {
  const named = (id !== undefined && subject.startsWith(id) ? subject.slice(id.length) : subject)
    .replace(/^[\s—–:-]+/, "")
    .replace(/[.:]$/, "");
  return named !== ""
    ? named
    : plain(rest)
        .split(/\s[—–]\s|[.:]/, 1)[0]!
        .trim();
}

/** An item is also a unit to write, a unit to deepen, or an exercise pack: the same records as in the full form. */
function addItem(item: PunchItem, block: Item, draft: Draft): void {
  draft.punchList.push(item);
  if (item.id === undefined && /^[\d?]{2}\.[\d?]{2}\.[\d?]{2}/.test(item.title)) {
    draft.unread.push(unread("part", item.line, item.title, "a unit id with places left open"));
  }
  const label = String(item.ordinal);
  const range = rangeOf(block);
  const common = {
    label,
    id: item.id,
    title: item.title,
    slug: undefined,
    conceptId: undefined,
    prerequisites: undefined,
  };
  if (item.tag === "DEEPEN" || item.tag === "ENRICH") {
    draft.deepenings.push({ label, unitId: item.id, title: item.title, additions: [block.text], ...range });
  } else if (item.tag === "NEW" && item.id?.includes(".E")) {
    draft.exercisePacks.push({ ...common, exercises: undefined, ...range });
  } else if (item.tag === "NEW") {
    draft.newUnits.push({ ...common, path: undefined, peers: undefined, agent: undefined, closes: [], ...range });
  }
}
