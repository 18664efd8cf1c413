/**
 * Run by commit.test.ts as a process: commits, or rolls forward, and kills itself before the chosen call.
 *
 *   node script.mjs commit|rollForward <root> <call>     (prints the number of calls where it was not killed)
 */
import * as fs from "node:fs";
import { commit, rollForward } from "../../src/cache/commit.ts";
import { Store } from "../../src/cache/store.ts";
import type { Host } from "../../src/host.ts";
import { interrupted } from "./dying-fs.ts";

const [what = "", root = "", at = ""] = process.argv.slice(2);
let calls = 0;
const dying = interrupted((call) => {
  calls = call + 1;
  if (call === Number(at)) process.kill(process.pid, "SIGKILL");
});
const host: Host = { fs: dying, root, env: {}, now: () => 0, random: () => 0.5, after: () => () => undefined };
const store = new Store({ ...host, fs });
const result =
  what === "commit"
    ? commit(host, store, JSON.parse(fs.readFileSync(`${root}/../plan.json`, "utf8")))
    : rollForward(host, store);
if (!result.ok) throw new Error(result.error.what);
process.stdout.write(String(calls));
