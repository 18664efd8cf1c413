/** The facts of a workspace: read from it, or from an older index with changes laid over, the answers are the same. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../../src/artifact/workspace.ts";
import { indexWorkspace, withOverlay } from "../../../src/curriculum/rubric/index-of-workspace.ts";
import type { WorkspaceFacts } from "../../../src/curriculum/rubric/workspace-facts.ts";
import { CATALOG_PATH, DEPS_PATH } from "../../../src/curriculum/shared-files.ts";
import { WORKSPACE } from "./sample-unit.ts";
import { memoryView, overlayView } from "./views.ts";

const IDS = ["03.01.01", "03.01.02", "03.01.03", "03.07.07", "09.09.09", "08.08.08", "None", "", "constructor"];
const TEXTS = ["geometry.parallel-lines", "geometry.circle", "**title**", "", "\n### geometry.parallel-lines\n"];
const PATHS = [
  ...["reference/library/lines.md", "reference/library", "reference//library/./md/../lines.md", "reference/none.md"],
  ...["lean/Geometry/Parallel.lean", "lean/Geometry", "../lean/Geometry", "reference/../../x", "content"],
];

const answers = (facts: WorkspaceFacts) => ({
  units: IDS.map((id) => facts.unitStatuses(id)),
  content: IDS.map((id) => facts.contentStatuses(id)),
  pending: IDS.map((id) => facts.isPending(id)),
  catalog: TEXTS.map((text) => facts.inCatalog(text)),
  exists: PATHS.map((path) => facts.exists(path)),
});

describe("an index", () => {
  it("answers from the files", () => {
    expect(answers(indexWorkspace(memoryView(WORKSPACE)))).toEqual({
      units: [["shipped"], ["shipped"], ["draft"], [], [], [], [], [], []],
      content: [["shipped"], ["shipped"], ["draft"], ["shipped"], [], [], [], [], []],
      pending: [false, false, false, false, true, true, false, false, false],
      catalog: [true, false, true, true, true],
      exists: [true, true, true, false, true, true, false, false, false],
    });
  });

  it("knows all statuses of an id, each once, and leaves out what cannot be read", () => {
    const unit = (status: string): string => `---\nid: 01.01.01\nstatus: ${status}\n---\n`;
    const index = indexWorkspace(
      memoryView({
        "content/a.md": unit("shipped"),
        "content/b.md": unit("draft"),
        "content/c.md": unit("shipped"),
        "site/src/content/d.md": unit("' stub '"),
        "content/e.md": `\uFEFF${unit("broken")}`,
        "content/f.txt": unit("no unit"),
        "content/g.md": "---\nid: ' '\nstatus: blank\n---\n",
        "content/h.md": "---\nid: 7\n---\n",
      }),
    );
    expect(index.unitStatuses("01.01.01")).toEqual(["draft", "shipped"]);
    expect(index.contentStatuses("01.01.01")).toEqual(["draft", "shipped", "stub"]);
    expect(index.contentStatuses("")).toEqual([]);
    expect(index.unitStatuses("7")).toEqual([""]);
  });

  it.each(["{", "[]", "null"])("says that the dependencies are broken: %s", (deps) => {
    const index = indexWorkspace(memoryView({ ...WORKSPACE, [DEPS_PATH]: deps }));
    expect(index.parts.faults).toMatchObject([{ where: DEPS_PATH }]);
    expect(index.isPending("09.09.09")).toBe(false);
  });
});

describe("an overlay", () => {
  const unit = fc
    .record({ id: fc.constantFrom(...IDS.slice(0, 4)), status: fc.constantFrom("shipped", "draft") })
    .map(({ id, status }) => `---\nid: ${id}\nstatus: ${status}\n---\n`);
  const content = fc.option(fc.oneof(unit, fc.constant("broken")), { nil: undefined });
  const catalog = fc.option(fc.constantFrom("### geometry.circle\n", "**title**"), { nil: undefined });
  const deps = fc.option(fc.constantFrom('{"pending":["03.01.01"]}', "{", "{}"), { nil: undefined });
  const change = fc.oneof(
    fc.tuple(
      fc.constantFrom("content/a.md", ...Object.keys(WORKSPACE).filter((path) => path.includes("content/"))),
      content,
    ),
    fc.tuple(fc.constant(CATALOG_PATH as string), catalog),
    fc.tuple(fc.constant(DEPS_PATH as string), deps),
    fc.tuple(
      fc.constantFrom("lean/Geometry/Parallel.lean", "reference/none.md", "reference/library/md/lines.md"),
      content,
    ),
  );
  const changes = fc
    .array(change, { maxLength: 5 })
    .map(
      (list) =>
        new Map(
          list.map(([path, text]) => [
            path as RepoPath,
            text === undefined ? undefined : new TextEncoder().encode(text),
          ]),
        ),
    );

  it("answers as an index of the changed workspace does, over an overlay too", () => {
    fc.assert(
      fc.property(changes, changes, (first, second) => {
        const view = memoryView(WORKSPACE);
        const changed = overlayView(overlayView(view, first), second);
        const index = withOverlay(withOverlay(indexWorkspace(view), first), second);
        expect(answers(index)).toEqual(answers(indexWorkspace(changed)));
        expect(index.parts.faults).toEqual(indexWorkspace(changed).parts.faults);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves the index below as it was", () => {
    const index = indexWorkspace(memoryView(WORKSPACE));
    const before = answers(index);
    withOverlay(index, new Map(Object.keys(WORKSPACE).map((path) => [path as RepoPath, undefined])));
    expect(answers(index)).toEqual(before);
  });
});
