/**
 * `manifests/connections.json`, the registry of connections between concepts, each with the anchor phrase by which
 * units on both of its ends invoke it. Entries stand in the order of their numbers; a number is never given twice.
 */
import type { Node } from "jsonc-parser";
import * as z from "zod";
import { formatRef, type PointerStep } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { err, ok, type Result } from "../result.ts";
import { CONNECTION_ID } from "./ids.ts";
import {
  type Addition,
  addTo,
  itemsOf,
  type JsonFile,
  memberOf,
  parseJson,
  replaceValue,
  stringOf,
} from "./json-additions.ts";
import { applyEdits, byCodeUnit, neighbours, type TextEdit } from "./text-edit.ts";

export const CONNECTIONS_PATH = "manifests/connections.json" as RepoPath;

export const CONNECTION_TYPES = [
  "generalisation",
  "specialisation",
  "analogy",
  "dual",
  "foundation-of",
  "limit",
  "equivalence",
  "recurrence",
  "bridging-theorem",
] as const;
export const STRENGTHS = ["load-bearing", "synthesis", "lateral"] as const;

const entrySchema = z.object({
  id: z.string().regex(CONNECTION_ID, "is not conn:NNN.slug"),
  from: z.string().min(1),
  to: z.string().min(1),
  type: z.enum(CONNECTION_TYPES),
  strength: z.enum(STRENGTHS),
  anchor_phrase: z.string().min(1),
  appears_in_units: z.array(z.string()),
  appears_in_flows: z.array(z.string()).default([]),
  synthesis_note: z.string().default(""),
});

export type Connection = Readonly<z.infer<typeof entrySchema>>;

export interface Connections {
  /** In file order. */
  readonly entries: readonly Connection[];
  /** What the schema refuses, as JSON pointers with the reason. */
  readonly unread: readonly string[];
}

/** Reads the registry. The error is the end of "manifests/connections.json …". */
export function readConnections(text: string): Result<Connections, string> {
  const file = parseJson(text);
  if (!file.ok) return file;
  const list = memberOf(file.value.root, "connections");
  if (list?.type !== "array") return err("has no list of connections");
  const entries: Connection[] = [];
  const unread: string[] = [];
  const { connections } = JSON.parse(text.replace(/^\uFEFF/, "")) as { connections: readonly unknown[] };
  for (const [at, value] of connections.entries()) {
    const entry = entrySchema.safeParse(value);
    if (entry.success) entries.push(entry.data);
    else unread.push(`/connections/${at}: ${entry.error.issues.map(describeIssue).join("; ")}`);
  }
  return ok({ entries, unread });
}

const describeIssue = ({ path, message }: { path: readonly PropertyKey[]; message: string }): string =>
  path.length === 0 ? message : `${path.map(String).join("/")}: ${message}`;

/** Numbers connections one after another, above every number that the registry has used. */
export class ConnectionNumbers {
  #last: number;

  constructor(entries: readonly Pick<Connection, "id">[]) {
    this.#last = entries.reduce((last, { id }) => Math.max(last, numberOf(id)), 0);
  }

  /** The id for a new connection with this slug. */
  next(slug: string): string {
    this.#last += 1;
    return `conn:${String(this.#last).padStart(3, "0")}.${slug}`;
  }
}

const numberOf = (id: string): number => Number(CONNECTION_ID.exec(id)?.[1] ?? 0);
export const slugOf = (id: string): string => CONNECTION_ID.exec(id)?.[2] ?? "";

const connectionRef = (id: string): string => pointerRef(["connections"], [{ key: "id", value: id }]);

export interface ConnectionsEdit {
  /** The whole file after the edit. */
  readonly text: string;
  /** The fragments that were put in: the caller's own from now on. */
  readonly added: readonly string[];
  /** Fragments of others that were changed. */
  readonly changed: readonly string[];
}

/**
 * Adds entries, and units to the `appears_in_units` of entries that are there. An entry whose id is there with the same
 * content is left alone; with other content it is an error. Where the file keeps totals in `stats`, they are kept true.
 * The error is the end of "manifests/connections.json …".
 * @param invocations units by the id of a registered connection that they invoke.
 */
export function addToConnections(
  text: string,
  entries: readonly Connection[],
  invocations: ReadonlyMap<string, readonly string[]> = new Map(),
): Result<ConnectionsEdit, string> {
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const file = parsed.value;
  const list = memberOf(file.root, "connections");
  if (list?.type !== "array") return err("has no list of connections");
  const items = itemsOf(list);
  const ids = items.map((item) => stringOf(memberOf(item, "id")) ?? "");
  const edits: TextEdit[] = [];
  const changed: string[] = [];

  const added: Connection[] = [];
  for (const entry of [...entries].sort((a, b) => byCodeUnit(sortKey(a.id), sortKey(b.id)))) {
    const present = items[ids.indexOf(entry.id)];
    if (present === undefined) added.push(entry);
    else if (!isSame(file, present, entry)) return err(`already has another connection ${entry.id}`);
  }
  const keys = ids.map(sortKey);
  edits.push(
    ...addTo(
      file,
      list,
      added.map((entry) => ({ ...neighbours(keys, sortKey(entry.id)), value: inShape(entry) })),
    ),
  );

  for (const [id, units] of invocations) {
    const item = items[ids.indexOf(id)];
    if (item === undefined) return err(`has no connection ${id}`);
    const made = addUnits(file, item, units);
    edits.push(...made);
    if (made.length > 0) changed.push(connectionRef(id));
  }
  if (added.length > 0) edits.push(...totals(file, added, changed));
  return ok({ text: applyEdits(text, edits), added: added.map(({ id }) => connectionRef(id)), changed });
}

/** Numbers in order as text; an id without one comes first. */
const sortKey = (id: string): string => String(numberOf(id)).padStart(12, "0") + id;

/** The members in the registry's usual order. */
const inShape = (entry: Connection): Connection => ({
  id: entry.id,
  from: entry.from,
  to: entry.to,
  type: entry.type,
  strength: entry.strength,
  anchor_phrase: entry.anchor_phrase,
  appears_in_units: entry.appears_in_units,
  appears_in_flows: entry.appears_in_flows,
  synthesis_note: entry.synthesis_note,
});

function isSame({ text }: JsonFile, node: Node, entry: Connection): boolean {
  const present = entrySchema.safeParse(JSON.parse(text.slice(node.offset, node.offset + node.length)));
  return present.success && JSON.stringify(inShape(present.data)) === JSON.stringify(inShape(entry));
}

function addUnits(file: JsonFile, item: Node, units: readonly string[]): readonly TextEdit[] {
  const array = memberOf(item, "appears_in_units");
  if (array?.type !== "array") return [];
  const present = itemsOf(array).map((node) => stringOf(node) ?? "");
  const missing = [...new Set(units)].filter((unit) => !present.includes(unit)).sort(byCodeUnit);
  const additions = missing.map((unit) => ({ ...neighbours(present, unit), value: unit }));
  return addTo(file, array, additions);
}

/** Keeps the registry's own totals true, where it has them. */
function totals(file: JsonFile, added: readonly Connection[], changed: string[]): readonly TextEdit[] {
  const stats = memberOf(file.root, "stats");
  const edits: TextEdit[] = [];
  const total = memberOf(stats, "total_connections");
  if (total?.type === "number") {
    edits.push(replaceValue(file, total, Number(total.value) + added.length));
    changed.push(totalRef("total_connections"));
  }
  for (const [member, of] of [
    ["by_type", (entry: Connection) => entry.type],
    ["by_strength", (entry: Connection) => entry.strength],
  ] as const) {
    const object = memberOf(stats, member);
    if (object?.type !== "object") continue;
    const additions: Addition[] = [];
    for (const key of [...new Set(added.map(of))].sort(byCodeUnit)) {
      const count = added.filter((entry) => of(entry) === key).length;
      const value = memberOf(object, key);
      if (value === undefined) additions.push({ below: undefined, above: undefined, key, value: count });
      else if (value.type === "number") edits.push(replaceValue(file, value, Number(value.value) + count));
      changed.push(totalRef(member, key));
    }
    edits.push(...addTo(file, object, additions));
  }
  return edits;
}

const totalRef = (...names: readonly string[]): string => pointerRef(["stats", ...names]);

const pointerRef = (names: readonly string[], where: readonly { key: string; value: string }[] = []): string => {
  const steps: PointerStep[] = names.map((name) => ({ kind: "property", name }));
  if (where.length > 0) steps.push({ kind: "match", where });
  return formatRef({ path: CONNECTIONS_PATH, fragment: { kind: "pointer", steps } });
};

/** Every place where a text names a proposed connection, with the id's slug. */
const NEW_IDS = /\bconn:NEW\.([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)/g;

/** The slugs of the `conn:NEW.…` ids that a text names, each once, sorted. */
export const newSlugsIn = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(NEW_IDS)].map((match) => match[1] ?? ""))].sort(byCodeUnit);

/** Writes the ids that integration gave in place of `conn:NEW.…`; a slug without an id stays as it is. */
export const rewriteNewIds = (text: string, idBySlug: ReadonlyMap<string, string>): string =>
  text.replace(NEW_IDS, (written, slug: string) => idBySlug.get(slug) ?? written);
