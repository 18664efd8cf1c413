/** A build from its first target to its last word, with people, signals and other commands in between. */
import { chownSync, existsSync, readdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { Campaign, pilot, type Run, type Running, until } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const PLAN = "plans/fasttrack/lawson-michelsohn-spin-geometry.md";

interface LogLine {
  readonly kind: string;
  readonly address: string;
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly rationale: string;
}
const logOf = (campaign: Campaign): LogLine[] =>
  campaign
    .read("manifests/campaign.log.jsonl")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as LogLine);

/** The book's states as the log has them; each line must go on from the one before. */
function statesOf(campaign: Campaign): string[] {
  const lines = logOf(campaign).filter((line) => line.kind === "book");
  lines.forEach((line, index) => {
    expect(line.from).toBe(lines[index - 1]?.to ?? "draft");
  });
  return lines.map((line) => line.to);
}

describe("a gate", () => {
  const statusOf = (campaign: Campaign): string =>
    JSON.parse(campaign.read("manifests/campaign.json")).books["lawson-michelsohn-spin-geometry"].status;

  test("stops the build until a person approves, and again when what was shown has changed", () => {
    const campaign = pilot();
    campaign.edit("codex.config.ts", "fasttrack()", 'fasttrack({ gates: ["P2_gap"] })');
    const first = campaign.codex("build", BOOK);
    expect(first.code, first.err).toBe(4);
    expect(first.out).toMatch(/Targets: 2 ran, 0 already fresh, 1 waiting for a person, \d+ not reached/);
    expect(first.out).toContain(`codex approve ${BOOK}/P2_gap.gate`);
    expect(campaign.read(PLAN)).toContain("## §2");
    expect(campaign.read(PLAN)).not.toContain("## §3");
    expect(campaign.codex("why", `${BOOK}/P2_gap.gate`).out).toMatch(/P2_gap\.gate: waiting[\s\S]*codex approve/);
    expect(statusOf(campaign)).toBe("audited");

    const waiting = campaign.codex("build", BOOK);
    expect([waiting.code, waiting.out.match(/^→/m)]).toEqual([4, null]);

    // Whoever is not asked cannot answer.
    expect(campaign.codex("approve", `${BOOK}/P1_audit`).out).toBe("Nothing there waits for an answer.\n");
    const approved = campaign.codex("approve", `${BOOK}/P2_gap`);
    expect([approved.code, approved.err]).toEqual([0, ""]);
    expect(approved.out).toMatch(/^Approved by .+: book\/.*P2_gap\.gate$/m);
    expect(logOf(campaign).slice(-2)).toMatchObject([
      {
        kind: "pass",
        address: `${BOOK}/P2_gap.gate`,
        to: "completed",
        actor: expect.stringMatching(/^person:./),
        rationale: `approved ${PLAN}#§2`,
      },
      { kind: "book", from: "audited", to: "gap-analysed" },
    ]);
    expect(statusOf(campaign)).toBe("gap-analysed");

    const rest = campaign.codex("build", BOOK);
    expect(rest.code, rest.err + rest.out).toBe(0);
    expect(statusOf(campaign)).toBe("equivalence-covered");

    campaign.edit(PLAN, "## §2. Gap analysis\n", "## §2. Gap analysis\n\nA person knows better.\n");
    const again = campaign.codex("build", BOOK);
    expect(again.code, again.err).toBe(4);
    expect(again.out).toContain(`codex approve ${BOOK}/P2_gap.gate`);
    expect(again.out).not.toMatch(/→ .*P3_plan/);
    expect(campaign.codex("approve", BOOK).code).toBe(0);
    const last = campaign.codex("build", BOOK);
    expect(last.code, last.err + last.out).toBe(0);
    expect(last.out).toMatch(/→ .*P3_plan/);
    expect(campaign.read(PLAN)).toContain("A person knows better.");
    expect(statesOf(campaign).filter((state) => state === "gap-analysed").length).toBeGreaterThan(1);
    expect(statesOf(campaign).at(-1)).toBe("equivalence-covered");
  }, 90_000);

  test.skipIf(process.getuid?.() !== 0)("is answered by whoever has no name, too", () => {
    const campaign = new Campaign({
      "codex.config.ts": `
import { collection, defineConfig, person, rule } from "codex-build";
const things = collection("thing", { items: ["a"], key: (thing) => thing });
export default defineConfig({ rules: [rule({ name: "ask", each: things, outputs: () => ({}), run: person({ ask: "Is it so?" }) })] });
`,
    });
    expect(campaign.codex("build").code).toBe(4);
    // As in a container that runs under a number.
    campaign.uid = 54_321;
    for (const path of ["", ...readdirSync(campaign.root, { recursive: true, encoding: "utf8" })])
      chownSync(campaign.path(path), campaign.uid, 0);
    const run = campaign.codex("approve", "all");
    expect(run.err).toBe("");
    expect(run.out).toBe("Approved by uid 54321: thing/a/ask\n");
    expect(campaign.codex("build").code).toBe(0);
  });
});

test("a book's state is told from all of its targets, however few were asked for", () => {
  const campaign = pilot();
  for (const goal of ["P3_plan", "P4_production/03.09.11"]) {
    const run = campaign.codex("build", `${BOOK}/${goal}`);
    expect(run.code, run.err).toBe(0);
  }
  expect(statesOf(campaign)).toEqual(["audited", "gap-analysed", "production-ready", "in-production"]);
  const ledger = JSON.parse(campaign.read("manifests/campaign.json")).books["lawson-michelsohn-spin-geometry"];
  expect(ledger).toMatchObject({
    status: "in-production",
    outstanding_deliverables: ["03.09.14", "03.09.19", "03.09.16", "03.09.18"],
  });
  expect(campaign.codex("clean", BOOK).code).toBe(0);
  expect(statesOf(campaign).at(-1)).toBe("draft");
}, 60_000);

/** Two targets in a pool of one; each runs a program that waits for the file `go`, with a child of its own. */
const WAITING = `
import { collection, command, defineConfig, file, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
const wait = rule({ name: "wait", each: things, pool: "one", outputs: ({ thing }) => ({ to: file(\`out/\${thing}.txt\`) }), run: command(({ thing }) => ["node", "wait.mjs", thing]) });
export default defineConfig({ rules: [wait], pools: { one: 1 } });
`;
const PROGRAM = `
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
writeFileSync(\`pids-\${process.argv[2]}.txt\`, \`\${process.pid} \${child.pid}\`);
const timer = setInterval(() => {
  if (!existsSync("go")) return;
  clearInterval(timer);
  child.kill("SIGKILL");
  console.log("whole");
}, 10);
`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe("a build that is under way", () => {
  let running: Running | undefined;
  afterEach(async () => {
    running?.child.kill("SIGKILL");
    await running?.ended;
    running = undefined;
  });

  async function waiting(): Promise<{ campaign: Campaign; build: Running; pids: readonly number[] }> {
    const campaign = new Campaign({ "codex.config.ts": WAITING, "wait.mjs": PROGRAM });
    const build = campaign.start("build");
    running = build;
    await until(() => campaign.exists("pids-a.txt") && campaign.read("pids-a.txt") !== "", "the first target runs");
    const pids = campaign.read("pids-a.txt").split(" ").map(Number);
    expect(pids.every(isAlive)).toBe(true);
    return { campaign, build, pids };
  }
  const interrupt = async (build: Running): Promise<void> => {
    build.child.kill("SIGINT");
    await until(() => build.text().includes("Stopping"), "it says that it stops");
  };

  test.each(["SIGINT", "SIGTERM"] as const)("ends what it is at after %s, and starts nothing more", async (signal) => {
    const { campaign, build } = await waiting();
    build.child.kill(signal);
    await until(() => build.text().includes("Stopping"), "it says that it stops");
    expect(campaign.exists("out/a.txt")).toBe(false);
    campaign.write("go", "");
    const run = await build.ended;
    expect(run.code, run.err).toBe(130);
    expect(run.out).toMatch(/Targets: 1 ran, 0 already fresh, 1 not reached/);
    expect(run.out).not.toContain("→ thing/b/wait");
    expect(campaign.read("out/a.txt")).toBe("whole\n");
    expect([campaign.exists("out/b.txt"), campaign.exists("pids-b.txt")]).toEqual([false, false]);
    const next = campaign.codex("build");
    expect([next.code, next.out.match(/^→ .*/gm)]).toEqual([0, ["→ thing/b/wait (never built)"]]);
  });

  test("stops at once after a second Ctrl-C, and its programs with all their children", async () => {
    const { campaign, build, pids } = await waiting();
    await interrupt(build);
    build.child.kill("SIGINT");
    const run = await build.ended;
    expect(run.code, run.err).toBe(130);
    expect(run.err).not.toContain("failed");
    await until(() => !pids.some(isAlive), "the programs are gone");
    expect(campaign.exists("out/a.txt")).toBe(false);
    expect(campaign.exists("manifests/traces/thing-a.json")).toBe(false);
    campaign.write("go", "");
    expect(campaign.codex("build").out).toContain("Targets: 2 ran");
  });

  test("keeps other writers out, and says who it is; readers go on", async () => {
    const { campaign, build } = await waiting();
    for (const args of [["build"], ["approve", "all"], ["clean", "all"]]) {
      const run = campaign.codex(...args);
      expect(run.code, run.out).toBe(2);
      expect(run.err).toContain('another codex is writing to this workspace: "codex build"');
      expect(run.err).toMatch(new RegExp(`process ${build.child.pid} on \\S+, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z`));
      expect(run.err).toContain(`kill ${build.child.pid}`);
    }
    const before = campaign.snapshot();
    for (const args of [["status"], ["graph"], ["why", "thing/a"], ["build", "-n"], ["clean", "-n", "all"]]) {
      const run = campaign.codex(...args);
      expect(run.code, run.err).toBe(0);
    }
    expect(campaign.codex("build", "--check").code).toBe(3);
    expect(campaign.snapshot()).toEqual(before);
    campaign.write("go", "");
    expect((await build.ended).code).toBe(0);
    expect(campaign.codex("build").out).toMatch(/Nothing to do: 2 targets/);
  });

  test("that was killed leaves no lock behind", async () => {
    const { campaign, build, pids } = await waiting();
    build.child.kill("SIGKILL");
    await build.ended;
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    campaign.write("go", "");
    const next = campaign.codex("build");
    expect(next.code, next.err).toBe(0);
    expect(next.out).toContain("Targets: 2 ran");
  });
});

describe("after a failure", () => {
  /** `a` fails once `b` has begun (where it may); `b` waits for `go`, `c` does not, and `d` needs `a`. */
  const FAILING = `
import { collection, command, defineConfig, file, rule } from "codex-build";
const of = (name) => collection("thing", { items: [name], key: (thing) => thing });
const make = (name, input, text) => rule({ name, each: of(name), inputs: () => input, outputs: () => ({ to: file(\`out/\${name}.txt\`) }), run: command(["node", "-e", text]) });
const wait = (file) => \`const { existsSync } = require("node:fs"); const timer = setInterval(() => { if (existsSync("\${file}")) { clearInterval(timer); end(); } }, 10);\`;
const begin = 'require("node:fs").writeFileSync("begun-" + process.pid, "");';
export default defineConfig({ rules: [
  make("a", {}, 'function end() { console.error("a is broken"); process.exit(3); }' + (process.env.ALONE ? "end();" : wait("b-has-begun"))),
  make("b", {}, begin + 'require("node:fs").writeFileSync("b-has-begun", String(process.pid)); function end() { console.log("b"); }' + wait("go")),
  make("c", {}, begin + 'console.log("c")'),
  make("d", { from: file("out/a.txt") }, begin + 'console.log("d")'),
] });
`;
  const failing = (): Campaign => new Campaign({ "codex.config.ts": FAILING });
  const written = (campaign: Campaign): boolean[] =>
    ["a", "b", "c", "d"].map((name) => campaign.exists(`out/${name}.txt`));

  const told = (run: Run): void => {
    expect(run.code).toBe(1);
    expect(run.err).toContain("✗ thing/a/a failed");
    expect(run.err).toContain("a is broken");
    expect(run.out).toContain("1 failed");
  };

  test("--fail continue, as without it: all that does not need it is done", () => {
    for (const flags of [[], ["--fail", "continue"]]) {
      const campaign = failing();
      campaign.write("go", "");
      const run = campaign.codex("build", ...flags);
      told(run);
      expect(written(campaign)).toEqual([false, true, true, false]);
      expect(run.out).toMatch(/Targets: 2 ran, 0 already fresh, 1 failed, 1 not reached/);
    }
  });

  test("--fail no-new: what runs is let finish, and nothing else starts", () => {
    const campaign = failing();
    campaign.env = { ...campaign.env, ALONE: "1" };
    const run = campaign.codex("build", "--fail", "no-new", "-j", "1");
    told(run);
    expect(written(campaign)).toEqual([false, false, false, false]);
    expect(run.out).toMatch(/Targets: 0 ran, 0 already fresh, 1 failed, 3 not reached/);
  });

  test("--fail no-new does not stop what runs", async () => {
    const campaign = failing();
    const build = campaign.start("build", "--fail", "no-new", "-j", "2");
    await until(() => build.text().includes("✗ thing/a/a failed"), "a has failed");
    campaign.write("go", "");
    told(await build.ended);
    expect(written(campaign)).toEqual([false, true, false, false]);
  });

  test("--fail stop: what runs is stopped", async () => {
    const campaign = failing();
    const run = campaign.codex("build", "--fail", "stop", "-j", "2");
    told(run);
    expect(written(campaign)).toEqual([false, false, false, false]);
    const pid = Number(campaign.read("b-has-begun"));
    await until(() => !isAlive(pid), "b is gone");
    expect(existsSync(campaign.path("manifests"))).toBe(false);
  });

  test("a failure is not remembered: the next build tries again", () => {
    const campaign = failing();
    campaign.write("go", "");
    told(campaign.codex("build"));
    campaign.edit("codex.config.ts", 'console.error("a is broken"); process.exit(3);', 'console.log("a");');
    const run = campaign.codex("build");
    expect(run.code, run.err).toBe(0);
    expect(run.out).toMatch(/Targets: 2 ran, 2 already fresh/);
  });
});
