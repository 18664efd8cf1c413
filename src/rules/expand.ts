/** From rules to targets: each rule over each member of its collection, as the workspace stands. */
import { digestOf } from "../artifact/digest.ts";
import { parseRef, type Ref } from "../artifact/ref.ts";
import type { RepoPath, WorkspaceView } from "../artifact/workspace.ts";
import type { Action, Params } from "../exec/action.ts";
import type { Task } from "../exec/task.ts";
import { type Fault, FaultError, usageFault } from "../fault.ts";
import type { Address } from "../graph/address.ts";
import type { Input, Output, Target } from "../graph/target.ts";
import { unreachable } from "../result.ts";
import type { Member } from "./collection.ts";
import type { Rule } from "./rule.ts";
import type { InputSpec } from "./source.ts";

const addressOf = (rule: string, segments: readonly string[]): Address =>
  [...segments.slice(0, 2), rule, ...segments.slice(2)].join("/") as Address;

/** The task of every target that the rules make now, and one placeholder wherever an artifact has yet to decide. */
export function expandRules(rules: readonly Rule[], view: WorkspaceView): readonly Task[] {
  // Rules share collections, which expand once a view: a new view here means the workspace as it stands now.
  const lists = new Map<string, readonly RepoPath[]>();
  const now: WorkspaceView = {
    bytes: (path) => view.bytes(path),
    list(globs) {
      const key = globs.join("\n");
      const known = lists.get(key) ?? view.list(globs);
      lists.set(key, known);
      return known;
    },
  };
  return rules.flatMap((each) => expandRule(each, now));
}

function expandRule(rule: Rule, view: WorkspaceView): Task[] {
  const { members, undecided } = rule.each.expand(view);
  const tasks: Task[] = [];
  const stand = (
    segments: readonly string[],
    groups: readonly string[],
    decidedBy: Ref,
    fault: Fault | undefined,
  ): void => {
    const target = blank(addressOf(rule.name, segments), rule, groups, decidedBy);
    tasks.push({ ...taskOf(rule, target), placeholder: { fault } });
  };
  for (const member of members) {
    try {
      tasks.push(...tasksOf(rule, member, view));
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
function tasksOf(rule: Rule, member: Member<Params>, view: WorkspaceView): Task[] {
  const id = addressOf(rule.name, rule.each.segments(member.params));
  const gate = rule.gate === "after" ? (`${id}.gate` as Address) : undefined;
  const target: Target = {
    ...blank(id, rule, member.groups, member.decidedBy),
    inputs: inputsOf(rule, member.params),
    outputs: outputsOf(rule, member.params),
    amends: filesOf(rule.amends?.(member.params) ?? [], view),
    mayAmend: filesOf(rule.mayAmend?.(member.params) ?? [], view),
    after: (rule.after?.(member.params) ?? []) as Address[],
    gate,
    identity: {
      version: digestOf(String(rule.version ?? 1)),
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
  inputs: [],
  outputs: [],
  amends: [],
  mayAmend: [],
  after: [],
  gate: undefined,
  decidedBy,
  identity: {},
  soft: {},
  byPerson: false,
  estimate: rule.estimate ?? { seconds: 0, usd: 0 },
});

const taskOf = (rule: Rule, target: Target): Task => ({
  target,
  params: {},
  action: rule.run,
  check: rule.check === undefined ? undefined : (context) => rule.check!(context),
  recovery: rule.recovery ?? [],
  pool: rule.pool ?? "default",
  shared: rule.shared,
  wallSeconds: rule.wall ?? 3600,
  placeholder: undefined,
  reads: rule.reads ?? ["**"],
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
      estimate: { seconds: 0, usd: 0 },
    },
    params: {},
    action: { kind: "person", ask },
    check: undefined,
    recovery: [],
    pool: "default",
    shared: undefined,
    wallSeconds: 0,
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

const filesOf = (paths: readonly string[], view: WorkspaceView): Ref[] =>
  paths.flatMap((path) => (/[*?{]/.test(path) ? view.list([path]) : [refOf(path).path])).map((path) => ({ path }));

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
