/**
 * How long validation takes, against its floor: reading and hashing the same bytes. Every figure is the wall time of a
 * fresh process, start-up included, and the work inside it.
 *
 * It takes the campaign's corpus (a folder `shared` beside the project), and copies of it up to 2,700 units with ids of
 * their own in a temporary folder.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Digest, digestOf } from "../src/artifact/digest.ts";
import type { RepoPath, WorkspaceView } from "../src/artifact/workspace.ts";
import { type ValidationCache, validateIncremental } from "../src/curriculum/validate-incremental.ts";

const ROUNDS = 7;
const SHARED = ["docs/catalogs/CONCEPT_CATALOG.md", "manifests/deps.json"] as RepoPath[];
const SCRIPT = process.argv[1] ?? "";
const [, , mode, folder] = process.argv;

/** A view of a folder on disk. */
function diskView(root: string): WorkspaceView {
  return {
    bytes(path) {
      try {
        return readFileSync(`${root}/${path}`);
      } catch {
        return undefined;
      }
    },
    list: (globs) => globs.flatMap((glob) => walk(root, glob.slice(0, glob.indexOf("/*")))),
  };
}

function walk(root: string, from: string): RepoPath[] {
  const found: RepoPath[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(`${root}/${path}`, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(`${path}/${entry.name}`);
      else found.push(`${path}/${entry.name}` as RepoPath);
    }
  };
  if (existsSync(`${root}/${from}`)) visit(from);
  return found.sort();
}

/** Reads and hashes what a cold validation reads. */
function floor(root: string): number {
  const paths = [...walk(root, "content"), ...SHARED];
  for (const path of paths) digestOf(readFileSync(`${root}/${path}`));
  return paths.length;
}

interface Saved {
  readonly stats: Record<string, [mtime: number, size: number, digest: Digest]>;
  readonly cache: ValidationCache;
}

/** Validates with what an earlier run has saved beside the workspace, and saves anew. */
function validate(root: string, save: boolean): number {
  const file = `${root}/.saved.json`;
  const saved = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Saved) : undefined;
  const stats: Saved["stats"] = {};
  const known = (path: RepoPath): Digest | undefined => {
    if (saved === undefined && !save) return undefined;
    const { mtimeMs, size } = statSync(`${root}/${path}`);
    const last = saved?.stats[path];
    const digest = last !== undefined && last[0] === mtimeMs && last[1] === size ? last[2] : undefined;
    stats[path] = [mtimeMs, size, digest ?? ("" as Digest)];
    return digest;
  };
  const { cache, judged } = validateIncremental(diskView(root), known, saved?.cache);
  if (!save) return judged;
  for (const path of Object.keys(stats)) {
    const digest = cache.files[path as RepoPath]?.digest ?? (path === SHARED[0] ? cache.catalog : cache.deps?.digest);
    if (digest !== undefined && stats[path] !== undefined) stats[path][2] = digest;
  }
  writeFileSync(file, JSON.stringify({ stats, cache } satisfies Saved));
  return judged;
}

/** The corpus, repeated under other ids until there are so many units. */
function multiply(corpus: string, units: number): string {
  const root = mkdtempSync(join(tmpdir(), "codex-bench-"));
  const write = (path: string, bytes: string | Uint8Array): void => {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    writeFileSync(`${root}/${path}`, bytes);
  };
  for (const path of [...SHARED, ...walk(corpus, "lean")]) write(path, readFileSync(`${corpus}/${path}`));
  const originals = walk(corpus, "content");
  for (let i = 0; i < units; i += 1) {
    const path = originals[i % originals.length] ?? "";
    const copy = Math.floor(i / originals.length);
    const text = readFileSync(`${corpus}/${path}`, "utf8");
    const renamed = (s: string): string =>
      s.replace(/\b(\d\d)\.(\d\d\.\d\d)\b/g, (_, a, b) => `${Number(a) + 60 * copy}.${b}`);
    write(
      copy === 0 ? path : renamed(path.replace("content/", `content/copy-${copy}-`)),
      copy === 0 ? text : renamed(text),
    );
  }
  return root;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Runs this script in a fresh process; gives the medians of the wall time and of the work in it, in milliseconds. */
function measure(name: string, args: readonly string[], before: () => void): { wall: number; inside: number } {
  const walls: number[] = [];
  const insides: number[] = [];
  let did = "";
  for (let i = 0; i < ROUNDS; i += 1) {
    before();
    const start = performance.now();
    const child = spawnSync(process.execPath, [SCRIPT, ...args], {
      encoding: "utf8",
      env: { ...process.env, NODE_EXTRA_CA_CERTS: "" },
    });
    walls.push(performance.now() - start);
    const [inside, count] = child.stdout.split(" ");
    if (child.status !== 0) throw new Error(child.stderr);
    insides.push(Number(inside));
    did = count ?? "";
  }
  const result = { wall: median(walls), inside: median(insides) };
  process.stdout.write(
    `${name.padEnd(28)} ${result.wall.toFixed(0).padStart(6)} ms wall ${result.inside.toFixed(1).padStart(8)} ms inside  (${did.trim()})\n`,
  );
  return result;
}

function report(label: string, root: string): void {
  const saved = `${root}/.saved.json`;
  const nothing = (): void => undefined;
  const base = measure(`${label} floor`, ["floor", root], nothing);
  const cold = measure(`${label} cold`, ["cold", root], () => rmSync(saved, { force: true }));
  process.stdout.write(
    `${" ".repeat(28)} ${(cold.wall / base.wall).toFixed(2)} × the floor by wall time, ${(cold.inside / base.inside).toFixed(2)} × inside\n`,
  );
  validate(root, true);
  measure(`${label} nothing changed`, ["warm", root], nothing);
  const unit = `${root}/${walk(root, "content")[0]}`;
  const text = readFileSync(unit, "utf8");
  let edits = 0;
  measure(`${label} after one edit`, ["warm", root], () => {
    edits += 1;
    writeFileSync(unit, `${text}\nEdit ${edits}.\n`);
  });
}

if (mode !== undefined && folder !== undefined) {
  const start = performance.now();
  const count = mode === "floor" ? floor(folder) : validate(folder, mode === "save");
  process.stdout.write(`${performance.now() - start} ${count} files`);
} else {
  const corpus = process.env.CODEX_CORPUS ?? join(process.cwd(), "..", "shared", "corpus");
  if (!existsSync(corpus)) {
    process.stdout.write("there is no corpus beside the project; set CODEX_CORPUS to a campaign's folder\n");
  } else {
    for (const units of [167, 2700]) {
      const root = multiply(corpus, units);
      try {
        report(`${units} units`, root);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    }
  }
}
