/** Disks that are full or fail under a real build: it is said, nothing is half-written, and the next build goes on without paying again. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Campaign } from "../scenarios/harness.ts";
import { campaignOf } from "./campaign.ts";
import { Stub } from "./stub.ts";
import { dying, survive } from "./trial.ts";

let stub: Stub;
let campaign: Campaign;
beforeEach(() => {
  stub = new Stub();
  campaign = campaignOf(stub);
});
afterEach(() => stub.close());

/** From the middle of a build on. */
const FULL = [
  "store:9",
  "journal:4",
  "commit:3",
  "traces:2",
  "log:3",
  "cost:2",
  "ledger:1",
  "results:3",
  "lock:1",
  "own:1",
  "workspace:4",
];

test.each(FULL)("full from write %s on", { timeout: 60_000 }, async (point) => {
  campaign.env = dying({ CODEX_CRASH_AT: `ENOSPC:write ${point}` });
  const run = await campaign.start("build").ended;
  expect(run.code, run.out + run.err).toBe(1);
  expect(run.out + run.err).toMatch(/no space left on device/);
  expect(run.err).not.toContain("a mistake in Codex itself");
  // With room again it goes on; what was settled is not paid again.
  expect(await survive(campaign, stub, [], 1)).toBe(0);
});

const FAILS = [
  "fsync store:5",
  "fsync journal:3",
  "rename workspace:3",
  "fsync commit:1",
  "write traces:1",
  "fsync log:3",
  "write cost:2",
  "rename ledger:1",
  "rename results:2",
  "link lock:1",
];

test.each(FAILS)("failing at %s", { timeout: 60_000 }, async (point) => {
  campaign.env = dying({ CODEX_CRASH_AT: `EIO:${point}` });
  const run = await campaign.start("build").ended;
  expect(run.code, run.out + run.err).toBe(1);
  expect(run.out + run.err).toMatch(/i\/o error/);
  expect(run.err).not.toContain("a mistake in Codex itself");
  expect(await survive(campaign, stub, [], 1)).toBe(0);
});
