/**
 * A look at a text's YAML tokens before it is parsed. The parser of the `yaml` package recurses, and it accepts what
 * PyYAML refuses; its lexer does not recurse, so that it can be asked first.
 */
import { CST, Lexer } from "yaml";
import type { YamlProblem } from "./yaml-node.ts";

/** Deeper nesting than this is an attack or a mistake; the campaign's units use four levels. */
export const MAX_DEPTH = 64;

/** Tokens that stand for no text. */
const EMPTY: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** The first thing in a text that must not reach the parser; undefined where there is none. */
export function tokenProblem(text: string): YamlProblem | undefined {
  let at = 0;
  let brackets = 0;
  // Sequences and explicit keys nest on one line: `- - - a`.
  let marks = 0;
  let before = "";
  let block = false;
  for (const token of new Lexer().lex(text)) {
    // Tokens are told apart by their text; what follows this mark is a scalar whatever it looks like.
    const kind = before === CST.SCALAR ? "text" : CST.tokenType(token);
    before = kind === "text" ? "" : token;
    switch (kind) {
      case "flow-seq-start":
      case "flow-map-start":
        brackets += 1;
        break;
      case "flow-seq-end":
      case "flow-map-end":
        brackets = Math.max(0, brackets - 1);
        break;
      case "seq-item-ind":
      case "explicit-key-ind":
        marks += 1;
        break;
      case "newline":
        marks = 0;
        break;
      case "doc-start":
      case "doc-end":
        if (at > 0) return { what: "the frontmatter ends early, at a document marker", at };
        break;
      case "block-scalar-header":
        block = true;
        break;
      case "space":
      case "text":
        // PyYAML accepts tabs only in quotes, blocks and comments.
        if (token.includes("\t") && !(block && kind === "text")) {
          return { what: "a tab stands where YAML wants spaces", at: at + token.indexOf("\t") };
        }
        if (kind === "text") block = false;
        break;
      default:
        break;
    }
    if (brackets + marks > MAX_DEPTH) {
      return { what: `the frontmatter is nested more than ${MAX_DEPTH} levels deep`, at };
    }
    if (!EMPTY.has(token)) at += token.length;
  }
  return undefined;
}
