/**
 * Bundles Codex for Node: one CommonJS entry for the command line and one for configurations, with their common code
 * in shared chunks, so that a configuration's rules are made of the same classes as the engine that runs them.
 * Runs on `npm ci` (the `prepare` script), so a fresh clone needs no further step.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version, dependencies } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
// Bundled except for what is native: loading hundreds of small files costs more than running them.
// typescript is cosmiconfig's own loader's, which Codex replaces.
const external = (id) =>
  id.startsWith("node:") || id === "rolldown" || id.startsWith("rolldown/") || id === "typescript";

// What a build of Codex found holds for this build of Codex only.
const digest = createHash("sha256").update(readFileSync(`${root}package-lock.json`));
for (const name of readdirSync(`${root}src`, { recursive: true }).sort())
  if (name.endsWith(".ts")) digest.update(`${name}\0`).update(readFileSync(`${root}src/${name}`));
const build = digest.digest("hex").slice(0, 32);

const bundle = await rolldown({
  cwd: root,
  input: { start: "src/cli/start.ts", cli: "src/cli/main.ts", index: "src/index.ts" },
  platform: "node",
  // Packages that offer both forms are bundled as modules: the other form may hide its imports.
  resolve: { mainFields: ["module", "main"] },
  external,
  transform: {
    target: "node20",
    define: { CODEX_VERSION: JSON.stringify(version), CODEX_BUILD: JSON.stringify(build) },
  },
  checks: { eval: false },
});
// Put in place only when it is whole: whoever runs Codex meanwhile runs the one before.
const next = `dist.${process.pid}`;
await bundle.write({
  dir: next,
  format: "cjs",
  entryFileNames: "[name].cjs",
  chunkFileNames: "chunk-[hash].cjs",
  // Files with cached code cannot import: V8's cache does not keep by whom a script was loaded.
  dynamicImportInCjs: false,
  minify: false,
});
await bundle.close();
rmSync(`${root}dist`, { recursive: true, force: true });
renameSync(`${root}${next}`, `${root}dist`);
if (dependencies.rolldown === undefined)
  throw new Error("rolldown must stay a dependency: configurations are compiled with it");

// `npx codex` finds a package's own command only where a link to it stands.
mkdirSync(`${root}node_modules/.bin`, { recursive: true });
rmSync(`${root}node_modules/.bin/codex`, { force: true });
symlinkSync("../../bin/codex.cjs", `${root}node_modules/.bin/codex`);
chmodSync(`${root}bin/codex.cjs`, 0o755);
spawnSync(process.execPath, [`${root}scripts/code-cache.cjs`], { stdio: "inherit" });
