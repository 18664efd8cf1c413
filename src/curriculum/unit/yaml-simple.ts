/**
 * The part of YAML that frontmatter is written in: block mappings and sequences with plain, quoted and block scalars and
 * flat flow lists. It reads that part thirty times faster than a full reader, which is what makes judging a whole
 * workspace cheap. Anything else (anchors, tags, flow mappings, odd keys, errors) gives undefined, and the full reader
 * decides; so this must refuse whenever it is not sure. A property test holds the two to the same answers.
 */

import type { DuplicateKey, Frontmatter, MappingEntry, MappingNode, SequenceNode, YamlNode } from "./yaml-node.ts";
import { isPlainString, plainNode } from "./yaml-scalar.ts";
import { SimpleScalars } from "./yaml-simple-scalars.ts";

const MAX_DEPTH = 12;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;

/** The frontmatter, or undefined where it holds anything out of the ordinary. */
export function parseSimpleYaml(text: string): Frontmatter | undefined {
  return new SimpleReader(text).read();
}

class SimpleReader {
  readonly #text: string;
  readonly #scalars: SimpleScalars;
  readonly #duplicates: DuplicateKey[] = [];
  /** Offset of the next character; between nodes always at the start of a line or behind a dash. */
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#scalars = new SimpleScalars(text);
  }

  read(): Frontmatter | undefined {
    const indent = this.#nextLine();
    if (indent !== 0) return undefined;
    const root = this.#mapping(0, 0);
    if (root === undefined || this.#nextLine() !== undefined) return undefined;
    return { root, duplicates: this.#duplicates, aliases: [] };
  }

  /**
   * Skips blank and comment lines and stands at the start of the next line with content. Gives its indentation;
   * undefined at the end, and NaN, which equals nothing, where a tab makes it unclear.
   */
  #nextLine(): number | undefined {
    const text = this.#text;
    while (this.#at < text.length) {
      let i = this.#at;
      while (text.charCodeAt(i) === SPACE) i += 1;
      const code = text.charCodeAt(i);
      if (i < text.length && code !== NEWLINE && code !== HASH) return code === 0x09 ? Number.NaN : i - this.#at;
      const newline = text.indexOf("\n", i);
      this.#at = newline === -1 ? text.length : newline + 1;
    }
    return undefined;
  }

  /** Reads a mapping whose first key stands at this indentation, on this line. */
  #mapping(indent: number, depth: number): MappingNode | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const entries = new Map<string, MappingEntry>();
    let first = -1;
    // The first key may stand behind a dash; the cursor is then already on it.
    let here: number | undefined = indent;
    while (here === indent) {
      if (first !== -1 || this.#text.charCodeAt(this.#at) === SPACE) this.#at += indent;
      const at = this.#at;
      const key = this.#key();
      if (key === undefined) return undefined;
      const value = this.#value(indent, depth, true) ?? undefined;
      if (value === undefined) return undefined;
      if (first === -1) first = at;
      if (entries.has(key)) this.#duplicates.push({ key, at });
      entries.set(key, { value: value === "none" ? plainNode("", at) : value, at });
      here = this.#nextLine();
    }
    // A deeper or unclear line belongs to nothing that was read; `NaN` fails both comparisons.
    if (here !== undefined && !(here < indent)) return undefined;
    return { kind: "mapping", entries, at: first };
  }

  /** Reads `key:`; the cursor is then behind the colon. */
  #key(): string | undefined {
    const text = this.#text;
    const start = this.#at;
    let i = start;
    while (isKeyCharacter(text.charCodeAt(i))) i += 1;
    if (i === start || text.charCodeAt(i) !== COLON) return undefined;
    const after = text.charCodeAt(i + 1);
    if (i + 1 < text.length && after !== SPACE && after !== NEWLINE) return undefined;
    const key = text.slice(start, i);
    if (!isPlainString(key)) return undefined;
    this.#at = i + 1;
    return key;
  }

  /**
   * Reads what follows a colon or a dash. `none` stands for an empty value, undefined for a refusal.
   *
   * @param indent of the mapping or sequence that it belongs to
   * @param ofKey whether it follows a colon, so that a list at the same indentation belongs to it
   */
  #value(indent: number, depth: number, ofKey: boolean): YamlNode | "none" | undefined {
    const text = this.#text;
    let i = this.#at;
    while (text.charCodeAt(i) === SPACE) i += 1;
    const code = text.charCodeAt(i);
    if (i < text.length && code !== NEWLINE && !(code === HASH && i > this.#at)) {
      const read = this.#scalars.read(i, indent);
      if (read === undefined) return undefined;
      this.#at = read.end;
      return read.node;
    }
    const newline = text.indexOf("\n", i);
    this.#at = newline === -1 ? text.length : newline + 1;
    const next = this.#nextLine();
    if (next === undefined || next < indent) return "none";
    const dash = this.#isDash(this.#at + next);
    if (next > indent) return dash ? this.#sequence(next, depth + 1) : this.#mapping(next, depth + 1);
    if (next !== indent) return undefined;
    return dash && ofKey ? this.#sequence(indent, depth + 1) : "none";
  }

  #isDash(at: number): boolean {
    if (this.#text.charCodeAt(at) !== DASH) return false;
    const after = this.#text.charCodeAt(at + 1);
    return at + 1 >= this.#text.length || after === SPACE || after === NEWLINE;
  }

  /** Reads a sequence whose dashes stand at this indentation. */
  #sequence(indent: number, depth: number): SequenceNode | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const items: YamlNode[] = [];
    const start = this.#at + indent;
    let here: number | undefined = indent;
    while (here === indent && this.#isDash(this.#at + indent)) {
      this.#at += indent + 1;
      const item = this.#item(indent, depth);
      if (item === undefined) return undefined;
      items.push(item);
      here = this.#nextLine();
    }
    if (here !== undefined && !(here <= indent)) return undefined;
    return { kind: "sequence", items, at: start };
  }

  #item(indent: number, depth: number): YamlNode | undefined {
    const text = this.#text;
    let i = this.#at;
    while (text.charCodeAt(i) === SPACE) i += 1;
    const dash = this.#at;
    this.#at = i;
    const mark = this.#at;
    if (this.#key() !== undefined) {
      this.#at = mark;
      return this.#mapping(indent + 1 + (i - dash), depth + 1);
    }
    if (this.#isDash(i)) return undefined;
    this.#at = dash;
    const value = this.#value(indent, depth, false);
    return value === "none" ? plainNode("", dash - 1) : value;
  }
}

/** ASCII letters, digits, `_` and `-`; other keys are left to the full reader. A key may not start with a dash. */
function isKeyCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x5f ||
    (code >= 0x30 && code <= 0x39) ||
    code === DASH
  );
}
