/** Runs the command line as a user does: a real folder, a real process. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = process.env.CODEX_TEST_CLI ?? join(ROOT, "bin/codex.cjs");

/** Material that lies beside a checkout and is not part of it. */
export const SHARED = join(ROOT, "../shared");

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that is under way. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has printed so far, to the output and to the errors. */
  text(): string;
  /** How it ended; the code is -1 where a signal ended it. */
  readonly ended: Promise<Run>;
}

/** Waits until something holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 20_000) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}, 60_000);

export class Campaign {
  readonly root = mkdtempSync(join(tmpdir(), "codex-test-"));
  /** What commands find in their environment besides that of the tests. */
  env: Readonly<Record<string, string | undefined>> = { NO_COLOR: "1" };
  /** Under which user commands run: the tests' own where undefined. */
  uid: number | undefined;

  constructor(files: Readonly<Record<string, string>> = {}) {
    made.push(this.root);
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  codex(...args: string[]): Run {
    const env = { ...process.env, ...this.env };
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      cwd: this.root,
      encoding: "utf8",
      env,
      uid: this.uid,
      timeout: 120_000,
    });
    return { code: status ?? -1, out: stdout, err: stderr };
  }

  /** Starts a command and leaves it running. */
  start(...args: string[]): Running {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: this.root, env: { ...process.env, ...this.env } });
    const texts = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
    const ended = new Promise<Run>((resolve) => child.on("close", (code) => resolve({ code: code ?? -1, ...texts })));
    return { child, ended, text: () => texts.out + texts.err };
  }

  path(path: string): string {
    return join(this.root, path);
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  /** Copies a file or folder of another campaign over this one's. */
  copyFrom(other: Campaign, path: string): void {
    cpSync(other.path(path), this.path(path), { recursive: true });
  }

  /** The same campaign in a folder of its own. */
  clone(): Campaign {
    const copy = new Campaign();
    cpSync(this.root, copy.root, { recursive: true, preserveTimestamps: true });
    return copy;
  }

  /** Replaces text that occurs exactly once. */
  edit(path: string, find: string, replace: string): void {
    const text = this.read(path);
    if (text.split(find).length !== 2) throw new Error(`“${find}” does not occur exactly once in ${path}`);
    this.write(
      path,
      text.replace(find, () => replace),
    );
  }

  /** Every file with its bytes and times: two equal snapshots mean that nothing was written in between. */
  snapshot(): Record<string, string> {
    const result: Record<string, string> = {};
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder).sort()) {
        const path = join(folder, name);
        const stat = lstatSync(path);
        result[path.slice(this.root.length + 1)] =
          `${stat.mtimeMs} ${stat.ctimeMs} ${stat.isFile() ? readFileSync(path).toString("base64") : "folder"}`;
        if (stat.isDirectory()) walk(path);
      }
    };
    walk(this.root);
    return result;
  }
}

/** What no build writes: taken as it is here. */
const STEADY = ["codex.config.ts", "manifests/books.yaml", "prompts", "recordings", "reference"];
/** What the pilot writes to: taken as it was committed, because whoever tried the README's first command has run it here. */
const WRITTEN = ["content", "docs/catalogs", "manifests", "plans"];

/** A copy of this repository's campaign, before the pilot. */
export function pilot(): Campaign {
  const campaign = new Campaign();
  const committed = spawnSync("git", ["archive", "HEAD", ...WRITTEN], { cwd: ROOT, maxBuffer: 256 * 1024 * 1024 });
  if (committed.status !== 0) throw new Error(`the campaign as committed cannot be had: ${committed.stderr}`);
  spawnSync("tar", ["-x"], { cwd: campaign.root, input: committed.stdout });
  for (const path of STEADY) cpSync(join(ROOT, path), campaign.path(path), { recursive: true });
  return campaign;
}
