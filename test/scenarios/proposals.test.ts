/** Connections that wait for a person, from the list to the decision. */
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { EMPTY_PROPOSALS, queueProposal } from "../../src/curriculum/proposals.ts";
import { pilot } from "./harness.ts";

const QUEUE = "manifests/connection_proposals.md";

test("a queued connection is listed, approved with its number in the units, and not decided twice", () => {
  const campaign = pilot();
  const connection = {
    from: "algebra.form",
    to: "geometry.spin-cover",
    type: "dual" as const,
    strength: "lateral" as const,
    anchor_phrase: "the cover is dual to the form",
    appears_in_units: [],
    appears_in_flows: [],
    synthesis_note: "",
  };
  const proposal = { proposer: "a test", proposedAt: "", rationale: "neither end is the unit's own", connection };
  campaign.write(QUEUE, queueProposal(EMPTY_PROPOSALS, proposal).text);

  const listed = campaign.codex("proposals");
  expect(listed.out).toContain("conn:proposal:001  pending  algebra.form ↔ geometry.spin-cover");
  expect(listed.out).toContain("1 proposal waits");

  const refused = campaign.codex("proposals", "reject", "1");
  expect(refused).toMatchObject({ code: 2 });
  expect(campaign.read(QUEUE)).toContain("- **status**: pending");

  const approved = campaign.codex("proposals", "approve", "1", "--why", "read it");
  expect(approved.err).toBe("");
  expect(approved.out).toMatch(/conn:proposal:001 is approved and registered as conn:\d{3,}\.spin-cover/);
  expect(campaign.read("manifests/connections.json")).toContain("the cover is dual to the form");
  expect(campaign.read(QUEUE)).toMatch(/\*\*decision_note\*\*: read it \(registered as conn:\d+\.spin-cover\)/);

  const again = campaign.codex("proposals", "approve", "1");
  expect(again.code).toBe(2);
  expect(again.err).toContain("conn:proposal:001 is approved, not pending");
  expect(campaign.codex("proposals").out).toContain("No proposal waits");
});

test("a campaign without a deps file is judged as if nothing were pending", () => {
  const campaign = pilot();
  rmSync(campaign.path("manifests/deps.json"));
  const { code, err } = campaign.codex("validate");
  expect(err).toBe("");
  expect(code).not.toBe(2);
});
