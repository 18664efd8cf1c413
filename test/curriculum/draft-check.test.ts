/** A draft is judged with its proposals laid over the workspace, as integration will judge it. */
import { describe, expect, test } from "vitest";
import type { WorkspaceView } from "../../src/artifact/workspace.ts";
import { draftDefects } from "../../src/curriculum/draft-check.ts";
import { pilotPlan, planned, recorded, repository } from "./repository.ts";

const CHESS = planned("03.09.11");
const UNIT = recorded("P4_production/03.09.11/unit.md");
const PROPOSALS = recorded("P4_production/03.09.11/proposals.yaml");

const whats = (unit: string, proposals: string, plan = CHESS): string[] =>
  draftDefects(repository, plan, unit, proposals).map((defect) => defect.what);

test("every draft of the pilot's first batch passes", () => {
  for (const unit of pilotPlan.batches[0]!.units) {
    expect(
      draftDefects(
        repository,
        unit,
        recorded(`P4_production/${unit.id}/unit.md`),
        recorded(`P4_production/${unit.id}/proposals.yaml`),
      ),
    ).toEqual([]);
  }
});

test("the recorded first attempt fails for what its repair mends, and names lines", () => {
  const attempt = recorded("P4_production/03.09.14/unit.attempt-1.md");
  const found = whats(attempt, recorded("P4_production/03.09.14/proposals.yaml"), planned("03.09.14"));
  expect(found.length).toBeGreaterThan(1);
  expect(found.join("\n")).toMatch(/line \d+: no prohibited phrasings/);
  expect(found.join("\n")).toMatch(/lean/i);
});

test("the workspace stays as it is", () => {
  const paths: string[] = [];
  const spying: WorkspaceView = {
    bytes: (path) => {
      paths.push(path);
      return repository.bytes(path);
    },
    list: (globs) => repository.list(globs),
  };
  expect(draftDefects(spying, CHESS, UNIT, PROPOSALS)).toEqual([]);
  expect(paths).toContain("docs/catalogs/CONCEPT_CATALOG.md");
  expect(repository.list([CHESS.path])).toEqual([]);
});

describe("a draft that cannot be taken", () => {
  test.each<[name: string, unit: string, proposals: string, what: RegExp]>([
    ["nothing", "", "", /unit/],
    ["no frontmatter", "# A unit\n", PROPOSALS, /unit/],
    ["proposals that are no YAML", UNIT, "catalog: [", /proposals/],
    ["a unit of another id than planned", UNIT.replace("id: 03.09.11", "id: 03.09.12"), PROPOSALS, /03\.09\.12/],
    ["an unfinished unit", UNIT.replace("status: shipped", "status: draft"), PROPOSALS, /status/],
    ["another unit's node", UNIT, PROPOSALS.replace('id: "03.09.11"', 'id: "03.09.02"'), /03\.09\.02/],
    ["an edge between two other units", UNIT, PROPOSALS.replace('to: "03.09.11"', 'to: "03.09.08"'), /edge/],
    [
      "a catalog entry of another concept",
      UNIT,
      PROPOSALS.replace("id: spin-geometry.clifford-chessboard", "id: spin-geometry.other"),
      /catalog|concept/,
    ],
    [
      "a phrase that the unit does not say",
      UNIT.replaceAll("the chessboard classifies the Clifford algebras", "the board sorts them"),
      PROPOSALS,
      /anchor phrase/,
    ],
    ["keys that nobody asked for", UNIT, `${PROPOSALS}\nwrite: [codex.config.ts]\n`, /write/],
    ["too much", UNIT + "word ".repeat(300_000), PROPOSALS, /longer than/],
    ["proposals without end", UNIT, `notes: ${"x".repeat(100_000)}`, /proposals/],
  ])("%s", (_name, unit, proposals, what) => {
    const found = whats(unit, proposals);
    expect(found.join("\n")).toMatch(what);
  });

  test.each(["../../x.md", "plans/x.md", "content/../x.md", "/tmp/x.md", "content/.git/03.09.11-x.md"])(
    "a plan that puts it at %s",
    (path) => {
      expect(whats(UNIT, PROPOSALS, { ...CHESS, path })).not.toEqual([]);
    },
  );
});

test("a prerequisite that is not there yet is a defect of the draft", () => {
  // 03.09.16 builds on 03.09.14, which the first batch has not integrated here.
  const found = whats(
    recorded("P4_production/03.09.16/unit.md"),
    recorded("P4_production/03.09.16/proposals.yaml"),
    planned("03.09.16"),
  );
  expect(found.join("\n")).toContain("03.09.14");
});
