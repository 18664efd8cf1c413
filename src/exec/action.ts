/**
 * What a target does when it runs: ask an agent, start a command, call a function, or wait for a person.
 * Actions are declared with the constructors here and carried out by the executors beside this file.
 */

import type { WebAccess } from "../agents/provider.ts";
import type { Schemas } from "../agents/structure.ts";
import type { ToolName } from "../agents/tools.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";

/** A rule's parameters: the members of the collections it ranges over, by the collection's name. */
export type Params = Readonly<Record<string, unknown>>;

/** Something wrong with what a run wrote. Agents are given these to mend it. */
export interface Defect {
  readonly what: string;
  /** Where: a heading, a path with a line; empty for the whole. */
  readonly where: string;
  readonly mend: string;
}

export const defect = (what: string, where = "", mend = ""): Defect => ({ what, where, mend });

/** The inputs of a run, each as the text of its file, fragment or intermediate, by input name; "" where missing. */
export type InputTexts = Readonly<Record<string, string>>;

export interface RunContext<P = Params> {
  readonly params: P;
  readonly inputs: InputTexts;
  /** The workspace as the target sees it. What is read through it is not recorded: use `ask` for that. */
  readonly view: WorkspaceView;
  /** A recorded read of `path` or `path#fragment`: the target is stale when it changes. Undefined where missing. */
  readonly ask: (ref: string) => string | undefined;
  /** A recorded listing: the target is stale when a file that matches is added or removed. */
  readonly askList: (glob: string) => readonly RepoPath[];
  /** Which attempt this is, from 1. */
  readonly attempt: number;
}

/** What a run made: texts for declared outputs, and for declared scopes whole new contents of shared files. */
export interface RunOutputs {
  /** Text by output name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** New bytes of files within declared scopes. */
  readonly writes?: ReadonlyMap<string, Uint8Array>;
  /** The fragments of those files that this run now owns, as references. */
  readonly fragments?: readonly string[];
  /** New bytes of amended files, by path. */
  readonly amended?: ReadonlyMap<string, Uint8Array>;
  /** Defects found while running; the attempt fails with them. */
  readonly defects?: readonly Defect[];
}

export interface CheckContext<P = Params> extends RunContext<P> {
  /** What the run made, by output name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The workspace with what the run made laid over it. */
  readonly after: WorkspaceView;
}

/** Judges a run before anything is written; no defects means it may be committed. */
export type Check<P = Params> = (context: CheckContext<P>) => readonly Defect[];

/** Several checks as one: the defects of all. */
export const allOf =
  <P>(...checks: readonly Check<P>[]): Check<P> =>
  (context) =>
    checks.flatMap((check) => check(context));

export interface AgentAction {
  readonly kind: "agent";
  /** Path of the prompt template, relative to the workspace. */
  readonly prompt: string;
  readonly tools: readonly ToolName[];
  /** The model's name; the provider's default where undefined. */
  readonly model: string | undefined;
  /** At most this many requests an attempt. */
  readonly turns: number;
  /** Output tokens a request may use. */
  readonly maxTokens: number;
  /** What it may use of the provider's web tools; none where undefined. */
  readonly web: WebAccess | undefined;
  /** Zod schemas of outputs that are JSON, by name. */
  readonly schemas: Schemas;
}

export interface CommandAction {
  readonly kind: "command";
  /** The program and its arguments: never a shell string. Standard input is the inputs as JSON, standard output the output's text. */
  readonly argv: (params: never) => readonly string[];
}

export interface CallAction {
  readonly kind: "call";
  readonly fn: (context: RunContext<never>) => RunOutputs | Promise<RunOutputs>;
}

export interface PersonAction {
  readonly kind: "person";
  /** What the person is asked. */
  readonly ask: string;
}

export type Action = AgentAction | CommandAction | CallAction | PersonAction;

/** Asks an agent. The prompt is a file, so that it is versioned and its changes are seen. */
export const agent = (spec: {
  prompt: string;
  tools?: readonly ToolName[];
  model?: string;
  turns?: number;
  maxTokens?: number;
  web?: WebAccess;
  schemas?: Schemas;
}): AgentAction => ({
  kind: "agent",
  prompt: spec.prompt,
  tools: spec.tools ?? ["read", "list", "search", "lookup"],
  model: spec.model,
  turns: spec.turns ?? 24,
  maxTokens: spec.maxTokens ?? 32_000,
  web: spec.web,
  schemas: spec.schemas ?? {},
});

/**
 * Runs a program, with no shell. It gets `{"params", "inputs"}` as JSON on standard input; what it prints becomes
 * the rule's one output, or, when it prints a JSON object of texts and the rule has several, those.
 */
export const command = <P>(argv: readonly string[] | ((params: P) => readonly string[])): CommandAction => ({
  kind: "command",
  argv: typeof argv === "function" ? (argv as (params: never) => readonly string[]) : () => argv,
});

/** Calls a function of yours. */
export const call = <P>(fn: (context: RunContext<P>) => RunOutputs | Promise<RunOutputs>): CallAction => ({
  kind: "call",
  fn: fn as CallAction["fn"],
});

/** Waits for a person, who answers with `codex approve <address>`. */
export const person = (spec: { ask: string }): PersonAction => ({ kind: "person", ask: spec.ask });

/** One step of a recovery ladder. */
export type Rung =
  | { readonly kind: "again"; readonly hint: string; readonly tokens: number }
  | { readonly kind: "narrow"; readonly scope: string }
  /** What was made stands, short as it is, and decides that the pass named is gone through once more. */
  | { readonly kind: "route"; readonly to: string; readonly state: string; readonly settle: Settle<never> }
  /** What was made stands, with reduced expectations. */
  | { readonly kind: "degrade"; readonly state: string; readonly settle: Settle<never> }
  | { readonly kind: "person" };

/** An attempt that failed, for a rung that may let it stand. */
export interface Unsettled<P = Params> {
  readonly params: P;
  /** The inputs that it was made from. */
  readonly inputs: InputTexts;
  /** What it made, by output name; undefined where it came to nothing. */
  readonly outputs: Readonly<Record<string, string>> | undefined;
  readonly defects: readonly Defect[];
}

/** The outputs with which a target is settled all the same; undefined where the rung does not apply: the next one does. */
export type Settle<P> = (failed: Unsettled<P>) => Readonly<Record<string, string>> | undefined;

/** Try again, told what was wrong; `tokens` multiplies the output limit. */
export const again = (spec: { hint?: string; tokens?: number } = {}): Rung => ({
  kind: "again",
  hint: spec.hint ?? "",
  tokens: spec.tokens ?? 1,
});

/** Try again with less to do. */
export const narrow = (scope: string): Rung => ({ kind: "narrow", scope });

/**
 * Go back to another pass: what was made is written as it is, and its reader, expanded from it, does the rest.
 * @param spec.settle what is written, and whether the rung applies at all.
 */
export const route = <P>(spec: { to: string; settle: Settle<P>; state?: string }): Rung => ({
  kind: "route",
  to: spec.to,
  state: spec.state ?? "needs-rework",
  settle: spec.settle as Settle<never>,
});

/** Go on with reduced expectations; the trace and the campaign's records name the state. */
export const degrade = <P>(spec: { state: string; settle: Settle<P> }): Rung => ({
  kind: "degrade",
  state: spec.state,
  settle: spec.settle as Settle<never>,
});

/** Stop and leave it to a person. Every ladder ends so, written or not. */
export const toPerson = (): Rung => ({ kind: "person" });
