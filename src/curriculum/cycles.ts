/** Cycles of a graph given as lists of successors. Iterative: a chain of any length is no cause for a stack overflow. */
import { byCodeUnit } from "./text-edit.ts";

export interface Cycle {
  /** Every node that lies on some cycle with the others, sorted. */
  readonly members: readonly string[];
  /** A shortest cycle through the first member: it begins and ends there. */
  readonly path: readonly string[];
}

/** One cycle for each group of nodes that reach each other, sorted by first member. */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly Cycle[] {
  return components(graph)
    .map((members) => [...members].sort(byCodeUnit))
    .flatMap((members) => {
      const path = shortestCycle(graph, members);
      return path === undefined ? [] : [{ members, path }];
    })
    .sort((a, b) => byCodeUnit(a.members[0] ?? "", b.members[0] ?? ""));
}

/** Strongly connected components, by Tarjan's algorithm. */
function components(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found: string[][] = [];
  const number = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const enter = (node: string): { node: string; next: number } => {
    number.set(node, number.size);
    low.set(node, number.get(node) ?? 0);
    open.push(node);
    isOpen.add(node);
    return { node, next: 0 };
  };
  const lower = (node: string, to: number): void => {
    low.set(node, Math.min(low.get(node) ?? to, to));
  };
  for (const root of graph.keys()) {
    if (number.has(root)) continue;
    const frames = [enter(root)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { node } = frame;
      const successor = graph.get(node)?.[frame.next];
      if (successor !== undefined) {
        frame.next += 1;
        if (!number.has(successor)) frames.push(enter(successor));
        else if (isOpen.has(successor)) lower(node, number.get(successor) ?? 0);
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      if (parent !== undefined) lower(parent.node, low.get(node) ?? 0);
      if (low.get(node) !== number.get(node)) continue;
      const members = open.splice(open.lastIndexOf(node));
      for (const member of members) isOpen.delete(member);
      found.push(members);
    }
  }
  return found;
}

/** Breadth first from the first member back to it, within the component; undefined where it is on no cycle. */
function shortestCycle(
  graph: ReadonlyMap<string, readonly string[]>,
  members: readonly string[],
): readonly string[] | undefined {
  const [start] = members;
  if (start === undefined) return undefined;
  const inside = new Set(members);
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const successor of [...(graph.get(node) ?? [])].sort(byCodeUnit)) {
      if (successor === start) {
        const path = [start];
        for (let at = node; at !== start; at = cameFrom.get(at) ?? start) path.unshift(at);
        return [start, ...path];
      }
      if (!inside.has(successor) || cameFrom.has(successor)) continue;
      cameFrom.set(successor, node);
      queue.push(successor);
    }
  }
  return undefined;
}
