/** The continuity of some units and flows: measured here, beside what an agent found in samples. */
import type { RunOutputs } from "../exec/action.ts";
import type { BookUnit } from "./book-units.ts";
import { CONNECTIONS_PATH, readConnections } from "./connections.ts";
import { anchorIndex, measureUnit, type ThroughlineCoverage } from "./continuity.ts";
import { assess, type ContinuityPolicy, continuityReport, describeFailure } from "./continuity-report.ts";

const AGAIN = "To be woven again:";

/** Whether a report asks for another round of weaving. */
export const asksForWeaving = (report: string): boolean =>
  report.slice(report.lastIndexOf("\n## Outcome\n")).includes(AGAIN);

/** The agent's verdict on its samples: anything but the words `weave again` lets them hold. */
function samplesFail(samples: string): boolean {
  const [, verdict = ""] = /^#{1,6}[ \t]+Verdict[ \t]*\n+(.*)$/m.exec(samples) ?? [];
  return /^[*_`]*weave again\b/i.test(verdict.trim());
}

/** Measures and judges; below a threshold the run has a report and defects, one a metric. */
export function continuityRun(
  units: readonly BookUnit[],
  flows: readonly ThroughlineCoverage[],
  samples: string,
  policy: ContinuityPolicy,
  ask: (ref: string) => string | undefined,
): RunOutputs {
  const registry = readConnections(ask(CONNECTIONS_PATH) ?? '{"connections":[]}');
  if (!registry.ok)
    return { outputs: {}, defects: [{ what: registry.error, where: CONNECTIONS_PATH, mend: "mend the registry" }] };
  const anchors = anchorIndex(registry.value.entries.map((entry) => entry.anchor_phrase));
  const measured = units.map(({ id, path, text }) => ({ path, continuity: measureUnit(text, id, anchors) }));
  const assessment = assess(measured, flows, policy);
  const failures = [
    ...assessment.failures.map(describeFailure),
    ...(samplesFail(samples) ? ["samples: the agent that read them says that they do not hold"] : []),
  ];
  const outcome =
    failures.length === 0
      ? "Every metric meets its threshold, and the samples hold."
      : [AGAIN, "", ...failures.map((failure) => `- ${failure}`)].join("\n");
  const parts = [
    continuityReport(assessment, policy).trimEnd(),
    `## Samples read by the agent\n\n${samples.trim()}`,
    `## Outcome\n\n${outcome}`,
  ];
  return {
    outputs: { report: `${parts.join("\n\n")}\n` },
    defects: failures.map((what) => ({ what, where: "continuity", mend: "weave again, for this metric" })),
  };
}
