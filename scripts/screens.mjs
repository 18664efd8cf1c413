/**
 * Makes docs/screens/*.svg from real output: runs the commands on a terminal, in a copy of the pilot as it is committed, and
 * draws what they print. `node scripts/screens.mjs` after `npm run build`; needs `script` of Linux, git and tar.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Screen, svgOf } from "./screen-to-svg.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "codex-screens-"));
const COLUMNS = 110;
const ROWS = 30;
/** Where one frame of the live view begins. */
const FRAME = "\u001b[?2026h";

// What the pilot writes to as it was committed, the rest as it is here.
const archive = spawnSync("git", ["archive", "HEAD", "content", "docs/catalogs", "manifests", "plans"], {
  cwd: root,
  maxBuffer: 256 * 1024 * 1024,
});
if (archive.status !== 0) throw new Error(String(archive.stderr));
spawnSync("tar", ["-x"], { cwd: folder, input: archive.stdout });
for (const path of ["codex.config.ts", "manifests/books.yaml", "prompts", "recordings", "reference", "flows"])
  cpSync(join(root, path), join(folder, path), { recursive: true });
spawnSync("git", ["init", "-q"], { cwd: folder });
writeFileSync(join(folder, ".gitignore"), ".codex/\n");

/** What a command prints on a terminal. */
function printed(command) {
  const { NO_COLOR: _, CI: __, ...env } = process.env;
  const line = `stty cols ${COLUMNS} rows ${ROWS}; ${command.replace(/^codex/, `"${process.execPath}" "${join(root, "bin/codex.cjs")}"`)}`;
  return spawnSync("script", ["-qec", line, "/dev/null"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...env, TERM: "xterm-256color", LC_ALL: "C.UTF-8", FORCE_COLOR: "1" },
  }).stdout;
}

function draw(name, command, output) {
  const screen = new Screen();
  screen.write(`\u001b[2m$\u001b[22m ${command}\n`);
  screen.write(output);
  mkdirSync(join(root, "docs/screens"), { recursive: true });
  writeFileSync(join(root, `docs/screens/${name}.svg`), svgOf(screen, command));
  process.stdout.write(`docs/screens/${name}.svg\n`);
}

const BUILD = "codex build book/lawson-michelsohn";
const output = printed(BUILD);
// The frame in which most is going on.
const frames = output.split(FRAME);
const busiest = frames
  .map((frame, index) => ({ index, running: frame.split("→").length }))
  .reduce((best, each) => (each.running > best.running ? each : best));
draw("live", BUILD, frames.slice(0, busiest.index + 1).join(FRAME));
draw("build", BUILD, output);
draw("status", "codex status", printed("codex status"));
draw("why", "codex why book/lawson-michelsohn/P2_gap", printed("codex why book/lawson-michelsohn/P2_gap"));
draw("doctor", "codex doctor", printed("codex doctor"));
rmSync(folder, { recursive: true });
