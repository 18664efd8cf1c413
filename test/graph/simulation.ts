/**
 * A made-up campaign at work: people edit, builds run and are cut short. Every evaluation on the way is compared with
 * the naive model (`oracle.ts`).
 */
import fc from "fast-check";
import { expect } from "vitest";
import type { ReadRecord } from "../../src/artifact/question.ts";
import type { Address } from "../../src/graph/address.ts";
import { stateName } from "../../src/graph/describe.ts";
import { DEFAULT_POLICY, Evaluation, type Policy, type Status } from "../../src/graph/evaluate.ts";
import type { Facts } from "../../src/graph/facts.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { type Campaign, compute, expand, type Settings } from "./campaign.ts";
import { equal } from "./equal.ts";
import { Follower } from "./follower.ts";
import { answerOf, check, isStanding, look, type Memory, type Model, marksIn, type Seen } from "./oracle.ts";
import { type Begun, type Made, World } from "./world.ts";

export interface BuildRequest {
  /** Picks among the targets that are ready. */
  readonly picks: readonly number[];
  /** Stop after so many runs, as a crash does. */
  readonly limit: number;
  readonly failing: ReadonlySet<Address>;
  readonly force: ReadonlySet<Address>;
  readonly refresh: boolean;
  readonly overwriteEdits: boolean;
  /** A source that somebody edits while the n-th run is under way. */
  readonly meanwhile: { readonly run: number; readonly source: string; readonly text: string } | undefined;
}

/** No campaign of this size needs more runs to come to rest. */
const RUNS_AT_MOST = 100;

export class Simulation implements Model {
  world: World;
  memories = new Map<Address, Memory>();
  uncertain = new Set<string>();
  readonly campaign: Campaign;
  readonly settings: Settings = { versions: new Map(), prompts: new Map() };
  /** What was made for a key, with the answers that it rests on. */
  private readonly cache = new Map<string, { readonly made: Made; readonly answers: readonly string[] }[]>();
  private readonly branches: Model[] = [];
  private readonly follower = new Follower();
  /** The world that there is, on whatever branch. */
  private readonly facts: Facts = {
    trace: (id) => this.world.trace(id),
    digest: (ref, hidden) => this.world.digest(ref, hidden),
    globDigest: (patterns, hidden) => this.world.globDigest(patterns, hidden),
    product: (of, name) => this.world.product(of, name),
    stored: (digest) => this.world.stored(digest),
    answer: (record, hidden) => this.world.answer(record, hidden),
    failed: (id) => this.world.failed(id),
  };
  /** How often each state and each reason occurred. */
  private readonly counts: Map<string, number>;
  private edits = 0;

  constructor(campaign: Campaign, counts = new Map<string, number>()) {
    this.campaign = campaign;
    this.counts = counts;
    const sources = Object.fromEntries(campaign.sources.map((name) => [name, "a"]));
    this.world = new World({ ...sources, "shared.json": "{}", "scopes.json": "{}" });
  }

  graph(): Graph {
    return expand(this.campaign, this.world, this.settings);
  }

  /** Sets a source; to one that targets amended, something is added. */
  editSource(name: string, text: string): void {
    if (this.amenders(name).length === 0) this.world.write(name, text);
    else this.edit(name);
  }

  /** Adds a mark to a file or a fragment: it must never be lost. */
  edit(name: string): void {
    const text = this.world.text(name);
    if (text === undefined) return;
    if (!this.amenders(name).every((id) => isStanding(this, id, name))) this.uncertain.add(name);
    this.world.write(name, `${text}|e${this.edits++}`);
  }

  remove(name: string): void {
    if (this.world.text(name) === undefined) return;
    this.world.write(name, undefined);
    if (this.amenders(name).length > 0) this.uncertain.add(name);
  }

  /** Takes the last work, or mark, off a file: a backup is restored. */
  takeBack(name: string): void {
    const text = this.world.text(name) ?? "";
    const end = Math.max(text.lastIndexOf("+"), text.lastIndexOf("|"));
    if (end <= 0 || this.uncertain.has(name) || name.includes("#")) return;
    this.world.write(name, text.slice(0, end));
    // A version between a person's mark and what stood before it may be one that nobody ever saw.
    if (text[end] === "|" && !this.amenders(name).every((id) => isStanding(this, id, name))) this.uncertain.add(name);
  }

  /** Answers every gate that waits. */
  approve(): void {
    const graph = this.graph();
    for (const id of graph.order) {
      const evaluation = new Evaluation(graph, this.world);
      if (evaluation.status(id).kind !== "waiting") continue;
      const seen = look(this, graph.targets.get(id)!, evaluation.hidden(id));
      this.commit(graph, id, this.world.begin(graph, id), {}, seen, []);
    }
  }

  /** Loses the bytes of an intermediate, as a fresh clone has none. */
  lose(id: Address): void {
    const digest = this.world.trace(id)?.products.p;
    if (digest !== undefined) this.world.lose(digest);
  }

  branch(): void {
    this.branches.push({
      world: this.world.clone(),
      memories: new Map(this.memories),
      uncertain: new Set(this.uncertain),
    });
  }

  /** Another branch: files and traces are as they were there; what is stored stays. */
  checkout(pick: number): void {
    const old = this.branches[pick % Math.max(1, this.branches.length)];
    if (old === undefined) return;
    this.world = old.world.clone();
    this.memories = new Map(old.memories);
    this.uncertain = new Set(old.uncertain);
  }

  /** Builds everything. Returns how often each target ran, restored ones aside, and how the targets stand at the end. */
  build(request: BuildRequest): {
    readonly runs: ReadonlyMap<Address, number>;
    readonly evaluation: Evaluation;
    readonly graph: Graph;
  } {
    const runs = new Map<Address, number>();
    const force = new Set(request.force);
    const wanted = new Map<Address, { product: string; by: Address }>();
    const { refresh, overwriteEdits } = request;
    const policy: Policy = { ...DEFAULT_POLICY, force, wanted, refresh, overwriteEdits };
    this.world.failures.clear();
    for (let run = 0; ; run++) {
      if (run > RUNS_AT_MOST) {
        // A target whose existence follows from what it makes comes and goes: no order of work is right for that.
        fc.pre(![...this.campaign.members.values()].some(({ spec }) => spec.decidedBy !== undefined));
        throw new Error("the build does not come to rest");
      }
      const graph = this.graph();
      const evaluation = check(this, graph, policy);
      this.follower.compare(graph, evaluation, policy, this.world, this.facts);
      for (const id of graph.order) count(this.counts, evaluation.status(id));
      const ready = graph.order.filter((id) => evaluation.status(id).kind === "stale");
      if (this.findWanted(graph, ready, wanted)) continue;
      if (ready.length === 0 || run >= request.limit) return { runs, evaluation, graph };
      const id = ready[(request.picks[run % request.picks.length] ?? 0) % ready.length]!;
      if (request.failing.has(id)) {
        this.world.failures.add(id);
        continue;
      }
      const before = {
        fresh: graph.order.filter((each) => evaluation.status(each).kind === "fresh"),
        marks: marksIn(this.world),
      };
      const meanwhile = request.meanwhile?.run === run ? request.meanwhile : undefined;
      if (this.run(graph, id, policy, !force.has(id), meanwhile)) runs.set(id, (runs.get(id) ?? 0) + 1);
      force.delete(id);
      wanted.delete(id);
      const kept = before.marks.filter((mark) => meanwhile === undefined || !mark.startsWith(`${meanwhile.source}#`));
      if (!overwriteEdits && kept.length > 0) {
        const marks = new Set(marksIn(this.world));
        equal(
          kept.filter((mark) => !marks.has(mark)),
          [],
          `edits that were lost, after ${id}`,
        );
      }
      // What was read of an edit that is then overwritten is read again; and whose work an uncertain file holds is guessed.
      const { amends, mayAmend } = graph.targets.get(id)!;
      const isCertain = ![...amends, ...mayAmend].some((ref) => this.uncertain.has(ref.path));
      if (meanwhile === undefined && !overwriteEdits && isCertain) this.checkAround(graph, id, before.fresh, policy);
    }
  }

  /** What ran is fresh, and none of those before it was disturbed by it. */
  private checkAround(graph: Graph, id: Address, fresh: readonly Address[], policy: Policy): void {
    const evaluation = new Evaluation(graph, this.world, policy);
    equal(evaluation.status(id).kind, "fresh", `${id}, just after its run`);
    for (const each of fresh) {
      if (graph.descendants(each).includes(id)) equal(evaluation.status(each).kind, "fresh", `${each}, before ${id}`);
    }
  }

  /** Notes intermediates that ready targets need and that are gone from the store; whether there are any. */
  private findWanted(
    graph: Graph,
    ready: readonly Address[],
    wanted: Map<Address, { product: string; by: Address }>,
  ): boolean {
    const size = wanted.size;
    for (const id of ready) {
      for (const { source } of graph.targets.get(id)!.inputs) {
        if (source.kind !== "product" || wanted.has(source.of)) continue;
        if (!this.world.stored(this.world.product(source.of, source.name)))
          wanted.set(source.of, { product: source.name, by: id });
      }
    }
    return wanted.size > size;
  }

  /** Whether it ran, and was not restored. */
  private run(
    graph: Graph,
    id: Address,
    policy: Policy,
    mayRestore: boolean,
    meanwhile: BuildRequest["meanwhile"],
  ): boolean {
    const { world } = this;
    const member = this.campaign.members.get(id)!;
    const target = graph.targets.get(id)!;
    const begun = world.begin(graph, id, policy);
    const seen = look(this, target, begun.hidden);
    const answers = member.reads.map((question) => answerOf(world, question, begun.hidden));
    const records = world.ask(member.reads, begun);
    const texts = Object.fromEntries(
      [...target.amends, ...target.mayAmend].map((ref) => [ref.path, world.text(ref, begun.hidden)]),
    );
    const made = {
      ...compute(member, this.settings.versions.get(id) ?? 1, [...seen.inputs.values()], answers, texts),
      reads: member.reads,
    };

    const known = this.cache.get(begun.key) ?? [];
    const same = known.find((each) => JSON.stringify(each.answers) === JSON.stringify(answers));
    const isRestored = mayRestore && same !== undefined && target.mayAmend.length === 0;
    // The key and the answers say all that the result depends on.
    if (isRestored) expect(made, `what ${id} makes, and what would be restored`).toEqual(same.made);
    this.cache.set(begun.key, [...known, { made, answers }]);

    // What a run is about to write whole is not written over: its commit would be refused.
    const isFree =
      meanwhile !== undefined && this.amenders(meanwhile.source).length === 0 && !(meanwhile.source in texts);
    if (isFree) world.write(meanwhile.source, meanwhile.text);
    this.commit(graph, id, begun, made, seen, answers, records);
    return !isRestored;
  }

  private commit(
    graph: Graph,
    id: Address,
    begun: Begun,
    made: Made,
    seen: Seen,
    answers: readonly string[],
    records: readonly ReadRecord[] = [],
  ): void {
    const found = Object.keys(made.amended ?? {}).concat(Object.keys(this.world.trace(id)?.amends ?? {}));
    const before = new Map(found.map((file) => [file, this.world.text(file, begun.hidden)]));
    this.world.commit(graph, id, begun, made, records);
    const { outputs } = graph.targets.get(id)!;
    const written = [
      ...outputs.flatMap(({ kind, name }) => (kind === "ref" ? [name] : [])),
      ...Object.keys(made.fragments ?? {}),
    ];
    for (const name of written) this.uncertain.delete(name);
    this.memories.set(id, {
      ...seen,
      reads: (made.reads ?? []).map((question, i) => ({ question, answer: answers[i]! })),
      left: new Map(written.map((name) => [name, this.world.text(name)!])),
      products: new Map(
        outputs.flatMap(({ kind, name }) => (kind === "product" ? [[name, made.outputs![name]!] as const] : [])),
      ),
      found: before,
      amended: new Map(Object.keys(this.world.trace(id)!.amends).map((file) => [file, this.world.text(file)!])),
    });
  }

  /** Those whose last run amended a file. */
  private amenders(name: string): Address[] {
    return [...this.memories].flatMap(([id, memory]) => (memory.amended.has(name) ? [id] : []));
  }
}

function count(counts: Map<string, number>, status: Status): void {
  const reasons = [...("reasons" in status ? status.reasons : []), ...(status.kind === "fresh" ? status.drift : [])];
  for (const name of [stateName(status), status.kind, ...reasons.map(({ kind }) => `because ${kind}`)])
    counts.set(name, (counts.get(name) ?? 0) + 1);
}
