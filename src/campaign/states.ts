/**
 * The state of a book, derived from its targets: the furthest pass up to which everything is settled (seed §3). Since
 * nobody sets a state, none can be set wrongly.
 */
import type { BookDeferrals } from "../curriculum/deferrals.ts";
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

/** `equivalence-partial`: the end of a book of which less was asked. `deferred`: put off as a whole. */
export type BookState = (typeof BOOK_STATES)[number] | "equivalence-partial" | "deferred";

/**
 * What stands beside a book's state: `needs-rework` while a pass went back or gave up, `audit-degraded` where the audit was
 * reduced to topics, `deferred` where units were put off, `equivalence-partial` where it can end as no more than that.
 */
export const SIDE_STATES = ["needs-rework", "audit-degraded", "deferred", "equivalence-partial"] as const;
export type SideState = (typeof SIDE_STATES)[number];

export interface BookTarget {
  readonly id: Address;
  readonly rule: string;
  readonly status: Status;
  readonly trace: Trace | undefined;
}

export interface BookStanding {
  readonly state: BookState;
  readonly side: readonly SideState[];
}

const NOTHING_DEFERRED: BookDeferrals = { units: {} };

/** @param deferrals what people have put off of the book. */
export function bookStanding(
  targets: readonly BookTarget[],
  deferrals: BookDeferrals = NOTHING_DEFERRED,
): BookStanding {
  const degraded = targets.some((each) => each.rule === "P1_audit" && standsAs(each, "audit-degraded"));
  const accepted = targets.some((each) => each.rule === "P5_verification" && standsAs(each, "equivalence-partial"));
  const deferred = deferrals.book !== undefined || Object.keys(deferrals.units).length > 0;
  const partial = degraded || accepted || Object.keys(deferrals.units).length > 0;
  const reached = furthest(targets);
  const state = deferrals.book === undefined ? reached : "deferred";
  const rework = reached !== "equivalence-covered" && targets.some((each) => goesBack(each) || hasGivenUp(each));
  const side: Record<SideState, boolean> = {
    "needs-rework": rework && state !== "deferred",
    "audit-degraded": degraded,
    deferred,
    "equivalence-partial": partial,
  };
  return {
    state: state === "equivalence-covered" && partial ? "equivalence-partial" : state,
    side: SIDE_STATES.filter((each) => side[each]),
  };
}

/** The state alone, of a book of which nothing is put off. */
export const bookState = (targets: readonly BookTarget[]): BookState => bookStanding(targets).state;

const isFresh = ({ status }: BookTarget): boolean => status.kind === "fresh";
const standsAs = (target: BookTarget, state: string): boolean => isFresh(target) && target.trace?.run.state === state;
/** Whether the pass was short and went back to an earlier one. */
const goesBack = (target: BookTarget): boolean => standsAs(target, "needs-rework");
/** Whether all attempts of production failed. */
const hasGivenUp = ({ rule, status }: BookTarget): boolean =>
  (rule === "P4_production" || rule === "P4_repair") &&
  (status.kind === "failed" ||
    (status.kind === "waiting" && status.reasons.some((reason) => reason.kind === "escalated")));

/** Rounds after the first have their number at the end. */
const isFirstRound = ({ id }: BookTarget): boolean => !/\/\d+$/.test(id);

function furthest(targets: readonly BookTarget[]): (typeof BOOK_STATES)[number] {
  const of = (...rules: string[]): BookTarget[] =>
    targets.filter(({ rule }) => rules.some((each) => rule === each || rule === `${each}.gate`));
  const settled = (members: readonly BookTarget[]): boolean => members.length > 0 && members.every(isFresh);
  const begun = (members: readonly BookTarget[]): boolean => members.some(({ trace }) => trace !== undefined);

  if (!settled(of("P1_audit"))) return "draft";
  if (!settled(of("P2_gap"))) return "audited";
  if (!settled(of("P3_plan"))) return "gap-analysed";
  const production = of("P4_brief", "P4_production", "integrate");
  if (!settled(production)) return begun(production) ? "in-production" : "production-ready";

  const verifications = of("P5_verification");
  const first = verifications.filter(isFirstRound);
  if (!settled(first)) return "production-complete";
  if (first.some(goesBack)) {
    // What was verified and found short is being produced once more (seed §6, pass 5).
    const repairs = of("P4_repair");
    if (!settled(repairs)) return begun(repairs) ? "in-production" : "production-ready";
  }
  if (!settled(verifications)) return "production-complete";
  const weavings = of("PW_weaving");
  if (!settled(weavings.filter(isFirstRound))) return "verified";
  const continuity = of("PV_continuity");
  // Every round but the last went back.
  return settled(weavings) && settled(continuity) && !continuity.every(goesBack) ? "equivalence-covered" : "woven";
}
