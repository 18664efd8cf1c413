/** The continuity of a book's units: measured here, beside what an agent found in samples. */
import type { WorkspaceView } from "../artifact/workspace.ts";
import type { RunOutputs } from "../exec/action.ts";
import { bookUnits } from "./book-units.ts";
import { CONNECTIONS_PATH, readConnections } from "./connections.ts";
import { anchorIndex, measureUnit } from "./continuity.ts";
import { assess, type ContinuityPolicy, continuityReport, describeFailure } from "./continuity-report.ts";
import type { Production } from "./production.ts";

/** Measures and judges; below a threshold the run has defects, one a metric. */
export function bookContinuity(
  production: Production,
  samples: string,
  policy: ContinuityPolicy,
  view: WorkspaceView,
  ask: (ref: string) => string | undefined,
): RunOutputs {
  const registry = readConnections(ask(CONNECTIONS_PATH) ?? '{"connections":[]}');
  if (!registry.ok)
    return { outputs: {}, defects: [{ what: registry.error, where: CONNECTIONS_PATH, mend: "mend the registry" }] };
  const anchors = anchorIndex(registry.value.entries.map((entry) => entry.anchor_phrase));
  const units = bookUnits(view, production).map(({ id, path, text }) => ({
    path,
    continuity: measureUnit(text, id, anchors),
  }));
  const assessment = assess(units, [], policy);
  return {
    outputs: {
      report: `${continuityReport(assessment, policy).trimEnd()}\n\n## Samples read by the agent\n\n${samples.trim()}\n`,
    },
    defects: assessment.failures.map((failure) => ({
      what: describeFailure(failure),
      where: "continuity",
      mend: "weave again, for this metric",
    })),
  };
}
