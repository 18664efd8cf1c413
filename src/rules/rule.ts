/** Declaring a pass: what it ranges over, reads, writes and does. Rules are data with functions; nothing runs here. */
import type { Action, CheckContext, Defect, Params, Rung } from "../exec/action.ts";
import type { Collection } from "./collection.ts";
import type { InputSpec, OutputSpec } from "./source.ts";

/**
 * Functions of the parameters are declared as methods: rules over different collections stand in one list, and each
 * is only ever called with members of its own.
 */
export interface RuleSpec<P extends Params> {
  /** The pass's name, a segment of its targets' addresses: letters, digits, `_`, `-`. */
  readonly name: string;
  /** One target for each member. */
  readonly each: Collection<P>;
  /** Raise it when what the rule does changes in a way that must rebuild: it is in the key. Default 1. */
  readonly version?: number;
  /** What of the parameters decides the result beyond the address, e.g. a book's title. In the key. */
  identity?(params: P): unknown;
  /** Inputs by name; a record of inputs makes names such as `units/03.09.11`. */
  inputs?(params: P): Readonly<Record<string, InputSpec | Readonly<Record<string, InputSpec>>>>;
  /** Globs that recorded reads may touch. What was read is in the trace. Default: the whole workspace. */
  readonly reads?: readonly string[];
  outputs(params: P): Readonly<Record<string, OutputSpec>>;
  /** Files that this one edits in place, as paths or globs over files that are there. */
  amends?(params: P): readonly string[];
  /**
   * Files that this one may edit in place, as paths or globs, where others may too and no order is meant: each builds on
   * what it finds, and a change of them does not make this one stale.
   */
  mayAmend?(params: P): readonly string[];
  /** Targets of other rules that must be settled first, as addresses. */
  after?(params: P): readonly string[];
  /** Name of the pool whose slots it uses. Default `default`. */
  readonly pool?: string;
  /** `write`: the only writer of shared files while it runs; `read`: not started while a writer waits. */
  readonly shared?: "read" | "write";
  readonly run: Action;
  /** Judge what a run made before it is written. */
  check?(context: CheckContext<NoInfer<P>>): readonly Defect[];
  /** What to do after a failed attempt, step by step. Default: leave it to a person. */
  readonly recovery?: readonly Rung[];
  /** `after`: a person approves what it wrote before anything reads it. */
  readonly gate?: "after";
  /** Seconds that one attempt may take. Default 3600. */
  readonly wall?: number;
  /**
   * Seconds that one attempt may go on without a sign of life: a command's output, an event of an agent's calls. Default:
   * none. It says nothing of a function of yours, nor of agents whose answers come in batches.
   */
  readonly idle?: number;
  /** What a run is expected to take, until history knows. */
  readonly estimate?: { readonly seconds: number; readonly usd: number };
}

export interface Rule<P extends Params = Params> extends RuleSpec<P> {
  readonly kind: "rule";
}

/** Declares a pass. */
export const rule = <P extends Params>(spec: RuleSpec<P>): Rule<P> => ({ kind: "rule", ...spec });
