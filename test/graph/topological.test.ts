import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "../../src/graph/address.ts";
import { components, reaches, topological } from "../../src/graph/topological.ts";

const graphs = fc
  .array(fc.array(fc.nat(11), { maxLength: 3 }), { maxLength: 12 })
  .map(
    (rows) =>
      new Map(
        rows.map((row, i) => [
          name(i),
          new Map(row.filter((need) => need < rows.length).map((need) => [name(need), "x"])),
        ]),
      ),
  );
const name = (i: number): Address => `t${i}` as Address;

/** What each target reaches, itself aside: repeated until nothing is added. */
function closures(needs: ReadonlyMap<Address, ReadonlyMap<Address, string>>): Map<Address, Set<Address>> {
  const reached = new Map([...needs].map(([id, row]) => [id, new Set(row.keys())]));
  for (let grown = true; grown; ) {
    grown = false;
    for (const set of reached.values()) {
      const size = set.size;
      for (const each of [...set]) for (const next of reached.get(each)!) set.add(next);
      grown ||= set.size > size;
    }
  }
  return reached;
}

describe("any graph", () => {
  it("is put in order, or a cycle in it is found", () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        const reached = closures(needs);
        const isCyclic = [...reached].some(([id, set]) => set.has(id));
        const order = topological(needs);
        expect(order.ok).toBe(!isCyclic);
        if (!order.ok) expect(reached.get(order.error.where as Address)!.has(order.error.where as Address)).toBe(true);
        else
          for (const [id, row] of needs)
            for (const need of row.keys()) expect(order.value.indexOf(need)).toBeLessThan(order.value.indexOf(id));
      }),
      { numRuns: 500 },
    );
  });

  it("falls into parts that need each other", () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        const reached = closures(needs);
        const component = components(needs.keys(), (id) => needs.get(id)!.keys());
        for (const a of needs.keys()) {
          for (const b of needs.keys()) {
            const together = a === b || (reached.get(a)!.has(b) && reached.get(b)!.has(a));
            expect(component.get(a) === component.get(b), `${a} ${b}`).toBe(together);
            expect(
              reaches(needs, a, b, () => true),
              `${a} → ${b}`,
            ).toBe(reached.get(a)!.has(b));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
