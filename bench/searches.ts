/**
 * What it costs to ask 5,000 recorded searches again: of files that nobody has searched yet, of files that are all known,
 * after an edit of one unit, and after a new entry in the catalog. Beside it stands the floor of asking without a memory:
 * every file read and put in lower case once, and every pattern looked for in every one.
 *
 * It takes the documents of the campaign's corpus (a folder `shared` beside the project), copied to a temporary folder.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Files } from "../src/artifact/files.ts";
import type { ReadRecord } from "../src/artifact/question.ts";
import { StatCache } from "../src/cache/statcache.ts";
import { Store } from "../src/cache/store.ts";
import { Traces } from "../src/cache/traces.ts";
import { World } from "../src/exec/world.ts";
import { NOTHING_HIDDEN } from "../src/graph/facts.ts";
import type { Host } from "../src/host.ts";

const SEARCHES = 5000;
const ROUNDS = 7;
/** The aim after one edit, in milliseconds. */
const AIM = 100;
const FOLDERS = ["content", "docs", "plans"];
const CATALOG = "docs/catalogs/CONCEPT_CATALOG.md";

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function documents(root: string): string[] {
  return FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ).sort();
}

/** What agents look for: words and pairs of words of the corpus, and a tenth that is nowhere. Always the same. */
function questions(root: string, paths: readonly string[]): ReadRecord[] {
  const found = new Set<string>();
  const texts = paths.map((path) => fs.readFileSync(join(root, path), "utf8"));
  for (let step = 1; found.size < 0.9 * SEARCHES; step++) {
    for (const text of texts) {
      const at = (step * 7919) % text.length;
      const [phrase] = /[A-Za-z][\w-]{4,}(?: [A-Za-z][\w-]{3,})?/.exec(text.slice(at, at + 400)) ?? [];
      if (phrase !== undefined && found.size < 0.9 * SEARCHES) found.add(phrase);
    }
  }
  while (found.size < SEARCHES) found.add(`nowhere ${found.size}`);
  const globs = ["content/**/*.md", "docs/**/*.md", "**/*.md"];
  return [...found].map((pattern, index) => ({
    question: { kind: "search", pattern, glob: globs[index % globs.length]! },
    answer: "" as ReadRecord["answer"],
  }));
}

function report(name: string, ms: number, more = ""): void {
  process.stdout.write(`${name.padEnd(34)} ${ms.toFixed(1).padStart(9)} ms${more}\n`);
}

function floor(root: string, records: readonly ReadRecord[]): number {
  const started = performance.now();
  const texts = documents(root).map((path) => fs.readFileSync(join(root, path), "utf8").toLowerCase());
  let hits = 0;
  for (const { question } of records) {
    const needle = (question as { pattern: string }).pattern.toLowerCase();
    for (const text of texts) if (text.includes(needle)) hits++;
  }
  if (hits === 0) throw new Error("the searches find nothing");
  return performance.now() - started;
}

/** Asks all records in a world as a command opens it; the files that were read, and the time in milliseconds. */
function ask(
  host: Host,
  records: readonly ReadRecord[],
): { readonly ms: number; readonly cpu: number; readonly read: number } {
  let read = 0;
  const counting: Host = {
    ...host,
    fs: {
      ...fs,
      readFileSync: ((path: string, ...more: []) => {
        if (String(path).endsWith(".md")) read++;
        return fs.readFileSync(path, ...more);
      }) as typeof fs.readFileSync,
    },
  };
  const started = performance.now();
  const cpuBefore = process.cpuUsage();
  const files = new Files(counting);
  const stats = StatCache.load(counting, files);
  const world = new World(files, stats, new Store(counting), new Traces(files, "manifests/traces"));
  for (const record of records) world.answer(record, NOTHING_HIDDEN);
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpuBefore);
  stats.save();
  return { ms, cpu: (user + system) / 1000, read };
}

/** Lets the clock go on, so that the stat cache believes what it sees. */
const settle = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);

function run(corpus: string): void {
  const root = fs.mkdtempSync(join(tmpdir(), "codex-bench-"));
  try {
    for (const folder of FOLDERS) fs.cpSync(join(corpus, folder), join(root, folder), { recursive: true });
    const host: Host = { fs, root, env: {}, now: () => Date.now(), random: () => 0, after: () => () => {} };
    const paths = documents(root);
    const records = questions(root, paths);
    const bytes = paths.reduce((sum, path) => sum + fs.statSync(join(root, path)).size, 0);
    process.stdout.write(`${records.length} searches of ${paths.length} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
    settle();
    const bare = floor(root, records);
    report("floor: every file, every pattern", bare);
    const cold = ask(host, records);
    report("nothing known", cold.ms, `  ${(cold.ms / bare).toFixed(2)} × the floor, ${cold.read} files read`);
    const rounds = (name: string, before: (round: number) => void): void => {
      const asked = Array.from({ length: ROUNDS }, (_, round) => {
        before(round);
        settle();
        return ask(host, records);
      });
      const read = Math.max(...asked.map((each) => each.read));
      const [ms, cpu] = [median(asked.map((each) => each.ms)), median(asked.map((each) => each.cpu))];
      // On a machine that has other work to do, the processor's time says more than the clock's.
      report(
        name,
        ms,
        `  ${cpu.toFixed(1)} ms of the processor's, ${read} files read${cpu <= AIM ? "" : `: above ${AIM} ms`}`,
      );
    };
    settle();
    ask(host, records);
    rounds("nothing changed", () => {});
    const unit = join(root, paths.find((path) => path.startsWith("content/"))!);
    const text = fs.readFileSync(unit, "utf8");
    rounds("after an edit of one unit", (round) => fs.writeFileSync(unit, `${text}\nA spin bundle, ${round}.\n`));
    const catalog = join(root, CATALOG);
    const entries = fs.readFileSync(catalog, "utf8");
    rounds("after a new entry of the catalog", (round) => fs.writeFileSync(catalog, `${entries}\n### new.${round}\n`));
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

const corpus = process.env.CODEX_CORPUS ?? join(process.cwd(), "..", "shared", "corpus");
if (fs.existsSync(join(corpus, CATALOG))) run(corpus);
else process.stdout.write("there is no corpus beside the project; set CODEX_CORPUS to a campaign's folder\n");
