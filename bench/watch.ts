/**
 * How long `codex watch` takes from a save to the start of the target that reads the file, in a campaign of as many targets
 * as the first argument says (10,000 where it says nothing): call() rules over small files, nothing else stale.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const TARGETS = Number(process.argv[2] ?? 10_000);
const SAVES = 15;
const CLI = resolve("bin/codex.cjs");

const root = mkdtempSync(join(tmpdir(), "codex-bench-watch-"));
const books = Math.ceil(TARGETS / 20);
const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";
const books = collection("book", { items: Array.from({ length: ${books} }, (_, i) => String(i)), key: (book) => book });
const rules = Array.from({ length: 19 }, (_, part) => rule({ name: \`copy\${part}\`, each: books,
  inputs: ({ book }) => ({ text: file(\`in/\${book}/\${part}.txt\`) }), outputs: ({ book }) => ({ to: file(\`out/\${book}/\${part}.txt\`) }),
  run: call(({ inputs }) => ({ outputs: { to: inputs.text } })) }));
export default defineConfig({ rules });
`;
writeFileSync(join(root, "codex.config.ts"), CONFIG);
for (let book = 0; book < books; book++) {
  mkdirSync(join(root, "in", String(book)), { recursive: true });
  for (let part = 0; part < 19; part++)
    writeFileSync(join(root, "in", String(book), `${part}.txt`), `${book} ${part} ${"x".repeat(2000)}\n`);
}
const built = spawnSync(process.execPath, [CLI, "build", "-q"], { cwd: root, encoding: "utf8" });
process.stdout.write(built.stdout + built.stderr);

const watch = spawn(process.execPath, [CLI, "watch", "--json"], { cwd: root });
let waiting: ((type: string) => void) | undefined;
let rest = "";
watch.stdout.on("data", (chunk: Buffer) => {
  rest += chunk.toString();
  const lines = rest.split("\n");
  rest = lines.pop()!;
  for (const line of lines) waiting?.((JSON.parse(line) as { type: string }).type);
});
watch.stderr.pipe(process.stderr);
const next = (wanted: string): Promise<number> =>
  new Promise((done) => {
    waiting = (type) => {
      if (type === wanted) done(performance.now());
    };
  });

await next("buildFinished");
const times: number[] = [];
for (let i = 0; i < SAVES; i++) {
  await new Promise((done) => setTimeout(done, 400));
  const started = next("targetStarted");
  const saved = performance.now();
  writeFileSync(join(root, "in", String((i * 7) % books), `${i % 19}.txt`), `changed ${i}\n`);
  times.push((await started) - saved);
  await next("buildFinished");
}
watch.kill("SIGINT");
times.sort((a, b) => a - b);
process.stdout.write(
  `${books * 19} targets: save to start, median ${times[SAVES >> 1]!.toFixed(0)} ms, fastest ${times[0]!.toFixed(0)} ms, slowest ${times.at(-1)!.toFixed(0)} ms\n`,
);
rmSync(root, { recursive: true });
