/** From rules to targets: each rule over each member of its collection, as the workspace stands. */
import { type Digest, digestOf } from "../artifact/digest.ts";
import { parseRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Action, Params } from "../exec/action.ts";
import { ANSWERS_INPUT, answersPath } from "../exec/answers.ts";
import type { Expand } from "../exec/engine.ts";
import type { Task } from "../exec/task.ts";
import { type Fault, FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Input, Output, Target } from "../graph/target.ts";
import { unreachable } from "../result.ts";
import type { Member } from "./expansion.ts";
import { Asked, KeptView } from "./kept-view.ts";
import type { Rule } from "./rule.ts";
import type { InputSpec } from "./source.ts";

// One for all: of thousands of targets most have nothing of a kind.
const NONE: readonly never[] = [];
const EVERYTHING: readonly string[] = ["**"];
const UNKNOWN = { seconds: 0, usd: 0 };

const addressOf = (rule: string, segments: readonly string[]): Address =>
  [...segments.slice(0, 2), rule, ...segments.slice(2)].join("/") as Address;

/** What was made of a rule's members, and of the places where members will be. */
interface Made {
  /** The rule's version, as a digest. */
  readonly version: Digest;
  readonly tasks: WeakMap<object, { readonly asked: Asked; readonly tasks: readonly Task[] }>;
  readonly placeholders: Map<Address, { readonly name: string; readonly task: Task }>;
  readonly answered: WeakMap<Task, Task>;
}

/**
 * The tasks that rules make of a workspace.
 * @param answers folder of what people answered.
 */
export function expander(rules: readonly Rule[], view: WorkspaceView, answers = "manifests/answers"): Expand {
  const kept = new KeptView(view);
  const made = rules.map(
    (rule): Made => ({
      version: digestOf(String(rule.version ?? 1)),
      tasks: new WeakMap(),
      placeholders: new Map(),
      answered: new WeakMap(),
    }),
  );
  const expand = (written?: Iterable<RepoPath>): readonly Task[] => {
    kept.look(written);
    // Rules share collections, which expand once a view: a new view here means the workspace as it stands now.
    const now: WorkspaceView = { bytes: (path) => kept.bytes(path), list: (globs) => kept.list(globs) };
    const answered = new Set(kept.list([`${answers}/**/*.json`]));
    return rules.flatMap((each, index) =>
      expandRule(each, now, kept, made[index]!).map((task) => withAnswers(task, answers, answered, made[index]!)),
    );
  };
  return Object.assign(expand, { restsOn: (written: Iterable<RepoPath>) => kept.restsOn(written) });
}

/** The task of every target that the rules make now, and one placeholder wherever an artifact has yet to decide. */
export const expandRules = (rules: readonly Rule[], view: WorkspaceView, answers?: string): readonly Task[] =>
  expander(rules, view, answers)();

/** What a person said of a target is among its inputs, where anything was said. */
function withAnswers(task: Task, folder: string, answered: ReadonlySet<RepoPath>, made: Made): Task {
  const { target } = task;
  if (answered.size === 0 || target.byPerson || task.placeholder !== undefined) return task;
  const path = answersPath(folder, target.id);
  if (!answered.has(path)) return task;
  const known = made.answered.get(task);
  if (known !== undefined) return known;
  const input: Input = { name: ANSWERS_INPUT, source: { kind: "ref", ref: { path } }, kind: "hard" };
  const withInput = { ...task, target: { ...target, inputs: [...target.inputs, input] } };
  made.answered.set(task, withInput);
  return withInput;
}

function expandRule(rule: Rule, now: WorkspaceView, kept: KeptView, made: Made): Task[] {
  const { members, undecided } = rule.each.expand(now);
  const tasks: Task[] = [];
  const stand = (
    segments: readonly string[],
    groups: readonly string[],
    decidedBy: Ref,
    fault: Fault | undefined,
  ): void => {
    const target = blank(addressOf(rule.name, segments), rule, groups, decidedBy);
    const name = JSON.stringify([groups, decidedBy, fault]);
    let known = made.placeholders.get(target.id);
    if (known?.name !== name) {
      known = { name, task: { ...taskOf(rule, target), placeholder: { fault } } };
      made.placeholders.set(target.id, known);
    }
    tasks.push(known.task);
  };
  for (const member of members) {
    try {
      let known = made.tasks.get(member);
      if (known === undefined || !known.asked.isSame()) {
        const asked = new Asked(kept);
        known = { asked, tasks: tasksOf(rule, made.version, member, asked) };
        made.tasks.set(member, known);
      }
      tasks.push(...known.tasks);
    } catch (error) {
      // What a plan says may make no target (a path that leads out of the workspace): the others go on.
      const fault =
        error instanceof FaultError
          ? error.fault
          : usageFault(
              `a function of the rule ${rule.name} threw ${String(error)}`,
              addressOf(rule.name, rule.each.segments(member.params)),
              "mend the rule in the configuration",
            );
      if (member.decidedBy === undefined) throw new FaultError(fault);
      stand(rule.each.segments(member.params), member.groups, member.decidedBy, fault);
    }
  }
  for (const { segments, groups, decidedBy, fault } of undecided) stand(segments, groups, decidedBy, fault);
  return tasks;
}

/** The task of a member, and that of its gate. */
function tasksOf(rule: Rule, version: Digest, member: Member<Params>, view: WorkspaceView): Task[] {
  const id = addressOf(rule.name, rule.each.segments(member.params));
  const gate = rule.gate === "after" ? (`${id}.gate` as Address) : undefined;
  const target: Target = {
    ...blank(id, rule, member.groups, member.decidedBy),
    inputs: inputsOf(rule, member.params),
    outputs: outputsOf(rule, member.params),
    amends: filesOf(rule.amends?.(member.params), view),
    mayAmend: filesOf(rule.mayAmend?.(member.params), view),
    after: (rule.after?.(member.params) ?? NONE) as readonly Address[],
    gate,
    identity: {
      version,
      ...actionIdentity(rule.run, member.params),
      ...(rule.identity === undefined
        ? {}
        : { parameters: digestOf(JSON.stringify(rule.identity(member.params)) ?? "") }),
    },
    soft: softOf(rule.run, view),
    byPerson: rule.run.kind === "person",
  };
  const task: Task = { ...taskOf(rule, target), params: member.params };
  return gate === undefined ? [task] : [task, gateTask(gate, target, member.groups)];
}

const blank = (id: Address, rule: Rule, groups: readonly string[], decidedBy: Ref | undefined): Target => ({
  id,
  rule: rule.name,
  groups,
  inputs: NONE,
  outputs: NONE,
  amends: NONE,
  mayAmend: NONE,
  after: NONE,
  gate: undefined,
  decidedBy,
  identity: {},
  soft: {},
  byPerson: false,
  estimate: rule.estimate ?? UNKNOWN,
});

const taskOf = (rule: Rule, target: Target): Task => ({
  target,
  params: {},
  action: rule.run,
  check: rule.check === undefined ? undefined : (context) => rule.check!(context),
  recovery: rule.recovery ?? NONE,
  pool: rule.pool ?? "default",
  shared: rule.shared,
  wallSeconds: rule.wall ?? 3600,
  idleSeconds: rule.idle,
  placeholder: undefined,
  reads: rule.reads ?? EVERYTHING,
});

/** The target by which a person approves what another wrote: its key is what was shown, so a change asks again. */
function gateTask(id: Address, shown: Target, groups: readonly string[]): Task {
  const inputs = shown.outputs.flatMap((output): Input[] =>
    output.kind === "ref" ? [{ name: output.name, source: { kind: "ref", ref: output.ref }, kind: "hard" }] : [],
  );
  const ask = `Approve what ${shown.id} wrote`;
  return {
    target: {
      ...shown,
      id,
      rule: `${shown.rule}.gate`,
      groups,
      inputs,
      outputs: [],
      amends: [],
      mayAmend: [],
      after: [shown.id],
      gate: undefined,
      identity: {},
      soft: {},
      byPerson: true,
      estimate: UNKNOWN,
    },
    params: {},
    action: { kind: "person", ask },
    check: undefined,
    recovery: [],
    pool: "default",
    shared: undefined,
    wallSeconds: 0,
    idleSeconds: undefined,
    placeholder: undefined,
    reads: [],
  };
}

function inputsOf(rule: Rule, params: Params): Input[] {
  const inputs: Input[] = [];
  for (const [name, spec] of Object.entries(rule.inputs?.(params) ?? {})) {
    if (isSpec(spec)) inputs.push(inputOf(name, spec));
    else for (const [key, inner] of Object.entries(spec)) inputs.push(inputOf(`${name}/${key}`, inner));
  }
  return inputs;
}

const isSpec = (spec: InputSpec | Readonly<Record<string, InputSpec>>): spec is InputSpec =>
  "source" in spec && typeof spec.input === "string";

function inputOf(name: string, spec: InputSpec): Input {
  const { source } = spec;
  if (source.kind !== "productOf") return { name, source, kind: spec.input };
  const of = addressOf(source.rule.name, source.rule.each.segments(source.params as never));
  return { name, source: { kind: "product", of, name: source.name }, kind: spec.input };
}

function outputsOf(rule: Rule, params: Params): Output[] {
  return Object.entries(rule.outputs(params)).map(([name, spec]): Output => {
    switch (spec.kind) {
      case "ref":
        return { kind: "ref", name, ref: spec.ref };
      case "product":
        return { kind: "product", name };
      case "scope":
        return { kind: "scope", name, ref: spec.ref };
      default:
        return unreachable(spec);
    }
  });
}

const filesOf = (paths: readonly string[] | undefined, view: WorkspaceView): readonly Ref[] =>
  paths === undefined
    ? NONE
    : paths.flatMap((path) => (/[*?{]/.test(path) ? view.list([path]) : [refOf(path).path])).map((path) => ({ path }));

function refOf(text: string): Ref {
  const ref = parseRef(text);
  if (!ref.ok) throw new FaultError(ref.error);
  return ref.value;
}

/** A command is its own rule: another command line is another question. */
const actionIdentity = (action: Action, params: Params): Record<string, ReturnType<typeof digestOf>> =>
  action.kind === "command" ? { command: digestOf(JSON.stringify(action.argv(params as never))) } : {};

/** A better prompt or another model does not make past answers wrong: it makes them drift. */
function softOf(action: Action, view: WorkspaceView): Target["soft"] {
  if (action.kind !== "agent") return {};
  const prompt = view.bytes(refOf(action.prompt).path);
  return {
    ...(prompt === undefined ? {} : { prompt: digestOf(prompt) }),
    ...(action.model === undefined ? {} : { model: digestOf(action.model) }),
  };
}
