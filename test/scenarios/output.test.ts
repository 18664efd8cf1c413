/** What commands print and write: lines that a script can read, no colours in a pipe, and nothing at all from those who only look. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { VirtualTerminal } from "../cli/virtual-terminal.ts";
import { Campaign, pilot } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const CLI = fileURLToPath(new URL("../../bin/codex.cjs", import.meta.url));
const ESCAPE = "\u001b";

/** The keys of every event, as docs/reference/events.md has them; `v`, `type` and `at` are in all. */
const EVENTS = new Map(
  [
    ...readFileSync(new URL("../../docs/reference/events.md", import.meta.url), "utf8").matchAll(
      /^\| `(\w+)` \| (.*) \|$/gm,
    ),
  ].map(([, type, keys]) => [type!, keys!]),
);

type Event = Readonly<Record<string, unknown>> & { readonly type: string; readonly at: number };

/** The events of a run; each line must be one, with no keys but those of its type. */
function eventsOf(out: string): Event[] {
  return out
    .trimEnd()
    .split("\n")
    .map((line) => {
      const event = JSON.parse(line) as Event;
      const { v, type, at, ...rest } = event;
      expect(v).toBe(1);
      expect([...EVENTS.keys()]).toContain(type);
      expect(Number.isInteger(at)).toBe(true);
      for (const key of Object.keys(rest)) expect(EVENTS.get(type), type).toContain(`\`${key}\``);
      return event;
    });
}

const FAILING = `
import { collection, command, defineConfig, file, person, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
const make = rule({ name: "make", each: things, outputs: ({ thing }) => ({ to: file(\`out/\${thing}.txt\`) }), run: command(({ thing }) => ["node", "-e", thing === "a" ? "process.exit(1)" : "console.log('b')"]) });
const ask = rule({ name: "ask", each: things, inputs: ({ thing }) => ({ from: file(\`out/\${thing}.txt\`) }), outputs: () => ({}), run: person({ ask: "Is it so?" }) });
export default defineConfig({ rules: [make, ask] });
`;

describe("--json", () => {
  test("prints one event a line, from the first to the last, and nothing else", () => {
    const campaign = pilot();
    const run = campaign.codex("build", "--json", BOOK);
    expect([run.code, run.err]).toEqual([0, ""]);
    const events = eventsOf(run.out);
    expect(events[0]).toMatchObject({ type: "buildStarted", goals: [BOOK], provider: "replay" });
    const of = (type: string): unknown[] => events.filter((event) => event.type === type).map((event) => event.target);
    const ran = of("targetFinished").length;
    expect(ran).toBeGreaterThanOrEqual(19);
    expect(events.at(-1)).toMatchObject({
      type: "buildFinished",
      summary: { ran, restored: 0, fresh: 0, failed: 0, waiting: 0, blocked: 0, usd: 0 },
    });
    expect(of("targetFinished").toSorted()).toEqual(of("targetStarted").toSorted());
    // The same figures as the cost ledger's.
    const calls = campaign.read("manifests/cost_ledger.jsonl").trimEnd().split("\n");
    expect(calls.length).toBeGreaterThanOrEqual(of("agentInvoked").length);
    expect(of("agentInvoked")).not.toEqual([]);
    const again = eventsOf(campaign.codex("build", "--json", BOOK).out);
    expect(again.map((event) => event.type)).toEqual(["buildStarted", "buildFinished"]);
  }, 60_000);

  test("tells of failures and of what waits in the same way", () => {
    const run = new Campaign({ "codex.config.ts": FAILING }).codex("build", "--json");
    expect([run.code, run.err]).toEqual([1, ""]);
    const events = eventsOf(run.out);
    expect(events.find((event) => event.type === "targetFailed")).toMatchObject({
      target: "thing/a/make",
      fault: { what: expect.any(String), where: expect.any(String), mend: expect.any(String), exit: 1 },
    });
    expect(events.at(-1)).toMatchObject({ summary: { ran: 1, failed: 1, waiting: 1, blocked: 1 } });
  });

  test("leaves a fault before the build to the errors", () => {
    const run = new Campaign({ "codex.config.ts": FAILING }).codex("build", "--json", "thing/z");
    expect([run.code, run.out]).toEqual([2, ""]);
    expect(run.err).toContain("there is no target thing/z");
  });
});

test("--quiet prints failures, what waits for a person, and the summary", () => {
  const campaign = new Campaign({ "codex.config.ts": FAILING });
  const run = campaign.codex("build", "--quiet");
  expect(run.code).toBe(1);
  expect(run.err).toMatch(/^✗ thing\/a\/make failed/);
  expect(run.out).toMatch(
    /^Targets: 1 ran, 0 already fresh, 1 failed, 1 waiting for a person, 1 not reached\. .*\nWaiting for you: Is it so\? .*codex approve thing\/b\/ask\n$/,
  );
});

describe("whoever only looks writes nothing", () => {
  const READERS: readonly (readonly string[])[] = [
    ["build", "-n"],
    ["build", "-n", "--json", BOOK],
    ["build", "-n", "--force", "--refresh", "--overwrite-edits", BOOK],
    ["build", "--check"],
    ["status"],
    ["status", "--format", "json"],
    ["graph"],
    ["graph", "--format", "mermaid"],
    ["graph", "--format", "dot"],
    ["graph", "--format", "json"],
    ["why", BOOK],
    ["continuity"],
    ["clean", "-n", "all"],
    ["--version"],
    ["help", "build"],
  ];

  test("into a folder without .codex", () => {
    const campaign = pilot();
    const before = campaign.snapshot();
    for (const args of READERS) {
      const run = campaign.codex(...args);
      expect([args, [0, 1, 3].includes(run.code), run.err]).toEqual([args, true, ""]);
      expect(run.out).not.toBe("");
      expect(run.out).not.toContain(ESCAPE);
    }
    expect(campaign.exists(".codex")).toBe(false);
    expect(campaign.snapshot()).toEqual(before);
  }, 60_000);

  test("after a fault", () => {
    const campaign = pilot();
    const before = campaign.snapshot();
    for (const args of [
      ["build", "nothing/there"],
      ["build", "-j", "0"],
      ["why", "book/l"],
      ["graph", "--format", "svg"],
      ["approve"],
      ["approve", "nothing/there"],
      ["clean", "nothing/there"],
    ]) {
      expect([args, campaign.codex(...args).code]).toEqual([args, 2]);
    }
    expect(campaign.snapshot()).toEqual(before);
  });

  test("validate keeps its verdicts in .codex, and writes nowhere else", () => {
    const campaign = pilot();
    const visible = (): Record<string, string> =>
      Object.fromEntries(Object.entries(campaign.snapshot()).filter(([path]) => !path.startsWith(".codex")));
    const before = visible();
    expect(campaign.codex("validate").code).toBe(0);
    expect(visible()).toEqual(before);
  });
});

describe("colours", () => {
  test("are in no pipe, whatever is forced", () => {
    const campaign = new Campaign({ "codex.config.ts": FAILING });
    campaign.env = { NO_COLOR: undefined, FORCE_COLOR: "1", CI: "true", TERM: "xterm-256color" };
    for (const args of [
      ["build"],
      ["build", "-n"],
      ["status"],
      ["why", "thing/a"],
      ["graph"],
      ["build", "nothing"],
      ["biuld"],
      ["--help"],
    ]) {
      const run = campaign.codex(...args);
      expect([args, (run.out + run.err).includes(ESCAPE)]).toEqual([args, false]);
    }
  });

  /** A command on a terminal of its own, by the program `script` of Linux. */
  const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
  if (!hasScript)
    process.stdout.write(
      "skipped: there is no program `script` of Linux here, so colours on a terminal are not tried\n",
    );
  test.skipIf(!hasScript)("are on a terminal, and not there with NO_COLOR", () => {
    const campaign = new Campaign({ "codex.config.ts": FAILING });
    const onTerminal = (env: Readonly<Record<string, string>>): string => {
      const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env;
      const options = { cwd: campaign.root, encoding: "utf8", env: { ...rest, TERM: "xterm", ...env } } as const;
      return spawnSync("script", ["-qec", `"${process.execPath}" "${CLI}" build`, "/dev/null"], options).stdout;
    };
    const plain = onTerminal({ NO_COLOR: "1" });
    expect(plain).toContain("Targets: 1 ran");
    // What moves the cursor is no colour.
    expect(plain).not.toContain(`${ESCAPE}[31m`);
    expect(onTerminal({})).toContain(`${ESCAPE}[31m✗${ESCAPE}[39m`);
  });
});

describe("on a terminal", () => {
  const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
  const SLOW = `
import { collection, command, defineConfig, file, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b", "c"], key: (thing) => thing });
const make = rule({ name: "make", each: things, pool: "few", outputs: ({ thing }) => ({ to: file(\`out/\${thing}.txt\`) }), run: command(({ thing }) => ["node", "-e", \`setTimeout(() => { \${thing === "b" ? "process.exit(1);" : ""} console.log("x") }, \${{ a: 500, b: 1300, c: 1800 }[thing]})\`]) });
export default defineConfig({ rules: [make], pools: { few: 2 } });
`;
  const build = (env: Readonly<Record<string, string>>): VirtualTerminal => {
    const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...rest } = process.env;
    const campaign = new Campaign({ "codex.config.ts": SLOW });
    const { stdout } = spawnSync(
      "script",
      ["-qec", `stty cols 70 rows 12; "${process.execPath}" "${CLI}" build`, "/dev/null"],
      {
        cwd: campaign.root,
        encoding: "utf8",
        env: { ...rest, TERM: "xterm-256color", LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...env },
      },
    );
    const terminal = new VirtualTerminal(70, 12);
    terminal.write(stdout);
    return terminal;
  };

  test.skipIf(!hasScript)("a page of the graph does not flood it", () => {
    const campaign = new Campaign({ "codex.config.ts": SLOW });
    const line = `"${process.execPath}" "${CLI}" graph --format html`;
    const run = spawnSync("script", ["-qec", line, "/dev/null"], { cwd: campaign.root, encoding: "utf8" });
    expect([run.status, run.stdout]).toEqual([2, expect.stringContaining("add -o graph.html")]);
    expect(campaign.codex("graph", "--format", "html").out).toMatch(/^<!DOCTYPE html>/);
  });

  test.skipIf(!hasScript)("what runs is shown as it runs, and only what is done remains", () => {
    const terminal = build({});
    expect(terminal.text()).toEqual([
      expect.stringMatching(/^✓ thing\/a\/make done/),
      expect.stringMatching(/^! thing\/b\/make attempt 1 failed: /),
      expect.stringMatching(/^ {4}/),
      expect.stringMatching(/^✗ thing\/b\/make failed: /),
      ...terminal.text().slice(4, -2),
      expect.stringMatching(/^✓ thing\/c\/make done/),
      expect.stringMatching(/^Targets: 2 ran, 0 already fresh, 1 failed\. /),
    ]);
    expect(terminal.seen.some((line) => /^→ thing\/b\/make {2}0:0\d/.test(line))).toBe(true);
    expect(terminal.seen.some((line) => line.includes("Pools: few 2/2 and 1 queued"))).toBe(true);
    // The alternate screen would have been an unknown sequence.
  });

  test.skipIf(!hasScript)("without Unicode it is ASCII", () => {
    const terminal = build({ LANG: "C", LC_ALL: "C" });
    expect(terminal.seen.join("\n")).toMatch(/^[\x20-\x7e\n]*$/);
    expect(terminal.text()[0]).toMatch(/^\+ thing\/a\/make done/);
  });

  test.skipIf(!hasScript)("with CI set there are only lines", () => {
    const terminal = build({ CI: "true" });
    expect(terminal.text()[0]).toBe("→ thing/a/make (never built)");
    expect(terminal.seen.some((line) => line.includes("Pools:"))).toBe(false);
  });
});

describe("hostile file names", () => {
  const NAMES = [
    "a b.txt",
    "-rf",
    "$(touch pwned).txt",
    "`touch pwned`",
    "; touch pwned",
    'quote".txt',
    "apostrophe'.txt",
    "star*.txt",
    "[x].txt",
    "{a,b}.txt",
    "!(a).txt",
    "a#b.txt",
    "a#§1",
    "é.txt",
    "e\u0301.txt",
    "日本語",
    "\u202etxt.exe",
    "%2e%2e",
    "~",
    "x".repeat(200),
  ];
  /** Names that no reference can spell: they are no part of the workspace, and no reason to stop. */
  const UNSPEAKABLE = ["back\\slash", "new\nline", `${ESCAPE}[31mred`, "bell\u0007"];

  const LISTING = `
import { call, collection, command, defineConfig, file, glob, rule } from "codex-build";
const all = collection("all", { items: ["one"], key: (item) => item });
const list = rule({ name: "list", each: all, inputs: () => ({ in: glob("in/**") }), outputs: () => ({ to: file("out/list.json") }), run: call(({ view }) => ({ outputs: { to: JSON.stringify(view.list(["in/**"])) } })) });
const words = rule({ name: "words", each: all, inputs: () => ({ list: file("out/list.json") }), outputs: () => ({ to: file("out/words.txt") }), run: command(["node", "-e", "console.log(JSON.stringify(process.argv.slice(1)))", ...${JSON.stringify(["$(touch pwned)", "; touch pwned", "a b", '"', "*"])}]) });
export default defineConfig({ rules: [list, words] });
`;

  test("are listed, watched and never run", () => {
    const campaign = new Campaign({ "codex.config.ts": LISTING });
    mkdirSync(campaign.path("in"));
    for (const name of [...NAMES, ...UNSPEAKABLE]) writeFileSync(campaign.path(`in/${name}`), name);
    // A name that is no UTF-8, as old archives leave them.
    writeFileSync(Buffer.concat([Buffer.from(`${campaign.path("in")}/`), Buffer.from([0xff, 0xfe, 0x41])]), "bytes");
    const run = campaign.codex("build");
    expect(run.code, run.err).toBe(0);
    expect(run.out + run.err).not.toContain(ESCAPE);
    expect(JSON.parse(campaign.read("out/list.json"))).toEqual(NAMES.map((name) => `in/${name}`).toSorted());
    expect(JSON.parse(campaign.read("out/words.txt"))).toEqual(["$(touch pwned)", "; touch pwned", "a b", '"', "*"]);
    expect(readdirSync(campaign.root).filter((name) => name.startsWith("pwned"))).toEqual([]);
    expect(campaign.codex("build").out).toMatch(/Nothing to do: 2 targets/);
    writeFileSync(campaign.path("in/$(touch pwned).txt"), "changed");
    const why = campaign.codex("why", "all/one/list");
    expect(why.out).toMatch(/all\/one\/list: stale\n +because input in \(in\/\*\*\) changed/);
  });

  test("in an address are only looked up", () => {
    const campaign = new Campaign({ "codex.config.ts": LISTING });
    const hostile = [
      "$(touch pwned)",
      "../../etc",
      "/etc/passwd",
      "[",
      "\\",
      `${ESCAPE}[31m`,
      "a".repeat(20_000),
      "*/".repeat(200),
      "__proto__",
      "constructor/prototype",
    ];
    for (const name of hostile) {
      const run = campaign.codex("build", name);
      expect([name.slice(0, 20), run.code]).toEqual([name.slice(0, 20), 2]);
      expect(run.err).not.toContain("a mistake in Codex itself");
      expect(run.err).not.toContain(ESCAPE);
    }
    expect(campaign.exists(".codex")).toBe(false);
  });
});
