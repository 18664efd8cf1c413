/**
 * JSON as text with places: values are found by pointer, and keep the offsets by which they can be digested and
 * replaced without touching the rest of the file.
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { groupBy } from "./group.ts";
import { ambiguous } from "./outline.ts";
import { type Condition, formatPointer, type PointerStep } from "./pointer.ts";

/** Where the steps of a pointer stopped. */
export interface Reached {
  /** The last value that was found. */
  readonly node: Node;
  /** How many of the steps lead to it: all of them where the value exists. */
  readonly steps: number;
}

export class JsonText {
  readonly text: string;
  readonly root: Node;
  // Thousands of references into one array of thousands must not cost their product.
  readonly #elements = new Map<Node, Map<string | undefined, Map<string, Node[]>>>();
  readonly #members = new Map<Node, Map<string, Node[]>>();

  private constructor(text: string, root: Node) {
    this.text = text;
    this.root = root;
  }

  /** Parses strict JSON: neither comments nor trailing commas. */
  static parse(text: string): Result<JsonText, Fault> {
    const errors: ParseError[] = [];
    // A byte-order mark is kept in the file, and counts as white space.
    const source = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
    const root = parseTree(source, errors, { disallowComments: true, allowTrailingComma: false });
    const [first] = errors;
    if (first || !root) {
      const line = lineAt(text, first?.offset ?? 0);
      const what = first ? printParseErrorCode(first.error) : "empty";
      return err(usageFault(`this is not JSON (${what})`, `line ${line}`, "mend the file's syntax"));
    }
    return ok(new JsonText(text, root));
  }

  /** The value that a pointer names, or undefined. Two members or elements that answer to one step are a fault. */
  find(steps: readonly PointerStep[]): Result<Node | undefined, Fault> {
    const reached = this.reach(steps);
    if (!reached.ok) return reached;
    return ok(reached.value.steps === steps.length ? reached.value.node : undefined);
  }

  /** Follows a pointer as far as it leads. */
  reach(steps: readonly PointerStep[]): Result<Reached, Fault> {
    let node = this.root;
    for (let index = 0; index < steps.length; index++) {
      const [next, second] = this.#candidates(node, steps[index]!);
      if (next && second) {
        const name = `#${formatPointer(steps.slice(0, index + 1))}`;
        return err(ambiguous(name, lineAt(this.text, next.offset), lineAt(this.text, second.offset)));
      }
      if (!next) return ok({ node, steps: index });
      node = next;
    }
    return ok({ node, steps: steps.length });
  }

  /** The source text of a value. */
  source(node: Node): string {
    return this.text.slice(node.offset, node.offset + node.length);
  }

  #candidates(node: Node, step: PointerStep): readonly Node[] {
    if (step.kind === "property") {
      if (node.type === "object") return this.#membersOf(node).get(step.name) ?? [];
      const element = node.type === "array" && INDEX.test(step.name) ? node.children?.[Number(step.name)] : undefined;
      return element ? [element] : [];
    }
    if (node.type !== "array") return [];
    const [first, ...rest] = step.where;
    if (!first) return [];
    const candidates = this.#elementsBy(node, first.key).get(first.value) ?? [];
    return rest.length === 0
      ? candidates
      : candidates.filter((element) => rest.every((one) => this.#meets(element, one)));
  }

  #meets(element: Node, condition: Condition): boolean {
    return this.#said(element, condition.key) === condition.value;
  }

  /** What an element says of itself under a key: a scalar's text. */
  #said(element: Node, key: string | undefined): string | undefined {
    const node =
      key === undefined
        ? element
        : element.children?.find((member) => member.type === "property" && member.children?.[0]?.value === key)
            ?.children?.[1];
    if (!node || node.type === "object" || node.type === "array") return undefined;
    return node.type === "string" ? (node.value as string) : this.source(node);
  }

  #membersOf(object: Node): Map<string, Node[]> {
    let members = this.#members.get(object);
    if (!members) {
      members = new Map();
      for (const [name, group] of groupBy(object.children ?? [], (member) => member.children?.[0]?.value as string)) {
        members.set(
          name,
          group.flatMap((member) => member.children?.[1] ?? []),
        );
      }
      this.#members.set(object, members);
    }
    return members;
  }

  #elementsBy(array: Node, key: string | undefined): Map<string, Node[]> {
    const indexes = this.#elements.get(array) ?? new Map<string | undefined, Map<string, Node[]>>();
    this.#elements.set(array, indexes);
    let index = indexes.get(key);
    if (!index) {
      index = new Map();
      for (const [said, group] of groupBy(array.children ?? [], (element) => this.#said(element, key))) {
        if (said !== undefined) index.set(said, group);
      }
      indexes.set(key, index);
    }
    return index;
  }
}

export const INDEX = /^(?:0|[1-9]\d*)$/;
// A decimal of so many characters is exact in a double, so its value can stand for its text.
const EXACT_DIGITS = 15;

/**
 * A value's canonical text: no white space, members sorted by code unit, strings and numbers as JavaScript writes
 * them. Reformatting a file, or reordering an object's members, leaves it as it was; the order of an array is kept.
 */
export function canonical(json: JsonText, node: Node): string {
  switch (node.type) {
    case "object":
      return `{${(node.children ?? [])
        .map((member) => [member.children![0]!.value as string, member.children![1]!] as const)
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([name, value]) => `${JSON.stringify(name)}:${canonical(json, value)}`)
        .join(",")}}`;
    case "array":
      return `[${(node.children ?? []).map((element) => canonical(json, element)).join(",")}]`;
    case "number":
      return node.length <= EXACT_DIGITS ? JSON.stringify(node.value) : json.source(node);
    case "string":
      return JSON.stringify(node.value);
    default:
      return json.source(node);
  }
}

/** The 1-based line of an offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
