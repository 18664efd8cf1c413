/** `codex validate` and `codex continuity` as a user calls them. */
import { beforeAll, expect, test } from "vitest";
import { type Campaign, pilot } from "./harness.ts";

const UNIT = "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md";
let campaign: Campaign;
beforeAll(() => {
  campaign = pilot();
  campaign.edit(UNIT, "## Visual [Beginner]\n", "## Visual [Beginner]\n\nThis is clearly so.\n");
});

test("a finding has file, line, column, the text and the mend", () => {
  const run = campaign.codex("validate", UNIT);
  expect(run.code).toBe(1);
  const line = campaign.read(UNIT).split("\n").indexOf("This is clearly so.") + 1;
  expect(run.out).toContain(`${UNIT}:${line}:9: failed: no prohibited phrasings (obviously/clearly/etc.)`);
  expect(run.out).toContain("clearly");
  expect(run.out).toContain("mend: ");
  expect(run.out).toContain("0 of 1 units pass all checks");
});

test("json, sarif and github say the same", () => {
  const json = JSON.parse(campaign.codex("validate", "--format", "json").out);
  expect(json.summary).toMatchObject({ units: 5, passing: 4, failedChecks: 1 });
  const sarif = JSON.parse(campaign.codex("validate", "--format", "sarif").out);
  expect(sarif.version).toBe("2.1.0");
  expect(sarif.runs[0].results).toHaveLength(1);
  expect(campaign.codex("validate", "--format", "github").out).toMatch(/^::error file=content\/.*line=\d+/m);
});

test("advisory checks are shown and do not count", () => {
  const clean = pilot();
  const run = clean.codex("validate", "--advisory");
  expect(run.code, run.out).toBe(0);
  expect(run.out).toContain("5 of 5 units pass all checks");
});

test("a folder, and a path that is no unit", () => {
  expect(campaign.codex("validate", "content/01-foundations").out).toContain("1 of 1 units");
  const wrong = campaign.codex("validate", "content/99-nothing");
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("there is no unit there");
});

const VALIDATOR = `#!/usr/bin/env node
const path = process.argv.at(-1);
const bad = path.includes("01.01.15");
if (bad) console.log("[✗] a check of our own");
console.log((bad ? "1/2" : "2/2") + " checks passed");
process.exit(bad ? 1 : 0);
`;

test.each(["beside", "instead"])("a campaign's own validator, %s the rubric", (use) => {
  const own = pilot();
  own.write("scripts/validate.cjs", VALIDATOR);
  own.edit(
    "codex.config.ts",
    "  campaign,",
    `  campaign: { ...campaign, validator: { command: ["node", "scripts/validate.cjs"], use: "${use}" } },`,
  );
  const run = own.codex("validate");
  expect(run.code).toBe(1);
  expect(run.out).toContain("failed: a check of our own");
  expect(run.out).toContain(
    use === "beside"
      ? "01.01.15-quadratic-form.md: 28/29 checks passed"
      : "01.01.15-quadratic-form.md: 1/2 checks passed",
  );
  expect(run.out).toContain("4 of 5 units pass all checks");
});

test("continuity is measured for a batch, reported, and judged by the campaign's thresholds", () => {
  const run = campaign.codex("continuity", "--batch", "03.09.02", "03.09.08", "--write");
  expect(run.code, run.out).toBe(0);
  expect(run.out).toContain("2 units judged");
  expect(campaign.read("manifests/continuity_report.md")).toContain("Backward references per 1000 words");
  const strict = pilot();
  strict.edit(
    "codex.config.ts",
    "fasttrack()",
    "fasttrack({ continuity: { thresholds: { backwardDensity: 99 }, grace: ['01.01.15'] } })",
  );
  const failing = strict.codex("continuity");
  expect(failing.code).toBe(1);
  expect(failing.out).toContain("4 units judged, 1 on the grace list");
  expect(failing.out).toMatch(/below: backward_density: .* < 99/);
  expect(campaign.codex("continuity", "--batch", "99.99.99").code).toBe(2);
});

test("the whole: a circle of prerequisites is printed, and a flow is held against the units", () => {
  const clean = pilot();
  expect(clean.codex("validate", "--whole").out).toContain("the whole: 0 defects");
  clean.edit(
    "content/01-foundations/01-linear-algebra/01.01.15-quadratic-form.md",
    "prerequisites: []",
    "prerequisites: [03.09.02]",
  );
  const steps = ["03.09.02", "01.01.15"].map(
    (unit, index) =>
      `  - { n: ${index + 1}, unit: "${unit}", tier: master, section_anchor: "I.1", why: w, read_strategy: r, bridge_after: "too short" }`,
  );
  clean.write(
    "flows/lawson-michelsohn-pt1.md",
    `---\nid: lawson-michelsohn-pt1\ntitle: "Spin geometry, part 1"\nkind: author\nsource_book: lawson-michelsohn-spin-geometry\nsteps:\n${steps.join("\n")}\n---\n`,
  );
  const run = clean.codex("validate", "--whole");
  expect(run.code).toBe(1);
  expect(run.out).toMatch(/01\.01\.15.*03\.09\.02.*01\.01\.15|03\.09\.02.*01\.01\.15.*03\.09\.02/);
  expect(run.out).toContain("the bridge has 2 words");
  expect(run.out).toContain("no step covers the section II.8");
  expect(run.out).toMatch(/step 2 before step 1/);
});
