/** The scalars of ordinary frontmatter, and flat lists and mappings of them in brackets. Part of the simple reader; refuses alike. */
import type { MappingEntry, YamlNode } from "./yaml-node.ts";
import { isPlainString, plainNode, stringNode } from "./yaml-scalar.ts";
import { readQuoted, trimBlanks } from "./yaml-simple-quoted.ts";

/** A node and the offset of the line after it. */
interface ReadNode {
  readonly node: YamlNode;
  readonly end: number;
}

/** A key of a flow mapping with its colon; sticky. */
const KEY = /([A-Za-z_][\w-]*):(?= )/y;

const TAB = 0x09;
const SPACE = 0x20;
const HASH = 0x23;
const COLON = 0x3a;

/** Characters with which a plain scalar cannot start, or with which it could start something else. */
const INDICATORS = "-?:,[]{}#&*!|>'\"%@`=\t";

export class SimpleScalars {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads the value at an offset, which belongs to a mapping or a sequence of this indentation. */
  read(at: number, indent: number): ReadNode | undefined {
    switch (this.#text[at]) {
      case '"':
      case "'":
        return this.#quotedValue(at);
      case "|":
      case ">":
        return this.#block(at, indent);
      case "[":
        return this.#flowList(at);
      case "{":
        return this.#flowMapping(at);
      default:
        return this.#plain(at, indent);
    }
  }

  #quotedValue(at: number): ReadNode | undefined {
    const quoted = readQuoted(this.#text, at);
    if (quoted === undefined) return undefined;
    const end = this.#endOfLine(quoted.after);
    return end === undefined ? undefined : { node: stringNode(quoted.value, at), end };
  }

  /** The start of the next line, if nothing but blanks and a comment is left on this one. */
  #endOfLine(at: number): number | undefined {
    const i = this.#skipSpaces(at);
    if (i >= this.#text.length) return this.#text.length;
    if (this.#text[i] !== "\n" && !(this.#text[i] === "#" && i > at)) return undefined;
    return this.#nextLine(i);
  }

  #nextLine(at: number): number {
    const newline = this.#text.indexOf("\n", at);
    return newline === -1 ? this.#text.length : newline + 1;
  }

  /** A literal or folded block, by PyYAML's rules for line ends. Indentation indicators are left to the full reader. */
  #block(at: number, indent: number): ReadNode | undefined {
    const text = this.#text;
    const folded = text[at] === ">";
    const chomp = text[at + 1] === "-" || text[at + 1] === "+" ? text[at + 1] : "";
    let i = this.#endOfLine(at + 1 + (chomp === "" ? 0 : 1));
    if (i === undefined || i >= text.length) return undefined;
    let depth = 0;
    while (text[i + depth] === " ") depth += 1;
    if (depth <= indent || i + depth >= text.length || text[i + depth] === "\n") return undefined;
    const parts: string[] = [];
    let breaks = "";
    let lineBreak = "";
    while (i < text.length && startsAt(text, i, depth)) {
      const first = text[i + depth];
      if (parts.length > 0) parts.push(joint(folded, breaks, lineBreak, parts.at(-1) ?? "", first));
      const end = this.#lineEnd(i);
      parts.push(text.slice(i + depth, end));
      lineBreak = end < text.length ? "\n" : "";
      i = Math.min(end + 1, text.length);
      breaks = "";
      for (let blank = this.#blankLine(i, depth); blank !== undefined; blank = this.#blankLine(i, depth)) {
        breaks += "\n";
        i = blank;
      }
    }
    // A line of blanks that no line end closes is content or not, by rules that are not worth repeating here.
    if (i < text.length && text.slice(i).trim() === "") return undefined;
    const tail = chomp === "-" ? "" : chomp === "+" ? lineBreak + breaks : lineBreak;
    return { node: stringNode(parts.join("") + tail, at), end: i };
  }

  #lineEnd(at: number): number {
    const newline = this.#text.indexOf("\n", at);
    return newline === -1 ? this.#text.length : newline;
  }

  /** The start of the next line, if this one has at most `depth` spaces and nothing else. */
  #blankLine(at: number, depth: number): number | undefined {
    let i = at;
    while (i - at < depth && this.#text[i] === " ") i += 1;
    return this.#text[i] === "\n" ? i + 1 : undefined;
  }

  /** `[a, "b", c]` of plain and quoted scalars on one line. */
  #flowList(at: number): ReadNode | undefined {
    const text = this.#text;
    const items: YamlNode[] = [];
    let i = this.#skipSpaces(at + 1);
    while (text[i] !== "]") {
      const item = this.#flowItem(i);
      if (item === undefined) return undefined;
      items.push(item.node);
      i = this.#skipSpaces(item.end);
      if (text[i] === ",") i = this.#skipSpaces(i + 1);
      else if (text[i] !== "]") return undefined;
    }
    const end = this.#endOfLine(i + 1);
    return end === undefined ? undefined : { node: { kind: "sequence", items, at }, end };
  }

  /** `{a: b, c: "d"}` of plain and quoted scalars on one line. */
  #flowMapping(at: number): ReadNode | undefined {
    const text = this.#text;
    const entries = new Map<string, MappingEntry>();
    let i = this.#skipSpaces(at + 1);
    while (text[i] !== "}") {
      KEY.lastIndex = i;
      const key = KEY.exec(text)?.[1];
      if (key === undefined || !isPlainString(key) || entries.has(key)) return undefined;
      const value = this.#flowItem(this.#skipSpaces(KEY.lastIndex));
      if (value === undefined) return undefined;
      entries.set(key, { value: value.node, at: i });
      i = this.#skipSpaces(value.end);
      if (text[i] === ",") i = this.#skipSpaces(i + 1);
      else if (text[i] !== "}") return undefined;
    }
    const end = this.#endOfLine(i + 1);
    return end === undefined ? undefined : { node: { kind: "mapping", entries, at }, end };
  }

  #skipSpaces(at: number): number {
    let i = at;
    while (this.#text.charCodeAt(i) === SPACE) i += 1;
    return i;
  }

  #flowItem(at: number): ReadNode | undefined {
    const first = this.#text[at];
    if (first === '"' || first === "'") {
      const quoted = readQuoted(this.#text, at);
      return quoted === undefined ? undefined : { node: stringNode(quoted.value, at), end: quoted.after };
    }
    let end = at;
    while (end < this.#text.length && !"\n,[]{}:#?\t".includes(this.#text[end] ?? "")) end += 1;
    if (end === at || !this.#startsPlain(at, " \n,[]{}")) return undefined;
    if (!",]}".includes(this.#text[end] ?? "\n")) return undefined;
    return { node: plainNode(trimBlanks(this.#text.slice(at, end)), at), end };
  }

  /** A plain scalar, which goes on over deeper lines. */
  #plain(at: number, indent: number): ReadNode | undefined {
    if (!this.#startsPlain(at, " \n")) return undefined;
    const first = this.#plainLine(at);
    if (first === undefined) return undefined;
    let { text, next } = first;
    while (next < this.#text.length) {
      const start = this.#skipSpaces(next);
      const deeper = start - next > indent;
      if (this.#text[start] === "\n") {
        // Blank lines either end the scalar or become part of it; only what follows them tells.
        if (this.#continuesAfterBlank(start, indent)) return undefined;
        break;
      }
      if (!deeper || start >= this.#text.length) break;
      // Behind a comment a scalar cannot go on; before one it could be meant to.
      const line = this.#text[start] === "#" || first.comment ? undefined : this.#plainLine(start);
      if (line === undefined || line.comment) return undefined;
      text += ` ${line.text}`;
      next = line.next;
    }
    return text === "<<" ? undefined : { node: plainNode(text, at), end: next };
  }

  /** Whether a plain scalar can start here: a dash may, if something follows it that is not one of `after`. */
  #startsPlain(at: number, after: string): boolean {
    const first = this.#text[at] ?? "";
    if (first !== "-") return !INDICATORS.includes(first);
    return at + 1 < this.#text.length && !after.includes(this.#text[at + 1] ?? "");
  }

  #continuesAfterBlank(at: number, indent: number): boolean {
    let line = at + 1;
    let i = line;
    while (this.#text[i] === " " || this.#text[i] === "\n") {
      if (this.#text[i] === "\n") line = i + 1;
      i += 1;
    }
    return i < this.#text.length && i - line > indent;
  }

  /** One line of a plain scalar, without its comment; undefined where it holds what looks like a key, or a tab. */
  #plainLine(at: number): { readonly text: string; readonly next: number; readonly comment: boolean } | undefined {
    const text = this.#text;
    const end = this.#lineEnd(at);
    let last = end;
    for (let i = at; i < end; i += 1) {
      const code = text.charCodeAt(i);
      if (code > COLON) continue;
      if (code === TAB) return undefined;
      if (code === COLON && (i + 1 === end || text.charCodeAt(i + 1) === SPACE)) return undefined;
      if (code === HASH && i > at && text.charCodeAt(i - 1) === SPACE) {
        last = i;
        break;
      }
    }
    const comment = last < end;
    while (last > at && text.charCodeAt(last - 1) === SPACE) last -= 1;
    return { text: text.slice(at, last), next: Math.min(end + 1, text.length), comment };
  }
}

const startsAt = (text: string, line: number, depth: number): boolean => {
  for (let i = line; i < line + depth; i += 1) if (text.charCodeAt(i) !== SPACE) return false;
  return line + depth < text.length && text[line + depth] !== "\n";
};

/** What stands between two lines of a block. */
function joint(folded: boolean, breaks: string, lineBreak: string, last: string, first: string | undefined): string {
  const inset = (c: string | undefined): boolean => c === " " || c === "\t";
  if (folded && !inset(last[0]) && !inset(first)) return breaks === "" ? " " : breaks;
  return lineBreak + breaks;
}
