/**
 * Writes one value of a JSON file in the file's own style and leaves every other byte alone. (jsonc-parser's `modify`
 * reformats the lines that it touches, which rewrites a neighbour that was kept on one line.)
 */
import type { Node } from "jsonc-parser";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { canonical, INDEX, JsonText } from "./json.ts";
import { lineEndingOf } from "./lines.ts";
import { formatPointer, type PointerStep } from "./pointer.ts";

/** How a piece of JSON is laid out. */
interface Layout {
  readonly ending: string;
  /** One level of indentation. */
  readonly unit: string;
  /** The indentation of the line that the value starts on. */
  readonly margin: string;
  /** Everything on one line. */
  readonly inline: boolean;
  /** Between a name's colon and its value, and after an inline comma. */
  readonly gap: string;
  /** Inside the brackets of an inline object. */
  readonly padding: string;
}

/**
 * Sets the value that a pointer names to the JSON text `replacement`. A missing element or member is appended, and
 * what leads to it is made. A value equal to the present one changes nothing, not even its layout.
 */
export function replaceValue(text: string, steps: readonly PointerStep[], replacement: string): Result<string, Fault> {
  const wanted = JsonText.parse(replacement);
  if (!wanted.ok) return wanted;
  if (text.trim() === "")
    return checked(print(wrap(steps, wanted.value), layoutOf("", "", false)) + lineEndingOf(text), steps, wanted.value);
  const json = JsonText.parse(text);
  if (!json.ok) return json;
  const reached = json.value.reach(steps);
  if (!reached.ok) return reached;
  const { node, steps: taken } = reached.value;
  if (taken < steps.length) return append(json.value, node, steps, taken, wanted.value);
  if (canonical(json.value, node) === canonical(wanted.value, wanted.value.root)) return ok(text);
  const container = node.parent?.type === "property" ? node.parent.parent : node.parent;
  const inline = isInline(json.value, node) || (container !== undefined && isInline(json.value, container));
  const printed = print(wanted.value, layoutOf(text, marginAt(text, node.offset), inline, json.value.source(node)));
  return checked(text.slice(0, node.offset) + printed + text.slice(node.offset + node.length), steps, wanted.value);
}

/** Removes the member or element that a pointer names, with its comma; a missing one changes nothing. */
export function removeValue(text: string, steps: readonly PointerStep[]): Result<string, Fault> {
  const json = JsonText.parse(text);
  if (!json.ok) return json;
  const found = json.value.find(steps);
  if (!found.ok) return found;
  if (!found.value) return ok(text);
  const child = found.value.parent?.type === "property" ? found.value.parent : found.value;
  const container = child.parent;
  if (!container) return err(usageFault("the whole document cannot be removed as a value", "#", "remove the file"));
  const siblings = container.children ?? [];
  const index = siblings.indexOf(child);
  const previous = siblings[index - 1];
  const next = siblings[index + 1];
  const [from, to] = previous
    ? [endOf(previous), endOf(child)]
    : next
      ? [child.offset, next.offset]
      : [container.offset + 1, endOf(container) - 1];
  return ok(text.slice(0, from) + text.slice(to));
}

const endOf = (node: Node): number => node.offset + node.length;

/** Puts a new child into `container`, the last value on the pointer's way that exists. */
function append(
  json: JsonText,
  container: Node,
  steps: readonly PointerStep[],
  taken: number,
  wanted: JsonText,
): Result<string, Fault> {
  const step = steps[taken]!;
  const here = `#${formatPointer(steps.slice(0, taken + 1))}`;
  const children = container.children ?? [];
  const isElement = step.kind === "match" || (container.type === "array" && INDEX.test(step.name));
  const fits = container.type === (isElement ? "array" : "object");
  if (!fits || (step.kind === "property" && isElement && Number(step.name) !== children.length)) {
    return err(usageFault(`there is no place for ${here}`, here, "check the pointer against the file"));
  }
  const { text } = json;
  const name = step.kind === "property" && !isElement ? JSON.stringify(step.name) : undefined;
  const value = wrap(steps.slice(taken + 1), wanted);
  const last = children.at(-1);
  const labelled = (layout: Layout): string =>
    (name === undefined ? "" : `${name}:${layout.gap}`) + print(value, layout);

  if (last) {
    const margin = marginAt(text, last.offset);
    const ownLine =
      text.slice(0, last.offset).endsWith(margin) && /(?:^|[\r\n])$/.test(text.slice(0, last.offset - margin.length));
    const sibling = last.type === "property" ? last.children![1]! : last;
    const layout = layoutOf(text, margin, ownLine ? isInline(json, sibling) : true, json.source(sibling));
    const separator = ownLine ? `,${layout.ending}${margin}` : `,${layout.gap}`;
    return checked(text.slice(0, endOf(last)) + separator + labelled(layout) + text.slice(endOf(last)), steps, wanted);
  }
  const outer = marginAt(text, container.offset);
  // An empty document has no style yet; it is going to grow.
  const oneLine = container !== json.root && !/[\r\n]/.test(text.trim());
  const layout = layoutOf(text, oneLine ? outer : outer + layoutOf(text, "", false).unit, oneLine);
  const inside = oneLine
    ? labelled(layout)
    : `${layout.ending}${layout.margin}${labelled(layout)}${layout.ending}${outer}`;
  const brackets = container.type === "array" ? ["[", "]"] : ["{", "}"];
  return checked(text.slice(0, container.offset) + brackets.join(inside) + text.slice(endOf(container)), steps, wanted);
}

/** The new text, if the pointer now leads to the wanted value: conditions in it must be met by the value itself. */
function checked(text: string, steps: readonly PointerStep[], wanted: JsonText): Result<string, Fault> {
  const json = JsonText.parse(text);
  if (!json.ok) return json;
  const found = json.value.find(steps);
  if (!found.ok) return found;
  if (!found.value || canonical(json.value, found.value) !== canonical(wanted, wanted.root)) {
    const pointer = `#${formatPointer(steps)}`;
    return err(
      usageFault(`the new value does not answer to ${pointer}`, pointer, "give it the members that the pointer names"),
    );
  }
  return ok(text);
}

/** The value inside the objects and arrays that the remaining steps call for. */
function wrap(steps: readonly PointerStep[], value: JsonText): JsonText {
  const wrapped = steps.reduceRight(
    (inner, step) => (step.kind === "match" ? `[${inner}]` : `{${JSON.stringify(step.name)}:${inner}}`),
    value.source(value.root),
  );
  const parsed = JsonText.parse(wrapped);
  if (!parsed.ok) throw new Error(`wrapping valid JSON gave invalid JSON: ${parsed.error.what}`);
  return parsed.value;
}

/** Reads the layout of a file off its text; `like` is a value whose inside shows how inline objects are written. */
function layoutOf(text: string, margin: string, inline: boolean, like = ""): Layout {
  const compact = /[:,]\S/.test(text) && !/[\r\n]/.test(text.trim()) && !/[:,]\s/.test(text);
  return {
    ending: lineEndingOf(text),
    unit: /[\r\n]([ \t]+)\S/.exec(text)?.[1] ?? "  ",
    margin,
    inline,
    gap: compact ? "" : " ",
    padding: /^\{ /.test(like) ? " " : "",
  };
}

/** The white space at the start of the line that holds the offset. */
function marginAt(text: string, offset: number): string {
  const lineStart = Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? "";
}

/** Whether a value is an object or array with something in it, all on one line. */
const isInline = (json: JsonText, node: Node): boolean =>
  (node.children?.length ?? 0) > 0 && !/[\r\n]/.test(json.source(node));

/** Prints a parsed value; strings and numbers keep the spelling that they had. */
function print(json: JsonText, layout: Layout): string {
  const printed = (node: Node, margin: string): string => {
    const children = node.children ?? [];
    if (node.type !== "object" && node.type !== "array") return json.source(node);
    const [open, close] = node.type === "array" ? ["[", "]"] : ["{", "}"];
    if (children.length === 0) return open + close;
    const deeper = layout.inline ? margin : margin + layout.unit;
    const parts = children.map((child) =>
      child.type === "property"
        ? `${json.source(child.children![0]!)}:${layout.gap}${printed(child.children![1]!, deeper)}`
        : printed(child, deeper),
    );
    if (layout.inline) {
      const padding = node.type === "object" ? layout.padding : "";
      return open + padding + parts.join(`,${layout.gap}`) + padding + close;
    }
    return `${open}${layout.ending}${deeper}${parts.join(`,${layout.ending}${deeper}`)}${layout.ending}${margin}${close}`;
  };
  return printed(json.root, layout.margin);
}
