/** What `codex doctor` makes of what it finds. */
import { describe, expect, test } from "vitest";
import {
  checkAgents,
  checkCache,
  checkClock,
  checkConfiguration,
  checkDisk,
  checkGit,
  checkLock,
  checkNode,
  type Finding,
} from "../../src/cli/doctor.ts";
import type { Config } from "../../src/rules/config.ts";

const GIB = 1024 ** 3;
const NOW = Date.parse("2026-06-01T12:00:00Z");
const agents = (provider: string, command?: string[]): Pick<Config, "agents"> =>
  ({ agents: { provider, command } }) as never;
const fault = { what: "broken", where: "codex.config.ts", mend: "correct it", exit: 2 };
const holder = { pid: 7, host: "h", boot: "", started: "", since: "2026-06-01T11:00:00Z", command: "codex build" };
const git = { inside: true, ignoresCache: true, ignoresTraces: false };
const cache = { files: 1, bytes: 5 * 1024 * 1024, unfinished: 0, tracesFault: undefined };

const CASES: readonly (readonly [Finding, Finding["level"], string])[] = [
  [checkNode("20.19.0"), "ok", "20.19.0"],
  [checkNode("24.0.0"), "ok", "24.0.0"],
  [checkNode("20.18.9"), "fail", "too old"],
  [checkNode("18.20.0"), "fail", "too old"],
  [checkDisk(50 * GIB, true), "ok", "50 GiB free"],
  [checkDisk(2.5 * GIB, true), "ok", "2.5 GiB free"],
  [checkDisk(0.5 * GIB, true), "warn", "0.5 GiB free"],
  [checkDisk(0.01 * GIB, true), "fail", "0.0 GiB free"],
  [checkDisk(50 * GIB, false), "fail", "cannot be written"],
  [checkDisk(undefined, true), "ok", "can be written"],
  [checkConfiguration(undefined, 1), "ok", "1 target"],
  [checkConfiguration(fault, 0), "fail", "codex.config.ts: broken"],
  [checkLock(undefined), "ok", "nobody"],
  [checkLock(holder as never), "warn", "process 7"],
  [checkAgents(agents("replay"), false, false), "ok", "nothing is paid"],
  [checkAgents(agents("anthropic"), true, false), "ok", "is set"],
  [checkAgents(agents("anthropic"), false, false), "fail", "not set"],
  [checkAgents(agents("command", ["claude"]), false, true), "ok", "claude"],
  [checkAgents(agents("command", ["claude"]), false, false), "fail", "not to be found"],
  [checkClock(NOW, NOW - 1000, NOW - 1000), "ok", "2026-06-01T12:00Z"],
  [checkClock(0, undefined, undefined), "fail", "long past"],
  [checkClock(NOW, undefined, NOW + 2 * 86_400_000), "warn", "audit log"],
  [checkClock(NOW, NOW + 2 * 86_400_000, undefined), "warn", "future"],
  [checkGit(git), "ok", "tracked"],
  [checkGit({ ...git, inside: undefined }), "warn", "not installed"],
  [checkGit({ ...git, inside: false }), "warn", "no repository"],
  [checkGit({ ...git, ignoresCache: false }), "warn", ".codex is not ignored"],
  [checkGit({ ...git, ignoresTraces: true }), "warn", "traces is ignored"],
  [checkCache(cache), "ok", "1 stored file, 5.0 MiB"],
  [checkCache({ ...cache, bytes: 5 * GIB }), "warn", "MiB"],
  [checkCache({ ...cache, unfinished: 1 }), "warn", "interrupted"],
  [checkCache({ ...cache, tracesFault: fault }), "fail", "broken"],
];

describe("doctor", () => {
  test.each(CASES)("%j", (finding, level, says) => {
    expect(finding.level).toBe(level);
    expect(finding.says).toContain(says);
    // Whatever is not well has something that mends it.
    expect(finding.mend === "").toBe(level === "ok");
  });
});
