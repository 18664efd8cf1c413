/**
 * `codex ledger`: whether the campaign's records agree with each other, and what brings them together again. Projections
 * are written anew; the log is only ever added to, except by `merge`, which keeps every line.
 */
import { relative } from "node:path";
import { writeAtomic } from "../../artifact/write.ts";
import { unfinishedCommits } from "../../cache/commit.ts";
import { currentHolder } from "../../cache/lock.ts";
import { AuditLog, evidenceOf } from "../../campaign/audit-log.ts";
import { isoSeconds } from "../../campaign/catch-up.ts";
import { checkChain } from "../../campaign/chain.ts";
import { journaledCosts } from "../../campaign/journal-costs.ts";
import { appendLine, rawLines } from "../../campaign/jsonl.ts";
import { mergeLogs } from "../../campaign/merge-logs.ts";
import {
  costOf,
  type LedgerFinding,
  type LedgerRecords,
  untoldCosts,
  verifyLedger,
} from "../../campaign/verify-ledger.ts";
import { recoverCommits } from "../../exec/commit-target.ts";
import { FaultError } from "../../fault.ts";
import type { Address } from "../../graph/address.ts";
import { allTraces, campaignView, readingRecorder, recorderOf } from "../campaign.ts";
import { recoverCalls } from "../costs.ts";
import { EXIT } from "../exit.ts";
import { campaignFolder, manifestsOf } from "../manifests.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural, usd } from "../view/plain.ts";
import { whoIsThere } from "../who.ts";
import { withLock } from "../with-lock.ts";

export type LedgerFormat = "text" | "json";

/** Reads only. Exits with 1 where anything disagrees. */
export async function ledgerVerifyCommand(
  terminal: Terminal,
  flags: { readonly format: LedgerFormat },
): Promise<number> {
  const workspace = await openWorkspace();
  const records = recordsOf(workspace);
  const findings = [...writing(workspace), ...verifyLedger(records)];
  const agrees = findings.every(({ level }) => level === "note");
  if (flags.format === "json") {
    terminal.out(
      JSON.stringify(
        {
          version: 1,
          agrees,
          findings,
          log: { lines: records.log.length },
          traces: records.traces.size,
          cost: { lines: records.cost.length, usd: costOf(records.cost) },
        },
        null,
        2,
      ),
    );
  } else tell(terminal, records, findings);
  return agrees ? EXIT.done : EXIT.failed;
}

/** Finishes commits, tells the log what it lacks, takes note of its damages, and writes the projections anew. */
export async function ledgerRebuildCommand(terminal: Terminal): Promise<number> {
  const workspace = await openWorkspace();
  const { host, engine } = workspace;
  campaignFolder(workspace, "ledger");
  await withLock(host, "codex ledger rebuild", () => {
    for (const text of [...recoverCommits(engine), ...recoverCalls(workspace)]) terminal.out(text);
    noteBreaks(terminal, workspace);
    restoreCosts(terminal, workspace);
    recorderOf(workspace)!.project(campaignView(workspace));
  });
  const records = recordsOf(await openWorkspace());
  const findings = verifyLedger(records);
  tell(terminal, records, findings);
  return findings.every(({ level }) => level === "note") ? EXIT.done : EXIT.failed;
}

/** Makes one log of two that git has put together. */
export async function ledgerMergeCommand(terminal: Terminal): Promise<number> {
  const workspace = await openWorkspace();
  const { host } = workspace;
  const path = `${campaignFolder(workspace, "ledger")}/campaign.log.jsonl`;
  return withLock(host, "codex ledger merge", () => {
    const lines = rawLines(host, `${host.root}/${path}`);
    const merged = mergeLogs(lines, path, isoSeconds(host.now()), `person:${whoIsThere(host.root)}`);
    if (!merged.ok) throw new FaultError(merged.error);
    if (merged.value === undefined) {
      terminal.out(`There is nothing to merge: ${path} is one log.`);
      return EXIT.done;
    }
    writeAtomic(host, `${host.root}/${path}`, merged.value.bytes);
    terminal.out(
      `Two logs are one again: ${plural(merged.value.moved, "line")} got another place by time, and keep their first number and hash.`,
    );
    terminal.out("codex ledger rebuild brings the projections up to date.");
    return EXIT.done;
  });
}

/** One line of the log for each damage that none speaks of yet. Two logs in one are for `merge`. */
function noteBreaks(terminal: Terminal, workspace: Workspace): void {
  const { host } = workspace;
  const path = `${manifestsOf(workspace)}/campaign.log.jsonl`;
  const log = new AuditLog(host, `${host.root}/${path}`);
  log.endTorn(isoSeconds(host.now()));
  const lines = rawLines(host, `${host.root}/${path}`);
  for (const { line, kind, what, noted } of checkChain(lines)) {
    if (noted !== undefined || kind === "fork" || kind === "twice" || kind === "conflict") continue;
    terminal.out(`${path}:${line}: ${what}. The log now says so; the line stays as it is.`);
    log.append({
      at: isoSeconds(host.now()),
      kind: "repair",
      address: `${path}:${line}`,
      from: kind,
      to: "known",
      actor: `person:${whoIsThere(host.root)}`,
      rationale: what,
      evidence: [evidenceOf(lines[line - 1]!)],
    });
  }
}

/** Writes down again the calls that the journal knows and the cost ledger does not. */
function restoreCosts(terminal: Terminal, workspace: Workspace): void {
  const { host } = workspace;
  const path = `${host.root}/${manifestsOf(workspace)}/cost_ledger.jsonl`;
  const missing = untoldCosts({ cost: rawLines(host, path), journaled: journaledCosts(host) });
  for (const { line } of missing) appendLine(host, path, line);
  if (missing.length > 0)
    terminal.out(`Written into the cost ledger again, from the journal: ${plural(missing.length, "call")}.`);
}

function recordsOf(workspace: Workspace): LedgerRecords {
  const { host, engine } = workspace;
  const folder = campaignFolder(workspace, "ledger");
  const textOf = (path: string): string | undefined => {
    const bytes = host.fs.statSync(`${host.root}/${path}`, { throwIfNoEntry: false });
    return bytes === undefined ? undefined : host.fs.readFileSync(`${host.root}/${path}`, "utf8");
  };
  const recorder = readingRecorder(workspace)!;
  const view = campaignView(workspace);
  return {
    folder,
    log: rawLines(host, `${host.root}/${folder}/campaign.log.jsonl`),
    cost: rawLines(host, `${host.root}/${folder}/cost_ledger.jsonl`),
    journaled: journaledCosts(host),
    traces: allTraces(workspace),
    placeOf(address) {
      const file = engine.traces.fileOf(address as Address);
      const index = (textOf(file) ?? "")
        .split("\n")
        .findIndex((line) => line.startsWith(`${JSON.stringify(address)}:`));
      return `${file}:${index + 1}`;
    },
    projections: new Map(
      [...recorder.projections(view)].map(([name, should]) => [name, { should, is: textOf(`${folder}/${name}`) }]),
    ),
    transitions: recorder.pendingTransitions(view),
    unfinished: unfinishedCommits(host).map((path) => relative(host.root, path)),
  };
}

/** Records that are being written need not agree. */
function writing({ host }: Workspace): LedgerFinding[] {
  const holder = currentHolder(host);
  if (holder === undefined) return [];
  const what = `${JSON.stringify(holder.command)} (process ${holder.pid}) is writing; what disagrees may be its work in hand`;
  return [{ level: "note", where: ".codex/lock", what, mend: "" }];
}

function tell(terminal: Terminal, records: LedgerRecords, findings: readonly LedgerFinding[]): void {
  for (const { level, where, what, mend } of findings) {
    terminal.out(level === "note" ? `${where}: note: ${what}` : `${where}: ${what}`);
    if (mend) terminal.out(`  ${mend}`);
  }
  const wrong = findings.filter(({ level }) => level === "wrong").length;
  const counts = `${plural(records.traces.size, "trace")}, ${plural(records.log.length, "line")} of the log, ${plural(records.cost.length, "line")} of the cost ledger (${usd(costOf(records.cost))})`;
  terminal.out(wrong === 0 ? `Everything agrees: ${counts}.` : `${plural(wrong, "disagreement")}: ${counts}.`);
}
