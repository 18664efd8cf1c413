/** How rules name what they read: files, sections, globs, intermediates, and how a change of each counts. */
import { parsePath } from "../artifact/path.ts";
import { parseRef, type Ref } from "../artifact/ref.ts";
import type { Params } from "../exec/action.ts";
import { FaultError } from "../fault.ts";
import type { InputKind, Source } from "../graph/target.ts";

export interface InputSpec {
  readonly source:
    | Source
    | { readonly kind: "productOf"; readonly rule: ProducingRule; readonly params: Params; readonly name: string };
  readonly input: InputKind;
}

/** What `product` needs to know of a rule: enough to name its target. */
export interface ProducingRule {
  readonly name: string;
  readonly each: { readonly segments: (params: never) => readonly string[] };
}

/** An output: a file, a fragment, an intermediate that lives in the store, or a shared file to own fragments of. */
export type OutputSpec =
  | { readonly kind: "ref"; readonly ref: Ref }
  | { readonly kind: "product" }
  | { readonly kind: "scope"; readonly ref: Ref };

/** A reference in either role: as an input it is hard, as an output it is what the run writes. */
export interface RefSpec extends InputSpec {
  readonly kind: "ref";
  readonly ref: Ref;
}

const refSpec = (text: string): RefSpec => {
  const ref = parseRef(text);
  if (!ref.ok) throw new FaultError(ref.error);
  return { kind: "ref", ref: ref.value, source: { kind: "ref", ref: ref.value }, input: "hard" };
};

/** A file, e.g. `file("content/a.md")`, or a fragment of one, `file("manifests/deps.json#/edges")`. */
export const file = (ref: string): RefSpec => refSpec(ref);

/**
 * A section of a markdown file: by number (`section(plan, "§2")`, `"§2.8"`), or by title. It reaches to the next
 * heading of its level or above.
 */
export const section = (path: string, name: string): RefSpec => refSpec(`${path}#${name}`);

/** All files that match; changes when one is added, removed or edited. */
export const glob = (...patterns: string[]): InputSpec => ({ source: { kind: "glob", patterns }, input: "hard" });

/** As an input: the intermediate `name` that `rule` makes for `params`. */
export const product = <P extends Params>(
  rule: { readonly name: string; readonly each: { readonly segments: (params: P) => readonly string[] } },
  params: P,
  name: string,
): InputSpec => ({
  source: { kind: "productOf", rule: rule as unknown as ProducingRule, params, name },
  input: "hard",
});

/** As an output: an intermediate, kept in the store and named by the trace; no file on disk. */
export const intermediate = (): OutputSpec => ({ kind: "product" });

/** As an output: a shared file in which the run may insert fragments of its own, and change nothing else. */
export const within = (path: string): OutputSpec => {
  const parsed = parsePath(path);
  if (!parsed.ok) throw new FaultError(parsed.error);
  return { kind: "scope", ref: { path: parsed.value } };
};

/** Must be there first, but its content is not read. */
export const orderOnly = (input: InputSpec): InputSpec => ({ ...input, input: "orderOnly" });

/** Read, but a change makes the target drifted, not stale. */
export const soft = (input: InputSpec): InputSpec => ({ ...input, input: "soft" });
