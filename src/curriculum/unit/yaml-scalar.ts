/**
 * The types of plain scalars as PyYAML's resolver for YAML 1.1 gives them. The `yaml` package's own 1.1 schema differs
 * where it matters here: it reads `y` and `n` as booleans and `1e5` as a number.
 */
import type { ScalarNode } from "./yaml-node.ts";

const BOOLEANS = new Map<string, boolean>();
for (const [words, value] of [
  ["yes true on", true],
  ["no false off", false],
] as const) {
  for (const word of words.split(" ")) {
    BOOLEANS.set(word, value);
    BOOLEANS.set(word.toUpperCase(), value);
    BOOLEANS.set(word.charAt(0).toUpperCase() + word.slice(1), value);
  }
}

const NULLS: ReadonlySet<string> = new Set(["", "~", "null", "Null", "NULL"]);

/** Only a text that starts with one of these can be anything but a string. */
const SPECIAL_STARTS: ReadonlySet<number> = new Set([..."-+.0123456789~nNyYtTfFoO"].map((c) => c.charCodeAt(0)));
/** A number has at most one dot; an id such as `03.09.02` has two and is the commonest scalar there is. */
const NUMERIC = /^[-+]?[0-9a-fA-FxX_:]*(?:\.[0-9_a-zA-Z+-]*)?$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const OCTAL = /^[-+]?0[0-7_]+$/;
const BINARY = /^[-+]?0b[01_]+$/;
const HEX = /^[-+]?0x[0-9a-fA-F_]+$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const FLOAT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/** A scalar node of a string that was quoted, or tagged as one. */
export const stringNode = (value: string, at: number): ScalarNode => ({ kind: "scalar", value, text: value, at });

/** The node of a plain (unquoted) scalar. Dates stay text: no rule of a unit reads one. */
export function plainNode(text: string, at: number): ScalarNode {
  if (text !== "" && !SPECIAL_STARTS.has(text.charCodeAt(0))) return stringNode(text, at);
  if (NULLS.has(text)) return { kind: "scalar", value: null, text: "None", at };
  const boolean = BOOLEANS.get(text);
  if (boolean !== undefined) return { kind: "scalar", value: boolean, text: boolean ? "True" : "False", at };
  if (!NUMERIC.test(text)) return stringNode(text, at);
  const integer = integerOf(text);
  if (integer !== undefined) return { kind: "scalar", value: integer, text: String(integer), at };
  const float = floatOf(text);
  if (float !== undefined) return { kind: "scalar", value: float, text: floatText(float), at };
  return stringNode(text, at);
}

/** Whether a plain scalar is a string. */
export const isPlainString = (text: string): boolean =>
  (text !== "" && !SPECIAL_STARTS.has(text.charCodeAt(0))) || typeof plainNode(text, 0).value === "string";

function integerOf(text: string): number | undefined {
  const digits = text.replaceAll("_", "");
  if (DECIMAL.test(text)) return Number(digits);
  const sign = digits.startsWith("-") ? -1 : 1;
  const bare = digits.replace(/^[-+]/, "");
  if (OCTAL.test(text)) return sign * Number.parseInt(bare, 8);
  if (BINARY.test(text)) return sign * Number.parseInt(bare.slice(2), 2);
  if (HEX.test(text)) return sign * Number.parseInt(bare.slice(2), 16);
  return SEXAGESIMAL.test(text) && !text.includes(".") && !bare.startsWith("0") ? sign * sexagesimal(bare) : undefined;
}

function floatOf(text: string): number | undefined {
  const digits = text.replaceAll("_", "");
  if (FLOAT.test(text)) return Number(digits);
  const sign = digits.startsWith("-") ? -1 : 1;
  if (INFINITE.test(text)) return sign * Number.POSITIVE_INFINITY;
  if (NOT_A_NUMBER.test(text)) return Number.NaN;
  return SEXAGESIMAL.test(text) && text.includes(".") ? sign * sexagesimal(digits.replace(/^[-+]/, "")) : undefined;
}

const sexagesimal = (text: string): number => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
