/**
 * Loaded into a real `codex` by `node --require`, before anything else: from a chosen call on that changes the disk, the
 * process dies or the disk fails. Nothing of Codex knows of it.
 *
 *   CODEX_CRASH_AT=kill:rename store:3     SIGKILL just before the third call of that name
 *   CODEX_CRASH_AT=torn:write log:1        it writes half of its bytes, then SIGKILL
 *   CODEX_CRASH_AT=ENOSPC:write store:1    from there on nothing more can be written
 *   CODEX_CRASH_AT=EIO:fsync log:1         it fails
 *   CODEX_CRASH_POINTS=<file>              the name of every call is written there, a line each
 *
 * A name says what is done and to what: `fsync log`, `rename store`, `write workspace`; `any` is every call.
 */
"use strict";
const fs = require("node:fs");
const { relative, dirname } = require("node:path");

const [what, name, number] = (process.env.CODEX_CRASH_AT ?? "never::0").split(":");
const at = Number(number);
const root = process.cwd();
const real = { ...fs };
const list =
  process.env.CODEX_CRASH_POINTS === undefined ? undefined : real.openSync(process.env.CODEX_CRASH_POINTS, "a");
const paths = new Map();
let calls = 0;
let dead = false;

const KINDS = [
  [/^\.codex\/cas/, "store"],
  [/^\.codex\/ac/, "results"],
  [/^\.codex\/commits/, "commit"],
  [/^\.codex\/calls/, "journal"],
  [/^\.codex\/lock/, "lock"],
  [/^\.codex/, "own"],
  [/^manifests\/traces/, "traces"],
  [/^manifests\/campaign\.log/, "log"],
  [/^manifests\/cost_ledger/, "cost"],
  [/^manifests\/(campaign\.json|fasttrack_coverage\.md|\w+_report\.md|\.codex-\d+-\d+\.tmp)$/, "ledger"],
];
const kindOf = (path) => KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? "workspace";

/** Comes before each call that changes the workspace. `write` does half of what the call would do. */
function point(operation, path, write) {
  const inside = typeof path === "string" ? relative(root, path) : "..";
  if (dead || inside.startsWith("..")) return;
  const here = `${operation} ${kindOf(inside)}`;
  if (list !== undefined) real.writeSync(list, `${here}\n`);
  if (what === "ENOSPC" && calls >= at) return refuse(operation, path);
  if (name !== "any" && name !== here) return;
  if (++calls !== at) return;
  switch (what) {
    case "kill":
    case "torn":
      if (what === "torn") write?.();
      process.kill(process.pid, "SIGKILL");
      dead = true;
      return;
    case "ENOSPC":
      return refuse(operation, path);
    case "EIO":
      throw fault("EIO", "i/o error", operation, path);
    default:
      throw new Error(`unknown: ${what}`);
  }
}

/** A full disk still renames and removes. */
function refuse(operation, path) {
  if (["open", "write", "mkdir", "link"].includes(operation))
    throw fault("ENOSPC", "no space left on device", operation, path);
}

function fault(code, text, syscall, path) {
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${path}'`), { code, syscall, path, errno: -1 });
}

fs.openSync = (path, flags, mode) => {
  const writes = typeof flags === "string" && /[wxa+]/.test(flags);
  if (writes) point("open", path);
  const fd = real.openSync(path, flags, mode);
  paths.set(fd, String(path));
  return fd;
};
fs.closeSync = (fd) => {
  paths.delete(fd);
  real.closeSync(fd);
};
const half = (data) => (typeof data === "string" ? Buffer.from(data) : Buffer.from(data)).subarray(0, data.length >> 1);
fs.writeFileSync = (to, data, options) => {
  const path = typeof to === "number" ? paths.get(to) : String(to);
  point("write", path, () => real.writeFileSync(to, half(data)));
  real.writeFileSync(to, data, options);
};
fs.writeSync = (fd, data, ...rest) => {
  if (fd !== list) point("write", paths.get(fd), () => real.writeSync(fd, half(data)));
  return real.writeSync(fd, data, ...rest);
};
fs.fsyncSync = (fd) => {
  point("fsync", paths.get(fd));
  real.fsyncSync(fd);
};
fs.renameSync = (from, to) => {
  point("rename", String(to));
  real.renameSync(from, to);
};
fs.linkSync = (from, to) => {
  point("link", String(to));
  real.linkSync(from, to);
};
fs.unlinkSync = (path) => {
  point("remove", String(path));
  real.unlinkSync(path);
};
fs.rmSync = (path, options) => {
  if (real.existsSync(path)) point("remove", String(path));
  real.rmSync(path, options);
};
fs.mkdirSync = (path, options) => {
  if (!real.existsSync(path)) point("mkdir", `${dirname(String(path))}/x`);
  return real.mkdirSync(path, options);
};
