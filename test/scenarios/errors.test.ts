/** Bad input: a clear error, the right exit code, and nothing changed. */
import { expect, test } from "vitest";
import { Campaign, pilot } from "./harness.ts";

const RULES = `
import { agent, call, collection, defineConfig, file, rule, section } from "codex-build";
const things = collection("thing", { items: [{ name: "apple-pie" }, { name: "apple-tart" }], key: (thing) => thing.name });
`;
const copy = (name: string, from: string, to: string): string => `
const ${name} = rule({ name: "${name}", each: things, inputs: ({ thing }) => ({ from: file(\`${from}\`) }), outputs: ({ thing }) => ({ to: file(\`${to}\`) }),
  run: call(({ inputs }) => ({ outputs: { to: inputs.from } })) });`;

/** Runs a command that must fail and change nothing. */
function refused(campaign: Campaign, code: number, args: string[], ...texts: (string | RegExp)[]): void {
  const before = campaign.snapshot();
  const run = campaign.codex(...args);
  expect(run.code, run.err + run.out).toBe(code);
  for (const text of texts) expect(run.err + run.out).toMatch(text);
  expect(run.err).not.toContain("a mistake in Codex itself");
  expect(campaign.snapshot()).toEqual(before);
}

test("no configuration", () => {
  refused(new Campaign(), 2, ["build"], "there is no codex.config.ts");
});

test("a configuration that does not compile names the line", () => {
  refused(
    new Campaign({ "codex.config.ts": "export default {\n  rules: [,,\n" }),
    2,
    ["build"],
    "codex.config.ts",
    "cannot be compiled",
  );
});

test("a configuration that throws says what it threw", () => {
  refused(
    new Campaign({ "codex.config.ts": "throw new Error('broken here');" }),
    2,
    ["build"],
    "codex.config.ts",
    "broken here",
  );
});

test("a wrong key is named, with how to mend it", () => {
  refused(
    new Campaign({
      "codex.config.ts": `${RULES}${copy("one", "a", "out/${thing.name}")}\nexport default defineConfig({ rules: [one], pools: { audit: 0 } } as never);`,
    }),
    2,
    ["build"],
    "pools.audit",
    "codex.config.ts",
    "correct pools.audit",
  );
});

test("a pool that is not declared", () => {
  const rule = copy("one", "a", "out/${thing.name}").replace('name: "one"', 'name: "one", pool: "audits"');
  refused(
    new Campaign({ "codex.config.ts": `${RULES}${rule}\nexport default defineConfig({ rules: [one] });` }),
    2,
    ["build"],
    "there is no pool audits",
    /pools: \{ audits: 1 \}/,
  );
});

const campaign = (): Campaign =>
  new Campaign({
    "codex.config.ts": `${RULES}${copy("one", "a.txt", "out/${thing.name}")}\nexport default defineConfig({ rules: [one] });`,
    "a.txt": "a",
  });

test("an unknown address lists the nearest names", () => {
  refused(
    campaign(),
    2,
    ["build", "thing/aple-tart"],
    "there is no target thing/aple-tart",
    "did you mean",
    "thing/apple-tart",
  );
});

test("an ambiguous prefix lists what it could be", () => {
  refused(campaign(), 2, ["build", "thing/apple"], "ambiguous", "thing/apple-pie", "thing/apple-tart");
});

test("an unknown command and option", () => {
  refused(campaign(), 2, ["biuld"], "build");
  refused(campaign(), 2, ["build", "--forse"], "--force");
  refused(campaign(), 2, ["build", "-j", "many"], "whole number");
});

test("a cycle is printed as a path", () => {
  const text = `${RULES}${copy("one", "b/${thing.name}", "a/${thing.name}")}${copy("two", "a/${thing.name}", "b/${thing.name}")}\nexport default defineConfig({ rules: [one, two] });`;
  refused(
    new Campaign({ "codex.config.ts": text }),
    2,
    ["build"],
    "cycle",
    /thing\/apple-pie\/one needs thing\/apple-pie\/two \(from\); thing\/apple-pie\/two needs thing\/apple-pie\/one/,
  );
});

test("two rules that write one file", () => {
  const text = `${RULES}${copy("one", "a.txt", "out.txt")}\nexport default defineConfig({ rules: [one] });`;
  refused(new Campaign({ "codex.config.ts": text, "a.txt": "a" }), 2, ["build"], "both write out.txt");
});

test("a path that leaves the workspace", () => {
  const text = `${RULES}${copy("one", "../../etc/passwd", "out/${thing.name}")}\nexport default defineConfig({ rules: [one] });`;
  refused(new Campaign({ "codex.config.ts": text }), 2, ["build"], "../../etc/passwd");
});

test("a rule that writes outside its outputs", () => {
  const text = `${RULES}
const bad = rule({ name: "bad", each: things, outputs: ({ thing }) => ({ to: file(\`out/\${thing.name}\`) }),
  run: call(() => ({ outputs: { to: "x" }, writes: new Map([["elsewhere.txt", new TextEncoder().encode("y")]]) })) });
export default defineConfig({ rules: [bad] });`;
  const made = new Campaign({ "codex.config.ts": text });
  const run = made.codex("build");
  expect(run.code).toBe(1);
  expect(run.err).toContain("the rule bad wrote outside its outputs: elsewhere.txt. Nothing was written");
  expect(made.exists("elsewhere.txt")).toBe(false);
  expect(made.exists("out/apple-pie")).toBe(false);
});

test("a recording that is missing names the nearest, and nothing is written", () => {
  const made = pilot();
  const before = made.read("manifests/connections.json");
  const run = made.codex("build", "book/hartshorne-algebraic-geometry/P1_audit");
  expect(run.code).toBe(1);
  expect(run.err).toContain("there is no recording of book/hartshorne-algebraic-geometry/P1_audit");
  expect(run.err).toMatch(/the nearest (is|are) recordings\//);
  expect(made.exists("plans/fasttrack/hartshorne-algebraic-geometry.md")).toBe(false);
  expect(made.read("manifests/connections.json")).toBe(before);
});

test("a plan that cannot be read", () => {
  const made = pilot();
  made.write(
    "plans/fasttrack/hartshorne-algebraic-geometry.md",
    "# Plan\n\n## §3. Production plan\n\n### 3.1 New units\n\n#### 04.01.01 Schemes\n\n| Field | Value |\n|---|---|\n| Title | Schemes |\n",
  );
  refused(made, 2, ["build", "book/hartshorne"], "plans/fasttrack/hartshorne-algebraic-geometry.md", /Unit ID|Path|§3/);
});

test("a function of a rule that throws", () => {
  const text = `${RULES}
const bad = rule({ name: "bad", each: things, outputs: () => { throw new Error("oops"); }, run: call(() => ({ outputs: {} })) });
export default defineConfig({ rules: [bad] });`;
  refused(
    new Campaign({ "codex.config.ts": text }),
    2,
    ["build"],
    "a function of the rule bad threw Error: oops",
    "thing/apple-pie/bad",
  );
});

test("a target that waits for something that no rule makes is no success", () => {
  const text = `${RULES}
import { intermediate, product } from "codex-build";
const ghost = rule({ name: "ghost", each: things, outputs: () => ({ text: intermediate() }), run: call(() => ({ outputs: { text: "x" } })) });
const reads = rule({ name: "reads", each: things, inputs: ({ thing }) => ({ from: product(ghost, { thing }, "text") }), outputs: ({ thing }) => ({ to: file(\`out/\${thing.name}\`) }), run: call(() => ({ outputs: { to: "y" } })) });
export default defineConfig({ rules: [reads] });`;
  const made = new Campaign({ "codex.config.ts": text });
  const run = made.codex("build");
  expect(run.code, run.out + run.err).toBe(1);
  expect(made.exists("out/apple-pie")).toBe(false);
});
