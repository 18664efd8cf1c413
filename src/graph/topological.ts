/** Dependencies before dependents, or the cycle that makes that impossible. */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import type { Address } from "./address.ts";

/** What each target needs, with the name under which it needs it. */
export type Needs = ReadonlyMap<Address, ReadonlyMap<Address, string>>;

/** Dependencies first, otherwise in the order given; a cycle is a fault that prints it as a path. */
export function topological(needs: Needs): Result<Address[], Fault> {
  const order: Address[] = [];
  const done = new Set<Address>();
  const open = new Set<Address>();
  for (const root of needs.keys()) {
    if (done.has(root)) continue;
    open.add(root);
    // An explicit stack: a chain of ten thousand targets must not overflow the call stack.
    const stack = [{ id: root, next: needs.get(root)!.keys() }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1]!;
      const step = frame.next.next();
      if (step.done) {
        stack.pop();
        open.delete(frame.id);
        done.add(frame.id);
        order.push(frame.id);
        continue;
      }
      const id = step.value;
      if (done.has(id)) continue;
      if (open.has(id)) {
        const path = stack.map((each) => each.id);
        return err(cycleFault([...path.slice(path.indexOf(id)), id], needs));
      }
      open.add(id);
      stack.push({ id, next: needs.get(id)!.keys() });
    }
  }
  return ok(order);
}

function cycleFault(cycle: readonly Address[], needs: Needs): Fault {
  const steps = cycle.slice(1).map((to, i) => `${cycle[i]} needs ${to} (${needs.get(cycle[i]!)!.get(to)})`);
  return usageFault(
    `targets depend on each other in a cycle: ${steps.join("; ")}`,
    cycle[0]!,
    "break the cycle: one of these inputs must go, or be read as recorded questions instead",
  );
}

/**
 * Whether `from` needs `to`, however far away.
 * @param mayLead what a way from one to the other can lead through: the less, the faster.
 */
export function reaches(needs: Needs, from: Address, to: Address, mayLead: (id: Address) => boolean): boolean {
  const seen = new Set<Address>([from]);
  const stack = [from];
  while (stack.length > 0) {
    const known = needs.get(stack.pop()!);
    if (known === undefined) continue;
    if (known.has(to)) return true;
    for (const next of known.keys()) {
      if (seen.has(next) || !mayLead(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

/** Numbers the targets so that those that need each other, and only those, have the same number (Tarjan). */
export function components(
  ids: Iterable<Address>,
  needsOf: (id: Address) => Iterable<Address>,
): ReadonlyMap<Address, number> {
  const found = new Map<Address, number>();
  const index = new Map<Address, number>();
  const low = new Map<Address, number>();
  const waiting: Address[] = [];
  const lower = (id: Address, to: number): void => void low.set(id, Math.min(low.get(id)!, to));
  for (const root of ids) {
    if (index.has(root)) continue;
    const stack: { readonly id: Address; readonly next: Iterator<Address> }[] = [];
    const open = (id: Address): void => {
      low.set(id, index.size);
      index.set(id, index.size);
      waiting.push(id);
      stack.push({ id, next: needsOf(id)[Symbol.iterator]() });
    };
    open(root);
    while (stack.length > 0) {
      const { id, next } = stack[stack.length - 1]!;
      const step = next.next();
      if (!step.done) {
        if (!index.has(step.value)) open(step.value);
        else if (!found.has(step.value)) lower(id, index.get(step.value)!);
        continue;
      }
      stack.pop();
      const above = stack[stack.length - 1];
      if (above !== undefined) lower(above.id, low.get(id)!);
      if (low.get(id) !== index.get(id)) continue;
      const number = index.get(id)!;
      for (let member = waiting.pop()!; ; member = waiting.pop()!) {
        found.set(member, number);
        if (member === id) break;
      }
    }
  }
  return found;
}
