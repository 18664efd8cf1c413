/**
 * JSON pointers (RFC 6901) with one more kind of step: `[key=value]` picks the element of an array by what it says
 * instead of by where it stands, so a reference survives an insertion before it.
 *
 *   /shipped   /connections/0   /connections[id=conn:002.x]   /edges[from=a][to=b]   /shipped[=03.09.11]
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";

/** One condition on an array's element: its member `key`, or the element itself where `key` is undefined. */
export interface Condition {
  readonly key: string | undefined;
  readonly value: string;
}

export type PointerStep =
  /** A member of an object, or an element of an array by its decimal index. */
  | { readonly kind: "property"; readonly name: string }
  /** The one element of an array that meets every condition. Never follows another match: they would be one. */
  | { readonly kind: "match"; readonly where: readonly Condition[] };

// RFC 6901 has ~0 and ~1; ~2 to ~4 are ours, for the characters that our extra step gave a meaning.
const ESCAPES: readonly (readonly [code: string, character: string])[] = [
  ["~0", "~"],
  ["~1", "/"],
  ["~2", "["],
  ["~3", "]"],
  ["~4", "="],
];

const escaping = (characters: string): ((text: string) => string) => {
  const codes = new Map(ESCAPES.filter(([, character]) => characters.includes(character)).map(([c, ch]) => [ch, c]));
  return (text) => [...text].map((character) => codes.get(character) ?? character).join("");
};
const escapeName = escaping("~/[]");
const escapeKey = escaping("~[]=");
const escapeValue = escaping("~]");

function unescaped(text: string): string | undefined {
  let valid = true;
  const plain = text.replace(/~(.?)/gsu, (code) => {
    const found = ESCAPES.find(([written]) => written === code);
    if (!found) valid = false;
    return found?.[1] ?? "";
  });
  return valid ? plain : undefined;
}

/** Reads a pointer, which starts with `/`. */
export function parsePointer(text: string): Result<readonly PointerStep[], Fault> {
  const refuse = (why: string): Result<readonly PointerStep[], Fault> =>
    err(
      usageFault(
        why,
        `#${text}`,
        "write it like #/connections[id=conn:002.x] (~0 for ~, ~1 for /, ~2 for [, ~3 for ])",
      ),
    );
  const steps: PointerStep[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] !== "/") return refuse("a JSON pointer is a row of /names and [key=value] conditions");
    const name = /[^/[\]]*/y;
    name.lastIndex = at + 1;
    const raw = name.exec(text)?.[0] ?? "";
    const plain = unescaped(raw);
    if (plain === undefined) return refuse(`${JSON.stringify(raw)} holds a ~ that escapes nothing`);
    steps.push({ kind: "property", name: plain });
    at += 1 + raw.length;

    const where: Condition[] = [];
    while (text[at] === "[") {
      const close = text.indexOf("]", at);
      const inside = close < 0 ? "" : text.slice(at + 1, close);
      const equals = inside.indexOf("=");
      if (equals < 0) return refuse("a condition is written [key=value] or [=value]");
      const key = unescaped(inside.slice(0, equals));
      const value = unescaped(inside.slice(equals + 1));
      if (key === undefined || value === undefined) return refuse(`[${inside}] holds a ~ that escapes nothing`);
      where.push({ key: key === "" ? undefined : key, value });
      at = close + 1;
    }
    if (where.length > 0) steps.push({ kind: "match", where });
  }
  return ok(steps);
}

/** Writes a pointer so that `parsePointer` reads the same steps again. */
export function formatPointer(steps: readonly PointerStep[]): string {
  return steps
    .map((step) =>
      step.kind === "property"
        ? `/${escapeName(step.name)}`
        : step.where.map(({ key, value }) => `[${escapeKey(key ?? "")}=${escapeValue(value)}]`).join(""),
    )
    .join("");
}

/**
 * Whether two pointers may name overlapping values: one leads into the other, or it cannot be told apart from
 * their text alone (an index against a condition, conditions on different keys).
 */
export function pointersOverlap(a: readonly PointerStep[], b: readonly PointerStep[]): boolean {
  const common = Math.min(a.length, b.length);
  for (let index = 0; index < common; index++) if (stepsDiffer(a[index]!, b[index]!)) return false;
  return true;
}

/** Whether two steps from one value surely lead to different values. */
function stepsDiffer(a: PointerStep, b: PointerStep): boolean {
  if (a.kind === "property" && b.kind === "property") return a.name !== b.name;
  if (a.kind === "property" || b.kind === "property") return false;
  return a.where.some(({ key }) => {
    const theirs = b.where.filter((condition) => condition.key === key);
    const mine = a.where.filter((condition) => condition.key === key);
    return theirs.length > 0 && !mine.some(({ value }) => theirs.some((condition) => condition.value === value));
  });
}
