/** `codex continuity`: the six metrics over units and flows, judged against the campaign's thresholds. */
import { readUtf8 } from "../../artifact/utf8.ts";
import type { RepoPath } from "../../artifact/workspace.ts";
import { writeAtomic } from "../../artifact/write.ts";
import { CONNECTIONS_PATH, readConnections } from "../../curriculum/connections.ts";
import { anchorIndex, DEFAULT_THRESHOLDS, METRICS, measureUnit } from "../../curriculum/continuity.ts";
import {
  type Assessment,
  assess,
  type ContinuityPolicy,
  continuityJson,
  continuityReport,
  describeFailure,
  describeMetric,
} from "../../curriculum/continuity-report.ts";
import { readFlow } from "../../curriculum/flow.ts";
import { throughlineCoverage } from "../../curriculum/flow-checks.ts";
import { readUnitCard } from "../../curriculum/unit-card.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { EXIT } from "../exit.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";

export interface ContinuityFlags {
  readonly batch?: readonly string[];
  readonly format: "text" | "json" | "md";
  readonly write?: boolean;
}

export async function continuityCommand(terminal: Terminal, flags: ContinuityFlags): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host, config } = workspace;
  const { assessment, policy } = assessCurriculum(workspace, flags.batch);

  if (flags.format === "json") terminal.out(JSON.stringify(continuityJson(assessment), null, 2));
  else if (flags.format === "md") terminal.out(continuityReport(assessment, policy).trimEnd());
  else {
    terminal.out(
      `${plural(assessment.judged.length, "unit")} judged, ${assessment.graced.length} on the grace list, ${plural(assessment.flows.length, "flow")}.`,
    );
    for (const metric of METRICS) {
      const value = assessment.aggregate[metric];
      if (value !== undefined)
        terminal.out(`  ${describeMetric(metric)}: ${value.toFixed(2)} (at least ${policy.thresholds[metric]})`);
    }
    for (const failure of assessment.failures) terminal.out(`  below: ${describeFailure(failure)}`);
  }
  if (flags.write) {
    const path = `${config.campaign?.manifests ?? "manifests"}/continuity_report.md`;
    writeAtomic(host, `${engine.host.root}/${path}`, new TextEncoder().encode(continuityReport(assessment, policy)));
    if (flags.format === "text") terminal.out(`Written: ${path}`);
  }
  return assessment.failures.length === 0 ? EXIT.done : EXIT.failed;
}

/** Measures the workspace's units and flows, or a batch of the units, against the campaign's thresholds. */
export function assessCurriculum(
  workspace: Workspace,
  batch?: readonly string[],
): { readonly assessment: Assessment; readonly policy: ContinuityPolicy } {
  const settings = workspace.config.campaign?.continuity;
  const policy: ContinuityPolicy = {
    thresholds: { ...DEFAULT_THRESHOLDS, ...settings?.thresholds },
    grace: settings?.grace ?? [],
  };
  return { assessment: assess(measured(workspace, batch), flows(workspace), policy), policy };
}

function measured({ engine }: Workspace, batch: readonly string[] | undefined) {
  const registry = engine.files.bytes(CONNECTIONS_PATH);
  const connections = readConnections(registry === undefined ? '{"connections":[]}' : readUtf8(registry));
  if (!connections.ok)
    throw new FaultError(usageFault(`the registry ${connections.error}`, CONNECTIONS_PATH, "mend the file"));
  const anchors = anchorIndex(connections.value.entries.map((entry) => entry.anchor_phrase));
  return unitPaths(engine.files.list(["content/**/*.md"]), batch).flatMap((path) => {
    const bytes = engine.files.bytes(path);
    if (bytes === undefined) return [];
    const card = readUnitCard(path, bytes);
    if (!card.ok) throw new FaultError(usageFault(card.error, path, "mend the unit: codex validate says more"));
    return [{ path, continuity: measureUnit(readUtf8(bytes), card.value.id, anchors) }];
  });
}

/** The units that a batch names by id, path or folder; all where there is none. */
function unitPaths(paths: readonly RepoPath[], batch: readonly string[] | undefined): readonly RepoPath[] {
  if (batch === undefined) return paths;
  const matches = (path: RepoPath, name: string): boolean =>
    path === name ||
    path.startsWith(`${name.replace(/\/+$/, "")}/`) ||
    path.slice(path.lastIndexOf("/") + 1).startsWith(`${name}-`);
  const missing = batch.find((name) => !paths.some((path) => matches(path, name)));
  if (missing !== undefined)
    throw new FaultError(usageFault("there is no unit there", missing, "name units by id, by path or by folder"));
  return paths.filter((path) => batch.some((name) => matches(path, name)));
}

function flows({ engine }: Workspace) {
  return engine.files.list(["flows/*.md"]).map((path) => {
    const flow = readFlow(
      readUtf8(engine.files.bytes(path) ?? new Uint8Array()),
      path.slice("flows/".length, -".md".length),
    );
    if (!flow.ok)
      throw new FaultError(
        usageFault(flow.error[0]?.what ?? "the flow cannot be read", path, flow.error[0]?.mend ?? "mend the file"),
      );
    return throughlineCoverage(flow.value);
  });
}
