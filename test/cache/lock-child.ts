/**
 * Run by lock.test.ts as a process.
 *
 *   node script.mjs hold <root>             takes the lock, says so, and keeps it until killed
 *   node script.mjs contend <root> <rounds> takes and releases it, noting each time in <root>/../log
 */
import * as fs from "node:fs";
import { acquireLock } from "../../src/cache/lock.ts";
import type { Host } from "../../src/host.ts";

const [what = "", root = "", rounds = "1"] = process.argv.slice(2);
const host: Host = { fs, root, env: {}, now: () => Date.now(), random: () => 0.5, after: () => () => undefined };
const log = `${root}/../log`;

if (what === "hold") {
  const lock = acquireLock(host, "codex build");
  process.stdout.write(lock.ok ? "held" : lock.error.what);
  setInterval(() => undefined, 1_000);
} else {
  const until = Date.now() + 20_000;
  for (let done = 0; done < Number(rounds); ) {
    if (Date.now() > until) throw new Error("never got the lock");
    const lock = acquireLock(host, "codex build");
    if (!lock.ok) continue;
    fs.appendFileSync(log, `in ${process.pid}\n`);
    fs.appendFileSync(log, `out ${process.pid}\n`);
    done++;
    // Every third time the process dies as it holds the lock: the others must notice.
    if (done === Number(rounds) && process.pid % 3 === 0) process.kill(process.pid, "SIGKILL");
    lock.value.release();
  }
}
