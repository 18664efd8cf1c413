/** Runs the command line as a user does: a real folder, a real process. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "bin/codex.cjs");

/** Material that lies beside a checkout and is not part of it. */
export const SHARED = join(ROOT, "../shared");

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const made: string[] = [];
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export class Campaign {
  readonly root = mkdtempSync(join(tmpdir(), "codex-test-"));

  constructor(files: Readonly<Record<string, string>> = {}) {
    made.push(this.root);
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  codex(...args: string[]): Run {
    const env = { ...process.env, NO_COLOR: "1" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { cwd: this.root, encoding: "utf8", env, timeout: 120_000 });
    return { code: status ?? -1, out: stdout, err: stderr };
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
    this.write(path, text.replace(find, () => replace));
  }

  /** Every file with its bytes and times: two equal snapshots mean that nothing was written in between. */
  snapshot(): Record<string, string> {
    const result: Record<string, string> = {};
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder).sort()) {
        const path = join(folder, name);
        const stat = lstatSync(path);
        result[path.slice(this.root.length + 1)] = `${stat.mtimeMs} ${stat.ctimeMs} ${stat.isFile() ? readFileSync(path).toString("base64") : "folder"}`;
        if (stat.isDirectory()) walk(path);
      }
    };
    walk(this.root);
    return result;
  }
}

/** What a fresh clone of this repository holds of its campaign. */
const PILOT = ["codex.config.ts", "content", "docs/catalogs", "manifests/books.yaml", "manifests/connection_proposals.md", "manifests/connections.json", "manifests/deps.json", "plans", "prompts", "recordings", "reference"];

/** A copy of this repository's campaign, before the pilot. */
export function pilot(): Campaign {
  const campaign = new Campaign();
  for (const path of PILOT) cpSync(join(ROOT, path), campaign.path(path), { recursive: true });
  return campaign;
}
