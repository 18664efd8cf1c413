/**
 * Adding to and removing from a JSON file by offsets of its syntax tree, in the style of the lines around, so that
 * only those lines change. `modify` of jsonc-parser rewrites the neighbour's line and parses the file again for each
 * edit; here one parse serves any number of edits.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { lineEndingOf } from "../artifact/lines.ts";
import { err, ok, type Result } from "../result.ts";
import type { Neighbours, TextEdit } from "./text-edit.ts";

/** jsonc-parser descends recursively; no file of a campaign comes near this. */
const MAX_DEPTH = 100;

export interface JsonFile {
  readonly text: string;
  readonly root: Node;
}

/** Parses strict JSON whose root is an object with distinct keys. The error is the end of "file …". */
export function parseJson(text: string): Result<JsonFile, string> {
  if (depthOf(text) > MAX_DEPTH) return err(`is nested deeper than ${MAX_DEPTH} levels`);
  const errors: ParseError[] = [];
  // A byte order mark is kept in the file, and counts as white space.
  const source = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
  const root = parseTree(source, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split("\n").length;
    return err(`is not JSON: ${printParseErrorCode(first.error)} on line ${line}`);
  }
  if (root?.type !== "object") return err("is not a JSON object");
  const keys = propertiesOf(root).map((property) => property.key);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) return err(`has the key ${JSON.stringify(twice)} twice`);
  return ok({ text, root });
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) inString = !inString;
    else if (inString && unit === 0x5c) at++;
    else if (!inString && (unit === 0x5b || unit === 0x7b)) deepest = Math.max(deepest, ++depth);
    else if (!inString && (unit === 0x5d || unit === 0x7d)) depth--;
  }
  return deepest;
}

interface Property {
  readonly key: string;
  readonly value: Node;
  /** The whole `"key": value`. */
  readonly node: Node;
}

export function propertiesOf(object: Node): readonly Property[] {
  return (object.children ?? []).flatMap((node) => {
    const [key, value] = node.children ?? [];
    return key === undefined || value === undefined ? [] : [{ key: String(key.value), value, node }];
  });
}

/** The value of an object's key; the last one where a key stands twice, as `JSON.parse` has it. */
export function memberOf(object: Node | undefined, key: string): Node | undefined {
  if (object?.type !== "object") return undefined;
  return propertiesOf(object).findLast((property) => property.key === key)?.value;
}

export const itemsOf = (array: Node | undefined): readonly Node[] =>
  array?.type === "array" ? (array.children ?? []) : [];

export const stringOf = (node: Node | undefined): string | undefined =>
  node?.type === "string" ? String(node.value) : undefined;

/** Something to add to a container, beside these of its children; to an empty one as its only child. */
export interface Addition extends Neighbours {
  /** The key; only in objects. */
  readonly key?: string;
  readonly value: unknown;
}

/** Edits that add to an array or object, in the order given where several go to one place. */
export function addTo(file: JsonFile, container: Node, additions: readonly Addition[]): readonly TextEdit[] {
  const children = container.children ?? [];
  const [first] = children;
  const style = styleOf(file, container);
  const write = ({ key, value }: Addition): string =>
    (key === undefined ? "" : `${JSON.stringify(key)}${style.colon}`) + writeValue(value, style, style.indent);
  if (additions.length === 0) return [];
  if (first === undefined) {
    const open = container.offset + 1;
    const inner = additions.map(write).join(style.separator);
    const text = style.inline ? inner : `${style.eol}${style.indent}${inner}${style.eol}${style.outerIndent}`;
    return [{ offset: open, length: container.length - 2, text }];
  }
  return additions.map((addition) => {
    const { below, above } = addition;
    const child = children[below ?? above ?? children.length - 1] ?? first;
    return below === undefined && above !== undefined
      ? { offset: child.offset, length: 0, text: write(addition) + style.separator }
      : { offset: child.offset + child.length, length: 0, text: style.separator + write(addition) };
  });
}

/** Edits that remove the items with these indexes from an array, with their commas and lines. */
export function removeItems(array: Node, indexes: readonly number[]): readonly TextEdit[] {
  const items = array.children ?? [];
  const gone = new Set(indexes);
  const edits: TextEdit[] = [];
  for (let at = 0; at < items.length; at++) {
    if (!gone.has(at)) continue;
    const from = at;
    while (gone.has(at + 1)) at++;
    const [previous, start, end, next] = [items[from - 1], items[from], items[at], items[at + 1]];
    if (start === undefined || end === undefined) break;
    const stop = end.offset + end.length;
    if (next !== undefined) edits.push({ offset: start.offset, length: next.offset - start.offset, text: "" });
    else if (previous !== undefined) {
      const offset = previous.offset + previous.length;
      edits.push({ offset, length: stop - offset, text: "" });
    } else edits.push({ offset: array.offset + 1, length: array.length - 2, text: "" });
  }
  return edits;
}

/** The edit that puts another value in a value's place. */
export function replaceValue(file: JsonFile, node: Node, value: unknown): TextEdit {
  const indent = indentAt(file.text, node.offset);
  const style = { ...styleOf(file, file.root), inlineObjects: false, inlineArrays: isOneLine(file.text, node), indent };
  return { offset: node.offset, length: node.length, text: writeValue(value, style, indent) };
}

interface Style {
  readonly eol: string;
  /** One level of indentation. */
  readonly unit: string;
  /** Indentation of the container's children, and of the line on which it opens. */
  readonly indent: string;
  readonly outerIndent: string;
  /** Whether the children stand on one line. */
  readonly inline: boolean;
  /** Between two children. */
  readonly separator: string;
  readonly colon: string;
  /** Whether objects and arrays among the children are written on one line. */
  readonly inlineObjects: boolean;
  readonly inlineArrays: boolean;
}

function styleOf({ text, root }: JsonFile, container: Node): Style {
  const eol = lineEndingOf(text);
  const compact = !text.slice(root.offset, root.offset + root.length).includes("\n");
  const firstMember = root.children?.[0];
  const unit = (firstMember && indentAt(text, firstMember.offset)) || "  ";
  const outerIndent = indentAt(text, container.offset);
  const [first, second] = container.children ?? [];
  const inline = first === undefined ? compact : !text.slice(container.offset, first.offset).includes("\n");
  const indent = first === undefined || inline ? outerIndent + unit : indentAt(text, first.offset);
  const spaced = !compact || /^\{\s|^[^"]*"[^"]*":\s/.test(text.slice(root.offset, root.offset + 200));
  const comma = spaced ? ", " : ",";
  const between =
    first !== undefined && second !== undefined ? text.slice(first.offset + first.length, second.offset) : comma;
  const sample = (container.children ?? []).at(-1);
  const objects = sample?.type === "object" ? [sample] : [];
  const arrays = (sample?.children ?? [])
    .flatMap((property) => property.children?.[1] ?? [])
    .filter((value) => value.type === "array" && (value.children ?? []).length > 0);
  return {
    eol,
    unit,
    indent,
    outerIndent,
    inline,
    separator: inline ? between : `,${eol}${indent}`,
    colon: spaced ? ": " : ":",
    inlineObjects: inline || (objects.length > 0 && objects.every((node) => isOneLine(text, node))),
    inlineArrays: inline || (arrays.length > 0 && arrays.every((node) => isOneLine(text, node))),
  };
}

const isOneLine = (text: string, node: Node): boolean =>
  !text.slice(node.offset, node.offset + node.length).includes("\n");

/** The white space that begins the line on which an offset lies. */
function indentAt(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function writeValue(value: unknown, style: Style, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const inline = isList ? style.inlineArrays || style.inlineObjects : style.inlineObjects;
  const inner = indent + style.unit;
  const parts = isList
    ? value.map((item) => writeValue(item, style, inner))
    : Object.entries(value).map(([key, item]) => JSON.stringify(key) + style.colon + writeValue(item, style, inner));
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  if (!inline) return `${open}${style.eol}${inner}${parts.join(`,${style.eol}${inner}`)}${style.eol}${indent}${close}`;
  const gap = !isList && style.colon === ": " ? " " : "";
  return `${open}${gap}${parts.join(style.colon === ": " ? ", " : ",")}${gap}${close}`;
}
