/**
 * `manifests/deps.json`, the prerequisite graph between units, in both of its forms: nodes as the lists `shipped` and
 * `pending` (the campaign's real file) or as one list `nodes` (the protocol's text). Additions go next to their
 * neighbours in order and change no other line.
 */

import type { Node } from "jsonc-parser";
import type { Condition } from "../artifact/pointer.ts";
import { formatRef, type PointerStep } from "../artifact/ref.ts";
import { err, ok, type Result } from "../result.ts";
import {
  type Addition,
  addTo,
  itemsOf,
  type JsonFile,
  memberOf,
  parseJson,
  propertiesOf,
  removeItems,
  replaceValue,
  stringOf,
} from "./json-additions.ts";
import { DEPS_PATH } from "./shared-files.ts";
import { applyEdits, byCodeUnit, neighbours, type TextEdit } from "./text-edit.ts";

export type DepsState = "shipped" | "pending";

export interface DepsNode {
  readonly id: string;
  readonly state: DepsState;
}

export interface DepsEdge {
  readonly from: string;
  readonly to: string;
  readonly state: DepsState;
}

export interface Deps {
  /** In file order, with every repetition. */
  readonly nodes: readonly DepsNode[];
  readonly edges: readonly DepsEdge[];
  readonly notes: ReadonlyMap<string, string>;
  /** What could not be read, as JSON pointers with the reason. */
  readonly unread: readonly string[];
}

/** Reads either form. The error is the end of "manifests/deps.json …". */
export function readDeps(text: string): Result<Deps, string> {
  const file = parseJson(text);
  return file.ok ? ok(depsOf(file.value)) : file;
}

function depsOf({ root }: JsonFile): Deps {
  const nodes: DepsNode[] = [];
  const edges: DepsEdge[] = [];
  const unread: string[] = [];
  for (const state of ["shipped", "pending"] as const) {
    for (const [at, item] of itemsOf(memberOf(root, state)).entries()) {
      const id = stringOf(item);
      if (id === undefined) unread.push(`/${state}/${at}: not a unit id`);
      else nodes.push({ id, state });
    }
  }
  for (const [at, item] of itemsOf(memberOf(root, "nodes")).entries()) {
    const node = nodeOf(item);
    if (node === undefined) unread.push(`/nodes/${at}: neither a unit id nor an object with one`);
    else nodes.push(node);
  }
  for (const [at, item] of itemsOf(memberOf(root, "edges")).entries()) {
    const edge = edgeOf(item);
    if (edge === undefined) unread.push(`/edges/${at}: no edge with from and to`);
    else edges.push(edge);
  }
  const notes = memberOf(root, "_notes");
  const pairs = notes?.type === "object" ? propertiesOf(notes) : [];
  return {
    nodes,
    edges,
    notes: new Map(pairs.map(({ key, value }) => [key, stringOf(value) ?? ""])),
    unread,
  };
}

function nodeOf(item: Node): DepsNode | undefined {
  const id = stringOf(item) ?? stringOf(memberOf(item, "id"));
  return id === undefined ? undefined : { id, state: stateOf(item) };
}

function edgeOf(item: Node): DepsEdge | undefined {
  const from = stringOf(memberOf(item, "from"));
  const to = stringOf(memberOf(item, "to"));
  return from === undefined || to === undefined ? undefined : { from, to, state: stateOf(item) };
}

const stateNode = (item: Node): Node | undefined => memberOf(item, "state") ?? memberOf(item, "status");

/** Older files leave the state out of what is shipped. */
const stateOf = (item: Node): DepsState => (stringOf(stateNode(item)) === "pending" ? "pending" : "shipped");

export interface DepsAddition {
  /** Units that are shipped from now on. */
  readonly nodes: readonly { readonly id: string; readonly note?: string | undefined }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface DepsEdit {
  /** The whole file after the edit. */
  readonly text: string;
  /** The fragments that were put in: the caller's own from now on. */
  readonly added: readonly string[];
  /** Fragments of others that were changed or taken out. */
  readonly changed: readonly string[];
}

const refTo = (names: readonly string[], where: readonly Condition[] = []): string => {
  const steps: PointerStep[] = names.map((name) => ({ kind: "property", name }));
  if (where.length > 0) steps.push({ kind: "match", where });
  return formatRef({ path: DEPS_PATH, fragment: { kind: "pointer", steps } });
};
/** `#/shipped[=03.09.11]` or `#/nodes[id=03.09.11]`. */
const itemRef = (list: string, value: string, key?: string): string => refTo([list], [{ key, value }]);
const edgeRef = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  refTo(
    ["edges"],
    [
      { key: "from", value: from },
      { key: "to", value: to },
    ],
  );
const noteRef = (id: string): string => refTo(["_notes", id]);

/**
 * Registers shipped units with their edges. What is there already is left alone, so that adding twice changes nothing.
 * A unit leaves `pending` when it enters `shipped`; a pending edge becomes shipped when both of its ends are. A note that
 * differs is replaced. The error is the end of "manifests/deps.json …".
 */
export function addToDeps(text: string, addition: DepsAddition): Result<DepsEdit, string> {
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const file = parsed.value;
  const edits: TextEdit[] = [];
  const added: string[] = [];
  const changed: string[] = [];
  const add: Write = (made, refs) => {
    edits.push(...made);
    added.push(...refs);
  };
  const change: Write = (made, refs) => {
    edits.push(...made);
    changed.push(...refs);
  };

  const edges = memberOf(file.root, "edges");
  const lists = ["shipped", "nodes"].map((key) => memberOf(file.root, key)).filter((node) => node?.type === "array");
  if (edges?.type !== "array") return err("has no list of edges");
  if (lists.length === 0) return err("has neither a list of nodes nor one of shipped units");

  const ids = [...new Set(addition.nodes.map((node) => node.id))].sort(byCodeUnit);
  const shipped = new Set(ids);
  for (const node of depsOf(file).nodes) if (node.state === "shipped") shipped.add(node.id);
  addNodes(file, ids, add, change);
  addEdges(file, edges, addition.edges, ids, shipped, add, change);
  const notes = addition.nodes.flatMap(({ id, note }) => (note === undefined || note === "" ? [] : [{ id, note }]));
  addNotes(file, notes, add, change);
  return ok({ text: applyEdits(text, edits), added, changed });
}

/** Takes edits together with the fragments that they write. */
type Write = (edits: readonly TextEdit[], refs: readonly string[]) => void;

function addNodes(file: JsonFile, ids: readonly string[], add: Write, change: Write): void {
  const shipped = memberOf(file.root, "shipped");
  if (shipped?.type === "array") {
    const present = itemsOf(shipped).map((item) => stringOf(item) ?? "");
    const missing = ids.filter((id) => !present.includes(id));
    add(
      addTo(
        file,
        shipped,
        inOrder(present, missing, (id) => id),
      ),
      missing.map((id) => itemRef("shipped", id)),
    );
  }
  const pending = memberOf(file.root, "pending");
  if (pending?.type === "array") {
    const gone = itemsOf(pending).flatMap((item, at) => (ids.includes(stringOf(item) ?? "") ? [at] : []));
    const goneIds = [...new Set(gone.map((at) => stringOf(itemsOf(pending)[at]) ?? ""))];
    change(
      removeItems(pending, gone),
      goneIds.map((id) => itemRef("pending", id)),
    );
  }
  const nodes = memberOf(file.root, "nodes");
  if (nodes?.type === "array") addToNodeList(file, nodes, ids, add, change);
}

/** In the `nodes` form: new ones are written as the others are, and pending ones turn shipped. */
function addToNodeList(file: JsonFile, nodes: Node, ids: readonly string[], add: Write, change: Write): void {
  const items = itemsOf(nodes);
  const present = items.map((item) => nodeOf(item)?.id ?? "");
  const missing = ids.filter((id) => !present.includes(id));
  const bare = items.length > 0 && items.every((item) => item.type === "string");
  const key = items.some((item) => memberOf(item, "status") !== undefined) ? "status" : "state";
  const selector = (id: string): string => itemRef("nodes", id, bare ? undefined : "id");
  add(
    addTo(
      file,
      nodes,
      inOrder(present, missing, (id) => (bare ? id : { id, [key]: "shipped" })),
    ),
    missing.map(selector),
  );
  for (const item of items) {
    const node = nodeOf(item);
    const state = stateNode(item);
    if (node?.state !== "pending" || state === undefined || !ids.includes(node.id)) continue;
    change([replaceValue(file, state, "shipped")], [selector(node.id)]);
  }
}

function addEdges(
  file: JsonFile,
  edges: Node,
  wanted: DepsAddition["edges"],
  ids: readonly string[],
  shipped: ReadonlySet<string>,
  add: Write,
  change: Write,
): void {
  const keyOf = ({ from, to }: { from: string; to: string }): string => `${to}\u0000${from}`;
  const items = itemsOf(edges);
  const present = items.map((item) => edgeOf(item));
  const presentKeys = present.map((edge) => (edge === undefined ? "" : keyOf(edge)));
  const known = new Set(presentKeys);
  const missing = new Map(wanted.filter((edge) => !known.has(keyOf(edge))).map((edge) => [keyOf(edge), edge]));
  const stateless = items.length > 0 && items.every((item) => stateNode(item) === undefined);
  const valueFor = (key: string): unknown => {
    const { from = "", to = "" } = missing.get(key) ?? {};
    if (stateless) return { from, to };
    return { from, to, state: shipped.has(from) && shipped.has(to) ? "shipped" : "pending" };
  };
  const keys = [...missing.keys()].sort(byCodeUnit);
  add(
    addTo(file, edges, inOrder(presentKeys, keys, valueFor)),
    [...missing].sort(([a], [b]) => byCodeUnit(a, b)).map(([, edge]) => edgeRef(edge)),
  );

  const touched = new Set(ids);
  for (const [at, edge] of present.entries()) {
    const item = items[at];
    if (edge?.state !== "pending" || item === undefined) continue;
    if (!touched.has(edge.from) && !touched.has(edge.to)) continue;
    if (!shipped.has(edge.from) || !shipped.has(edge.to)) continue;
    const state = stateNode(item);
    if (state !== undefined) change([replaceValue(file, state, "shipped")], [edgeRef(edge)]);
  }
}

function addNotes(file: JsonFile, notes: readonly { id: string; note: string }[], add: Write, change: Write): void {
  if (notes.length === 0) return;
  const wanted = new Map(notes.map(({ id, note }) => [id, note]));
  const object = memberOf(file.root, "_notes");
  if (object?.type !== "object") {
    const atEnd = { below: undefined, above: undefined };
    const value = Object.fromEntries([...wanted].sort(([a], [b]) => byCodeUnit(a, b)));
    add(addTo(file, file.root, [{ ...atEnd, key: "_notes", value }]), Object.keys(value).map(noteRef));
    return;
  }
  const present = propertiesOf(object);
  for (const { key, value } of present) {
    const note = wanted.get(key);
    if (note === undefined) continue;
    if (stringOf(value) !== note) change([replaceValue(file, value, note)], [noteRef(key)]);
    wanted.delete(key);
  }
  const keys = present.map(({ key }) => key);
  const missing = [...wanted.keys()].sort(byCodeUnit);
  const additions = inOrder(keys, missing, (id) => wanted.get(id) ?? "").map((addition, at) => ({
    ...addition,
    key: missing[at] ?? "",
  }));
  add(addTo(file, object, additions), missing.map(noteRef));
}

/** The additions of sorted new keys to a list of existing ones, each next to its neighbour. */
function inOrder(
  present: readonly string[],
  sorted: readonly string[],
  valueFor: (key: string) => unknown,
): readonly Addition[] {
  return sorted.map((key) => ({ ...neighbours(present, key), value: valueFor(key) }));
}
