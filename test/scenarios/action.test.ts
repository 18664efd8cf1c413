/** The GitHub action, by running the shell commands of its steps as a runner would. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Campaign, pilot } from "./harness.ts";

const CLI = fileURLToPath(new URL("../../bin/codex.cjs", import.meta.url));

interface Step {
  readonly name: string;
  readonly run: string;
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
}
const action = parse(readFileSync(new URL("../../action.yml", import.meta.url), "utf8")) as {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
};

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly summary: string;
  readonly output: string;
}

/** Runs one step with the inputs that were given, the others by default. */
function runStep(campaign: Campaign, step: Step, given: Readonly<Record<string, string>>): Ran {
  const temp = `${campaign.root}-runner`;
  mkdirSync(temp, { recursive: true });
  const file = (name: string): string => `${temp}/${name}`;
  for (const name of ["summary", "output"]) writeFileSync(file(name), "");
  const inputs = { command: `${process.execPath} ${CLI}`, ...given };
  const env = Object.fromEntries(
    Object.entries(step.env).map(([key, value]) => [
      key,
      value.replace(
        /\$\{\{ inputs\.([\w-]+) \}\}/g,
        (_, name: string) => (inputs as Record<string, string>)[name] ?? action.inputs[name]!.default,
      ),
    ]),
  );
  const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
    cwd: campaign.root,
    encoding: "utf8",
    env: {
      ...process.env,
      ...env,
      CI: "true",
      RUNNER_TEMP: temp,
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_OUTPUT: file("output"),
    },
  });
  const read = (name: string): string => readFileSync(file(name), "utf8");
  return { code: status, out: stdout + stderr, summary: read("summary"), output: read("output") };
}

const [plan, validate] = action.runs.steps as [Step, Step];
const BOOK = { addresses: "book/lawson-michelsohn" };

describe("the action", () => {
  let campaign: Campaign;
  beforeAll(() => {
    campaign = pilot();
  });

  test("stale targets fail the job, with a summary of what a build would do", () => {
    const run = runStep(campaign, plan, BOOK);
    expect(run.code, run.out).toBe(3);
    expect(run.out).toContain("::error title=Codex::There are stale targets");
    expect(run.output).toBe("stale=true\n");
    expect(run.summary).toMatch(/^## Codex: stale targets\n/);
    expect(run.summary).toContain("P1_audit (never built)");
    expect(run.summary).toMatch(/```mermaid\nflowchart/);
    expect(run.summary).toMatch(/64 books, .*untouched/);
  });

  test("or not, where that is asked for", () => {
    expect(runStep(campaign, plan, { ...BOOK, "fail-on-stale": "false" })).toMatchObject({
      code: 0,
      output: "stale=true\n",
    });
  });

  test("the summary of the same workspace is the same", () => {
    expect(runStep(campaign, plan, BOOK)).toEqual(runStep(campaign, plan, BOOK));
  });

  test("a campaign too large to be drawn is not, and a glob is codex's to match", () => {
    const run = runStep(campaign, plan, { addresses: "all" });
    expect(run.summary).toContain("too large to be drawn");
    expect(run.summary).not.toContain("mermaid\n");
    expect(runStep(campaign, plan, { addresses: "book/*/P1_audit" }).code).toBe(3);
  });

  test("a fault is a fault: nothing is said of staleness", () => {
    const run = runStep(campaign, plan, { addresses: "nothing/there" });
    expect(run).toMatchObject({ code: 2, output: "", summary: "" });
    expect(run.out).toContain("there is no target");
  });

  test("what is fresh passes", () => {
    const built = campaign.clone();
    expect(built.codex("build", BOOK.addresses).code).toBe(0);
    const run = runStep(built, plan, BOOK);
    expect(run).toMatchObject({ code: 0, output: "stale=false\n" });
    expect(run.summary).toMatch(/^## Codex: everything is fresh\n/);
  });

  test("failed checks become annotations on their lines", () => {
    expect(runStep(campaign, validate, {}).code).toBe(0);
    const broken = campaign.clone();
    const unit = "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md";
    broken.write(unit, broken.read(unit).replace(/^id: .*$/m, "id: 99.99.99"));
    const run = runStep(broken, validate, {});
    expect(run.code).toBe(1);
    expect(run.out).toMatch(new RegExp(`::error file=${unit},line=\\d+`));
  });
});
