/** `codex status`: books × passes at a glance, tiers, money, and what waits for you. Reads only. */
import { CAMPAIGN, tierScope } from "../../campaign/spending.ts";
import { BOOK_STATES, type BookTarget, bookState } from "../../campaign/states.ts";
import { snapshotOf } from "../../exec/build.ts";
import { layOut } from "../../exec/engine.ts";
import { memberOf } from "../../graph/address.ts";
import { stateName } from "../../graph/describe.ts";
import { DEFAULT_POLICY, type Status } from "../../graph/evaluate.ts";
import { budgetsOf, moneyIn } from "../budgets.ts";
import { campaignBooks } from "../campaign.ts";
import { EXIT } from "../exit.ts";
import { inboxItems } from "../inbox.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { type Money, type StatusReport, statusJson, statusMarkdown, statusText, type TierRow } from "../view/status.ts";

export type StatusFormat = "text" | "json" | "md";

/** From worst to best: a pass with several targets shows the worst of them. */
const WORST: readonly Status["kind"][] = [
  "failed",
  "blockedByEdit",
  "waiting",
  "blocked",
  "stale",
  "pending",
  "unknown",
  "fresh",
];

export async function statusCommand(
  terminal: Terminal,
  { format }: { readonly format: StatusFormat },
): Promise<number> {
  const report = statusReport(await openWorkspace());
  if (format === "json") terminal.out(JSON.stringify(statusJson(report), null, 2));
  else
    for (const line of format === "md" ? statusMarkdown(report) : statusText(report, terminal.colours))
      terminal.out(line);
  return EXIT.done;
}

/** The campaign as it stands. */
export function statusReport(workspace: Workspace): StatusReport {
  const { engine, config } = workspace;
  const snapshot = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
  const trusting = snapshotOf(snapshot, engine, ["all"], { ...DEFAULT_POLICY, trustReads: "all" });
  const owners = new Map<string, BookTarget[]>();
  const counted = new Map<Status["kind"], number>();
  for (const id of snapshot.ids) {
    const status = snapshot.evaluation.status(id);
    counted.set(status.kind, (counted.get(status.kind) ?? 0) + 1);
    const owner = memberOf(id);
    const target = { id, rule: snapshot.graph.targets.get(id)!.rule, status, trace: engine.world.trace(id) };
    const known = owners.get(owner);
    if (known === undefined) owners.set(owner, [target]);
    else known.push(target);
  }
  // Rules of one pass (P4_brief, P4_production) share its column.
  const passes = [...new Set(config.rules.map((rule) => passOf(rule.name)))];
  const rows = [...owners].map(([address, targets]) => ({
    address,
    state:
      config.campaign === undefined || !address.startsWith("book/")
        ? undefined
        : bookState(targets.map((target) => ({ ...target, status: trusting.evaluation.status(target.id) }))),
    edited: targets.some((target) => target.status.kind === "fresh" && target.status.edited.length > 0),
    begun: targets.some((target) => target.trace !== undefined || target.status.kind === "blockedByEdit"),
    passes: passes.map((pass) => worst(targets.filter((target) => passOf(target.rule) === pass))),
    targets: targets.map((target) => ({ id: target.id, state: stateName(target.status) })),
  }));
  const states = new Map(rows.map((row) => [row.address, row] as const));
  return {
    passes,
    rows,
    ...tiersAndMoney(workspace, (slug) => states.get(`book/${slug}`)),
    waiting: inboxItems(snapshot, engine).map(({ address, asks, answers }) => ({
      address,
      asks,
      command: answers[0]?.command ?? `codex why ${address}`,
    })),
    counts: WORST.flatMap((kind) => (counted.has(kind) ? [[kind, counted.get(kind)!] as const] : [])),
  };
}

/** What the ledger says was spent, against the ceilings; nothing where the configuration names no campaign. */
function tiersAndMoney(
  workspace: Workspace,
  rowOf: (slug: string) => StatusReport["rows"][number] | undefined,
): { readonly tiers: readonly TierRow[]; readonly money: Money | undefined } {
  if (workspace.config.campaign === undefined) return { tiers: [], money: undefined };
  const books = campaignBooks(workspace);
  const budgets = budgetsOf(workspace);
  const tiers = [...new Set(books.map((book) => book.tier))].map((tier) => {
    const members = books.filter((book) => book.tier === tier).map((book) => rowOf(book.slug));
    const done = members.filter((row) => row?.state === BOOK_STATES.at(-1)).length;
    return {
      tier,
      books: members.length,
      underWay: members.filter((row) => row?.begun).length - done,
      done,
      money: moneyIn(budgets, tierScope(tier)),
    };
  });
  return { tiers, money: moneyIn(budgets, CAMPAIGN) };
}

const passOf = (rule: string): string => rule.replace(/\.gate$/, "").replace(/_.*/, "");

function worst(targets: readonly BookTarget[]): Status["kind"] | undefined {
  return WORST.find((kind) => targets.some((target) => target.status.kind === kind));
}
