/**
 * Frontmatter as values with places: the rubric judges the value and points at the place. Mappings keep the last of
 * two equal keys, as the campaign's YAML reader does; the earlier ones are remembered so that a person can be told.
 */
export type YamlNode = ScalarNode | SequenceNode | MappingNode;

export type ScalarValue = string | number | boolean | null;

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  /** What Python's `str()` makes of the value: an id written as a number is compared by this text. */
  readonly text: string;
  /** Offset of the first character in the frontmatter's text. */
  readonly at: number;
}

export interface SequenceNode {
  readonly kind: "sequence";
  readonly items: readonly YamlNode[];
  readonly at: number;
}

export interface MappingNode {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, MappingEntry>;
  readonly at: number;
}

export interface MappingEntry {
  readonly value: YamlNode;
  /** Offset of the key. */
  readonly at: number;
}

/** The value under a key, or undefined where the key is absent. */
export const field = (node: MappingNode, key: string): YamlNode | undefined => node.entries.get(key)?.value;

/** Python's truth of a value: empty text, zero, null, false, and empty collections are false; absence is too. */
export function isTruthy(node: YamlNode | undefined): boolean {
  if (node === undefined) return false;
  switch (node.kind) {
    case "scalar":
      return Boolean(node.value);
    case "sequence":
      return node.items.length > 0;
    case "mapping":
      return node.entries.size > 0;
  }
}

/** The text of a string scalar; undefined for anything else. */
export const textOf = (node: YamlNode | undefined): string | undefined =>
  node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;

/** The Python text of a scalar; collections have no text that anything could equal, so theirs is empty. */
export const stringOf = (node: YamlNode | undefined): string => (node?.kind === "scalar" ? node.text : "");

/** A key that was given twice; the last value counts. */
export interface DuplicateKey {
  readonly key: string;
  /** Offset of the later key. */
  readonly at: number;
}

export interface Frontmatter {
  readonly root: MappingNode;
  readonly duplicates: readonly DuplicateKey[];
  /** Offsets of aliases (`*name`). */
  readonly aliases: readonly number[];
}

/** Why a text is not frontmatter. */
export interface YamlProblem {
  readonly what: string;
  /** Offset in the frontmatter's text. */
  readonly at: number;
}
