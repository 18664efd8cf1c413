/**
 * YAML from an agent. The `yaml` package composes recursively and compiles a regular expression at the bottom of its
 * stack, so that a few hundred nested brackets can abort the whole process past any `catch`; nested explicit keys take
 * time cubic in their depth, and aliases unfold. So nesting is measured on the package's own parser, which is a flat
 * stack machine, and only what is shallow and free of anchors, aliases and tags is composed.
 */
import { Composer, type CST, isAlias, isMap, isNode, isScalar, Lexer, Parser, visit, type YAMLMap } from "yaml";
import { err, ok, type Result } from "../result.ts";

/** More problems than this help nobody to mend them. */
const MAX_PROBLEMS = 20;

export interface YamlLimits {
  /** In UTF-16 units. */
  readonly length: number;
  /** Levels of the parser's stack; a mapping in a list in a mapping takes about five. */
  readonly depth: number;
}

/** Reads one document whose scalars are all strings. The errors are ends of "the proposals …" or name a line. */
export function parseBoundedYaml(text: string, limits: YamlLimits): Result<unknown, readonly string[]> {
  if (text.length > limits.length) return err([`has ${text.length} characters, more than ${limits.length}`]);
  const tokens = shallowTokens(text, limits.depth);
  if (tokens === undefined) return err([`is nested deeper than ${limits.depth} levels`]);

  // "failsafe" leaves every scalar as written: `yes`, `1.10` and `2026-01-01` are titles too. The package's own test for
  // equal keys takes time quadratic in their number, so it is made here.
  const options = { schema: "failsafe", version: "1.2", uniqueKeys: false, logLevel: "silent" } as const;
  const [document, second] = [...new Composer(options).compose(tokens, true, text.length)];
  if (document === undefined) return err(["is empty"]);
  if (second !== undefined) return err(["holds more than one document"]);
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    at: pos[0],
    what: message.split("\n", 1)[0] ?? "",
  }));
  visit(document, (_key, node) => {
    if (!isNode(node)) return;
    const at = node.range?.[0] ?? 0;
    if (isAlias(node)) problems.push({ at, what: "aliases are not read" });
    else if ("anchor" in node && node.anchor !== undefined) problems.push({ at, what: "anchors are not read" });
    if (isMap(node)) problems.push(...badKeysOf(node));
  });
  if (problems.length === 0) return ok(document.toJS());
  const shown = problems.slice(0, MAX_PROBLEMS);
  return err(shown.map(({ at, what }) => `line ${text.slice(0, at).split("\n").length}: ${what}`));
}

/** Keys that stand twice, or are lists or mappings themselves. */
function badKeysOf(map: YAMLMap): readonly { readonly at: number; readonly what: string }[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    const at = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    if (!isScalar(key)) return [{ at, what: "a key is a word, never a list or mapping" }];
    const name = String(key.value);
    if (seen.has(name)) return [{ at, what: `the key ${JSON.stringify(name.slice(0, 100))} stands twice` }];
    seen.add(name);
    return [];
  });
}

/** The parser's tokens, or undefined as soon as its stack grows deeper than the limit. */
function shallowTokens(text: string, depth: number): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > depth) return undefined;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}
