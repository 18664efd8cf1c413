/**
 * One text, parsed at most once however many of its fragments are asked for. The concept catalog has 3,000 of them
 * in one 3.6 MB file; a fresh parse for each would cost minutes.
 */
import type { Fault } from "../fault.ts";
import { ok, type Result, unreachable } from "../result.ts";
import { type Digest, digestOf, MISSING } from "./digest.ts";
import { findEntry, type Item, items } from "./entry.ts";
import { canonical, JsonText } from "./json.ts";
import { bare, core } from "./lines.ts";
import { bodyStart, frontmatter } from "./markdown.ts";
import { Outline } from "./outline.ts";
import type { Fragment } from "./ref.ts";

/** UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class ParsedText {
  readonly text: string;
  #outline: Outline | undefined;
  #items: readonly Item[] | undefined;
  #json: Result<JsonText, Fault> | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get outline(): Outline {
    this.#outline ??= new Outline(this.text);
    return this.#outline;
  }

  get json(): Result<JsonText, Fault> {
    this.#json ??= JsonText.parse(this.text);
    return this.#json;
  }

  /**
   * The whole span that a Markdown fragment takes up, with the blank lines around it: what disappears when it is
   * removed. A pointer's is its value.
   */
  span(fragment: Fragment): Result<Span | undefined, Fault> {
    const { text } = this;
    switch (fragment.kind) {
      case "section":
        return this.outline.numbered(fragment.number);
      case "titled":
        return this.outline.titled(fragment.title);
      case "frontmatter": {
        const found = frontmatter(text);
        return ok(found && { start: found.contentStart, end: found.contentEnd });
      }
      case "body":
        return ok({ start: bodyStart(text), end: text.length });
      case "entry": {
        const within =
          fragment.within === undefined ? ok({ start: 0, end: text.length }) : this.outline.numbered(fragment.within);
        if (!within.ok || !within.value) return within;
        this.#items ??= items(text);
        return findEntry(fragment.label, this.outline.headings, this.#items, within.value.start, within.value.end);
      }
      case "pointer": {
        const { json } = this;
        if (!json.ok) return json;
        const found = json.value.find(fragment.steps);
        if (!found.ok || !found.value) return found as Result<undefined, Fault>;
        return ok({ start: found.value.offset, end: found.value.offset + found.value.length });
      }
      default:
        return unreachable(fragment);
    }
  }

  /** The span of the fragment itself, without the blank lines around it; undefined where it is missing. */
  locate(fragment: Fragment): Result<Span | undefined, Fault> {
    const span = this.span(fragment);
    if (!span.ok || !span.value) return span;
    const { start, end } = span.value;
    return ok(fragment.kind === "pointer" ? { start, end } : core(this.text, start, end));
  }

  read(fragment: Fragment): Result<string | undefined, Fault> {
    const span = this.locate(fragment);
    if (!span.ok || !span.value) return span as Result<undefined, Fault>;
    return ok(this.text.slice(span.value.start, span.value.end));
  }

  digest(fragment: Fragment): Result<Digest, Fault> {
    if (fragment.kind === "pointer") {
      const { json } = this;
      if (!json.ok) return json;
      const found = json.value.find(fragment.steps);
      if (!found.ok) return found;
      return ok(found.value ? digestOf(canonical(json.value, found.value)) : MISSING);
    }
    const text = this.read(fragment);
    if (!text.ok) return text;
    return ok(text.value === undefined ? MISSING : digestOf(bare(text.value)));
  }
}

/** How much text an index keeps parsed, in UTF-16 units: the catalog and the manifests together are a tenth of it. */
const KEPT = 64 * 1024 * 1024;

export interface IndexedText {
  /** The digest of the whole file. */
  readonly file: Digest;
  readonly text: ParsedText;
}

/** Parsed texts by the digest of their file, the most recently used kept. */
export class FragmentIndex {
  readonly #parsed = new Map<Digest, IndexedText>();
  #size = 0;

  get(file: Digest): IndexedText | undefined {
    const known = this.#parsed.get(file);
    if (known) {
      // A map keeps the order of insertion, so the first is the least recently used.
      this.#parsed.delete(file);
      this.#parsed.set(file, known);
    }
    return known;
  }

  /** Takes in the text of the file with that digest, at the cost of those used least recently. */
  add(file: Digest, text: string): IndexedText {
    const known = this.get(file);
    if (known) return known;
    const added = { file, text: new ParsedText(text) };
    this.#parsed.set(file, added);
    this.#size += text.length;
    for (const [oldest, gone] of this.#parsed) {
      if (this.#size <= KEPT || oldest === file) break;
      this.#parsed.delete(oldest);
      this.#size -= gone.text.text.length;
    }
    return added;
  }
}
