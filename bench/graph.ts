/**
 * What staleness costs: a made-up campaign (bench/graph-campaign.ts) at 1,000 and 10,000 targets, and 100,000 with
 * `--large`. Every figure is the wall time of a fresh process, start-up included, and the median of several; beside it
 * stand bare Node, ninja and turbo on the same shape in the same run. With `--profile` it
 * says where the time of a null build goes.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  bookSlug,
  bookSource,
  makeCampaign,
  sourceText,
  TARGETS_PER_BOOK,
  UNITS,
  unitId,
  unitSource,
} from "./graph-campaign.ts";

const ROUNDS = 7;
const CODEX = join(dirname(process.argv[1] ?? ""), "../../bin/codex.cjs");
const flags = new Set(process.argv.slice(2));
const SIZES = [1000, 10_000, ...(flags.has("--large") ? [100_000] : [])];
/** The aims: null build in times of bare Node, by size. */
const AIMS: ReadonlyMap<number, number> = new Map([
  [1000, 4],
  [10_000, 10],
  [100_000, 80],
]);
/** Megabytes that 10,000 targets may take, when all are looked at. */
const MEMORY_AIM = 150;

// A certificate file would be read by each Node that starts.
delete process.env.NODE_EXTRA_CA_CERTS;

interface Ran {
  readonly ms: number;
  readonly out: string;
}

function run(command: string, args: readonly string[], cwd: string): Ran {
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  const ms = performance.now() - started;
  if (error !== undefined || status !== 0)
    throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit ${status}`}\n${stdout}${stderr}`);
  return { ms, out: stdout };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const times = (rounds: number, once: () => Ran): number => median(Array.from({ length: rounds }, () => once().ms));
const codex = (root: string, ...args: string[]): Ran => run(process.execPath, [CODEX, ...args], root);

/** How many targets a build ran, as its last line says. */
function ranIn({ out }: Ran): number {
  if (out.includes("Nothing to do")) return 0;
  return Number(/Targets: (\d+) ran/.exec(out)?.[1] ?? Number.NaN);
}

/** The greatest memory that a null build had, in MB. */
function peakMemory(root: string, args: readonly string[]): number {
  const report = join(root, ".codex", "memory");
  const hook = `process.on("exit",()=>require("node:fs").writeFileSync(${JSON.stringify(report)},String(process.resourceUsage().maxRSS)))`;
  const script = join(root, ".codex", "memory.cjs");
  writeFileSync(script, hook);
  run(process.execPath, ["-r", script, CODEX, ...args], root);
  return Number(readFileSync(report, "utf8")) / 1024;
}

const rows: string[][] = [];
let bare = 0;
function row(size: number, what: string, ms: number, remark = ""): void {
  rows.push([size.toLocaleString("en"), what, `${ms.toFixed(0)} ms`, `${(ms / bare).toFixed(1)}×`, remark]);
}

function measure(size: number): void {
  const root = mkdtempSync(join(tmpdir(), "codex-bench-"));
  try {
    const books = size / TARGETS_PER_BOOK;
    makeCampaign(root, books);
    const isDurable = size <= 1000;
    const cold = isDurable
      ? codex(root, "build", "-q")
      : run(process.execPath, ["-r", withoutSync(root), CODEX, "build", "-q"], root);
    const how = isDurable ? "each written durably" : "without fsync, which costs the disk's time";
    row(size, "first build", cold.ms, `${(cold.ms / size).toFixed(1)} ms a target, ${how}`);
    // The clock's tick must have passed since the last write before a file's times say anything.
    spawnSync("sleep", ["0.2"]);
    const null1 = codex(root, "build", "-q");
    row(size, "null build, all looked at", null1.ms, `${ranIn(null1)} reran`);
    const whole = times(3, () => {
      rmSync(join(root, ".codex", "null-build"), { force: true });
      return codex(root, "build", "-q");
    });
    const peak = peakWhole(root);
    const room = size === 10_000 ? `, aim ≤ ${MEMORY_AIM} MB ${peak <= MEMORY_AIM ? "met" : "MISSED"}` : "";
    row(size, "the same, stats known", whole, `peak ${peak.toFixed(0)} MB${room}`);
    codex(root, "build", "-q");
    const nothing = times(ROUNDS, () => codex(root, "build", "-q"));
    const aim = AIMS.get(size)!;
    const verdict = nothing / bare <= aim ? `aim ≤ ${aim}× met` : `aim ≤ ${aim}× MISSED`;
    const memory = peakMemory(root, ["build", "-q"]);
    row(size, "null build", nothing, `${verdict}; peak ${memory.toFixed(0)} MB`);
    row(
      size,
      "dry run",
      times(ROUNDS, () => codex(root, "build", "-n")),
    );

    const now = new Date();
    for (let book = 0; book < books; book++) utimesSync(join(root, bookSource(book)), now, now);
    spawnSync("sleep", ["0.2"]);
    const touched = codex(root, "build", "-q");
    row(size, "touch of a source in every book", touched.ms, expected(touched, 0));

    const edits = [0, 1, 2].map((round) => {
      writeFileSync(join(root, bookSource(1)), sourceText(bookSlug(1), `remark ${round}`));
      return codex(root, "build", "-q");
    });
    row(size, "edit that changes no output", median(edits.map(({ ms }) => ms)), expected(edits[0]!, 1));
    const units = [0, 1, 2].map((round) => {
      writeFileSync(join(root, unitSource(0, 3)), sourceText(`${bookSlug(0)} ${unitId(3)} ${round}`, "edited"));
      return codex(root, "build", "-q");
    });
    row(size, "edit of one unit", median(units.map(({ ms }) => ms)), expected(units[0]!, 5));
    if (flags.has("--profile")) profile(root);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A script that makes fsync do nothing: to prepare a large campaign, whose durability is not what is measured. */
function withoutSync(root: string): string {
  mkdirSync(join(root, ".codex"), { recursive: true });
  const script = join(root, ".codex", "without-sync.cjs");
  writeFileSync(script, 'require("node:fs").fsyncSync = () => {};');
  return script;
}

function peakWhole(root: string): number {
  rmSync(join(root, ".codex", "null-build"), { force: true });
  return peakMemory(root, ["build", "-q"]);
}

const expected = (ran: Ran, count: number): string =>
  ranIn(ran) === count ? `${count} reran, as it should be` : `${ranIn(ran)} reran, SHOULD BE ${count}`;

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the time of a null build goes that looks at everything: functions by their own time. */
function profile(root: string): void {
  rmSync(join(root, ".codex", "null-build"), { force: true });
  const file = join(root, ".codex", "null.cpuprofile");
  const into = ["--cpu-prof", "--cpu-prof-dir", dirname(file), "--cpu-prof-name", basename(file)];
  run(process.execPath, [...into, CODEX, "build", "-q"], root);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, callFrame.functionName || callFrame.url.split("/").at(-1) || "(start)"]),
  );
  const own = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id)!;
    own.set(name, (own.get(name) ?? 0) + timeDeltas[index]! / 1000);
  }
  const most = [...own].sort(([, a], [, b]) => b - a).slice(0, 15);
  process.stdout.write(`\nWhere a null build that looks at everything spends its time:\n`);
  for (const [name, ms] of most) process.stdout.write(`${ms.toFixed(0).padStart(6)} ms  ${name}\n`);
}

/** The same shape for ninja, which looks at times only. */
function ninja(size: number): void {
  if (spawnSync("ninja", ["--version"]).status !== 0) {
    process.stdout.write("ninja is not installed (Debian: ninja-build): left out\n");
    return;
  }
  const root = mkdtempSync(join(tmpdir(), "codex-bench-ninja-"));
  try {
    makeCampaign(root, size / TARGETS_PER_BOOK);
    const lines = ["rule copy", "  command = cat $in > $out"];
    const build = (to: string, ...from: string[]): void => void lines.push(`build ${to}: copy ${from.join(" ")}`);
    for (let book = 0; book < size / TARGETS_PER_BOOK; book++) {
      const out = `out/${bookSlug(book)}`;
      mkdirSync(join(root, out), { recursive: true });
      build(`${out}/p1`, bookSource(book));
      build(`${out}/p2`, `${out}/p1`);
      build(`${out}/p3`, `${out}/p2`);
      const units = Array.from({ length: UNITS }, (_, unit) => `${out}/${unitId(unit)}`);
      for (const [unit, to] of units.entries()) build(to, `${out}/p3`, unitSource(book, unit));
      build(`${out}/integrate`, ...units);
      build(`${out}/p5`, `${out}/integrate`);
      build(`${out}/pw`, `${out}/p5`);
      build(`${out}/pv`, `${out}/pw`);
    }
    writeFileSync(join(root, "build.ninja"), `${lines.join("\n")}\n`);
    run("ninja", [], root);
    row(
      size,
      "ninja, null build",
      times(ROUNDS, () => run("ninja", [], root)),
      "looks at times only",
    );
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The same number of tasks for turbo: a package a book, a task a target. It is fetched by npx, where that can be. */
function turbo(size: number): void {
  const root = mkdtempSync(join(tmpdir(), "codex-bench-turbo-"));
  try {
    const books = size / TARGETS_PER_BOOK;
    const copy = "node -e 0";
    const chain = ["p1", "p2", "p3"];
    const units = Array.from({ length: UNITS }, (_, unit) => unitId(unit));
    const after = new Map<string, readonly string[]>([
      ...chain.map((name, index) => [name, chain.slice(Math.max(0, index - 1), index)] as const),
      ...units.map((name) => [name, ["p3"]] as const),
      ["integrate", units],
      ["p5", ["integrate"]],
      ["pw", ["p5"]],
      ["pv", ["pw"]],
    ]);
    const write = (path: string, value: unknown): void =>
      writeFileSync(join(root, path), `${JSON.stringify(value, null, 2)}\n`);
    write("package.json", { name: "bench", private: true, packageManager: "npm@10.0.0", workspaces: ["src/*"] });
    const tasks = Object.fromEntries([...after].map(([name, needs]) => [name, { dependsOn: needs, outputs: [] }]));
    write("turbo.json", { tasks });
    makeCampaign(root, books);
    const scripts = Object.fromEntries([...after.keys()].map((name) => [name, copy]));
    for (let book = 0; book < books; book++)
      write(`src/${bookSlug(book)}/package.json`, { name: bookSlug(book), version: "1.0.0", scripts });
    const packages = Object.fromEntries(
      Array.from({ length: books }, (_, book) => [
        [`node_modules/${bookSlug(book)}`, { resolved: `src/${bookSlug(book)}`, link: true }],
        [`src/${bookSlug(book)}`, { name: bookSlug(book), version: "1.0.0" }],
      ]).flat(),
    );
    const all = { "": { name: "bench", workspaces: ["src/*"] }, ...packages };
    write("package-lock.json", { name: "bench", lockfileVersion: 3, requires: true, packages: all });
    spawnSync("git", ["init", "-q"], { cwd: root });
    const install = spawnSync(
      "npm",
      ["install", "--no-save", "--no-workspaces", "--prefix", join(root, ".turbo-bin"), "turbo@2"],
      {
        cwd: tmpdir(),
        encoding: "utf8",
        timeout: 120_000,
      },
    );
    const bin = join(root, ".turbo-bin/node_modules/.bin/turbo");
    const args = ["run", ...after.keys(), "--output-logs=none", "--no-daemon"];
    const first =
      install.status === 0 ? spawnSync(bin, args, { cwd: root, encoding: "utf8", timeout: 600_000 }) : install;
    if (first.status !== 0) {
      process.stdout.write(
        `turbo could not be got or run: left out (${`${first.stderr}`.trim().split("\n").at(-1)})\n`,
      );
      return;
    }
    const again = times(3, () => run(bin, args, root));
    row(size, "turbo, null build", again, "hashes files; restores logs");
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

bare = times(ROUNDS * 2, () => run(process.execPath, ["-e", "0"], tmpdir()));
rows.push(["", "bare Node (node -e 0)", `${bare.toFixed(0)} ms`, "1×", ""]);
for (const size of SIZES) {
  measure(size);
  ninja(size);
  if (size === 1000) turbo(size);
}
const titles = ["targets", "what", "median", "of bare Node", ""];
const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]!.length)));
for (const cells of [titles, ...rows])
  process.stdout.write(
    `${cells
      .map((cell, column) =>
        column === 1 || column === 4 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd()}\n`,
  );
