/**
 * Any YAML 1.1 mapping into nodes, through the `yaml` package. Aliases share their anchor's node, so that a text of a
 * few lines cannot unfold into gigabytes; an alias inside its own anchor is refused.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
} from "yaml";
import { err, ok, type Result } from "../../result.ts";
import type { DuplicateKey, Frontmatter, MappingEntry, MappingNode, YamlNode, YamlProblem } from "./yaml-node.ts";
import { plainNode, stringNode } from "./yaml-scalar.ts";
import { MAX_DEPTH, tokenProblem } from "./yaml-tokens.ts";

/** Reads frontmatter. The caller bounds the text's length. */
export function parseFullYaml(text: string): Result<Frontmatter, YamlProblem> {
  const problem = tokenProblem(text);
  if (problem !== undefined) return err(problem);
  try {
    const document = parseDocument(text, {
      version: "1.1",
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    const error = document.errors[0];
    if (error !== undefined) return err({ what: `the frontmatter is not YAML: ${error.message}`, at: error.pos[0] });
    return new Converter().convert(document.contents);
  } catch (thrown) {
    // The package recurses; nesting by indentation ends here as a stack overflow.
    if (thrown instanceof RangeError) return err({ what: "the frontmatter is too complex to read", at: 0 });
    throw thrown;
  }
}

/** Tags that only say what a plain scalar of that form is anyway. */
const RESOLVED_TAGS: ReadonlySet<string> = new Set(["int", "float", "bool", "null", "timestamp"]);

/** How many values the frontmatter may have with all aliases written out; other readers may well write them out. */
const MAX_VALUES = 10_000;

class Converter {
  readonly #anchors = new Map<string, YamlNode>();
  readonly #duplicates: DuplicateKey[] = [];
  readonly #aliases: number[] = [];
  /** How many values each node stands for. */
  readonly #sizes = new Map<YamlNode, number>();
  #problem: YamlProblem | undefined;

  convert(contents: Node | null): Result<Frontmatter, YamlProblem> {
    const root = this.#node(contents, 0, 0);
    if (this.#problem !== undefined) return err(this.#problem);
    if (root.kind !== "mapping") return err({ what: "the frontmatter is not a mapping", at: 0 });
    if (this.#sizeOf(root) > MAX_VALUES) {
      return err({
        what: `the frontmatter's aliases unfold to more than ${MAX_VALUES} values`,
        at: this.#aliases[0] ?? 0,
      });
    }
    return ok({ root, duplicates: this.#duplicates, aliases: this.#aliases });
  }

  /** Each node is counted once, so that counting does not itself unfold what it counts. */
  #sizeOf(node: YamlNode): number {
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    const inner =
      node.kind === "scalar"
        ? []
        : node.kind === "sequence"
          ? node.items
          : [...node.entries.values()].map((entry) => entry.value);
    const size = inner.reduce((sum, child) => sum + this.#sizeOf(child), 1);
    this.#sizes.set(node, size);
    return size;
  }

  #fail(what: string, at: number): YamlNode {
    this.#problem ??= { what, at };
    return plainNode("", at);
  }

  #node(node: unknown, parent: number, depth: number): YamlNode {
    if (node === null || node === undefined) return plainNode("", parent);
    const at = (node as Node).range?.[0] ?? parent;
    if (depth > MAX_DEPTH) return this.#fail(`the frontmatter is nested more than ${MAX_DEPTH} levels deep`, at);
    if (isAlias(node)) return this.#alias(node, at);
    const made = this.#content(node, at, depth);
    const anchor = (node as { anchor?: string }).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, made);
    return made;
  }

  #alias(alias: Alias, at: number): YamlNode {
    this.#aliases.push(at);
    return (
      this.#anchors.get(alias.source) ?? this.#fail(`the alias *${alias.source} has no finished anchor before it`, at)
    );
  }

  #content(node: unknown, at: number, depth: number): YamlNode {
    if (isScalar(node)) {
      const text = typeof node.value === "string" ? node.value : "";
      const tag = node.tag?.replace("tag:yaml.org,2002:", "");
      if (tag === "str" || (tag === undefined && node.type !== Scalar.PLAIN)) return stringNode(text, at);
      if (tag === undefined || RESOLVED_TAGS.has(tag)) return plainNode(text, at);
      return this.#fail(`the frontmatter has the unknown tag ${node.tag}`, at);
    }
    if (isSeq(node) && isTagged(node, "seq")) {
      return { kind: "sequence", items: node.items.map((item) => this.#node(item, at, depth + 1)), at };
    }
    if (isMap(node) && isTagged(node, "map")) return this.#mapping(node, at, depth);
    if (isSeq(node) || isMap(node)) return this.#fail(`the frontmatter has the unknown tag ${node.tag}`, at);
    return this.#fail("the frontmatter holds something that is neither a scalar, a list nor a mapping", at);
  }

  #mapping(map: YAMLMap, at: number, depth: number): MappingNode {
    const entries = new Map<string, MappingEntry>();
    const merged: MappingNode[] = [];
    for (const pair of map.items as Pair[]) {
      const key = this.#node(pair.key, at, depth + 1);
      const value = this.#node(pair.value, key.at, depth + 1);
      if (key.kind !== "scalar") {
        this.#fail("a key of the frontmatter is not a scalar", key.at);
      } else if (isMergeKey(pair.key)) {
        merged.push(...mergeSources(value));
      } else {
        // A key that is no string can equal none that a rule asks for; the mark keeps it from looking like one.
        const name = typeof key.value === "string" ? key.value : `!${key.text}`;
        if (entries.has(name)) this.#duplicates.push({ key: name, at: key.at });
        entries.set(name, { value, at: key.at });
      }
    }
    for (const source of merged) {
      for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return { kind: "mapping", entries, at };
  }
}

const isTagged = (node: { readonly tag?: string }, kind: "seq" | "map"): boolean =>
  node.tag === undefined || node.tag === `tag:yaml.org,2002:${kind}`;

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === Scalar.PLAIN && key.value === "<<";

const mergeSources = (value: YamlNode): readonly MappingNode[] => {
  if (value.kind === "mapping") return [value];
  return value.kind === "sequence" ? value.items.filter((item) => item.kind === "mapping") : [];
};
