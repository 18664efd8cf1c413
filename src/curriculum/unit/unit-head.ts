/**
 * The head of a unit: what its frontmatter says. An index of a workspace needs the heads of thousands of files and none
 * of their bodies, so of the body it is only made sure that it is UTF-8.
 */
import { isUtf8 } from "node:buffer";
import { err, ok, type Result } from "../../result.ts";
import { isSpace } from "./characters.ts";
import { LineTable, type Place } from "./line-table.ts";
import { decode, encode, type Utf8, utf8OfBytes } from "./utf8.ts";
import { parseFullYaml } from "./yaml-full.ts";
import type { DuplicateKey, Frontmatter, MappingNode } from "./yaml-node.ts";
import { parseSimpleYaml } from "./yaml-simple.ts";

/** Larger files are refused unread: the largest real unit is a twelfth of it. */
export const MAX_UNIT_BYTES = 1024 * 1024;
/** Longer frontmatter is refused unparsed: the longest real one is a seventh of it. */
const MAX_FRONTMATTER_CHARACTERS = 64 * 1024;

export interface UnitHead {
  readonly frontmatter: MappingNode;
  readonly duplicates: readonly DuplicateKey[];
  /** Offsets of the frontmatter's aliases in its text. */
  readonly aliases: readonly number[];
  /** The frontmatter's text, in which its nodes have their places. */
  readonly yaml: string;
  /** Byte offset of the frontmatter's text in the file with its line ends made `\n`, as of all offsets here. */
  readonly frontmatterAt: number;
  /** Byte offset of the body. */
  readonly bodyAt: number;
  /** Whether the file has line ends other than `\n`. */
  readonly foreignLineEnds: boolean;
}

/** The one reason why bytes are not a unit. */
export interface Unreadable {
  readonly what: string;
  readonly mend: string;
  /** The offending text, where it can be shown. */
  readonly text: string;
  readonly place: Place;
}

const TOP: Place = { line: 1, column: 1 };
const BOM = "\uFEFF";

const refuse = (what: string, mend: string, text = "", place = TOP): Result<never, Unreadable> =>
  err({ what, mend, text, place });

/** The bytes of a file with its line ends made `\n`. */
export function normalised(bytes: Uint8Array): Utf8 {
  const utf8 = utf8OfBytes(bytes);
  return utf8.includes("\r") ? (utf8.replace(/\r\n?/g, "\n") as Utf8) : utf8;
}

/** Reads the head of a unit from the bytes of its file. */
export function readHead(bytes: Uint8Array): Result<UnitHead, Unreadable> {
  if (bytes.length > MAX_UNIT_BYTES) {
    return refuse(`the file has ${bytes.length} bytes, more than ${MAX_UNIT_BYTES}`, "split the unit");
  }
  if (!isUtf8(bytes)) return refuse("the file is not UTF-8", "save the file as UTF-8", "", firstInvalid(bytes));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const foreignLineEnds = buffer.includes(0x0d);
  // The search for the fences needs no more than the head; but line ends to convert would move the offsets.
  const text = foreignLineEnds ? decode(normalised(bytes)) : buffer.toString("utf8", 0, headLength(buffer));
  if (text.startsWith(BOM)) {
    return refuse("the file starts with a byte order mark", "save the file as UTF-8 without a byte order mark", BOM);
  }
  const span = fencesOf(text);
  if (!span.ok) return span;
  const parsed = yamlOf(text, span.value);
  if (!parsed.ok) return parsed;
  const { from, to, bodyAt } = span.value;
  return ok({
    frontmatter: parsed.value.root,
    duplicates: parsed.value.duplicates,
    aliases: parsed.value.aliases,
    yaml: text.slice(from, to),
    frontmatterAt: Buffer.byteLength(text.slice(0, from)),
    bodyAt: Buffer.byteLength(text.slice(0, bodyAt)),
    foreignLineEnds,
  });
}

/**
 * How many bytes hold everything up to the body, white space after the second fence included; all of them where the
 * fences are not in sight. Guesses too much rather than too little.
 */
function headLength(buffer: Buffer): number {
  const fence = buffer.indexOf("\n---\n", 3);
  if (fence === -1) return buffer.length;
  let end = fence + 5;
  // Line ends and blanks belong to the fence's white space, and so might any character outside ASCII.
  while (end < buffer.length && (buffer[end]! <= 0x20 || buffer[end]! >= 0x80)) end += 1;
  return end;
}

interface Span {
  /** Offsets of the frontmatter's text. */
  readonly from: number;
  readonly to: number;
  readonly bodyAt: number;
}

function fencesOf(text: string): Result<Span, Unreadable> {
  const from = afterFence(text, 0);
  if (from === -1) {
    return refuse("the file does not start with frontmatter", "start the file with a line ---", lineAt(text, 0));
  }
  for (let to = text.indexOf("\n---", from); to !== -1; to = text.indexOf("\n---", to + 1)) {
    const bodyAt = afterFence(text, to + 1);
    if (bodyAt !== -1) return ok({ from, to, bodyAt });
  }
  return refuse("the frontmatter has no end", "end the frontmatter with a line ---", lineAt(text, 0));
}

/**
 * If a `---` fence line starts at the offset, the offset after it and after the blank lines that follow; else -1. The
 * campaign's reader swallows white space up to the last line end of the run, and so does this.
 */
function afterFence(text: string, at: number): number {
  if (!text.startsWith("---", at)) return -1;
  let after = -1;
  for (let i = at + 3; i < text.length && isSpace(text.charCodeAt(i)); i += 1) {
    if (text.charCodeAt(i) === 0x0a) after = i + 1;
  }
  return after;
}

/** PyYAML refuses these anywhere in a document, so a unit that has one in its frontmatter is not read at all. */
const UNPRINTABLE = /[^\t\n\r -~\u0085\u00A0-\uFFFD]/;

function yamlOf(text: string, { from, to }: Span): Result<Frontmatter, Unreadable> {
  const length = to - from;
  if (length > MAX_FRONTMATTER_CHARACTERS) {
    const what = `the frontmatter has ${length} characters, more than ${MAX_FRONTMATTER_CHARACTERS}`;
    return refuse(what, "move text from the frontmatter to the body");
  }
  // YAML 1.1 counts these as line ends too.
  const yaml = text.slice(from, to).replace(/[\u0085\u2028\u2029]/g, "\n");
  const at = (offset: number): Place =>
    new LineTable(encode(text)).place(Buffer.byteLength(text.slice(0, from + offset)));
  const unprintable = UNPRINTABLE.exec(yaml);
  if (unprintable !== null) {
    const code = unprintable[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    const what = `the frontmatter holds the control character U+${code}`;
    return refuse(what, "delete the character", unprintable[0], at(unprintable.index));
  }
  const simple = parseSimpleYaml(yaml);
  if (simple !== undefined) return ok(simple);
  const full = parseFullYaml(yaml);
  if (full.ok) return full;
  const { what, at: offset } = full.error;
  return refuse(what, "correct the YAML between the two --- lines", lineAt(text, from + offset), at(offset));
}

/** The line at an offset, cut to a length that a message can hold. */
function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, Math.min(end === -1 ? text.length : end, start + 120));
}

/** Where a file stops being UTF-8, found by decoding ever shorter halves. */
function firstInvalid(bytes: Uint8Array): Place {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, good), { stream: true });
  const before = encode(text.replace(/\r\n?/g, "\n"));
  return new LineTable(before).place(before.length);
}

/** Whether bytes are UTF-8, but for a character that is cut off at their end. */
function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
