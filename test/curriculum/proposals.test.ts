import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFragment } from "../../src/artifact/fragment.ts";
import { parseRef } from "../../src/artifact/ref.ts";
import {
  connectionOf,
  decideProposal,
  EMPTY_PROPOSALS,
  type NewProposal,
  queueProposal,
  readProposals,
} from "../../src/curriculum/proposals.ts";
import { realFile, WITHOUT_CORPUS } from "./workspace.ts";

const proposal = (to: string, more: Partial<NewProposal["connection"]> = {}): NewProposal => ({
  proposer: "draft of unit 03.09.11",
  proposedAt: "2026-11-22T10:00:00Z",
  rationale: "the catalog does not have it",
  connection: {
    from: "algebra.form",
    to,
    type: "dual",
    strength: "lateral",
    anchor_phrase: 'a "quoted" phrase \\ with a backslash',
    appears_in_units: ["03.09.11", "03.09.02"],
    appears_in_flows: [],
    synthesis_note: "Why it matters: $x^2$.",
    ...more,
  },
});

describe("proposals", () => {
  test("what is queued is read back", () => {
    const { text, id, action, ref } = queueProposal(EMPTY_PROPOSALS, proposal("geometry.x"));
    expect(action).toBe("queued");
    expect(text.startsWith(EMPTY_PROPOSALS)).toBe(true);
    const [read] = readProposals(text);
    expect(read).toMatchObject({ id: "conn:proposal:001", title: "algebra.form ↔ geometry.x", status: "pending" });
    expect(id).toBe(read?.id);
    expect(read?.fields.get("proposed_at")).toBe("2026-11-22T10:00:00Z");
    if (read === undefined) throw new Error("nothing read");
    expect(connectionOf(read)).toEqual({ ok: true, value: proposal("geometry.x").connection });
    const parsed = parseRef(ref);
    if (!parsed.ok || parsed.value.fragment === undefined) throw new Error(ref);
    expect(readFragment(text, parsed.value.fragment)).toMatchObject({
      ok: true,
      value: expect.stringContaining("- **status**: pending"),
    });
  });

  test("numbers go on; the same connection is queued once; CRLF stays", () => {
    const one = queueProposal("# P\r\n", proposal("a.x"));
    const two = queueProposal(one.text, proposal("a.y"));
    expect(two.id).toBe("conn:proposal:002");
    expect(two.text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(queueProposal(two.text, proposal("a.x", { synthesis_note: "Other words." }))).toMatchObject({
      text: two.text,
      id: "conn:proposal:001",
      action: "unchanged",
    });
  });

  test("a decision changes three lines", () => {
    const { text, id } = queueProposal(queueProposal(EMPTY_PROPOSALS, proposal("a.x")).text, proposal("a.y"));
    const decided = decideProposal(text, id, { status: "rejected", at: "2026-11-23", note: "It is no dual." });
    if (!decided.ok) throw new Error(decided.error);
    const changed = decided.value.text.split("\n").filter((line, at) => line !== text.split("\n")[at]);
    expect(changed).toEqual([
      "- **status**: rejected",
      "- **decision_at**: 2026-11-23",
      "- **decision_note**: It is no dual.",
    ]);
    expect(readProposals(decided.value.text).map(({ status }) => status)).toEqual(["pending", "rejected"]);
    expect(decideProposal(text, "conn:proposal:009", { status: "rejected", at: "", note: "" }).ok).toBe(false);
  });

  test("a proposal that lacks what the registry needs is not taken for a connection", () => {
    const text = "## conn:proposal:001 — x\n\n- **from**: a.b\n- **type**: friendship\n- **status**: maybe\n";
    const [read] = readProposals(text);
    if (read === undefined) throw new Error("nothing read");
    expect(read.status).toBeUndefined();
    expect(connectionOf(read)).toEqual({
      ok: false,
      error: "conn:proposal:001 has no usable to, type, strength, anchor_phrase",
    });
  });

  test("the template in a code fence is none, nor is what follows another heading", () => {
    const text =
      "```\n## conn:proposal:007\n- **status**: pending\n```\n## conn:proposal:001\n- **from**: a.b\n## Summary\n- **to**: c.d\n";
    expect(readProposals(text).map(({ id, fields }) => [id, fields.size])).toEqual([["conn:proposal:001", 1]]);
  });

  test("queueing keeps every byte that was there", () => {
    const line = fc.constantFrom(
      "# P",
      "words",
      "",
      "---",
      "## conn:proposal:003 — t",
      "- **status**: pending",
      "## Other",
    );
    fc.assert(
      fc.property(
        fc.array(line),
        fc.constantFrom("", "\n"),
        fc.uniqueArray(fc.constantFrom("a.x", "a.y", "a.z"), { minLength: 1 }),
        (lines, end, targets) => {
          let text = lines.join("\n") + end;
          const before = readProposals(text).length;
          for (const to of targets) {
            const edit = queueProposal(text, proposal(to));
            expect(edit.text.startsWith(text)).toBe(true);
            text = edit.text;
          }
          expect(readProposals(text)).toHaveLength(before + targets.length);
        },
      ),
    );
  });
});

describe.skipIf(WITHOUT_CORPUS !== undefined)(`the campaign's real proposals ${WITHOUT_CORPUS ?? ""}`, () => {
  test("all of them are read and usable, and the next one gets the next number", () => {
    const text = realFile("manifests/connection_proposals.md");
    const proposals = readProposals(text);
    expect(proposals).toHaveLength(13);
    for (const one of proposals) expect([one.id, one.status, connectionOf(one).ok]).toEqual([one.id, "pending", true]);
    expect(queueProposal(text, proposal("a.x"))).toMatchObject({
      id: "conn:proposal:014",
      text: expect.stringContaining(text),
    });
  });
});
