/** `codex continuity`: the six metrics over units and flows, judged against the campaign's thresholds. */
import { readUtf8 } from "../../artifact/utf8.ts";
import type { RepoPath } from "../../artifact/workspace.ts";
import { writeAtomic } from "../../artifact/write.ts";
import { CONNECTIONS_PATH } from "../../curriculum/connections.ts";
import { METRICS } from "../../curriculum/continuity.ts";
import {
  type Assessment,
  assess,
  type ContinuityPolicy,
  continuityJson,
  continuityReport,
  describeFailure,
  describeMetric,
  type MeasuredUnit,
} from "../../curriculum/continuity-report.ts";
import { readFlow } from "../../curriculum/flow.ts";
import { throughlineCoverage } from "../../curriculum/flow-checks.ts";
import { FaultError, usageFault } from "../../fault.ts";
import { recorderOf } from "../campaign.ts";
import { continuityPolicy, measureWorkspace } from "../continuity.ts";
import { EXIT } from "../exit.ts";
import { holdPath, liftHold, openHold } from "../integration-hold.ts";
import { openWorkspace, type Workspace } from "../open.ts";
import type { Terminal } from "../terminal.ts";
import { plural } from "../view/plain.ts";
import { whoIsThere } from "../who.ts";
import { withLock } from "../with-lock.ts";

export interface ContinuityFlags {
  readonly batch?: readonly string[];
  readonly format: "text" | "json" | "md";
  readonly write?: boolean;
  /** Lets integration go on where a fall of continuity has stopped it. */
  readonly accept?: boolean;
  readonly why?: string;
}

export async function continuityCommand(terminal: Terminal, flags: ContinuityFlags): Promise<number> {
  const workspace = await openWorkspace();
  const { engine, host, config } = workspace;
  if (flags.accept) return acceptHold(terminal, workspace, flags.why);
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

/** Lets a hold on integration stand for what it is: the next build goes on, and the log says who said so and why. */
async function acceptHold(terminal: Terminal, workspace: Workspace, why: string | undefined): Promise<number> {
  const { host } = workspace;
  if (why === undefined || why.trim() === "")
    throw new FaultError(
      usageFault("say why the figures may stand", "codex continuity --accept", 'add --why "…": the log keeps it'),
    );
  return withLock(host, "codex continuity --accept", () => {
    const hold = openHold(workspace);
    if (hold.ok && hold.value === undefined)
      throw new FaultError(usageFault("integration is not held", holdPath(workspace), "there is nothing to accept"));
    const by = `person:${whoIsThere(host.root)}`;
    const address = hold.ok && hold.value !== undefined ? hold.value.after : hold.ok ? "" : holdPath(workspace);
    liftHold(workspace);
    recorderOf(workspace)?.held({ address, from: "held", to: "accepted", actor: by, rationale: why });
    terminal.out(`Accepted by ${by.slice("person:".length)}: the next build integrates again.`);
    return EXIT.done;
  });
}

/** Measures the workspace's units and flows, or a batch of the units, against the campaign's thresholds. */
export function assessCurriculum(
  workspace: Workspace,
  batch?: readonly string[],
): { readonly assessment: Assessment; readonly policy: ContinuityPolicy } {
  const policy = continuityPolicy(workspace);
  return { assessment: assess(measured(workspace, batch), flows(workspace), policy), policy };
}

function measured(workspace: Workspace, batch: readonly string[] | undefined): readonly MeasuredUnit[] {
  const all = measureWorkspace(workspace, false);
  if (!all.ok) throw new FaultError(usageFault(`the registry ${all.error}`, CONNECTIONS_PATH, "mend the file"));
  const { units, unreadable } = all.value;
  const wanted = new Set(unitPaths([...units, ...unreadable].map(({ path }) => path as RepoPath).sort(), batch));
  const broken = unreadable.find(({ path }) => wanted.has(path));
  if (broken !== undefined)
    throw new FaultError(usageFault(broken.why, broken.path, "mend the unit: codex validate says more"));
  return units.filter(({ path }) => wanted.has(path as RepoPath));
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
