/** Where a projection that stands on disk differs from what it should be: by line, so that an editor finds the place. */
import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

export interface Difference {
  /** From 1, in the text on disk. */
  readonly line: number;
  /** One sentence. */
  readonly what: string;
}

/** Differences of two texts: of JSON by the values, of anything else the first line that differs. */
export function differences(expected: string, actual: string): Difference[] {
  if (expected === actual) return [];
  const [should, is] = [parsed(expected), parsed(actual)];
  if (should !== undefined && is !== undefined) {
    const root = parseTree(actual)!;
    const found = [...compare(should.value, is.value, [])].map(({ path, what }) => ({
      line: lineOf(root, path, actual),
      what,
    }));
    if (found.length > 0) return found;
  }
  if (should !== undefined && is === undefined) return [{ line: 1, what: "it is not readable as JSON" }];
  const lines = actual.split("\n");
  const index = expected.split("\n").findIndex((line, at) => line !== lines[at]);
  const at = index < 0 ? lines.length - 1 : index;
  return [{ line: at + 1, what: `it should be ${JSON.stringify(expected.split("\n")[at] ?? "")}` }];
}

interface Place {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

function* compare(should: unknown, is: unknown, path: readonly (string | number)[]): Generator<Place> {
  if (isObject(should) && isObject(is) && Array.isArray(should) === Array.isArray(is)) {
    for (const key of new Set([...Object.keys(should), ...Object.keys(is)])) {
      const here = [...path, Array.isArray(should) ? Number(key) : key];
      if (!Object.hasOwn(is, key)) yield { path: here, what: `${named(here)} is missing` };
      else if (!Object.hasOwn(should, key)) yield { path: here, what: `${named(here)} should not be there` };
      else yield* compare(should[key], is[key], here);
    }
  } else if (should !== is) {
    yield { path, what: `${named(path)} is ${short(is)} and should be ${short(should)}` };
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const named = (path: readonly (string | number)[]): string => path.join(".") || "the whole";

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** The line of a value, or of the deepest part of its path that is there. */
function lineOf(root: Node, path: readonly (string | number)[], text: string): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = findNodeAtLocation(root, path.slice(0, depth));
    if (node !== undefined) return text.slice(0, node.parent?.offset ?? node.offset).split("\n").length;
  }
  return 1;
}
