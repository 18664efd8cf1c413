/** What weaving must have reached, judged on this repository's own units. */
import { describe, expect, test } from "vitest";
import type { Production } from "../../src/curriculum/production.ts";
import { weavingDefects } from "../../src/curriculum/weaving.ts";
import { edited, pilotPlan, repository, textAt, withFiles } from "./repository.ts";

const CLIFFORD = "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md";
const PHRASE = "Clifford multiplication is the symbol of the Dirac operator";
const REGISTRY = "manifests/connections.json";

/** A book that makes nothing and builds on units that are there. */
const building = (...related: string[]): Production => ({ units: [], batches: [], related });
const BOTH = building("03.09.02", "03.09.08");

const withoutPhrase = (): string =>
  textAt(repository, CLIFFORD).replaceAll(PHRASE, "the symbol is Clifford multiplication");
const unwoven = withFiles(repository, { [CLIFFORD]: withoutPhrase() });

test("units that invoke each other with the registered phrases have no defect", () => {
  expect(textAt(repository, CLIFFORD)).toContain(PHRASE);
  expect(weavingDefects(repository, building("01.01.15", "03.04.02", "03.05.04", "03.09.02", "03.09.08"))).toEqual([]);
});

describe("a connection between two units of the book", () => {
  test("must be invoked at both ends, letter for letter", () => {
    expect(weavingDefects(unwoven, BOTH)).toEqual([
      {
        what: `conn:004.clifford-dirac is not invoked with “${PHRASE}”`,
        where: CLIFFORD,
        mend: "use the anchor phrase, letter for letter",
      },
    ]);
    const otherCase = withFiles(repository, {
      [CLIFFORD]: textAt(repository, CLIFFORD).replaceAll(PHRASE, PHRASE.toLowerCase()),
    });
    expect(weavingDefects(otherCase, BOTH)).toHaveLength(1);
  });

  test("does not concern a book that has only one of them", () => {
    expect(weavingDefects(unwoven, building("03.09.02"))).toEqual([]);
  });

  test("concerns a unit that the book's plan makes, once it is there", () => {
    const [unit] = pilotPlan.units.filter((each) => each.id === "03.09.11");
    const production: Production = { units: [unit!], batches: [], related: ["03.09.02"] };
    const registered = edited(
      repository,
      REGISTRY,
      '  "connections": [\n',
      `  "connections": [\n    { "id": "conn:099.chess", "from": "a.b", "to": "c.d", "type": "analogy", "strength": "lateral", "anchor_phrase": "a phrase of nobody", "appears_in_units": ["03.09.02", "03.09.11"] },\n`,
    );
    expect(weavingDefects(registered, production)).toEqual([]);
    const made = withFiles(registered, { [unit!.path]: textAt(repository, CLIFFORD) });
    expect(weavingDefects(made, production).map((each) => [each.where, each.what])).toEqual(
      expect.arrayContaining([
        [unit!.path, "conn:099.chess is not invoked with “a phrase of nobody”"],
        [CLIFFORD, "conn:099.chess is not invoked with “a phrase of nobody”"],
      ]),
    );
  });
});

test("a unit that fails the rubric after weaving is named with its line", () => {
  const line = textAt(repository, CLIFFORD).split("\n").indexOf("## Visual [Beginner]") + 1;
  const spoiled = edited(
    repository,
    CLIFFORD,
    "## Visual [Beginner]\n",
    "## Visual [Beginner]\n\nThis is clearly so.\n",
  );
  const defects = weavingDefects(spoiled, BOTH);
  expect(defects).toHaveLength(1);
  expect(defects[0]).toMatchObject({
    where: `${CLIFFORD}:${line + 2}`,
    what: expect.stringContaining("no prohibited phrasings"),
  });
});

describe("the registry", () => {
  test("that is not there asks for nothing", () => {
    expect(weavingDefects(withFiles(unwoven, { [REGISTRY]: undefined }), BOTH)).toEqual([]);
  });

  test("that cannot be read is the one defect", () => {
    const broken = withFiles(unwoven, { [REGISTRY]: '{"connections": [' });
    expect(weavingDefects(broken, BOTH)).toEqual([
      { what: expect.any(String), where: REGISTRY, mend: "mend the registry" },
    ]);
  });
});

test("a book without units has no defect", () => {
  expect(weavingDefects(unwoven, building())).toEqual([]);
  expect(weavingDefects(unwoven, building("99.99.99"))).toEqual([]);
});
