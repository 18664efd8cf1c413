// `npm run sim`: bundles the simulation and runs it with the arguments that were given.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = `${root}.codex/sim/sim.mjs`;
const bundle = await rolldown({
  cwd: root,
  input: "test/simulation/main.ts",
  platform: "node",
  resolve: { mainFields: ["module", "main"] },
  external: (id) => id === "memfs" || id === "rolldown" || id.startsWith("rolldown/"),
});
await bundle.write({ file, format: "esm", sourcemap: true, codeSplitting: false });
await bundle.close();
const { status } = spawnSync(process.execPath, ["--enable-source-maps", file, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
