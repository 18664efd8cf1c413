/** What the audit log says of the states of books and flows, and the lines that it lacks: a line for every step and every turn. */
import type { LogEntry, LogLine } from "./audit-log.ts";
import { type FlowState, flowState } from "./flow-states.ts";
import type { BookView, FlowView } from "./ledger.ts";
import { type BookState, bookStanding, SIDE_STATES } from "./states.ts";
import { bookTransitions, describeTransition, flowTransitions } from "./transitions.ts";

/** The last states of the log, by address. */
export interface LoggedStates {
  readonly of: Map<string, string>;
  /** The side states that were entered and not left. */
  readonly side: Map<string, Set<string>>;
}

/** When and by whom. */
export type Said = Pick<LogEntry, "at" | "actor">;

export function loggedStates(lines: readonly LogLine[]): LoggedStates {
  const states: LoggedStates = { of: new Map(), side: new Map() };
  for (const line of lines) noteState(states, line);
  return states;
}

/** Takes in one line. */
export function noteState(
  states: LoggedStates,
  { kind, address, from, to }: Pick<LogEntry, "kind" | "address" | "from" | "to">,
): void {
  if (kind === "book" || kind === "flow") states.of.set(address, to);
  if (kind !== "side") return;
  const side = states.side.get(address) ?? new Set();
  if (to === NONE) side.delete(from);
  else side.add(to);
  states.side.set(address, side);
}

/** The other end of a side state that is entered or left. */
const NONE = "–";

/** The lines that the log lacks of a book. */
export function bookEntries({ book, targets, deferrals }: BookView, known: LoggedStates, said: Said): LogEntry[] {
  const address = `book/${book.slug}`;
  const { state, side } = bookStanding(targets, deferrals);
  const settled = targets.filter((target) => target.status.kind === "fresh").length;
  const count = `${settled} of ${targets.length} targets are settled`;
  const before = (known.of.get(address) ?? "draft") as BookState;
  const steps = bookTransitions(before, state).map(
    (step): LogEntry => ({
      ...said,
      kind: "book",
      address,
      from: step.from,
      to: step.to,
      rationale: `${describeTransition(step)} (${count})`,
    }),
  );
  const had = known.side.get(address) ?? new Set();
  const turns = SIDE_STATES.flatMap((each): LogEntry[] => {
    if (had.has(each) === side.includes(each)) return [];
    const [from, to] = side.includes(each) ? [NONE, each] : [each, NONE];
    return [{ ...said, kind: "side", address, from, to, rationale: `the book is ${state} (${count})` }];
  });
  return [...steps, ...turns];
}

/** The lines that the log lacks of a flow. */
export function flowEntries({ flow, targets }: FlowView, known: LoggedStates, said: Said): LogEntry[] {
  const address = `flow/${flow.id}`;
  const before = (known.of.get(address) ?? "draft") as FlowState;
  return flowTransitions(before, flowState(targets)).map((step) => ({
    ...said,
    kind: "flow",
    address,
    from: step.from,
    to: step.to,
    rationale: describeTransition(step),
  }));
}
