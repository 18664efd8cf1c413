/** The continuity of one book's units, measured, reported and judged. */
import { describe, expect, test } from "vitest";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { asksForWeaving, continuityRun } from "../../src/curriculum/book-continuity.ts";
import { bookUnits } from "../../src/curriculum/book-units.ts";
import { DEFAULT_THRESHOLDS, METRICS } from "../../src/curriculum/continuity.ts";
import { type ContinuityPolicy, DEFAULT_POLICY } from "../../src/curriculum/continuity-report.ts";
import type { RunOutputs } from "../../src/exec/action.ts";
import { pilotPlan, recorded, repository, textAt, withFiles } from "./repository.ts";

const REGISTRY = "manifests/connections.json";
const NOTHING: ContinuityPolicy = {
  thresholds: { ...DEFAULT_THRESHOLDS, ...Object.fromEntries(METRICS.map((metric) => [metric, 0])) },
  grace: [],
};

/** The pilot's book with its units as their agents handed them over. */
const written = withFiles(
  repository,
  Object.fromEntries(pilotPlan.units.map((unit) => [unit.path, recorded(`P4_production/${unit.id}/unit.md`)])),
);

function run(
  view: WorkspaceView,
  policy: ContinuityPolicy,
  samples = "I read three.",
): RunOutputs & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  const ask = (ref: string): string | undefined => {
    asked.push(ref);
    const bytes = view.bytes(ref as RepoPath);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  };
  return { ...continuityRun(bookUnits(view, pilotPlan), [], samples, policy, ask), asked };
}

test("the report has every metric, over the units that the plan makes and builds on", () => {
  const { outputs, defects, asked } = run(written, NOTHING);
  expect(defects).toEqual([]);
  expect(outputs.report).toContain(`Units judged: ${pilotPlan.units.length + pilotPlan.related.length}.`);
  for (const label of [
    "Backward references",
    "Forward promises",
    "Lateral connections",
    "Synthesis claims, Intermediate",
    "Synthesis claims, Master",
    "Anchor phrases used verbatim",
  ]) {
    expect(outputs.report).toMatch(new RegExp(`\\| ${label}[^|]*\\| \\d+\\.\\d\\d \\|`));
  }
  // The registry is a recorded question; the units are declared inputs.
  expect(asked).toEqual([REGISTRY]);
});

test("what the agent found in its samples stands below the figures", () => {
  const { outputs } = run(written, NOTHING, "\n\n03.09.11 reads well.\n\n");
  expect(outputs.report).toMatch(/## Metrics[\s\S]*\n\n## Samples read by the agent\n\n03\.09\.11 reads well\.\n/);
});

describe("the outcome", () => {
  const short = { ...NOTHING, thresholds: { ...NOTHING.thresholds, backwardDensity: 99 } };

  test("asks for another round of weaving where a metric is short, and names it", () => {
    const { outputs } = run(written, short);
    expect(asksForWeaving(outputs.report!)).toBe(true);
    expect(outputs.report).toMatch(/## Outcome\n\nTo be woven again:\n\n- backward_density: .*\n$/);
    expect(asksForWeaving(run(written, NOTHING).outputs.report!)).toBe(false);
  });

  test("asks for it where the samples do not hold", () => {
    const { outputs, defects } = run(written, NOTHING, "## Verdict\n\n`weave again`: 03.09.11");
    expect(asksForWeaving(outputs.report!)).toBe(true);
    expect(defects).toEqual([expect.objectContaining({ what: expect.stringMatching(/^samples:/) })]);
    expect(run(written, NOTHING, "### Verdict\n\nHolds; nothing to weave again.").defects).toEqual([]);
  });

  test("is the engine's, whatever the samples pretend", () => {
    const { outputs } = run(written, NOTHING, "## Outcome\n\nTo be woven again:\n\n- all of it");
    expect(asksForWeaving(outputs.report!)).toBe(false);
  });
});

describe("thresholds", () => {
  test("that are not reached are defects, one a metric, whatever the samples say", () => {
    const strict = { ...NOTHING, thresholds: { ...NOTHING.thresholds, backwardDensity: 99, synthesisMaster: 999 } };
    const { defects } = run(written, strict, "All is well.");
    expect(defects).toEqual([
      {
        what: expect.stringMatching(/^backward_density: \d+\.\d\d < 99/),
        where: "continuity",
        mend: expect.any(String),
      },
      {
        what: expect.stringMatching(/^synthesis_master: \d+\.\d\d < 999/),
        where: "continuity",
        mend: expect.any(String),
      },
    ]);
  });

  test("are the protocol's where nobody says otherwise", () => {
    expect(DEFAULT_POLICY).toEqual({
      thresholds: {
        backwardDensity: 8,
        forwardDensity: 3,
        lateralPerMaster: 3,
        synthesisIntermediate: 2,
        synthesisMaster: 4,
        anchorReuse: 0.95,
        throughlineCoverage: 1,
      },
      grace: [],
    });
  });

  test("do not judge units on the grace list", () => {
    const strict = { ...NOTHING, thresholds: { ...NOTHING.thresholds, backwardDensity: 99 } };
    const all = [...pilotPlan.units.map((unit) => unit.id), ...pilotPlan.related];
    const { outputs, defects } = run(written, { ...strict, grace: all });
    expect(defects).toEqual([]);
    expect(outputs.report).toContain("No unit was judged.");
    expect(run(written, { ...strict, grace: all.slice(1) }).defects).toHaveLength(1);
  });
});

test("an anchor phrase that is paraphrased counts against its reuse", () => {
  const path = "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md";
  const phrase = "Clifford multiplication is the symbol of the Dirac operator";
  const policy = { ...NOTHING, thresholds: { ...NOTHING.thresholds, anchorReuse: 1 } };
  expect(run(written, policy).defects).toEqual([]);
  const lower = withFiles(written, { [path]: textAt(written, path).replaceAll(phrase, phrase.toUpperCase()) });
  expect(run(lower, policy).defects).toEqual([
    expect.objectContaining({ what: expect.stringMatching(/^anchor_reuse/) }),
  ]);
});

test("units that are not there yet are left out", () => {
  expect(run(repository, NOTHING).outputs.report).toContain(`Units judged: ${pilotPlan.related.length}.`);
});

describe("the registry", () => {
  test("that is not there has no phrase to use", () => {
    expect(run(withFiles(written, { [REGISTRY]: undefined }), NOTHING).defects).toEqual([]);
  });

  test("that cannot be read is a defect, and no report is made of it", () => {
    expect(run(withFiles(written, { [REGISTRY]: "[" }), NOTHING)).toMatchObject({
      outputs: {},
      defects: [{ where: REGISTRY, mend: "mend the registry" }],
    });
  });
});
