/**
 * The state of a book, derived from its targets: the furthest pass up to which everything is settled (seed §3). Since
 * nobody sets a state, none can be set wrongly.
 */
import type { Address } from "../graph/address.ts";
import type { Status } from "../graph/evaluate.ts";
import type { Trace } from "../graph/trace.ts";

/** In order; each begins when its pass, and all before it, are settled. */
export const BOOK_STATES = [
  "draft",
  "audited",
  "gap-analysed",
  "production-ready",
  "in-production",
  "production-complete",
  "verified",
  "woven",
  "equivalence-covered",
] as const;
export type BookState = (typeof BOOK_STATES)[number];

export interface BookTarget {
  readonly id: Address;
  readonly rule: string;
  readonly status: Status;
  readonly trace: Trace | undefined;
}

const AFTER_PASS: readonly (readonly [rules: readonly string[], state: BookState])[] = [
  [["P1_audit"], "audited"],
  [["P2_gap"], "gap-analysed"],
  [["P3_plan"], "production-ready"],
  [["P4_brief", "P4_production", "integrate"], "production-complete"],
  [["P5_verification"], "verified"],
  [["PW_weaving"], "woven"],
  [["PV_continuity"], "equivalence-covered"],
];

export function bookState(targets: readonly BookTarget[]): BookState {
  let state: BookState = "draft";
  for (const [rules, next] of AFTER_PASS) {
    const members = targets.filter((target) =>
      rules.some((rule) => target.rule === rule || target.rule === `${rule}.gate`),
    );
    if (members.length === 0 || !members.every((target) => target.status.kind === "fresh")) {
      // Some units are made and others not: the book is being produced.
      const begun = next === "production-complete" && members.some((target) => target.trace !== undefined);
      return begun ? "in-production" : state;
    }
    state = next;
  }
  return state;
}
