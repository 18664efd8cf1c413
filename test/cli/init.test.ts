/** What `codex init` finds and would write: nothing that exists, and a list of books that its own reader takes. */

import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { ignoredToo, isCampaign, lookAround, newFiles } from "../../src/cli/init.ts";
import { parseBooks } from "../../src/curriculum/books.ts";

function folder(files: Readonly<Record<string, string>>): WorkspaceView {
  return {
    bytes: (path) => (files[path] === undefined ? undefined : new TextEncoder().encode(files[path])),
    list: (globs) =>
      Object.keys(files)
        .filter((path) => picomatch.isMatch(path, [...globs]))
        .sort() as RepoPath[],
  };
}
const written = (files: Readonly<Record<string, string>>): Record<string, string> => {
  const view = folder(files);
  return Object.fromEntries(newFiles(lookAround(view), view).map(({ path, text }) => [path, text]));
};

describe("an empty folder", () => {
  test("becomes a campaign that runs at once", () => {
    expect(isCampaign(lookAround(folder({})))).toBe(false);
    expect(Object.keys(written({}))).toEqual(["codex.config.ts", "notes/hello.txt"]);
  });
  test("what is there is not written", () => {
    expect(Object.keys(written({ "notes/hello.txt": "mine" }))).toEqual(["codex.config.ts"]);
    expect(written({ "codex.config.mjs": "mine" })).toEqual({});
  });
});

describe("a campaign that was begun without Codex", () => {
  const PLAN = "# Atiyah — *K-Theory* (Fast Track 3.10) — Audit + Gap Plan\n\n**Book:** Michael F. Atiyah, 1967\n";
  const FRONT =
    '---\nbook: "Bott, Raoul & Tu — *Differential Forms in Algebraic Topology*"\nyear: 1982\nfasttrack_entry: 1.17\n---\n';
  const LEDGER = JSON.stringify({
    books: {
      "spin-geometry": { tier: "α", fasttrack_entry: "3.35", title: "Lawson & Michelsohn — Spin Geometry", year: 1989 },
      "bott-tu": { tier: "beta", title: "x" },
      "../../evil": { title: "y" },
      broken: null,
    },
  });

  test("its books are those that ledger and plans name", () => {
    const files = written({
      "plans/fasttrack/atiyah-k-theory.md": PLAN,
      "plans/fasttrack/bott-forms.md": FRONT,
      "plans/fasttrack/Not A Slug.md": PLAN,
      "manifests/campaign.json": LEDGER,
    });
    const books = parseBooks(files["manifests/books.yaml"]!).map(({ slug, tier, entry, author, title, year }) => [
      slug,
      tier,
      entry,
      author,
      title,
      year,
    ]);
    expect(books).toEqual([
      ["atiyah-k-theory", "gamma", "3.10", "Atiyah", "K-Theory", 1967],
      ["bott-forms", "gamma", "1.17", "Bott, Raoul & Tu", "Differential Forms in Algebraic Topology", 1982],
      ["bott-tu", "beta", null, "", "x", 0],
      ["spin-geometry", "alpha", "3.35", "Lawson & Michelsohn", "Spin Geometry", 1989],
    ]);
  });

  test("a list of books that is there is kept, and a damaged ledger is no obstacle", () => {
    expect(Object.keys(written({ "manifests/books.yaml": "x" }))).toEqual(["codex.config.ts"]);
    expect(written({ "content/a.md": "", "manifests/campaign.json": "{" })["manifests/books.yaml"]).toContain(
      "books: []",
    );
  });

  test("replays where there are recordings, and looks things up where there is a catalog", () => {
    const config = (files: Readonly<Record<string, string>>): string => written(files)["codex.config.ts"]!;
    expect(config({ "content/a.md": "" })).toContain('provider: "anthropic" }');
    expect(config({ "content/a.md": "", "recordings/a.yaml": "", "docs/catalogs/CONCEPT_CATALOG.md": "" })).toContain(
      'provider: "replay", lookup: "docs/catalogs/CONCEPT_CATALOG.md" }',
    );
  });
});

test.each<[string | undefined, string | undefined]>([
  [undefined, ".codex/\n"],
  ["", ".codex/\n"],
  ["dist/\n", ".codex/\n"],
  ["dist/", "\n.codex/\n"],
  ["a\n.codex\n", undefined],
  ["/.codex/", undefined],
])(".gitignore %j gets %j", (text, added) => {
  expect(ignoredToo(lookAround(folder(text === undefined ? {} : { ".gitignore": text })))).toBe(added);
});
