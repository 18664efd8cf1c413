/** However a build ends, the programs that it had started end too, and those that they had started. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Campaign, until } from "../scenarios/harness.ts";
import { campaignOf } from "./campaign.ts";
import { Stub } from "./stub.ts";
import { survive } from "./trial.ts";

let stub: Stub;
let campaign: Campaign;
beforeEach(() => {
  stub = new Stub();
  campaign = campaignOf(stub, "grandchild");
});
afterEach(() => stub.close());

test.each<[signals: readonly NodeJS.Signals[], code: number]>([
  [["SIGINT", "SIGINT"], 130],
  [["SIGTERM", "SIGTERM"], 130],
  [["SIGKILL"], -1],
  [["SIGHUP"], -1],
  [["SIGINT", "SIGKILL"], -1],
])("%j leaves no program running", { timeout: 60_000 }, async (signals, code) => {
  // An answer that takes longer than anybody waits.
  stub.delay = 600_000;
  const build = campaign.start("build");
  await until(() => stub.connected === 2, "two agents work");
  for (const [index, signal] of signals.entries()) {
    if (index > 0) await until(() => build.text().includes("Stopping"), "the first signal was heard");
    build.child.kill(signal);
  }
  expect((await build.ended).code).toBe(code);
  await until(() => stub.connected === 0, "no program is left");
  stub.delay = 0;
  expect(await survive(campaign, stub, [], 1)).toBe(0);
});

test("one signal lets running targets finish", { timeout: 60_000 }, async () => {
  stub.delay = 1_500;
  const build = campaign.start("build");
  await until(() => stub.connected === 2, "two agents work");
  build.child.kill("SIGINT");
  const run = await build.ended;
  expect(run.code).toBe(130);
  expect(run.out).toMatch(/✓ book\/one\/P1_audit done/);
  expect(run.out).toMatch(/✓ book\/two\/P1_audit done/);
  expect(stub.total).toBe(2);
  stub.delay = 0;
  await survive(campaign, stub, []);
  expect(stub.total).toBe(6);
});
