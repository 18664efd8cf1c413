/**
 * The transitions that there are (seed §3.3), each with what must hold before and after. A state is derived, and what lies
 * between two derived states is told as steps of this table: a transition that is not in it cannot be written down.
 */
import { FLOW_STATES, type FlowState } from "./flow-states.ts";
import { BOOK_STATES, type BookState } from "./states.ts";

interface StepSpec<State> {
  readonly from: State;
  readonly to: State;
  /** What must have held. */
  readonly pre: string;
  /** What holds now. */
  readonly post: string;
}

export const BOOK_STEPS = [
  {
    from: "draft",
    to: "audited",
    pre: "the book is in the list",
    post: "plan §1.1–1.7 are filled, at least three sources cited",
  },
  {
    from: "audited",
    to: "gap-analysed",
    pre: "plan §1 is complete",
    post: "plan §2 is filled, its scorecard has seven layers",
  },
  {
    from: "gap-analysed",
    to: "production-ready",
    pre: "plan §2 is complete",
    post: "plan §3 is filled, every agent has its units",
  },
  {
    from: "production-ready",
    to: "in-production",
    pre: "plan §3 lists a unit to produce",
    post: "drafts exist, to be integrated",
  },
  {
    from: "in-production",
    to: "production-complete",
    pre: "all drafts pass their checks",
    post: "all units are integrated, the corpus validates",
  },
  {
    from: "production-complete",
    to: "verified",
    pre: "all drafts are integrated",
    post: "plan §4 is filled, every layer meets its threshold or a lower one was accepted",
  },
  {
    from: "verified",
    to: "woven",
    pre: "every book of the batch is verified",
    post: "the weaving report exists, every connection is invoked at both ends",
  },
  {
    from: "woven",
    to: "equivalence-covered",
    pre: "the batch is woven",
    post: "every continuity metric meets its threshold, the samples hold",
  },
] as const satisfies readonly StepSpec<BookState>[];

export const FLOW_STEPS = [
  {
    from: "draft",
    to: "trajectory-extracted",
    pre: "what it hangs off is verified",
    post: "the steps are ordered as the prerequisites ask",
  },
  {
    from: "trajectory-extracted",
    to: "bridged",
    pre: "the steps are there",
    post: "every step has its why, its strategy and a bridge",
  },
  { from: "bridged", to: "paused", pre: "the bridges are written", post: "three to five pauses are set" },
  {
    from: "paused",
    to: "verified",
    pre: "the flow is complete",
    post: "units shipped, order right, sections covered, the last bridge leads on",
  },
  {
    from: "verified",
    to: "woven",
    pre: "the flow is verified",
    post: "every link to another flow is told on this side",
  },
  {
    from: "woven",
    to: "attenuation-verified",
    pre: "the flow is woven",
    post: "the throughline is covered, the links agree",
  },
] as const satisfies readonly StepSpec<FlowState>[];

/** Ways that are no step of the chain: to its other end, aside, or back to where work has to begin again. */
type Turn<State> =
  | { readonly kind: "back"; readonly from: State; readonly to: State }
  | { readonly kind: "aside"; readonly from: BookState; readonly to: "deferred" }
  | { readonly kind: "return"; readonly from: "deferred"; readonly to: BookState };

/** A step forward, or a turn; made by the functions below only. */
export type Transition<State> =
  | { readonly kind: "step"; readonly from: State; readonly to: State; readonly pre: string; readonly post: string }
  | Turn<State>;

/** The end of a book of which less was asked stands where the full one does. */
const place = (state: BookState): number =>
  state === "equivalence-partial" ? BOOK_STATES.length - 1 : BOOK_STATES.indexOf(state as never);

/** How a book got from one state to another: every step between, or one turn. None where the states are the same. */
export function bookTransitions(from: BookState, to: BookState): readonly Transition<BookState>[] {
  if (from === to) return [];
  if (to === "deferred") return [{ kind: "aside", from, to }];
  if (from === "deferred") return [{ kind: "return", from, to }];
  if (place(to) <= place(from)) return [{ kind: "back", from, to }];
  return BOOK_STEPS.slice(place(from), place(to)).map((step) =>
    step.to === "equivalence-covered" ? { kind: "step", ...step, to } : { kind: "step", ...step },
  );
}

/** The same for a flow. */
export function flowTransitions(from: FlowState, to: FlowState): readonly Transition<FlowState>[] {
  const [before, after] = [FLOW_STATES.indexOf(from), FLOW_STATES.indexOf(to)];
  if (before === after) return [];
  if (after < before) return [{ kind: "back", from, to }];
  return FLOW_STEPS.slice(before, after).map((step) => ({ kind: "step", ...step }));
}

/** What a transition means, for the audit log. */
export function describeTransition(transition: Transition<string>): string {
  switch (transition.kind) {
    case "step":
      return `${transition.pre}; now ${transition.post}`;
    case "back":
      return `work has to be done again from ${transition.to} on`;
    case "aside":
      return "a person put the book off";
    case "return":
      return "a person took the book up again";
  }
}
