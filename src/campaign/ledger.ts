/** `manifests/campaign.json` in the seed's schema: a projection of traces, deleted and rebuilt at will. */
import { type Book, TIER_SIGNS } from "../curriculum/books.ts";
import type { Status } from "../graph/evaluate.ts";
import { type BookState, type BookTarget, bookState } from "./states.ts";

export interface BookView {
  readonly book: Book;
  readonly targets: readonly BookTarget[];
}

/** The passes as the seed's ledger names them; production is its units and their integration. */
const PASSES: readonly (readonly [name: string, rules: readonly string[]])[] = [
  ["P1_audit", ["P1_audit"]],
  ["P2_gap", ["P2_gap"]],
  ["P3_plan", ["P3_plan"]],
  ["P4_production", ["P4_brief", "P4_production", "integrate"]],
  ["P5_verification", ["P5_verification"]],
  ["PW_weaving", ["PW_weaving"]],
  ["PV_continuity", ["PV_samples", "PV_continuity"]],
];

/** Money is kept in whole micro-dollars while it is added up: sums of floats drift. */
const MICROS = 1_000_000;
export const addUsd = (amounts: readonly number[]): number =>
  amounts.reduce((sum, usd) => sum + Math.round(usd * MICROS), 0) / MICROS;

export function renderLedger(books: readonly BookView[]): string {
  const entries = books.map((view) => [view.book.slug, bookEntry(view)] as const);
  const states = entries.map(([, entry]) => entry.status);
  const runs = books.flatMap((view) =>
    view.targets.flatMap((target) => (target.trace === undefined ? [] : [target.trace.run])),
  );
  return `${JSON.stringify(
    {
      version: 1,
      books: Object.fromEntries(entries),
      flows: {},
      totals: {
        books_total: books.length,
        books_equivalence_covered: states.filter((state) => state === "equivalence-covered").length,
        flows_total: 0,
        flows_attenuation_verified: 0,
        cost_usd_total: addUsd(runs.map((run) => run.usd)),
        agent_invocations_total: runs
          .filter((run) => run.agent.startsWith("agent-"))
          .reduce((sum, run) => sum + run.attempts, 0),
      },
    },
    null,
    2,
  )}\n`;
}

function bookEntry({ book, targets }: BookView): { status: BookState } & Record<string, unknown> {
  return {
    tier: TIER_SIGNS[book.tier],
    fasttrack_entry: book.entry,
    title: book.title,
    status: bookState(targets),
    passes: Object.fromEntries(
      PASSES.map(([name, rules]) => [name, passEntry(targets.filter((target) => rules.includes(target.rule)))]),
    ),
    current_owner: null,
    plan_path: book.plan,
    outstanding_deliverables: targets
      .filter(
        (target) =>
          target.rule === "P4_production" && target.id.split("/").length > 3 && target.status.kind !== "fresh",
      )
      .map((target) => target.id.split("/").at(-1)!),
  };
}

function passEntry(targets: readonly BookTarget[]): Record<string, unknown> {
  const status = passStatus(targets.map((target) => target.status));
  const runs = targets.flatMap((target) => (target.trace === undefined ? [] : [target.trace.run]));
  const blockedBy = [
    ...new Set(targets.flatMap((target) => (target.status.kind === "blocked" ? [target.status.by] : []))),
  ];
  if (runs.length === 0) return { status, ...(blockedBy.length > 0 ? { blocked_by: blockedBy } : {}) };
  const ended = runs.map((run) => run.at).sort();
  const started = runs.map((run) => new Date(Date.parse(run.at) - run.seconds * 1000).toISOString()).sort();
  return {
    status,
    agent: runs.length === 1 ? runs[0]!.agent : `${runs.length} runs`,
    started: started[0],
    completed: ended.at(-1),
    cost_usd: addUsd(runs.map((run) => run.usd)),
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
