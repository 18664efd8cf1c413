/** A build that is left alone: it waits at gates, wakes when they are answered, hands over at each stop, and survives. */
import { expect, test } from "vitest";
import { type Campaign, pilot, type Running, until } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const GATE = `${BOOK}/P2_gap.gate`;
const REPORT = "manifests/operator_report.md";
const TEST_SECONDS = 90_000;

function gated(): Campaign {
  const campaign = pilot();
  campaign.edit("codex.config.ts", "fasttrack()", 'fasttrack({ gates: ["P2_gap", "P3_plan"] })');
  return campaign;
}
const waits = (running: Running, times: number): Promise<void> =>
  until(() => running.text().split("Waiting for a change").length > times, `it waits for the ${times}. time`);

test(
  "waits at gates, wakes when they are answered, and goes on after a kill",
  async () => {
    const campaign = gated();
    const first = campaign.start("build", BOOK, "--until", "release/v0.7");
    await waits(first, 1);
    expect(campaign.read(REPORT)).toContain(`**${GATE}**`);
    expect(campaign.read(REPORT)).toContain(`codex approve ${GATE}`);
    expect(campaign.codex("approve", GATE).code).toBe(0);
    await waits(first, 2);
    expect(campaign.read(REPORT)).toContain(`**${BOOK}/P3_plan.gate**`);

    first.child.kill("SIGKILL");
    await first.ended;
    // Answered while nobody was there.
    expect(campaign.codex("approve", `${BOOK}/P3_plan.gate`).code).toBe(0);
    const second = campaign.start("build", BOOK, "--until", "release/v0.7");
    await waits(second, 1);
    expect(campaign.codex("build", BOOK).out).toContain("Nothing to do");
    const report = campaign.read(REPORT);
    expect(report).toContain("v0.7: 0 of 3 criteria met.");
    expect(report).toContain("1 equivalence-covered");
    expect(report).toContain("## Waiting for you\n\nNothing.");

    second.child.kill("SIGINT");
    expect((await second.ended).code).toBe(130);
  },
  TEST_SECONDS,
);

test("a release that is none is refused before anything runs", () => {
  const campaign = gated();
  const refused = campaign.codex("build", BOOK, "--until", "release/v9");
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.err).toContain("release/v0.7");
  expect(campaign.exists("manifests/traces")).toBe(false);
});
