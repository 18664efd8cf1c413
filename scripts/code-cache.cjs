"use strict";
/**
 * Keeps the code that V8 makes of the bundle, beside the bundle, for bin/code-cache.cjs. It is taken when a build that
 * finds nothing to do has run, so that it holds the functions which such a build needs, compiled.
 */
const { spawnSync } = require("node:child_process");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");

const dist = join(__dirname, "../dist");
const CONFIG = `
import { call, collection, defineConfig, file, glob, rule } from "codex-build";
const things = collection("thing", { items: ["a", "b"], key: (thing) => thing });
const first = rule({
  name: "first", each: things,
  inputs: ({ thing }) => ({ from: file(thing + ".md") }),
  outputs: ({ thing }) => ({ to: file("out/" + thing + ".md") }),
  run: call(({ inputs, ask }) => ({ outputs: { to: inputs.from + ask("a.md") } })),
});
const last = rule({ name: "last", each: things, inputs: () => ({ all: glob("out/*.md") }), outputs: ({ thing }) => ({ to: file(thing + ".out") }),
  run: call(({ inputs }) => ({ outputs: { to: inputs.all } })) });
export default defineConfig({ rules: [first, last] });
`;

if (process.argv[2] === "record") {
  const scripts = new Map();
  require("../bin/code-cache.cjs").install(dist, (file, script) => scripts.set(file, script));
  process.on("exit", () => {
    require("../dist/start.cjs").answered(["build", "-q"]);
    for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData());
  });
  process.argv = [process.argv[0], join(dist, "../bin/codex.cjs"), "build", "-q"];
  require("../dist/cli.cjs");
} else {
  const campaign = mkdtempSync(join(tmpdir(), "codex-code-cache-"));
  try {
    writeFileSync(join(campaign, "codex.config.ts"), CONFIG);
    for (const thing of ["a", "b"]) writeFileSync(join(campaign, `${thing}.md`), `# ${thing}\n`);
    const run = (...argv) => spawnSync(process.execPath, argv, { cwd: campaign, encoding: "utf8" });
    const built = run(join(dist, "../bin/codex.cjs"), "build", "-q");
    const recorded = run(__filename, "record");
    // Without the cache everything works, more slowly.
    if (built.status !== 0 || recorded.status !== 0)
      process.stderr.write(`no code cache was made: ${built.stderr}${recorded.stderr}\n`);
  } finally {
    rmSync(campaign, { recursive: true, force: true });
  }
}
