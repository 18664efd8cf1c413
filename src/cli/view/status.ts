/** The campaign at a glance: books × passes, tiers, money, and what waits for a person; as text, Markdown or JSON. */
import type { Status } from "../../graph/evaluate.ts";
import type { Terminal } from "../terminal.ts";
import { plural, usd } from "./plain.ts";
import { padEnd, widthOf } from "./width.ts";

export interface StatusReport {
  /** Columns. */
  readonly passes: readonly string[];
  readonly rows: readonly StatusRow[];
  readonly tiers: readonly TierRow[];
  readonly money: Money | undefined;
  readonly waiting: readonly Waiting[];
  /** Targets by state, worst first. */
  readonly counts: readonly (readonly [Status["kind"], number])[];
}

export interface StatusRow {
  /** e.g. `book/<slug>`. */
  readonly address: string;
  /** Of a book: how far it has come. */
  readonly state: string | undefined;
  readonly edited: boolean;
  /** Whether anything of it was ever built, or a person's work is in the way. */
  readonly begun: boolean;
  /** By pass; undefined where the member has no target in it. */
  readonly passes: readonly (Status["kind"] | undefined)[];
  readonly targets: readonly { readonly id: string; readonly state: string }[];
}

export interface TierRow {
  readonly tier: string;
  readonly books: number;
  /** Books that were begun and are not done. */
  readonly underWay: number;
  /** Books in the last state. */
  readonly done: number;
  readonly money: Money;
}

/** In US dollars; `ceilingUsd` is undefined where there is none. */
export interface Money {
  readonly spentUsd: number;
  readonly ceilingUsd: number | undefined;
}

export interface Waiting {
  readonly address: string;
  readonly asks: string;
  /** The command that answers. */
  readonly command: string;
}

/** One letter a state, for the table. */
const SIGNS: Readonly<Record<Status["kind"], string>> = {
  fresh: "✓",
  stale: "•",
  pending: "·",
  waiting: "?",
  blockedByEdit: "!",
  blocked: "-",
  failed: "✗",
  unknown: " ",
};
const MEANINGS: Readonly<Record<Status["kind"], string>> = {
  fresh: "fresh",
  stale: "stale",
  pending: "pending",
  waiting: "waits for a person",
  blockedByEdit: "blocked by an edit",
  blocked: "blocked",
  failed: "failed",
  unknown: "",
};
/** Things that wait are listed up to this many. */
const LISTED = 5;

const wordOf = (kind: Status["kind"]): string => (kind === "blockedByEdit" ? "blocked by an edit" : kind);
const moneyOf = ({ spentUsd, ceilingUsd }: Money): string =>
  ceilingUsd === undefined ? usd(spentUsd) : `${usd(spentUsd)} of ${usd(ceilingUsd)}`;

/** The last line: everything, counted. */
function totals({ rows, counts }: StatusReport): string {
  const kinds = [...new Set(rows.map((row) => row.address.split("/")[0]!))].map((kind) =>
    plural(rows.filter((row) => row.address.startsWith(`${kind}/`)).length, kind),
  );
  const untouched = rows.filter((row) => !row.begun).length;
  return `${kinds.join(", ")}, ${untouched} untouched. Targets: ${counts.map(([kind, count]) => `${count} ${wordOf(kind)}`).join(", ")}.`;
}

export function statusText(report: StatusReport, colours: Terminal["colours"]): string[] {
  const lines: string[] = [];
  // Untouched books say nothing one by one.
  const begun = report.rows.filter((row) => row.begun);
  const used = usedPasses(report, begun);
  if (begun.length > 0) {
    lines.push(
      ...columns([
        ["", ...used.map((index) => report.passes[index]!), ""],
        ...begun.map((row) => [row.address, ...used.map((index) => signOf(row.passes[index])), stateOf(row)]),
      ]),
      colours.dim(legendOf(begun)),
    );
  }
  if (report.tiers.length > 0) {
    lines.push(
      "",
      ...columns([
        ["tier", "books", "under way", "done", "spent"],
        ...report.tiers.map((row) => [
          row.tier,
          String(row.books),
          String(row.underWay),
          String(row.done),
          moneyOf(row.money),
        ]),
      ]),
    );
  }
  if (report.money !== undefined) lines.push(`Campaign: ${moneyOf(report.money)}`);
  if (report.tiers.length > 0 || report.money !== undefined) lines.push("");
  for (const { address, asks, command } of report.waiting.slice(0, LISTED))
    lines.push(colours.cyan(`Waiting for you: ${address}: ${asks}: ${command}`));
  if (report.waiting.length > LISTED)
    lines.push(colours.cyan(`  and ${report.waiting.length - LISTED} more: codex inbox`));
  lines.push(totals(report));
  return lines;
}

/** The columns that say anything of these rows: books and flows go through different passes. */
const usedPasses = ({ passes }: StatusReport, rows: readonly StatusRow[]): readonly number[] =>
  passes.map((_, index) => index).filter((index) => rows.some((row) => row.passes[index] !== undefined));

/** What the signs in the table mean: those that occur, so that the line stays short. */
const legendOf = (rows: readonly StatusRow[]): string =>
  (Object.keys(SIGNS) as Status["kind"][])
    .filter((kind) => MEANINGS[kind] !== "" && rows.some((row) => row.passes.includes(kind)))
    .map((kind) => `${SIGNS[kind]} ${MEANINGS[kind]}`)
    .join("  ");

const signOf = (kind: Status["kind"] | undefined): string => (kind === undefined ? "" : SIGNS[kind]);
const stateOf = (row: StatusRow): string => `${row.state ?? ""}${row.edited ? " (edited by a person)" : ""}`.trim();

/** Rows under each other, two spaces between columns. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, index) => Math.max(...rows.map((row) => widthOf(row[index]!))));
  return rows.map((row) =>
    row
      .map((cell, index) => padEnd(cell, widths[index]!))
      .join("  ")
      .trimEnd(),
  );
}

export function statusMarkdown(report: StatusReport): string[] {
  const lines: string[] = [];
  const begun = report.rows.filter((row) => row.begun);
  const used = usedPasses(report, begun);
  if (begun.length > 0) {
    lines.push(
      ...table([
        ["", ...used.map((index) => report.passes[index]!), "state"],
        ...begun.map((row) => [`\`${row.address}\``, ...used.map((index) => signOf(row.passes[index])), stateOf(row)]),
      ]),
      "",
      legendOf(begun),
      "",
    );
  }
  if (report.tiers.length > 0) {
    lines.push(
      ...table([
        ["tier", "books", "under way", "done", "spent"],
        ...report.tiers.map((row) => [row.tier, row.books, row.underWay, row.done, moneyOf(row.money)].map(String)),
      ]),
      "",
    );
  }
  if (report.money !== undefined) lines.push(`Campaign: ${moneyOf(report.money)}`, "");
  if (report.waiting.length > 0) {
    lines.push(
      "Waiting for a person:",
      "",
      ...report.waiting.map(({ address, asks, command }) => `- \`${address}\`: ${escaped(asks)}: \`${command}\``),
      "",
    );
  }
  lines.push(totals(report));
  return lines;
}

/** Text that Markdown shows as it is. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, (sign) => `\\${sign}`).replace(/\s+/g, " ");

function table(rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [head, ...rest] = rows;
  return [line(head!), `|${head!.map(() => "---|").join("")}`, ...rest.map(line)];
}

/** docs/reference/cli.md describes it. */
export const statusJson = ({ rows, tiers, money, waiting, counts }: StatusReport): unknown => ({
  version: 1,
  rows: rows.map(({ address, state, targets }) => ({ address, state, targets })),
  tiers,
  money,
  waiting,
  counts: Object.fromEntries(counts),
});
