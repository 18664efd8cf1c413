/**
 * `manifests/fasttrack_coverage.md` and `manifests/weaving_report.md`: how far every book and flow of the campaign is, and
 * where the reports on weaving are. Projections, as the ledger is: delete them, and the next build writes them.
 */
import { TIER_SIGNS, type Tier } from "../curriculum/books.ts";
import { LAYERS, layerName } from "../curriculum/plan/layer.ts";
import { parsePlan } from "../curriculum/plan/read-plan.ts";
import { flowState } from "./flow-states.ts";
import type { BookView, FlowView } from "./ledger.ts";
import { type BookTarget, bookStanding } from "./states.ts";

/** Reads a file of the workspace; undefined where there is none. */
type Read = (path: string) => string | undefined;

const TIERS: readonly Tier[] = ["alpha", "beta", "gamma", "delta"];

/** @param books all of the campaign. @param read plans are read only of books that have something in them. */
export function renderCoverage(books: readonly BookView[], flows: readonly FlowView[], read: Read): string {
  const lines = [
    "# Fast Track coverage",
    "",
    "Written by Codex from traces, plans and the audit log. Percentages are those of the last verification (plan §4 or its second round), else of the gap analysis (plan §2).",
  ];
  for (const tier of TIERS) {
    const members = books.filter(({ book }) => book.tier === tier);
    if (members.length === 0) continue;
    const done = members.filter((view) => standing(view).state.startsWith("equivalence-")).length;
    lines.push("", `## Tier ${TIER_SIGNS[tier]}: ${done} of ${members.length} books`, "");
    const header = ["Book", "Entry", "State", ...LAYERS.map(layerName), "Units", "Deferred"];
    lines.push(`| ${header.join(" | ")} |`, `|${"---|".repeat(header.length)}`);
    for (const view of members) lines.push(`| ${bookRow(view, read).join(" | ")} |`);
  }
  if (flows.length > 0) {
    lines.push("", "## Flows", "", "| Flow | Kind | Hangs off | State |", "|---|---|---|---|");
    for (const { flow, targets } of flows) {
      const off = [...(flow.book === undefined ? [] : [flow.book.slug]), ...flow.flows].join(", ");
      lines.push(`| ${flow.id} | ${flow.kind} | ${off} | ${flowState(targets)} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

const standing = ({ targets, deferrals }: BookView): ReturnType<typeof bookStanding> =>
  bookStanding(targets, deferrals);

function bookRow(view: BookView, read: Read): string[] {
  const { book, targets, deferrals } = view;
  const { state, side } = standing(view);
  const percents = percentsOf(view, read);
  const isUnit = ({ rule, id }: BookTarget): boolean => rule === "P4_production" && id.split("/").length === 4;
  const units = targets.filter(isUnit);
  const made = units.filter(({ status }) => status.kind === "fresh").length;
  const deferred = Object.keys(deferrals?.units ?? {}).sort();
  return [
    book.slug,
    book.entry ?? "–",
    side.length === 0 ? state : `${state} (${side.join(", ")})`,
    ...LAYERS.map((layer) => (percents.has(layer) ? `${Math.floor(percents.get(layer)!)} %` : "–")),
    units.length === 0 ? "–" : `${made} of ${units.length}`,
    deferred.length === 0 ? "–" : deferred.join(", "),
  ];
}

/** Percentages by layer, of the latest pass that measured them. */
function percentsOf({ book, targets }: BookView, read: Read): ReadonlyMap<string, number> {
  const measured = targets.some(
    ({ rule, trace }) => (rule === "P2_gap" || rule === "P5_verification") && trace !== undefined,
  );
  const text = measured ? read(book.plan) : undefined;
  if (text === undefined) return new Map();
  const again = read(`manifests/reports/${book.slug}/verification-2.md`);
  const plan = parsePlan(again ?? text);
  const rows = plan.signOff.length > 0 ? plan.signOff : plan.scorecard;
  return new Map(rows.flatMap(({ layer, percent }) => (percent === undefined ? [] : [[layer, percent] as const])));
}

/** @param exists whether a file of the workspace is there. */
export function renderWeavings(books: readonly BookView[], exists: (path: string) => boolean): string {
  const rows = new Map<string, string>();
  for (const { targets } of books) {
    for (const { id, rule, status, trace } of targets) {
      if (rule !== "PW_weaving" || (trace === undefined && status.kind === "unknown")) continue;
      const report = Object.keys(trace?.outputs ?? {}).find((path) => path.includes("weaving_report"));
      const shown = report !== undefined && exists(report) ? `[report](${report.replace(/^manifests\//, "")})` : "–";
      const edited = Object.keys(trace?.amends ?? {}).length;
      rows.set(id, `| ${id} | ${status.kind === "fresh" ? "woven" : status.kind} | ${edited} | ${shown} |`);
    }
  }
  return [
    "# Weaving",
    "",
    "Written by Codex: every round of weaving, the units that it edited, and its report.",
    "",
    "| Weaving | State | Units edited | Report |",
    "|---|---|---|---|",
    ...[...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
    "",
  ].join("\n");
}
