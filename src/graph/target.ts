/**
 * A target: a rule with its parameters, as plain data. What it does lives elsewhere (`src/exec/task.ts`); the graph
 * needs only what it reads and writes.
 */
import type { Digest } from "../artifact/digest.ts";
import { formatRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { unreachable } from "../result.ts";
import type { Address } from "./address.ts";

/** Where an input comes from. */
export type Source =
  | { readonly kind: "ref"; readonly ref: Ref }
  | { readonly kind: "glob"; readonly patterns: readonly string[] }
  /** An intermediate of another target: it lives only in the store. */
  | { readonly kind: "product"; readonly of: Address; readonly name: string };

/** A source as a person would name it. */
export function formatSource(source: Source): string {
  switch (source.kind) {
    case "ref":
      return formatRef(source.ref);
    case "glob":
      return source.patterns.join(" ");
    case "product":
      return `${source.of}:${source.name}`;
    default:
      return unreachable(source);
  }
}

/**
 * How a change of an input counts: `hard` makes the target stale, `orderOnly` only orders, `soft` makes it drifted
 * (design §4).
 */
export type InputKind = "hard" | "orderOnly" | "soft";

export interface Input {
  readonly name: string;
  readonly source: Source;
  readonly kind: InputKind;
}

export type Output =
  | { readonly kind: "ref"; readonly name: string; readonly ref: Ref }
  | { readonly kind: "product"; readonly name: string }
  /** A shared file in which the run may own fragments; which ones, the trace says. */
  | { readonly kind: "scope"; readonly name: string; readonly ref: Ref };

export interface Target {
  readonly id: Address;
  readonly rule: string;
  readonly groups: readonly string[];
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** Artifacts of others that this target edits in place: it becomes the next link of their chain. */
  readonly amends: readonly Ref[];
  /**
   * Files that this target may edit in place, and others too, in whatever order they come: no dependency follows from
   * it, and each builds on what it finds.
   */
  readonly mayAmend: readonly Ref[];
  /** Other targets that must be settled first, without being read. */
  readonly after: readonly Address[];
  /** The target by which a person approves what this one wrote, before anything else reads it. */
  readonly gate: Address | undefined;
  /** The artifact whose content decided that this target exists (an expanded rule). */
  readonly decidedBy: Ref | undefined;
  /** Set where another target that an artifact decides writes the same: neither can run, and the graph stands all the same. */
  readonly contested?: true;
  /** What the target is apart from its inputs: part of the key, by name. */
  readonly identity: Readonly<Record<string, Digest>>;
  /** What makes it drift without making it stale: prompt text, model. */
  readonly soft: Readonly<Record<string, Digest>>;
  /** A person's turn: the scheduler never runs it. */
  readonly byPerson: boolean;
  /** Declared cost of one run, used until history knows better. */
  readonly estimate: { readonly seconds: number; readonly usd: number };
}

/** The files that a target may write. */
export const writtenBy = ({ outputs, amends, mayAmend }: Target): readonly RepoPath[] => [
  ...outputs.flatMap((output) => (output.kind === "product" ? [] : [output.ref.path])),
  ...[...amends, ...mayAmend].map((ref) => ref.path),
];
