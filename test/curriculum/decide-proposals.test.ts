import { describe, expect, test } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { readConnections } from "../../src/curriculum/connections.ts";
import { decideProposals, proposalsOf } from "../../src/curriculum/decide-proposals.ts";
import { EMPTY_PROPOSALS, queueProposal } from "../../src/curriculum/proposals.ts";
import { bytesOf, type Files, textOf, viewOf } from "./workspace.ts";

const AT = "2026-11-22T10:00:00.000Z";
const asked = (to: string) => ({
  proposer: "draft of unit 01.01.01",
  proposedAt: "",
  rationale: "the catalog does not have it",
  connection: {
    from: "algebra.form",
    to,
    type: "dual" as const,
    strength: "lateral" as const,
    anchor_phrase: `the dual of ${to}`,
    appears_in_units: ["01.01.01"],
    appears_in_flows: [],
    synthesis_note: "",
  },
});
const two = queueProposal(queueProposal(EMPTY_PROPOSALS, asked("geometry.x")).text, asked("geometry.some-thing")).text;
const files = (more: Record<string, string> = {}): Files =>
  new Map(
    Object.entries({
      "manifests/connection_proposals.md": two,
      "manifests/connections.json": '{\n  "connections": []\n}\n',
      "content/01/a.md": "---\nid: 01.01.01\n---\nsee conn:proposal:002, conn:proposal:0021 and conn:proposal:001\n",
      "content/01/b.md": "---\nid: 01.01.02\n---\nnothing\n",
      ...more,
    }).map(([path, text]) => [path as RepoPath, bytesOf(text)]),
  );

describe("a person's decision on proposals", () => {
  test("an approved one is registered, and its units name the number", () => {
    const decided = decideProposals(viewOf(files()), ["conn:proposal:002"], {
      status: "approved",
      at: AT,
      note: "yes",
    });
    if (!decided.ok) throw new Error(decided.error);
    const { changes } = decided.value;
    expect([...changes.keys()].sort()).toEqual([
      "content/01/a.md",
      "manifests/connection_proposals.md",
      "manifests/connections.json",
    ]);
    const registry = readConnections(textOf(changes.get("manifests/connections.json" as RepoPath)));
    expect(registry.ok && registry.value.entries).toMatchObject([
      { id: "conn:001.some-thing", from: "algebra.form", to: "geometry.some-thing" },
    ]);
    expect(textOf(changes.get("content/01/a.md" as RepoPath))).toContain(
      "see conn:001.some-thing, conn:proposal:0021 and conn:proposal:001\n",
    );
    const after = proposalsOf(viewOf(new Map([...files(), ...changes])));
    expect(after.map(({ status }) => status)).toEqual(["pending", "approved"]);
    expect(after[1]?.fields.get("decision_note")).toBe("yes (registered as conn:001.some-thing)");
  });

  test("a rejected one changes the queue only", () => {
    const decided = decideProposals(viewOf(files()), ["conn:proposal:001"], { status: "rejected", at: AT, note: "no" });
    expect(decided.ok && [...decided.value.changes.keys()]).toEqual(["manifests/connection_proposals.md"]);
  });

  test("several get numbers of their own", () => {
    const decided = decideProposals(viewOf(files()), ["conn:proposal:001", "conn:proposal:002"], {
      status: "approved",
      at: AT,
      note: "",
    });
    expect(decided.ok && decided.value.actions).toEqual([
      "conn:proposal:001 is approved and registered as conn:001.x",
      "conn:proposal:002 is approved and registered as conn:002.some-thing",
      "content/01/a.md names it by its number",
    ]);
  });

  test.each([
    ["an unknown one", ["conn:proposal:009"], {}, "there is no proposal conn:proposal:009"],
    [
      "one that is decided",
      ["conn:proposal:001"],
      { "manifests/connection_proposals.md": two.replace("**status**: pending", "**status**: rejected") },
      "conn:proposal:001 is rejected, not pending",
    ],
    [
      "one without its fields",
      ["conn:proposal:001"],
      { "manifests/connection_proposals.md": two.replace("- **type**: dual", "- **type**: twin") },
      "conn:proposal:001 has no usable type",
    ],
    ["a broken registry", ["conn:proposal:001"], { "manifests/connections.json": "{" }, "manifests/connections.json "],
  ])("refuses %s and changes nothing", (_, ids, more, told) => {
    const decided = decideProposals(viewOf(files(more)), ids, { status: "approved", at: AT, note: "" });
    expect(!decided.ok && decided.error).toContain(told);
  });
});
