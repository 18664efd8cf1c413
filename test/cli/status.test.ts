/** The campaign at a glance, as text, Markdown and JSON. */
import { expect, test } from "vitest";
import type { Terminal } from "../../src/cli/terminal.ts";
import { type StatusReport, statusJson, statusMarkdown, statusText } from "../../src/cli/view/status.ts";

const plain = new Proxy({} as Terminal["colours"], { get: () => (text: string) => text });
const REPORT: StatusReport = {
  passes: ["P1", "P2", "PA"],
  rows: [
    {
      address: "book/x",
      state: "audited",
      edited: true,
      begun: true,
      passes: ["fresh", "waiting", undefined],
      targets: [{ id: "book/x/P1", state: "edited" }],
    },
    {
      address: "book/y",
      state: "draft",
      edited: false,
      begun: false,
      passes: ["stale", "pending", undefined],
      targets: [],
    },
    {
      address: "flow/z",
      state: undefined,
      edited: false,
      begun: false,
      passes: [undefined, undefined, "stale"],
      targets: [],
    },
  ],
  tiers: [{ tier: "alpha", books: 2, underWay: 1, done: 0, money: { spentUsd: 1.5, ceilingUsd: 600 } }],
  money: { spentUsd: 1.5, ceilingUsd: undefined },
  waiting: Array.from({ length: 7 }, (_, i) => ({
    address: `book/x/P2.gate${i}`,
    asks: "Is it *right* | or not?",
    command: `codex approve book/x/P2.gate${i}`,
  })),
  counts: [
    ["blockedByEdit", 1],
    ["fresh", 2],
  ],
};

test("as text: what was begun, in columns that say something; five of those who wait; everything counted", () => {
  expect(statusText(REPORT, plain)).toEqual([
    "        P1  P2",
    "book/x  ✓   ?   audited (edited by a person)",
    "✓ fresh  ? waits for a person",
    "",
    "tier   books  under way  done  spent",
    "alpha  2      1          0     $1.50 of $600.00",
    "Campaign: $1.50",
    "",
    ...REPORT.waiting
      .slice(0, 5)
      .map(({ address, asks, command }) => `Waiting for you: ${address}: ${asks}: ${command}`),
    "  and 2 more: codex inbox",
    "2 books, 1 flow, 2 untouched. Targets: 1 blocked by an edit, 2 fresh.",
  ]);
});

test("as Markdown: tables, and texts that cannot break out of them", () => {
  const lines = statusMarkdown(REPORT);
  expect(lines.slice(0, 3)).toEqual([
    "|  | P1 | P2 | state |",
    "|---|---|---|---|",
    "| `book/x` | ✓ | ? | audited (edited by a person) |",
  ]);
  expect(lines).toContain("| alpha | 2 | 1 | 0 | $1.50 of $600.00 |");
  expect(lines).toContain("- `book/x/P2.gate6`: Is it \\*right\\* \\| or not?: `codex approve book/x/P2.gate6`");
});

test("as JSON: everything", () => {
  expect(JSON.parse(JSON.stringify(statusJson(REPORT)))).toMatchObject({
    version: 1,
    rows: [{ address: "book/x", state: "audited" }, {}, {}],
    waiting: { length: 7 },
    counts: { blockedByEdit: 1, fresh: 2 },
  });
});

test("without anything begun there is only the count", () => {
  const none = { ...REPORT, rows: REPORT.rows.slice(1), tiers: [], money: undefined, waiting: [] };
  expect(statusText(none, plain)).toEqual(["1 book, 1 flow, 2 untouched. Targets: 1 blocked by an edit, 2 fresh."]);
});
