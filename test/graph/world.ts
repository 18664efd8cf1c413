/**
 * A small world in memory that answers the graph's questions, and does to files and traces what a run does. A file
 * that holds fragments is a JSON object; its fragments are its members, as `path#/name`.
 */
import picomatch from "picomatch";
import { type Digest, digestOf, MISSING } from "../../src/artifact/digest.ts";
import type { Question, ReadRecord } from "../../src/artifact/question.ts";
import { type Fragment, formatFragment, formatRef, parseRef, type Ref } from "../../src/artifact/ref.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Address } from "../../src/graph/address.ts";
import { DEFAULT_POLICY, Evaluation, type Policy } from "../../src/graph/evaluate.ts";
import { type Facts, type Hidden, NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import type { Input, InputKind, Output, Source, Target } from "../../src/graph/target.ts";
import type { Trace } from "../../src/graph/trace.ts";

export const ref = (text: string): Ref => {
  const parsed = parseRef(text);
  if (!parsed.ok) throw new Error(parsed.error.what);
  return parsed.value;
};
export const address = (text: string): Address => text as Address;
export const path = (text: string): RepoPath => ref(text).path;

/** Inputs by name: a reference, `glob:<glob>`, or `product:<address>:<name>`. */
type Inputs = Readonly<Record<string, string>>;

export interface Spec {
  readonly hard?: Inputs;
  readonly orderOnly?: Inputs;
  readonly soft?: Inputs;
  /** Outputs as references; the reference is also the output's name. */
  readonly out?: readonly string[];
  readonly products?: readonly string[];
  readonly scopes?: readonly string[];
  readonly amends?: readonly string[];
  readonly mayAmend?: readonly string[];
  readonly after?: readonly string[];
  readonly gate?: string;
  readonly decidedBy?: string;
  readonly groups?: readonly string[];
  readonly byPerson?: boolean;
  readonly version?: string;
  readonly prompt?: string;
}

function sourceOf(text: string): Source {
  if (text.startsWith("glob:")) return { kind: "glob", patterns: [text.slice(5)] };
  const product = /^product:(.*):(.*)$/.exec(text);
  if (product !== null) return { kind: "product", of: address(product[1]!), name: product[2]! };
  return { kind: "ref", ref: ref(text) };
}

const inputsOf = (kind: InputKind, inputs: Inputs = {}): Input[] =>
  Object.entries(inputs).map(([name, text]) => ({ name, kind, source: sourceOf(text) }));

export function target(id: string, spec: Spec = {}): Target {
  const outputs: Output[] = [
    ...(spec.out ?? []).map((name) => ({ kind: "ref", name, ref: ref(name) }) as const),
    ...(spec.products ?? []).map((name) => ({ kind: "product", name }) as const),
    ...(spec.scopes ?? []).map((name) => ({ kind: "scope", name, ref: ref(name) }) as const),
  ];
  return {
    id: address(id),
    rule: id.split("/")[2] ?? id,
    groups: spec.groups ?? [],
    inputs: [...inputsOf("orderOnly", spec.orderOnly), ...inputsOf("soft", spec.soft), ...inputsOf("hard", spec.hard)],
    outputs,
    amends: (spec.amends ?? []).map(ref),
    mayAmend: (spec.mayAmend ?? []).map(ref),
    after: (spec.after ?? []).map(address),
    gate: spec.gate === undefined ? undefined : address(spec.gate),
    decidedBy: spec.decidedBy === undefined ? undefined : ref(spec.decidedBy),
    identity: { version: digestOf(spec.version ?? "1") },
    soft: { prompt: digestOf(spec.prompt ?? "") },
    byPerson: spec.byPerson ?? false,
    estimate: { seconds: 1, usd: 0 },
  };
}

export function graphOf(...targets: readonly Target[]): Graph {
  const graph = buildGraph(targets);
  if (!graph.ok) throw new Error(graph.error.what);
  return graph.value;
}

/** What a run makes. */
export interface Made {
  /** Text by reference or name of a product. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Fragments within scopes, as references. */
  readonly fragments?: Readonly<Record<string, string>>;
  readonly amended?: Readonly<Record<string, string>>;
  readonly reads?: readonly Question[];
}

const nameOf = (fragment: Fragment): string => formatFragment(fragment).slice(1);
const members = (text: string): Record<string, string> => JSON.parse(text) as Record<string, string>;
const fileOf = (all: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))));

export class World implements Facts {
  readonly files = new Map<RepoPath, string>();
  readonly traces = new Map<Address, Trace>();
  readonly failures = new Set<Address>();
  private bytes = new Map<Digest, string>();
  private lost = new Set<Digest>();
  /** How often a question was asked. */
  asked = 0;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  /** A person's hand, or a run's: sets a file or a fragment; undefined removes it. */
  write(name: string, text: string | undefined): void {
    const { path: file, fragment } = ref(name);
    if (fragment !== undefined) {
      const { [nameOf(fragment)]: _, ...rest } = members(this.files.get(file) ?? "{}");
      this.files.set(file, fileOf(text === undefined ? rest : { ...rest, [nameOf(fragment)]: text }));
    } else if (text === undefined) this.files.delete(file);
    else this.files.set(file, text);
  }

  /** The text of a file or fragment, less what is hidden. */
  text(name: string | Ref, hidden: Hidden = NOTHING_HIDDEN): string | undefined {
    const wanted = typeof name === "string" ? ref(name) : name;
    const version = hidden.version(wanted.path);
    if (version === MISSING) return undefined;
    let text = version === undefined ? this.files.get(wanted.path) : this.kept(version);
    const cut = hidden.fragments(wanted.path);
    if (text !== undefined && cut !== undefined) {
      const gone = new Set(cut.map((each) => nameOf(each.fragment!)));
      text = fileOf(Object.fromEntries(Object.entries(members(text)).filter(([member]) => !gone.has(member))));
    }
    if (text === undefined || wanted.fragment === undefined) return text;
    return members(text)[nameOf(wanted.fragment)];
  }

  list(glob: string, hidden: Hidden = NOTHING_HIDDEN): RepoPath[] {
    const matches = picomatch(glob, { nonegate: true, windows: false });
    return [...this.files.keys()].filter((each) => matches(each) && hidden.version(each) !== MISSING).sort();
  }

  trace(id: Address): Trace | undefined {
    return this.traces.get(id);
  }

  digest(wanted: Ref, hidden: Hidden): Digest {
    const text = this.text(wanted, hidden);
    return text === undefined ? MISSING : digestOf(text);
  }

  globDigest(patterns: readonly string[], hidden: Hidden): Digest {
    const paths = patterns.flatMap((glob) => this.list(glob, hidden));
    return digestOf(JSON.stringify(paths.map((each) => [each, this.digest({ path: each }, hidden)])));
  }

  product(of: Address, name: string): Digest {
    return this.traces.get(of)?.products[name] ?? MISSING;
  }

  stored(digest: Digest): boolean {
    return this.bytes.has(digest) && !this.lost.has(digest);
  }

  answer({ question }: Pick<ReadRecord, "question">, hidden: Hidden): Digest {
    this.asked++;
    switch (question.kind) {
      case "read":
        return this.digest(ref(question.ref), hidden);
      case "list":
        return digestOf(JSON.stringify(this.list(question.glob, hidden)));
      case "search": {
        const hits = this.list(question.glob, hidden).filter((each) =>
          this.text({ path: each }, hidden)!.includes(question.pattern),
        );
        return digestOf(JSON.stringify(hits.map((each) => [each, this.text({ path: each }, hidden)])));
      }
    }
  }

  failed(id: Address): boolean {
    return this.failures.has(id);
  }

  keep(text: string): Digest {
    const digest = digestOf(text);
    this.bytes.set(digest, text);
    this.lost.delete(digest);
    return digest;
  }

  /** Loses the bytes of an intermediate; earlier versions of files stay, though they be the same bytes. */
  lose(digest: Digest): void {
    this.lost.add(digest);
  }

  /** A copy; what is stored is shared, as branches share a store. */
  clone(): World {
    const copy = new World();
    for (const [name, text] of this.files) copy.files.set(name, text);
    for (const [id, trace] of this.traces) copy.traces.set(id, trace);
    copy.bytes = this.bytes;
    copy.lost = this.lost;
    return copy;
  }

  /** Carries out a run of a target that made these things: writes them, and the trace. */
  complete(graph: Graph, id: string, made: Made = {}, policy: Policy = DEFAULT_POLICY): void {
    const begun = this.begin(graph, id, policy);
    this.commit(graph, id, begun, made, this.ask(made.reads ?? [], begun));
  }

  /** What a run sees when it begins. */
  begin(graph: Graph, id: string, policy: Policy = DEFAULT_POLICY): Begun {
    const evaluation = new Evaluation(graph, this, policy);
    return { ...evaluation.key(address(id)), hidden: evaluation.hiddenFromRun(address(id)) };
  }

  /** Asks while a run is under way. */
  ask(questions: readonly Question[], { hidden }: Begun): ReadRecord[] {
    return questions.map((question) => ({ question, answer: this.answer({ question }, hidden) }));
  }

  commit(graph: Graph, id: string, begun: Begun, made: Made, reads: readonly ReadRecord[] = []): void {
    const { key, parts, soft, hidden } = begun;
    const all = graph.targets.get(address(id))!;
    const outputs: Record<string, Digest> = {};
    const products: Record<string, Digest> = {};
    const amends: Record<string, { before: Digest; after: Digest }> = {};

    // What it amended before and does not now is written as the run found it. Where others may amend too and have come
    // since, its earlier work is still in what it found: it stays the one who says so.
    const amended = { ...made.amended };
    for (const [each, link] of Object.entries(this.traces.get(all.id)?.amends ?? {})) {
      if (each in amended) continue;
      const isStrict = all.amends.some((amendment) => amendment.path === each);
      const isTop = this.digest(ref(each), NOTHING_HIDDEN) === link.after;
      if (isStrict || isTop) this.write(each, this.text(each, hidden));
      else amended[each] = this.text(each, hidden) ?? "";
    }
    for (const [each, text] of Object.entries(amended)) {
      const before = this.keep(this.text(each, hidden) ?? "");
      this.write(each, text);
      amends[each] = { before, after: this.keep(text) };
    }
    for (const output of all.outputs) {
      if (output.kind === "scope") continue;
      const text = made.outputs?.[output.name] ?? `${output.name} of ${id}`;
      if (output.kind === "product") products[output.name] = this.keep(text);
      else {
        this.write(formatRef(output.ref), text);
        outputs[output.name] = this.keep(text);
      }
    }
    for (const [name, text] of Object.entries(made.fragments ?? {})) {
      this.write(name, text);
      outputs[name] = digestOf(text);
    }
    // A fragment of a shared file that it made before and does not now is taken out.
    for (const name of Object.keys(this.traces.get(all.id)?.outputs ?? {})) {
      if (!(name in outputs) && ref(name).fragment !== undefined) this.write(name, undefined);
    }
    const run = { at: "2026-01-01T00:00:00Z", seconds: 1, usd: 0, attempts: 1, agent: "test" };
    this.traces.set(all.id, { key, parts, soft, reads, outputs, products, amends, run });
  }

  private kept(digest: Digest): string {
    const text = this.bytes.get(digest);
    if (text === undefined) throw new Error(`the world never held ${digest}`);
    return text;
  }
}

/** A run that has begun: its key, and what it does not see. */
export type Begun = ReturnType<Evaluation["key"]> & { readonly hidden: Hidden };
