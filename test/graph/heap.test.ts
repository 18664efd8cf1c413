import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "../../src/graph/heap.ts";

it("gives out the smallest of what is in it, however pushes and pops follow each other", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(20)), { maxLength: 60 }), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const naive: number[] = [];
      for (const step of steps) {
        if (step === null) expect(heap.pop()).toBe(naive.shift());
        else {
          heap.push(step);
          naive.push(step);
          naive.sort((a, b) => a - b);
        }
        expect([heap.size, heap.peek(), [...heap].sort((a, b) => a - b)]).toEqual([naive.length, naive[0], naive]);
      }
    }),
  );
});
