import type { Tier } from "./unit/tiers.ts";

export interface CatalogEntry {
  readonly id: string;
  /** `bullet`: a line such as "- `grammar.nouns` - Nouns" that reserves the id until its entry is written. */
  readonly form: "heading" | "bullet";
  /** Number of `#` of the heading; 0 for a bullet. */
  readonly level: number;
  /** 1-based line of the heading or bullet. */
  readonly line: number;
  /** Offsets in UTF-16 units: from the heading's first character to the end of the last line that is not blank. */
  readonly start: number;
  readonly end: number;
  readonly title: string;
  /** The unit that treats the concept, where the entry names one. */
  readonly unit: string | undefined;
  /** Concept ids, and unit ids in some older entries. */
  readonly prerequisites: readonly string[];
  /** In the order in which the entry has them. */
  readonly tierAnchors: Readonly<Partial<Record<Tier, string>>>;
  readonly notes: string;
  /** Index into `groups`; undefined for an entry above every group. */
  readonly group: number | undefined;
}

/** A heading of level 1 or 2 that is neither an entry nor the file's title, and all up to the next such heading. */
export interface CatalogGroup {
  readonly title: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export interface Catalog {
  readonly entries: readonly CatalogEntry[];
  readonly groups: readonly CatalogGroup[];
  /** Headings of level 3 and below that are no entry: nothing that looks like one is dropped in silence. */
  readonly unread: readonly { readonly line: number; readonly text: string }[];
}

const HEADING = /^ {0,3}(#{1,6})(?:[ \t]|$)/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const RULE = /^(?: {0,3}(?:-[ \t]*){3,}| {0,3}(?:\*[ \t]*){3,}| {0,3}(?:_[ \t]*){3,}|#{7,}[ \t]*)$/;
const ID = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)+$/;
const PREREQUISITE = /^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*)+$/;
const RESERVED = /^ {0,3}[-*] `([^`]+)` [-–—] (.*)$/;
const FIELD = /^ {0,3}[-*] \*\*([a-z_]+)\*\*:?[ \t]*(.*)$/;
/** HTML blocks of CommonMark, as what opens and what closes one; the last kind ends at a blank line. */
const HTML_BLOCKS: readonly (readonly [RegExp, RegExp])[] = [
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<(?:pre|script|style|textarea)(?:[\s>]|$)/i, /<\/(?:pre|script|style|textarea)>/i],
  [
    /^ {0,3}<\/?(?:aside|blockquote|center|details|div|dl|fieldset|figure|form|h[1-6]|hr|li|ol|p|section|summary|table|t[dhr]|ul)(?:[\s/>]|$)/i,
    /^\s*$/,
  ],
];
const ANCHOR = /^[ \t]+[-*] (master|intermediate|beginner):[ \t]*(.*)$/;

interface Heading {
  readonly level: number;
  readonly title: string;
  readonly line: number;
  readonly start: number;
}

/** Reads a catalog. Never fails: what is not an entry is listed in `unread` or is prose. */
export function readCatalog(text: string): Catalog {
  const entries: CatalogEntry[] = [];
  const groups: CatalogGroup[] = [];
  const unread: { line: number; text: string }[] = [];
  let open: { heading: Heading; id: string; fields: Fields; end: number } | undefined;
  let group: Heading | undefined;
  let titled = false;
  /** Ends the code fence or HTML block that the reader is in. */
  let block: EndsBlock | undefined;

  const closeEntry = (): void => {
    if (open === undefined) return;
    const { heading, id, fields, end } = open;
    const { level, start, line } = heading;
    entries.push({ id, form: "heading", level, line, start, end, ...fields.done(), group: groupIndex() });
    open = undefined;
  };
  const groupIndex = (): number | undefined => (group === undefined ? undefined : groups.length);
  const closeGroup = (end: number): void => {
    if (group !== undefined) groups.push({ title: group.title, line: group.line, start: group.start, end });
    group = undefined;
  };

  let start = 0;
  let number = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 ? text.length : newline + 1;
    let line = text.slice(start, newline === -1 ? next : newline);
    if (line.endsWith("\r")) line = line.slice(0, -1);
    if (start === 0 && line.startsWith("\uFEFF")) line = ` ${line.slice(1)}`;
    number += 1;

    const plain: boolean = block === undefined;
    block = plain ? blockOpenedBy(line) : block?.(line) ? undefined : block;

    const heading = plain && line.includes("#") ? readHeading(line, number, start) : undefined;
    if (heading !== undefined) {
      const id = conceptId(heading.title);
      const isEntry = id !== undefined && heading.level >= 2;
      if (isEntry || (open !== undefined && heading.level <= open.heading.level)) closeEntry();
      if (isEntry) open = { heading, id, fields: new Fields(), end: next };
      else if (heading.level <= 2) {
        closeGroup(start);
        if (heading.level === 2 || titled) group = heading;
      } else if (open === undefined) unread.push({ line: number, text: heading.title });
      else open.end = next;
      titled = true;
    } else if (plain && RULE.test(line)) {
      closeEntry();
    } else if (line.trim() !== "") {
      if (open !== undefined) {
        open.fields.read(line);
        open.end = next;
      } else if (plain) {
        const reserved = readReservation(line, number, start, next);
        if (reserved !== undefined) entries.push({ ...reserved, group: groupIndex() });
      }
    }
    start = next;
  }
  closeEntry();
  closeGroup(text.length);
  return { entries, groups, unread };
}

type EndsBlock = (line: string) => boolean;

/** The test for the line that ends the block which this line opens; undefined where it opens none. */
function blockOpenedBy(line: string): EndsBlock | undefined {
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) {
    const info = line.slice(line.indexOf(fence) + fence.length);
    if (fence.startsWith("`") && info.includes("`")) return undefined;
    return (later) => {
      const closing = FENCE.exec(later)?.[1];
      return closing?.startsWith(fence) === true && later.trim() === closing;
    };
  }
  if (!line.includes("<")) return undefined;
  for (const [opens, closes] of HTML_BLOCKS) {
    if (opens.test(line)) return closes.test(line) ? undefined : (later) => closes.test(later);
  }
  return undefined;
}

function readHeading(line: string, number: number, start: number): Heading | undefined {
  const hashes = HEADING.exec(line)?.[1];
  if (hashes === undefined) return undefined;
  let title = line.slice(line.indexOf(hashes) + hashes.length).trim();
  const bare = title.replace(/#+$/, "");
  // A closing run of `#` counts only after a space: "C#" keeps its sharp.
  if (bare === "" || bare.endsWith(" ") || bare.endsWith("\t")) title = bare.trim();
  return { level: hashes.length, title, line: number, start };
}

/** The id that a heading names, bare, in backticks or in quotes; undefined where the heading is no entry's. */
function conceptId(title: string): string | undefined {
  const bare = /^(["'`])(.*)\1$/.exec(title)?.[2] ?? title;
  return ID.test(bare) ? bare : undefined;
}

function readReservation(
  line: string,
  number: number,
  start: number,
  end: number,
): Omit<CatalogEntry, "group"> | undefined {
  const match = RESERVED.exec(line);
  const id = match?.[1];
  if (match === null || id === undefined || !ID.test(id)) return undefined;
  const rest = (match[2] ?? "").trim();
  const unit = /\(`([^`]+)`\)$/.exec(rest);
  return {
    id,
    form: "bullet",
    level: 0,
    line: number,
    start,
    end,
    title: unit === null ? rest : rest.slice(0, unit.index).trim(),
    unit: unit?.[1],
    prerequisites: [],
    tierAnchors: {},
    notes: "",
  };
}

/** Gathers the bullets of one entry as its lines go by; the first of two bullets with one name counts. */
class Fields {
  private readonly values = new Map<string, string[]>();
  private readonly anchors: Partial<Record<Tier, string>> = {};
  private current: { readonly name: string; readonly lines: string[] } | undefined;

  read(line: string): void {
    const field = FIELD.exec(line);
    if (field?.[1] !== undefined) {
      this.current = { name: field[1], lines: [field[2] ?? ""] };
      if (!this.values.has(this.current.name)) this.values.set(this.current.name, this.current.lines);
      return;
    }
    const anchor = this.current?.name === "tier_anchors" ? ANCHOR.exec(line) : null;
    if (anchor !== null) this.anchors[anchor[1] as Tier] = (anchor[2] ?? "").trim();
    else this.current?.lines.push(line.trim());
  }

  done(): Pick<CatalogEntry, "title" | "unit" | "prerequisites" | "tierAnchors" | "notes"> {
    const text = (name: string): string => (this.values.get(name) ?? []).join("\n").trim();
    return {
      title: text("title"),
      unit: /^`?([0-9][\w.]*)`?/.exec(text("unit"))?.[1],
      prerequisites: readPrerequisites(text("prerequisites")),
      tierAnchors: this.anchors,
      notes: text("notes"),
    };
  }
}

/** Ids in backticks; where there are none, ids written bare. Words such as "none" are no ids. */
function readPrerequisites(text: string): readonly string[] {
  const quoted = [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
  const words = quoted.length > 0 ? quoted : text.split(/[,;\s]+/);
  return [...new Set(words.filter((word) => PREREQUISITE.test(word)))];
}
