/** The transitions that there are, and that nothing else can be written down. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FLOW_STATES } from "../../src/campaign/flow-states.ts";
import { loggedStates, noteState } from "../../src/campaign/state-log.ts";
import { BOOK_STATES, type BookState } from "../../src/campaign/states.ts";
import {
  BOOK_STEPS,
  bookTransitions,
  describeTransition,
  FLOW_STEPS,
  flowTransitions,
} from "../../src/campaign/transitions.ts";

const ALL: readonly BookState[] = [...BOOK_STATES, "equivalence-partial", "deferred"];

describe("the tables", () => {
  test("lead from each state to the next, with what holds before and after", () => {
    expect(BOOK_STEPS.map(({ from }) => from)).toEqual(BOOK_STATES.slice(0, -1));
    expect(BOOK_STEPS.map(({ to }) => to)).toEqual(BOOK_STATES.slice(1));
    expect(FLOW_STEPS.map(({ from }) => from)).toEqual(FLOW_STATES.slice(0, -1));
    expect(FLOW_STEPS.map(({ to }) => to)).toEqual(FLOW_STATES.slice(1));
    for (const { pre, post } of [...BOOK_STEPS, ...FLOW_STEPS]) expect([pre, post]).not.toContain("");
  });
});

describe("between two states of a book", () => {
  test("lies every step, and nothing else", () => {
    expect(bookTransitions("audited", "production-ready").map(({ from, to }) => `${from}>${to}`)).toEqual([
      "audited>gap-analysed",
      "gap-analysed>production-ready",
    ]);
  });

  test("a way back is one turn", () => {
    expect(bookTransitions("verified", "production-ready")).toEqual([
      { kind: "back", from: "verified", to: "production-ready" },
    ]);
    expect(bookTransitions("equivalence-covered", "equivalence-partial")).toMatchObject([{ kind: "back" }]);
  });

  test("the lesser end is reached where the full one would be", () => {
    expect(bookTransitions("verified", "equivalence-partial").map(({ to }) => to)).toEqual([
      "woven",
      "equivalence-partial",
    ]);
  });

  test("a book that was put off comes back to where it is", () => {
    expect(bookTransitions("audited", "deferred")).toMatchObject([{ kind: "aside" }]);
    expect(bookTransitions("deferred", "audited")).toMatchObject([{ kind: "return" }]);
  });

  test("the transitions lead from the one to the other, each from where the last ended", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL), fc.constantFrom(...ALL), (from, to) => {
        const way = bookTransitions(from, to);
        expect(way.length === 0).toBe(from === to);
        let at: string = from;
        for (const step of way) {
          expect(step.from).toBe(at);
          expect(describeTransition(step)).not.toBe("");
          at = step.to;
        }
        expect(at).toBe(to);
      }),
    );
  });
});

test("a flow goes the same ways", () => {
  expect(flowTransitions("draft", "bridged").map(({ to }) => to)).toEqual(["trajectory-extracted", "bridged"]);
  expect(flowTransitions("verified", "paused")).toEqual([{ kind: "back", from: "verified", to: "paused" }]);
  expect(flowTransitions("paused", "paused")).toEqual([]);
});

test("the log's last word on a state is the state; side states are entered and left", () => {
  const states = loggedStates([]);
  const note = (kind: "book" | "side", from: string, to: string): void =>
    noteState(states, { kind, address: "book/x", from, to });
  note("book", "draft", "audited");
  note("book", "audited", "gap-analysed");
  note("side", "–", "needs-rework");
  note("side", "–", "deferred");
  note("side", "needs-rework", "–");
  expect(states.of.get("book/x")).toBe("gap-analysed");
  expect([...states.side.get("book/x")!]).toEqual(["deferred"]);
});
