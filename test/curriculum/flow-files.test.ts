/** Links written into a flow's front matter, every other byte as it was. */
import { describe, expect, test } from "vitest";
import { readFlow } from "../../src/curriculum/flow.ts";
import { addLinks, withoutLinks } from "../../src/curriculum/flow-files.ts";
import { parseFlows, sectionsOf } from "../../src/curriculum/flow-list.ts";

const flow = (more: string): string =>
  `---\nid: a\ntitle: "A"\nkind: theme\n${more}steps: []\n---\n\nText with connections_outward: in it.\n`;
const LINK = { flow: "a", to: "b", relation: "feeds", because: 'b says: "x"' } as const;

describe("a link", () => {
  test.each([
    ["where there is no list", flow("")],
    ["where the list is empty", flow("connections_outward: []\n")],
    ["before those that are there", flow("connections_outward:\n  - { flow: c, relation: parallel }\n")],
  ])("is added %s", (_name, source) => {
    const linked = addLinks(source, [LINK]);
    if (!linked.ok) throw new Error(linked.error);
    const read = readFlow(linked.value, "a");
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    expect(read.value.connections_outward[0]).toEqual({ flow: "b", relation: "feeds", note: 'b says: "x"' });
    const removed = linked.value
      .split("\n")
      .filter((line) => !line.includes("flow: b") && line !== "connections_outward:");
    const before = source.split("\n").filter((line) => !line.startsWith("connections_outward:"));
    expect(removed).toEqual(before);
  });

  test("is not guessed into a list of another form", () => {
    expect(addLinks(flow("connections_outward: [{ flow: c, relation: parallel }]\n"), [LINK]).ok).toBe(false);
  });

  test("that is not there changes nothing, and makes no other flow stale", () => {
    expect(addLinks(flow(""), [])).toEqual({ ok: true, value: flow("") });
    const [bare, linked] = [flow(""), flow("connections_outward:\n  - { flow: c, relation: parallel }\n")].map(
      (text) => {
        const read = readFlow(text, "a");
        return read.ok ? withoutLinks(read.value) : "";
      },
    );
    expect(linked).toBe(bare);
  });
});

describe("the list of flows", () => {
  const list = (flows: string): string =>
    `version: 1\ntiers:\n  alpha: { book_usd: 1, tier_usd: 1 }\n  beta: { book_usd: 1, tier_usd: 1 }\n  gamma: { book_usd: 1, tier_usd: 1 }\ncampaign_usd: 1\nbooks:\n  - { slug: x, tier: alpha, entry: null, author: A, title: X, year: 1989, scope: [I.1] }\n${flows}`;

  test("may be left out; its sections are the book's scope", () => {
    expect(parseFlows(list(""))).toEqual([]);
    const [author, strand] = parseFlows(
      list(
        "flows:\n  - { id: a, kind: author, title: A, source_book: x }\n  - { id: s, kind: strand, title: S, flows: [a] }\n",
      ),
    );
    expect([author!.path, author!.book?.slug, sectionsOf(author!)]).toEqual(["flows/a.md", "x", ["I.1"]]);
    expect([strand!.book, strand!.flows, sectionsOf(strand!)]).toEqual([undefined, ["a"], []]);
  });

  test.each([
    ["an author flow without a book", "- { id: a, kind: author, title: A }", "names no book"],
    [
      "a book that is not listed",
      "- { id: a, kind: author, title: A, source_book: y }",
      "the book y, which is not listed",
    ],
    ["a strand of nothing", "- { id: a, kind: strand, title: A }", "hangs off nothing"],
    ["a flow that is not listed", "- { id: a, kind: strand, title: A, flows: [b] }", "is made of b"],
    [
      "a circle",
      "- { id: a, kind: strand, title: A, flows: [b] }\n  - { id: b, kind: theme, title: B, flows: [a] }",
      "of each other",
    ],
    ["an unknown kind", "- { id: a, kind: poem, title: A }", "flows.0.kind"],
  ])("refuses %s", (_name, entry, what) => {
    expect(() => parseFlows(list(`flows:\n  ${entry}\n`))).toThrow(what);
  });
});
