/** What a brief is made of, and that nothing else is asked: only that can make it stale. */
import { describe, expect, test } from "vitest";
import { textIn } from "../../src/artifact/question.ts";
import { parseRef } from "../../src/artifact/ref.ts";
import type { WorkspaceView } from "../../src/artifact/workspace.ts";
import { briefOf } from "../../src/curriculum/brief-inputs.ts";
import type { ProducedUnit } from "../../src/curriculum/production.ts";
import { FaultError } from "../../src/fault.ts";
import { edited, planned, repository, textAt, withFiles } from "./repository.ts";

const REGISTRY = "manifests/connections.json";
const CHESS = planned("03.09.11");

interface Asked {
  readonly brief: string;
  readonly refs: readonly string[];
  readonly globs: readonly string[];
}

function briefIn(
  view: WorkspaceView,
  unit: ProducedUnit = CHESS,
  perspective = "### 1.7 Perspective\n\nString first.",
): Asked {
  const refs: string[] = [];
  const globs: string[] = [];
  const brief = briefOf(unit, perspective, {
    ask(text) {
      refs.push(text);
      const ref = parseRef(text);
      if (!ref.ok) throw new FaultError(ref.error);
      return textIn(view, ref.value);
    },
    askList(glob) {
      globs.push(glob);
      return view.list([glob]);
    },
  });
  return { brief, refs, globs };
}

const FLOW = `---
flow:
  id: spin-strand
  title: "The spin strand"
  kind: strand
steps:
  - n: 1
    unit: 03.09.02
    tier: master
  - n: 2
    unit: 03.09.11
    tier: master
throughline:
  central_question: Why does the pattern return after eight steps?
  recurring_concepts: [period]
  synthesis_beats:
    - after_step: 2
      claim: Eight is enough.
---
`;

test("the brief tells of the unit, its neighbours and the author's view", () => {
  const { brief } = briefIn(repository);
  expect(brief).toMatch(/^# Connection brief for 03\.09\.11 Clifford algebra classification: the chessboard\n/);
  expect(brief).toContain("03.09.02 Clifford algebras, Pin and Spin (`spin-geometry.clifford-algebra`)");
  expect(brief).toContain("01.01.15");
  expect(brief).toContain("> String first.");
  // What the neighbours invoke, with its phrase.
  expect(brief).toContain("conn:004.clifford-dirac: “Clifford multiplication is the symbol of the Dirac operator”");
});

describe("only what the brief is made of is asked", () => {
  test("the registry, the flows, and of each neighbour its frontmatter", () => {
    const { refs, globs } = briefIn(withFiles(repository, { "flows/spin-strand.md": FLOW }));
    expect(globs).toEqual(["content/**/01.01.15-*.md", "content/**/03.09.02-*.md", "flows/*.md"]);
    expect(refs[0]).toBe(REGISTRY);
    expect(refs.slice(1).every((ref) => ref.endsWith("#frontmatter") || ref === "flows/spin-strand.md")).toBe(true);
    expect(refs).toHaveLength(4);
  });

  test("so that another text of a neighbour leaves it as it was, byte for byte", () => {
    const path = "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md";
    const other = withFiles(repository, { [path]: `${textAt(repository, path)}\nMore.\n` });
    expect(briefIn(other).brief).toBe(briefIn(repository).brief);
    const renamed = edited(repository, path, "title: Clifford algebras, Pin and Spin", "title: Another title");
    expect(briefIn(renamed).brief).not.toBe(briefIn(repository).brief);
  });

  test("and a connection about something else leaves it too", () => {
    const entry = (units: string): string =>
      `  "connections": [\n    { "id": "conn:099.new", "from": "a.b", "to": "c.d", "type": "analogy", "strength": "lateral", "anchor_phrase": "a new phrase", "appears_in_units": [${units}] },\n`;
    const unrelated = edited(repository, REGISTRY, '  "connections": [\n', entry('"03.04.02"'));
    expect(briefIn(unrelated).brief).toBe(briefIn(repository).brief);
    const related = edited(repository, REGISTRY, '  "connections": [\n', entry('"03.09.11"'));
    expect(briefIn(related).brief).toContain("“a new phrase” (conn:099.new)");
  });
});

test("a flow through the unit gives its question and the claim to come", () => {
  const { brief } = briefIn(withFiles(repository, { "flows/spin-strand.md": FLOW }));
  expect(brief).toContain("The spin strand (spin-strand), step 2: Why does the pattern return after eight steps?");
  expect(brief).toContain("“Eight is enough.”");
});

describe("what is missing or broken", () => {
  test("a workspace with nothing in it gives a brief all the same", () => {
    const nothing: WorkspaceView = { bytes: () => undefined, list: () => [] };
    const { brief } = briefIn(nothing, CHESS, "");
    expect(brief).toContain("None is registered yet");
    expect(brief).toContain("The audit says nothing of it.");
  });

  test("a registry that cannot be read is a fault that names it", () => {
    expect(() => briefIn(withFiles(repository, { [REGISTRY]: "{" }))).toThrow(FaultError);
    expect(() => briefIn(withFiles(repository, { [REGISTRY]: "{" }))).toThrow(/connections\.json/);
  });

  test("a flow or a neighbour that cannot be read is left out", () => {
    const damaged = withFiles(repository, {
      "flows/broken.md": "---\nflow: [\n---\n",
      "content/03-modern-geometry/09-spin-geometry/03.09.02-clifford-algebra.md": "no frontmatter at all\n",
    });
    const { brief } = briefIn(damaged);
    expect(brief).not.toContain("Clifford algebras, Pin and Spin");
    expect(brief).toContain("Prerequisites: 03.09.02");
  });

  test.each(["../../../etc/passwd", "/etc/passwd", "*", "**", "{a,b}", "03.09.02 ", "", "\u0000"])(
    "a registry that names %j as a unit opens no other file",
    (name) => {
      const hostile = edited(
        repository,
        REGISTRY,
        '  "connections": [\n',
        `  "connections": [\n    ${JSON.stringify({ id: "conn:099.x", from: CHESS.conceptId, to: "c.d", type: "analogy", strength: "lateral", anchor_phrase: "p", appears_in_units: [name] })},\n`,
      );
      const { brief, globs } = briefIn(hostile);
      expect(globs).toEqual(["content/**/01.01.15-*.md", "content/**/03.09.02-*.md", "flows/*.md"]);
      expect(brief).toContain("“p” (conn:099.x)");
    },
  );
});
