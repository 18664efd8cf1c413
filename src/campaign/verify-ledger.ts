/**
 * Whether the campaign's records agree: the chain of the audit log, the log with the traces, the cost ledger with the
 * traces, and every projection with what traces, log and workspace say it should be. Each disagreement has its place and
 * the command that mends it.
 */
import type { Trace } from "../graph/trace.ts";
import type { LogEntry } from "./audit-log.ts";
import { isCompleted, lastPasses, untold } from "./catch-up.ts";
import { type Break, checkChain, isLogLine } from "./chain.ts";
import { differences } from "./differences.ts";
import type { JournaledCost } from "./journal-costs.ts";
import type { RawLine } from "./jsonl.ts";
import { addUsd } from "./ledger.ts";

/** What is compared. Files by their names in the folder of manifests. */
export interface LedgerRecords {
  /** The folder of manifests, relative to the workspace. */
  readonly folder: string;
  readonly log: readonly RawLine[];
  readonly cost: readonly RawLine[];
  /** What the journal of calls says that the cost ledger should hold. */
  readonly journaled: readonly JournaledCost[];
  readonly traces: ReadonlyMap<string, Trace>;
  /** Where a target's trace stands, as `file:line`. */
  readonly placeOf: (address: string) => string;
  readonly projections: ReadonlyMap<string, { readonly should: string; readonly is: string | undefined }>;
  /** What the log should say of books' states and does not. */
  readonly transitions: readonly LogEntry[];
  /** Records of commits that a crash interrupted. */
  readonly unfinished: readonly string[];
}

export interface LedgerFinding {
  /** `note`: known, and nothing has to be done. */
  readonly level: "wrong" | "note";
  /** `file:line`. */
  readonly where: string;
  readonly what: string;
  /** Empty for a note. */
  readonly mend: string;
}

const REBUILD = "codex ledger rebuild";

/** Every disagreement, the log's first. */
export function verifyLedger(records: LedgerRecords): LedgerFinding[] {
  return [
    ...records.unfinished.map((where) =>
      wrong(where, "a commit was interrupted by a crash; it will be finished", `codex build, or ${REBUILD}`),
    ),
    ...checkChain(records.log).map((each) => breakFinding(each, logOf(records))),
    ...unlogged(records),
    ...records.transitions.map((entry) =>
      wrong(
        `${logOf(records)}:${lastLineOf(records, entry.address)}`,
        `the log says that ${entry.address} is ${entry.from}, the traces say ${entry.to}`,
        REBUILD,
      ),
    ),
    ...costFindings(records),
    ...projectionFindings(records),
  ];
}

/** What the cost ledger adds up to, in US dollars. */
export const costOf = (cost: readonly RawLine[]): number => addUsd(cost.flatMap((line) => usdOf(line) ?? []));

const wrong = (where: string, what: string, mend: string): LedgerFinding => ({ level: "wrong", where, what, mend });
const logOf = ({ folder }: LedgerRecords): string => `${folder}/campaign.log.jsonl`;

function breakFinding({ kind, line, what, noted }: Break, log: string): LedgerFinding {
  const where = `${log}:${line}`;
  if (noted !== undefined) return { level: "note", where, what: `${what} (known since line ${noted})`, mend: "" };
  switch (kind) {
    case "fork":
    case "twice":
    case "conflict":
      return wrong(where, what, "codex ledger merge");
    case "torn":
      return wrong(where, `${what}; it stays as evidence`, `${REBUILD}: takes note of it`);
    case "changed":
    case "lost":
    case "moved":
      return wrong(
        where,
        what,
        `restore the log from git (git log -p ${log}); where that cannot be, ${REBUILD} takes note of it`,
      );
  }
}

function lastLineOf({ log }: LedgerRecords, address: string): number {
  return log.findLast((line) => isLogLine(line.value) && line.value.address === address)?.number ?? 1;
}

/** Runs and results of which the log does not know, or knows what is no more. */
function unlogged(records: LedgerRecords): LedgerFinding[] {
  const lines = records.log.flatMap((line) => (isLogLine(line.value) ? [line.value] : []));
  return untold(lines, records.traces, 0).map(({ address }) =>
    records.traces.has(address)
      ? wrong(
          records.placeOf(address),
          `${address} ran at ${records.traces.get(address)!.run.at}, and the log does not say so`,
          REBUILD,
        )
      : wrong(
          `${logOf(records)}:${lastLineOf(records, address)}`,
          `the log says that ${address} is completed, and its trace is gone`,
          `restore ${records.folder}/traces from git; where it was meant, ${REBUILD}`,
        ),
  );
}

function usdOf({ value }: RawLine): number | undefined {
  const usd = (value as { cost_usd?: unknown } | undefined | null)?.cost_usd;
  return typeof usd === "number" && Number.isFinite(usd) && usd >= 0 ? usd : undefined;
}

/** The target that a line of the cost ledger is about. */
function targetOf(value: Readonly<Record<string, unknown>>): string {
  if (typeof value.address === "string") return value.address;
  return ["book", value.book, value.pass, ...(value.unit === undefined ? [] : [value.unit])].join("/");
}

function costFindings(records: LedgerRecords): LedgerFinding[] {
  const file = `${records.folder}/cost_ledger.jsonl`;
  const findings: LedgerFinding[] = [];
  const calls = new Map<string, number>();
  const paid = new Map<string, number[]>();
  for (const line of records.cost) {
    const where = `${file}:${line.number}`;
    if (line.value === undefined) {
      if (line.bytes.length > 0)
        findings.push({ level: "note", where, what: "the line cannot be read; it stays as evidence", mend: "" });
      continue;
    }
    const usd = usdOf(line);
    if (usd === undefined) {
      findings.push(wrong(where, "it does not say what was paid (cost_usd)", `restore ${file} from git`));
      continue;
    }
    const value = line.value as Record<string, unknown>;
    const target = targetOf(value);
    paid.set(target, [...(paid.get(target) ?? []), usd]);
    if (typeof value.call !== "string") continue;
    const first = calls.get(value.call);
    if (first === undefined) calls.set(value.call, line.number);
    else
      findings.push(
        wrong(where, `the call ${value.call} is counted twice: first in line ${first}`, `remove one of the two lines`),
      );
  }
  for (const { line, where } of untoldCosts(records)) {
    const what = `the call ${line.call} of ${line.address} ($${line.cost_usd}) is in the journal and not in ${file}`;
    findings.push(wrong(where, what, REBUILD));
  }
  const passes = lastPasses(records.log.flatMap((line) => (isLogLine(line.value) ? [line.value] : [])));
  for (const [address, { run }] of records.traces) {
    const last = passes.get(address);
    // What another machine paid for is in its own ledger.
    if (last !== undefined && isCompleted(last) && last.to.includes("restored")) continue;
    const sum = addUsd(paid.get(address) ?? []);
    if (addUsd([run.usd]) > sum) {
      findings.push(
        wrong(
          records.placeOf(address),
          `the trace of ${address} says that $${run.usd} was paid, the cost ledger says $${sum}`,
          `restore ${file} from git`,
        ),
      );
    }
  }
  return findings;
}

/** The calls of the journal that the cost ledger does not know. */
export function untoldCosts({ cost, journaled }: Pick<LedgerRecords, "cost" | "journaled">): JournaledCost[] {
  const known = new Set(cost.flatMap(({ value }) => (value as { call?: unknown } | undefined | null)?.call ?? []));
  return journaled.filter(({ line }) => !known.has(line.call));
}

/** As many differences of one file as are told one by one. */
const TOLD = 20;

function projectionFindings({ folder, projections }: LedgerRecords): LedgerFinding[] {
  return [...projections].flatMap(([name, { should, is }]) => {
    const file = `${folder}/${name}`;
    if (is === undefined) return [wrong(`${file}:1`, "it is missing", REBUILD)];
    const found = differences(should, is);
    const told = found.slice(0, TOLD).map(({ line, what }) => wrong(`${file}:${line}`, what, REBUILD));
    const rest = found.length - told.length;
    return rest > 0 ? [...told, wrong(`${file}:${found[TOLD]!.line}`, `and ${rest} more differences`, REBUILD)] : told;
  });
}
