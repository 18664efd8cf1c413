/**
 * Putting an entry into the concept catalog so that a reviewer sees that entry and nothing else: it goes next to its
 * alphabetical neighbour in its namespace, and every other byte of the file stays as it was. Entries of independent
 * concepts land the same way in whatever order they are put in.
 */

import { lineEndingOf } from "../artifact/lines.ts";
import { formatRef } from "../artifact/ref.ts";
import { err, ok, type Result } from "../result.ts";
import { type Catalog, type CatalogEntry, type CatalogGroup, readCatalog } from "./catalog.ts";
import { CATALOG_PATH } from "./shared-files.ts";
import { applyEdits, byCodeUnit, neighbours, type TextEdit } from "./text-edit.ts";
import { TIERS, type Tier } from "./unit/tiers.ts";

/** An entry to be written; every text is one line. */
export interface NewCatalogEntry {
  readonly id: string;
  readonly title: string;
  readonly prerequisites: readonly string[];
  readonly tierAnchors: Readonly<Partial<Record<Tier, string>>>;
  readonly notes: string;
}

export interface CatalogEdit {
  /** The whole file after the edit. */
  readonly text: string;
  readonly action: "inserted" | "replaced" | "unchanged";
  /** The fragment written. */
  readonly ref: string;
  /** Where, in words, for the report. */
  readonly place: string;
}

const catalogRef = (id: string): string => formatRef({ path: CATALOG_PATH, fragment: { kind: "titled", title: id } });

/**
 * Puts an entry into the catalog's text. One with the same id and text is left alone; one with the same id and another
 * text is an error unless `replace` is set, which is for a draft made again for the unit that owns the entry. The error
 * is one sentence about the entry.
 */
export function putEntry(
  text: string,
  entry: NewCatalogEntry,
  { replace = false }: { readonly replace?: boolean } = {},
): Result<CatalogEdit, string> {
  const catalog = readCatalog(text);
  const style = styleOf(text, catalog);
  const ref = catalogRef(entry.id);
  const existing = catalog.entries.filter((other) => other.form === "heading" && other.id === entry.id);
  const [first] = existing;
  if (first === undefined) return insert(text, catalog, entry, style);

  const place = `line ${first.line}`;
  const rendered = render(entry, first.level, style);
  if (text.slice(first.start, first.end).trim() === rendered) return ok({ text, action: "unchanged", ref, place });
  if (existing.length > 1) return err(`the catalog has ${existing.length} entries ${entry.id} (first on ${place})`);
  if (!replace) return err(`the catalog already has another entry ${entry.id} (${place})`);
  const old = text.slice(first.start, first.end);
  const tail = old.slice(old.trimEnd().length);
  const edit = { offset: first.start, length: old.length, text: rendered + tail };
  return ok({ text: applyEdits(text, [edit]), action: "replaced", ref, place });
}

function insert(text: string, catalog: Catalog, entry: NewCatalogEntry, style: Style): Result<CatalogEdit, string> {
  const { edit, place } = placeFor(text, catalog, entry, style);
  const edited = applyEdits(text, [edit]);
  // An unclosed code fence or comment above the place would swallow the entry; then nothing is changed.
  const again = readCatalog(edited);
  const seen = again.entries.some((other) => other.form === "heading" && other.id === entry.id);
  if (!seen || again.entries.length !== catalog.entries.length + 1) {
    return err(
      `the entry ${entry.id} would not be read at its place (${place}): is a code fence or comment left open?`,
    );
  }
  return ok({ text: edited, action: "inserted", ref: catalogRef(entry.id), place });
}

function placeFor(
  text: string,
  catalog: Catalog,
  entry: NewCatalogEntry,
  style: Style,
): { readonly edit: TextEdit; readonly place: string } {
  const { eol } = style;
  const entries = catalog.entries.filter((other) => other.form === "heading");
  const ids = entries.map((other) => other.id);
  const beside = neighbours(ids, entry.id);
  const below = beside.below === undefined ? undefined : entries[beside.below];
  const above = beside.above === undefined ? undefined : entries[beside.above];
  const sharedBelow = below === undefined ? 0 : sharedNamespace(below.id, entry.id);
  const sharedAbove = above === undefined ? 0 : sharedNamespace(above.id, entry.id);
  const grouped = (other: CatalogEntry | undefined) =>
    other?.group === undefined ? undefined : catalog.groups[other.group];

  const after = (other: CatalogEntry) => ({
    edit: addAfter(text, other.end, render(entry, other.level, style), eol),
    place: `after ${other.id}`,
  });
  const before = (other: CatalogEntry) => ({
    edit: addBefore(other.start, render(entry, other.level, style), eol),
    place: `before ${other.id}`,
  });

  if (below !== undefined && sharedBelow > 0 && sharedBelow >= sharedAbove) return after(below);
  if (above !== undefined && sharedAbove > 0) return before(above);
  const title = groupTitle(entry.id);
  const own = catalog.groups.find((group) => group.title.toLowerCase() === title.toLowerCase());
  if (own !== undefined) {
    const edit = addAfter(text, contentEnd(text, own), render(entry, 3, style), eol);
    return { edit, place: `in the group "${own.title}"` };
  }
  if (below !== undefined && grouped(below) === undefined) return after(below);
  if (below === undefined && above !== undefined && grouped(above) === undefined) return before(above);
  const group = `## ${title}${eol}${eol}${render(entry, 3, style)}`;
  const at = newGroupPlace(catalog, entries, entry.id, below?.group, above?.group) ?? text.length;
  const edit = at < text.length ? addBefore(at, group, eol) : addAfter(text, text.length, group, eol);
  return { edit, place: `in a new group "${title}"` };
}

/**
 * Where the group of a new namespace begins: behind the group of the entry below it and any that follow and come before it
 * in the alphabet; else in front of the group of the entry above it. Undefined: at the end of the file.
 */
function newGroupPlace(
  { groups }: Catalog,
  entries: readonly CatalogEntry[],
  id: string,
  below: number | undefined,
  above: number | undefined,
): number | undefined {
  if (below === undefined) return above === undefined ? undefined : groups[above]?.start;
  const comesBefore = (group: number): boolean => {
    const [least] = entries.flatMap((entry) => (entry.group === group ? [entry.id] : [])).sort(byCodeUnit);
    return least !== undefined && least < id;
  };
  let at = below;
  while (groups[at + 1] !== undefined && comesBefore(at + 1)) at += 1;
  return groups[at]?.end;
}

/** The end of a group's last line that is neither blank nor a rule. */
function contentEnd(text: string, { start, end }: CatalogGroup): number {
  let at = end;
  while (at > start) {
    const line = text.lastIndexOf("\n", at - 2) + 1;
    if (!/^\s*(?:-{3,}|\*{3,})?\s*$/.test(text.slice(line, at))) return at;
    at = line;
  }
  return end;
}

/** How many leading parts of the namespace (the id without its last part) two ids share. */
function sharedNamespace(a: string, b: string): number {
  const [left, right] = [a.split(".").slice(0, -1), b.split(".").slice(0, -1)];
  const differs = left.findIndex((part, at) => part !== right[at]);
  return differs === -1 ? left.length : differs;
}

function groupTitle(id: string): string {
  const words = id.slice(0, id.indexOf(".")).replaceAll(/[-_]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Adds a block after the line that ends at `at`, with one blank line between. */
function addAfter(text: string, at: number, block: string, eol: string): TextEdit {
  const before = text.slice(0, at);
  if (before === "" || /\n[ \t\r]*\n$/.test(before.slice(-1000))) return { offset: at, length: 0, text: block + eol };
  if (before.endsWith("\n")) return { offset: at, length: 0, text: eol + block + eol };
  return { offset: at, length: 0, text: eol + eol + block };
}

const addBefore = (at: number, block: string, eol: string): TextEdit => ({
  offset: at,
  length: 0,
  text: block + eol + eol,
});

/** What the file does the same way everywhere. */
interface Style {
  readonly eol: string;
  readonly tiers: readonly Tier[];
}

function styleOf(text: string, catalog: Catalog): Style {
  const first = catalog.entries.map((entry) => Object.keys(entry.tierAnchors)[0]);
  const descends =
    first.filter((tier) => tier === "master").length > first.filter((tier) => tier === "beginner").length;
  return { eol: lineEndingOf(text), tiers: descends ? TIERS.toReversed() : TIERS };
}

function render(entry: NewCatalogEntry, level: number, { eol, tiers }: Style): string {
  const prerequisites = entry.prerequisites.map((id) => `\`${id}\``).join(", ");
  const anchors = tiers.flatMap((tier) => {
    const anchor = entry.tierAnchors[tier];
    return anchor === undefined ? [] : [`  - ${tier}: ${anchor}`];
  });
  return [
    `${"#".repeat(level)} ${entry.id}`,
    "",
    `- **title**: ${entry.title}`,
    `- **prerequisites**: ${prerequisites === "" ? "none" : prerequisites}`,
    ...(anchors.length > 0 ? ["- **tier_anchors**:", ...anchors] : []),
    `- **notes**: ${entry.notes}`.trimEnd(),
  ].join(eol);
}
