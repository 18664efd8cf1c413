/** `manifests/campaign.json` in the seed's schema: a projection of traces, deleted and rebuilt at will. */
import { type Book, TIER_SIGNS } from "../curriculum/books.ts";
import type { BookDeferrals } from "../curriculum/deferrals.ts";
import type { FlowPlan } from "../curriculum/flow-list.ts";
import type { Status } from "../graph/evaluate.ts";
import { type FlowState, flowState } from "./flow-states.ts";
import { type BookState, type BookTarget, bookStanding } from "./states.ts";

export interface BookView {
  readonly book: Book;
  /** Its own targets, and those of the batch that it is woven in. */
  readonly targets: readonly BookTarget[];
  /** What people have put off of it. */
  readonly deferrals?: BookDeferrals;
  /** Who works on what all of it shares: one weaver at a time. */
  readonly owner?: Owner;
}

export interface Owner {
  /** The target that is being worked on. */
  readonly target: string;
  /** UTC, ISO 8601. */
  readonly since: string;
}

export interface FlowView {
  readonly flow: FlowPlan;
  readonly targets: readonly BookTarget[];
}

/** The passes as the seed's ledger names them; production is its units and their integration. */
const PASSES: readonly (readonly [name: string, rules: readonly string[]])[] = [
  ["P1_audit", ["P1_audit"]],
  ["P2_gap", ["P2_gap"]],
  ["P3_plan", ["P3_plan"]],
  ["P4_production", ["P4_brief", "P4_production", "integrate", "P4_repair"]],
  ["P5_verification", ["P5_verification"]],
  ["PW_weaving", ["PW_weaving"]],
  ["PV_continuity", ["PV_picks", "PV_samples", "PV_continuity"]],
];

const FLOW_PASSES = ["PA_trajectory", "PB_bridges", "PC_pauses", "PD_verification", "PE_weaving", "PV_attenuation"];

/** Money is kept in whole micro-dollars while it is added up: sums of floats drift. */
const MICROS = 1_000_000;
export const addUsd = (amounts: readonly number[]): number =>
  amounts.reduce((sum, usd) => sum + Math.round(usd * MICROS), 0) / MICROS;

/**
 * @param paid US dollars by address, from the cost ledger: it knows of every call, failed runs included. Where it is left
 * out, the traces tell what they know.
 */
export function renderLedger(
  books: readonly BookView[],
  paid?: ReadonlyMap<string, number>,
  flows: readonly FlowView[] = [],
): string {
  const entries = books.map((view) => [view.book.slug, bookEntry(view, paid)] as const);
  const states = entries.map(([, entry]) => entry.status);
  const flowEntries = flows.map((view) => [view.flow.id, flowEntry(view, paid)] as const);
  // A batch of books is woven once, whichever of them is looked at.
  const all = [...books, ...flows].flatMap((view) => view.targets);
  const batches = new Map(all.flatMap((target) => (isOfBatch(target) ? [[target.id, target] as const] : [])));
  const runs = [...all.filter((target) => !isOfBatch(target)), ...batches.values()].flatMap(({ trace }) =>
    trace === undefined ? [] : [trace.run],
  );
  return `${JSON.stringify(
    {
      version: 1,
      books: Object.fromEntries(entries),
      flows: Object.fromEntries(flowEntries),
      totals: {
        books_total: books.length,
        books_equivalence_covered: states.filter((state) => state === "equivalence-covered").length,
        flows_total: flows.length,
        flows_attenuation_verified: flowEntries.filter(([, { status }]) => status === "attenuation-verified").length,
        cost_usd_total: addUsd(paid === undefined ? runs.map((run) => run.usd) : [...paid.values()]),
        agent_invocations_total: runs
          .filter((run) => run.agent.startsWith("agent-"))
          .reduce((sum, run) => sum + run.attempts, 0),
      },
    },
    null,
    2,
  )}\n`;
}

const isOfBatch = ({ id }: BookTarget): boolean => id.startsWith("batch/");

/** A flow in the seed's schema. */
function flowEntry(
  { flow, targets }: FlowView,
  paid: ReadonlyMap<string, number> | undefined,
): { status: FlowState } & Record<string, unknown> {
  const passOf = (name: string): readonly BookTarget[] => targets.filter(({ rule }) => rule === name);
  return {
    kind: flow.kind,
    title: flow.title,
    source_book: flow.book?.slug ?? null,
    ...(flow.flows.length === 0 ? {} : { flows: flow.flows }),
    status: flowState(targets),
    passes: Object.fromEntries(FLOW_PASSES.map((name) => [name, passEntry(passOf(name), paid)])),
    flow_path: flow.path,
  };
}

function bookEntry(
  { book, targets, deferrals, owner }: BookView,
  paid: ReadonlyMap<string, number> | undefined,
): { status: BookState } & Record<string, unknown> {
  const { state, side } = bookStanding(targets, deferrals);
  return {
    tier: TIER_SIGNS[book.tier],
    fasttrack_entry: book.entry,
    title: book.title,
    status: state,
    side_states: side,
    passes: Object.fromEntries(
      PASSES.map(([name, rules]) => [
        name,
        passEntry(
          targets.filter((target) => rules.includes(target.rule)),
          paid,
        ),
      ]),
    ),
    current_owner: owner?.target ?? null,
    ...(owner === undefined ? {} : { owner_since: owner.since }),
    plan_path: book.plan,
    outstanding_deliverables: targets
      .filter(
        (target) =>
          target.rule === "P4_production" && target.id.split("/").length > 3 && target.status.kind !== "fresh",
      )
      .map((target) => target.id.split("/").at(-1)!),
    deferred_deliverables: Object.keys(deferrals?.units ?? {}).sort(),
  };
}

function passEntry(
  targets: readonly BookTarget[],
  paid: ReadonlyMap<string, number> | undefined,
): Record<string, unknown> {
  const cost = addUsd(targets.map((target) => paid?.get(target.id) ?? 0));
  const status = passStatus(targets.map((target) => target.status));
  const runs = targets.flatMap((target) => (target.trace === undefined ? [] : [target.trace.run]));
  const blockedBy = [
    ...new Set(targets.flatMap((target) => (target.status.kind === "blocked" ? [target.status.by] : []))),
  ];
  if (runs.length === 0)
    return {
      status,
      ...(cost > 0 ? { cost_usd: cost } : {}),
      ...(blockedBy.length > 0 ? { blocked_by: blockedBy } : {}),
    };
  const ended = runs.map((run) => run.at).sort();
  const started = runs.map((run) => new Date(Date.parse(run.at) - run.seconds * 1000).toISOString()).sort();
  return {
    status,
    agent: runs.length === 1 ? runs[0]!.agent : `${runs.length} runs`,
    started: started[0],
    completed: ended.at(-1),
    cost_usd: paid === undefined ? addUsd(runs.map((run) => run.usd)) : cost,
    ...(runs.some((run) => run.model !== undefined)
      ? { model: [...new Set(runs.flatMap((run) => run.model ?? []))].join(", ") }
      : {}),
    ...(blockedBy.length > 0 ? { blocked_by: blockedBy } : {}),
  };
}

/** The worst of its targets' states, in the seed's words. */
function passStatus(statuses: readonly Status[]): "completed" | "pending" | "failed" | "blocked" {
  if (statuses.some((status) => status.kind === "failed")) return "failed";
  if (statuses.length > 0 && statuses.every((status) => status.kind === "fresh")) return "completed";
  return statuses.some((status) => status.kind === "blocked" || status.kind === "blockedByEdit")
    ? "blocked"
    : "pending";
}
