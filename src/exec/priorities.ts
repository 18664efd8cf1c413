/** What to start first: the longest chain of work that begins with a target, found when it is asked for and kept. */
import type { Address } from "../graph/address.ts";
import type { Graph } from "../graph/graph.ts";

export class Priorities {
  private readonly longest = new Map<Address, number>();

  /**
   * Seconds of the longest chain of work that begins with a target.
   * @param seconds how long a target will take; 0 for one that will not run.
   */
  of(graph: Graph, id: Address, seconds: (id: Address) => number): number {
    // Dependents first and without recursion: chains of targets may be long.
    const stack = [id];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (this.longest.has(top)) {
        stack.pop();
        continue;
      }
      let after = 0;
      const height = stack.length;
      for (const next of graph.dependents(top)) {
        const known = this.longest.get(next);
        if (known === undefined) stack.push(next);
        else after = Math.max(after, known);
      }
      if (stack.length > height) continue;
      stack.pop();
      this.longest.set(top, after + seconds(top));
    }
    return this.longest.get(id)!;
  }

  /** Takes these for known: what leads to them is reckoned from them. */
  assume(known: ReadonlyMap<Address, number>): void {
    this.longest.clear();
    for (const [id, seconds] of known) this.longest.set(id, seconds);
  }

  /** Forgets what follows from these targets: their own chains, and those that lead to them. */
  forget(graph: Graph, ids: Iterable<Address>): void {
    const stack = [...ids];
    while (stack.length > 0) {
      const id = stack.pop()!;
      // Whoever leads to a target that was never asked for was never asked for either.
      if (!this.longest.delete(id) || !graph.targets.has(id)) continue;
      stack.push(...graph.dependencies(id).keys());
    }
  }
}
