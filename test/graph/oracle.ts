/**
 * The naive model: as plain texts, what every target saw and left when it last ran. From that alone it says what must
 * run and why; and it reads off the files themselves what each target may see of them.
 */
import { expect } from "vitest";
import type { Question } from "../../src/artifact/question.ts";
import { formatRef, type Ref } from "../../src/artifact/ref.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Address } from "../../src/graph/address.ts";
import { Evaluation, type Policy, type Status } from "../../src/graph/evaluate.ts";
import type { Hidden } from "../../src/graph/facts.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Reason } from "../../src/graph/reason.ts";
import type { Input, Target } from "../../src/graph/target.ts";
import { equal } from "./equal.ts";
import type { World } from "./world.ts";

type Text = string | undefined;

/** What a target saw when it began. */
export interface Seen {
  /** Hard inputs, and the files that it amends in order, by name. */
  readonly inputs: ReadonlyMap<string, Text>;
  readonly soft: ReadonlyMap<string, Text>;
  readonly version: string;
}

export interface Memory extends Seen {
  readonly reads: readonly { readonly question: Question; readonly answer: string }[];
  /** Files and fragments, and intermediates, with the texts that it left. */
  readonly left: ReadonlyMap<string, string>;
  readonly products: ReadonlyMap<string, string>;
  readonly amended: ReadonlyMap<string, string>;
  /** The files that it amended, as it found them. */
  readonly found: ReadonlyMap<string, Text>;
}

export interface Model {
  readonly world: World;
  readonly memories: ReadonlyMap<Address, Memory>;
  /** Files put together by hand: their text does not show whose work they hold. */
  readonly uncertain: ReadonlySet<string>;
}

/** A person's mark in a text, and an amender's. */
export const MARK = /\|e\d+/g;
const TOKEN = /\+(T\d+):\d/g;

export function look(model: Model, target: Target, hidden: Hidden): Seen {
  const textOf = ({ source }: Input): Text => {
    switch (source.kind) {
      case "ref":
        return model.world.text(source.ref, hidden);
      case "glob":
        return source.patterns.flatMap((glob) => contents(model.world, glob, hidden)).join("\n");
      case "product":
        return model.memories.get(source.of)?.products.get(source.name);
    }
  };
  const named = (kind: Input["kind"]) =>
    target.inputs.filter((input) => input.kind === kind).map((input) => [input.name, textOf(input)] as const);
  const amended = target.amends.map((ref) => [formatRef(ref), model.world.text(ref, hidden)] as const);
  return {
    inputs: new Map([...named("hard"), ...amended]),
    soft: new Map([
      ["prompt", target.soft.prompt],
      ...named("soft").map(([name, text]) => [`input:${name}`, text] as const),
    ]),
    version: target.identity.version!,
  };
}

const contents = (world: World, glob: string, hidden: Hidden): string[] =>
  world.list(glob, hidden).map((each) => `${each}: ${world.text(each, hidden)}`);

export function answerOf(world: World, question: Question, hidden: Hidden): string {
  switch (question.kind) {
    case "read":
      return world.text(question.ref, hidden) ?? "nothing";
    case "list":
      return world.list(question.glob, hidden).join("\n");
    case "search":
      return contents(world, question.glob, hidden)
        .filter((each) => each.includes(question.pattern))
        .join("\n");
  }
}

/** Whether what a target left in a file that it amended is still there: whoever comes later adds at the end. */
export const isStanding = (model: Model, id: Address, file: string): boolean =>
  model.world.text(file)?.startsWith(model.memories.get(id)!.amended.get(file)!) ?? false;

/**
 * Whether a target's work is still there, and was built on what those that amend the file before it left last. Else it
 * is to be done again on theirs: until then it is no more than text, and under a person's edit it is that person's.
 */
function isValid(model: Model, graph: Graph, id: Address, file: string): boolean {
  const chain = graph.chain(file as RepoPath).flatMap((link) => (link.part === "amends" ? [link.id] : []));
  const text = model.memories.get(id)!.amended.get(file)!;
  const before = chain.slice(0, Math.max(0, chain.indexOf(id)));
  const isBuiltOn = (each: Address): boolean => text.startsWith(model.memories.get(each)?.amended.get(file) ?? "");
  return isStanding(model, id, file) && before.every(isBuiltOn);
}

/** The model, with those files uncertain in which an edit brought the order of the amenders into disorder. */
function withTangles(model: Model, graph: Graph): Model {
  const { world, memories } = model;
  const tangled = [...world.files].filter(([file, text]) => {
    const chain = graph.chain(file).flatMap(({ id, part }) => (part === "amends" ? [id] : []));
    const places = [...text.matchAll(TOKEN)]
      .map((token) => chain.indexOf(token[1] as Address))
      .filter((place) => place >= 0);
    return places.some((place, i) => i > 0 && place <= places[i - 1]!);
  });
  return { world, memories, uncertain: new Set([...model.uncertain, ...tangled.map(([file]) => file)]) };
}

/** Compares a whole evaluation with the model, and returns it. */
export function check(whole: Model, graph: Graph, policy: Policy): Evaluation {
  const model = withTangles(whole, graph);
  const evaluation = new Evaluation(graph, model.world, policy);
  for (const id of graph.order) {
    const target = graph.targets.get(id)!;
    const hidden = evaluation.hidden(id);
    checkHidden(model, graph, id, hidden);
    const status = evaluation.status(id);
    try {
      checkStatus(model, graph, target, evaluation, policy);
    } catch (error) {
      (error as Error).message = `${id} is ${JSON.stringify(status)}: ${(error as Error).message}`;
      throw error;
    }
  }
  return evaluation;
}

function checkStatus(model: Model, graph: Graph, target: Target, evaluation: Evaluation, policy: Policy): void {
  const status = evaluation.status(target.id);
  const reasons = expectedReasons(model, graph, target, evaluation.hidden(target.id), policy);
  const edited = editedOutputs(model, target);
  const known = (names: readonly string[]): string[] => names.filter((name) => !model.uncertain.has(name)).sort();
  const needs = [...graph.dependencies(target.id).keys()];
  const open = needs.filter((need) => evaluation.status(need).kind !== "fresh");
  const counts = (need: Address): boolean => {
    const kind = graph.edgeKind(target.id, need);
    return kind === "hard" || kind === "decides" || (kind === "soft" && policy.refresh);
  };
  const sameReasons = (actual: readonly Reason[]): void => {
    const certain = (names: readonly string[]): string[] =>
      names.filter((name) => !name.startsWith("outputReverted") || !model.uncertain.has(name.split(" ")[1]!)).sort();
    equal(certain(actual.map(nameOf)), certain(reasons));
  };
  switch (status.kind) {
    case "fresh":
      equal(
        reasons.filter((name) => !name.startsWith("outputReverted") || !model.uncertain.has(name.split(" ")[1]!)),
        [],
      );
      equal(open.filter(counts), []);
      equal(known(status.edited), known(edited));
      equal(status.drift.map(nameOf).sort(), expectedDrift(model, target, evaluation.hidden(target.id)));
      return;
    case "stale":
      sameReasons(status.reasons);
      equal(open, []);
      equal(target.byPerson, false);
      if (!policy.overwriteEdits) equal([status.edited, known(edited)], [[], []]);
      return;
    case "pending":
      sameReasons(status.reasons);
      for (const on of status.on) expect(["stale", "pending"]).toContain(evaluation.status(on).kind);
      expect(open.length).toBeGreaterThan(0);
      // What only comes before is waited for by those who must run, and by those whose questions it may answer anew.
      if (!open.some(counts))
        expect(status.reasons.length + (model.memories.get(target.id)?.reads.length ?? 0)).toBeGreaterThan(0);
      return;
    case "waiting":
      sameReasons(status.reasons);
      equal([target.byPerson, open], [true, []]);
      return;
    case "blockedByEdit":
      sameReasons(status.reasons);
      equal([policy.overwriteEdits, open], [false, []]);
      expect(status.edited.length).toBeGreaterThan(0);
      equal(known(status.edited), known(edited));
      return;
    case "blocked":
      equal(isBlocker(evaluation, graph, status.by), true);
      if (graph.targets.has(status.by)) expect(graph.descendants(status.by)).toContain(target.id);
      return;
    case "failed":
      equal(model.world.failures.has(target.id), true);
      return;
    case "unknown":
      expect(["stale", "pending"]).toContain(evaluation.status(status.decidedBy).kind);
      expect(graph.descendants(status.decidedBy)).toContain(target.id);
      equal(
        needs.some((need) => graph.edgeKind(target.id, need) === "decides"),
        true,
      );
      return;
  }
}

export const isBlocker = (evaluation: Evaluation, graph: Graph, id: Address): boolean =>
  !graph.targets.has(id) ||
  (["failed", "waiting", "blockedByEdit"] as Status["kind"][]).includes(evaluation.status(id).kind);

function nameOf(reason: Reason): string {
  const named = reason as { name?: string; output?: string; what?: string; question?: Question; product?: string };
  const what =
    named.name ?? named.output ?? named.what ?? named.product ?? (named.question && JSON.stringify(named.question));
  return what === undefined ? reason.kind : `${reason.kind} ${what}`;
}

/** By content: everything that differs from what the target saw and left when it last ran. */
function expectedReasons(model: Model, graph: Graph, target: Target, hidden: Hidden, policy: Policy): string[] {
  const { world } = model;
  const memory = model.memories.get(target.id);
  if (memory === undefined) return ["neverBuilt"];
  const now = look(model, target, hidden);
  const reasons: string[] = [];
  if (now.version !== memory.version) reasons.push("ruleChanged version");
  for (const [name, text] of now.inputs) if (memory.inputs.get(name) !== text) reasons.push(`inputChanged ${name}`);
  for (const { question, answer } of memory.reads) {
    if (answerOf(world, question, hidden) !== answer) reasons.push(`readChanged ${JSON.stringify(question)}`);
  }
  for (const name of memory.left.keys()) if (world.text(name) === undefined) reasons.push(`outputMissing ${name}`);
  for (const file of memory.amended.keys())
    if (!isValid(model, graph, target.id, file)) reasons.push(`outputReverted ${file}`);
  if (policy.refresh) reasons.push(...expectedDrift(model, target, hidden));
  if (policy.force.has(target.id)) reasons.push("forced");
  const wanted = policy.wanted.get(target.id);
  if (wanted !== undefined) reasons.push(`wanted ${wanted.product}`);
  return reasons;
}

function expectedDrift(model: Model, target: Target, hidden: Hidden): string[] {
  const memory = model.memories.get(target.id)!;
  const { soft } = look(model, target, hidden);
  return [...soft]
    .filter(([name, text]) => memory.soft.get(name) !== text)
    .map(([name]) => `drifted ${name}`)
    .sort();
}

/** Outputs with a person's mark that was not there when the target left them. */
function editedOutputs(model: Model, target: Target): string[] {
  const memory = model.memories.get(target.id);
  const names = (refs: readonly Ref[]): string[] => refs.map(formatRef);
  const isLoose = (name: string): boolean =>
    names(target.mayAmend).includes(name) && !names(target.amends).includes(name);
  const edited = [...(memory?.left ?? []), ...(memory?.amended ?? [])].filter(([name, left]) => {
    const now = model.world.text(name);
    if (now === undefined || now === left || isLoose(name)) return false;
    return name.includes("#") || (now.startsWith(left) && now.slice(left.length).includes("|"));
  });
  const foreign = target.outputs.filter(
    (output) => output.kind === "ref" && !memory?.left.has(output.name) && model.world.text(output.ref) !== undefined,
  );
  return [...edited.map(([name]) => name), ...foreign.map(({ name }) => name)];
}

/** What is hidden from a target is its own work and its descendants', and what stands on that. */
function checkHidden(model: Model, graph: Graph, id: Address, hidden: Hidden): void {
  const writers = new Set([id, ...graph.descendants(id)]);
  for (const [file, text] of model.world.files) {
    if (file.endsWith(".json")) {
      for (const name of Object.keys(JSON.parse(text) as object))
        checkFragment(model, writers, `${file}#/${name}`, hidden);
    } else if (!model.uncertain.has(file)) {
      equal(model.world.text(file, hidden), visible(model, graph, writers, id, file, text), `${file} as ${id} sees it`);
    }
  }
}

function checkFragment(model: Model, writers: ReadonlySet<Address>, name: string, hidden: Hidden): void {
  const isHidden = [...writers].some((writer) => model.memories.get(writer)?.left.has(name));
  equal(model.world.text(name, hidden), isHidden ? undefined : model.world.text(name), name);
}

function visible(
  model: Model,
  graph: Graph,
  writers: ReadonlySet<Address>,
  own: Address,
  file: RepoPath,
  text: string,
): Text {
  if ([...writers].some((writer) => model.memories.get(writer)?.left.has(file))) return undefined;
  const memory = model.memories.get(own);
  const left = memory?.amended.get(file);
  if (left !== undefined && isValid(model, graph, own, file)) return memory!.found.get(file);
  const edit = [...text.matchAll(MARK)].at(-1)?.index ?? -1;
  // Its own earlier work, which it does not claim any more, is seen.
  const isHidden = (author: Address): boolean => writers.has(author) && (author !== own || left !== undefined);
  const first = [...text.matchAll(TOKEN)].find((token) => token.index > edit && isHidden(token[1] as Address));
  return first === undefined ? text : text.slice(0, first.index);
}

/** Every person's mark, with the file or fragment that holds it. */
export function marksIn(world: World): string[] {
  return [...world.files].flatMap(([file, text]) => {
    const parts = file.endsWith(".json") ? Object.entries(JSON.parse(text) as Record<string, string>) : [["", text]];
    return parts.flatMap(([name, part]) => (part!.match(MARK) ?? []).map((mark) => `${file}#${name}${mark}`));
  });
}
