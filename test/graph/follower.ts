/** A graph and an evaluation that are kept up to date through a whole life, beside those that are made from scratch. */
import type { RepoPath } from "../../src/artifact/workspace.ts";
import type { Address } from "../../src/graph/address.ts";
import { Evaluation, type Policy } from "../../src/graph/evaluate.ts";
import type { Facts } from "../../src/graph/facts.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { Islands } from "../../src/graph/islands.ts";
import type { Target } from "../../src/graph/target.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { equal } from "./equal.ts";
import type { World } from "./world.ts";

export class Follower {
  private readonly islands = new Islands();
  private readonly known = new Map<Address, { readonly text: string; readonly target: Target }>();
  private evaluation: Evaluation | undefined;
  private policy: Policy | undefined;
  private files = new Map<RepoPath, string>();
  private traces = new Map<Address, Trace>();
  /** What else a status follows from, by target. */
  private others = new Map<Address, string>();

  /** Takes in how the world is now, and compares what follows from that with what was found from scratch. */
  compare(graph: Graph, scratch: Evaluation, policy: Policy, world: World, facts: Facts): void {
    const updated = this.islands.update([...graph.targets.values()].map((target) => this.same(target)));
    if (!updated.ok) throw new Error(updated.error.what);
    const others = new Map(
      [...graph.targets.keys()].map((id) => [
        id,
        JSON.stringify([world.failures.has(id), policy.force.has(id), policy.wanted.get(id)]),
      ]),
    );
    const changes = {
      paths: changed(this.files, world.files) as RepoPath[],
      targets: [...changed(this.traces, world.traces), ...changed(this.others, others)] as Address[],
      rebuilt: updated.value,
    };
    this.files = new Map(world.files);
    this.traces = new Map(world.traces);
    this.others = others;
    if (this.evaluation === undefined || this.policy !== policy) {
      this.policy = policy;
      this.evaluation = new Evaluation(this.islands, facts, policy, true);
    } else this.evaluation.update(changes);
    equal(this.islands.order, graph.order, "the order of the islands");
    for (const id of graph.order) {
      equal([...this.islands.dependencies(id)], [...graph.dependencies(id)], `what ${id} needs`);
      equal(this.evaluation.status(id), scratch.status(id), `${id}, kept up to date`);
    }
  }

  /** The same object for the same target, as rules give it. */
  private same(target: Target): Target {
    const text = JSON.stringify(target);
    let known = this.known.get(target.id);
    if (known?.text !== text) {
      known = { text, target };
      this.known.set(target.id, known);
    }
    return known.target;
  }
}

function changed<K, V>(before: ReadonlyMap<K, V>, now: ReadonlyMap<K, V>): K[] {
  const keys = [...now.keys()].filter((key) => before.get(key) !== now.get(key));
  return [...keys, ...[...before.keys()].filter((key) => !now.has(key))];
}
