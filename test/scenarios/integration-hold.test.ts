/** An integration that leaves what was there worse than before stops further integration, and nothing else. */
import { beforeAll, describe, expect, test } from "vitest";
import { dying } from "../crash/trial.ts";
import { type Campaign, pilot } from "./harness.ts";

const BOOK = "book/lawson-michelsohn-spin-geometry";
const UNIT = "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md";
const HOLD = "manifests/integration_hold.json";
const LOG = "manifests/campaign.log.jsonl";
/** Says in capitals what the first batch registers as an anchor phrase: from then on it is one that is not used verbatim. */
const SAID = "The Chessboard Classifies The Clifford Algebras.";

const build = (campaign: Campaign) => {
  const run = campaign.codex("build", BOOK, "-j", "1");
  return { ...run, out: run.out + run.err };
};
const ran = (out: string): string[] =>
  [...out.matchAll(/^✓ \S+?\/((?:P4|integrate|P5)\S*) done/gm)].map(([, id]) => id!);

/** The pilot with a unit that the first batch's registry entry makes worse. */
function disturbed(): Campaign {
  const campaign = pilot();
  const text = campaign.read(UNIT);
  campaign.write(UNIT, `${text.trimEnd()}\n\n${SAID}\n`);
  return campaign;
}

let held: Campaign;
let first: ReturnType<typeof build>;
beforeAll(() => {
  held = disturbed();
  first = build(held);
}, 60_000);

describe("a fall of continuity", () => {
  test("stops the next integration, and not production", () => {
    expect(first.code, first.out + first.err).toBe(4);
    expect(first.out).toMatch(
      /Paused: continuity got worse with \S+\/integrate\/1: anchor phrases used verbatim 1\.00 → 0\.\d\d \(at least 0\.95\)/,
    );
    expect(first.out).toContain('codex continuity --accept --why "…"');
    expect(ran(first.out)).toEqual(
      expect.arrayContaining(["integrate/1", "P4_production/03.09.16", "P4_production/03.09.18"]),
    );
    expect(ran(first.out)).not.toContain("integrate/2");
    expect(JSON.parse(held.read(HOLD))).toMatchObject({ after: `${BOOK}/integrate/1`, failing: [] });
    // It says so wherever a person looks for what waits.
    const inbox = JSON.parse(held.codex("inbox", "--format", "json").out);
    expect(inbox.items).toEqual([expect.objectContaining({ address: `${BOOK}/integrate/1`, kind: "hold" })]);
    expect(held.codex("status").out).toContain(`got worse with ${BOOK}/integrate/1`);
    expect(held.codex("ledger", "verify").code).toBe(0);
  });

  test("still stops it in the next build", () => {
    const campaign = held.clone();
    const again = build(campaign);
    expect(again.code).toBe(4);
    expect(again.out).toContain("Paused: continuity got worse");
    expect(ran(again.out)).toEqual([]);
  });

  test("is lifted by a person who says why, and the log keeps it", () => {
    const campaign = held.clone();
    const bare = campaign.codex("continuity", "--accept");
    expect(bare).toMatchObject({ code: 2, out: "" });
    expect(bare.err).toContain("say why");
    const accepted = campaign.codex("continuity", "--accept", "--why", "the capitals are meant");
    expect(accepted.code, accepted.err).toBe(0);
    expect(campaign.exists(HOLD)).toBe(false);
    const after = build(campaign);
    expect(after.code, after.out + after.err).toBe(0);
    expect(ran(after.out)).toContain("integrate/2");
    const lines = campaign
      .read(LOG)
      .split("\n")
      .filter((line) => line.includes('"kind":"hold"'));
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ from: "open", to: "held", actor: "engine" }),
      expect.objectContaining({ from: "held", to: "accepted", rationale: "the capitals are meant" }),
    ]);
    expect(campaign.codex("ledger", "verify").code).toBe(0);
    expect(campaign.codex("continuity", "--accept", "--why", "again")).toMatchObject({ code: 2 });
  });

  test("is lifted by itself when the unit is mended", () => {
    const campaign = held.clone();
    campaign.edit(UNIT, SAID, "The chessboard is elsewhere.");
    const after = build(campaign);
    expect(after.code, after.out + after.err).toBe(0);
    expect(after.out).toContain(`Continuity is again what it was before ${BOOK}/integrate/1: integration goes on.`);
    expect(ran(after.out)).toContain("integrate/2");
    expect(campaign.exists(HOLD)).toBe(false);
  });

  test("is noticed by the next build where this one died before it could compare", () => {
    const log = held.read(LOG).split("\n");
    const line = log.findIndex((each) => each.includes(`${BOOK}/integrate/1"`) && each.includes('"completed"')) + 1;
    const campaign = disturbed();
    campaign.env = dying({ CODEX_CRASH_AT: `kill:fsync log:${line}` });
    expect(build(campaign).code).toBe(-1);
    expect(campaign.exists(HOLD)).toBe(false);
    campaign.env = { NO_COLOR: "1" };
    const next = build(campaign);
    expect(next.code, next.out + next.err).toBe(4);
    expect(next.out).toContain("Paused: continuity got worse with");
    expect(ran(next.out)).not.toContain("integrate/2");
  });

  test("that cannot be read any more still holds, until a person says otherwise", () => {
    const campaign = held.clone();
    campaign.write(HOLD, "<<<<<<< ours\n");
    const again = build(campaign);
    expect(again.code).toBe(4);
    expect(again.out).toContain(`Paused: ${HOLD} says that integration is held, and cannot be read`);
    expect(campaign.codex("continuity", "--accept", "--why", "merged badly").code).toBe(0);
    expect(build(campaign).code).toBe(0);
  });

  test("is not looked for where the configuration says so", () => {
    const campaign = disturbed();
    campaign.edit("codex.config.ts", "  campaign,", "  campaign,\n  hardStops: { continuity: false },");
    const run = build(campaign);
    expect(run.out).not.toContain("Paused");
    expect(ran(run.out)).toContain("integrate/2");
  });
}, 60_000);
