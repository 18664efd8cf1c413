/**
 * Runs a benchmark of `bench/` against the Codex of this folder, built anew: `npm run bench -- graph --large`. Without a
 * name it says which there are.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { rolldown } from "rolldown";

const [name, ...args] = process.argv.slice(2);
const first = /\/\*\*\n \* (.*?)[.:,;]\s/;
const there = new Map(
  readdirSync("bench").flatMap((file) => {
    const about = first.exec(readFileSync(`bench/${file}`, "utf8"))?.[1];
    return file.includes("-") ? [] : [[file.replace(".ts", ""), about]];
  }),
);
if (!there.has(name)) {
  for (const [each, about] of there) process.stdout.write(`npm run bench -- ${each.padEnd(10)} ${about}\n`);
  process.exit(2);
}
await import("./build.mjs");
const bundle = await rolldown({
  input: `bench/${name}.ts`,
  platform: "node",
  // As the build does: the other form of a package may hide its imports.
  resolve: { mainFields: ["module", "main"] },
});
const file = `.codex/bench/${name}.mjs`;
await bundle.write({ file, format: "esm" });
process.exitCode = spawnSync(process.execPath, [file, ...args], { stdio: "inherit" }).status ?? 1;
