/** Incremental validation always says what validation from scratch says, and does no more than it must. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../../src/artifact/digest.ts";
import type { RepoPath, WorkspaceView } from "../../../src/artifact/workspace.ts";
import { indexWorkspace } from "../../../src/curriculum/rubric/index-of-workspace.ts";
import { validateUnit } from "../../../src/curriculum/rubric/validate-unit.ts";
import { CATALOG_PATH, DEPS_PATH } from "../../../src/curriculum/shared-files.ts";
import { type ValidationCache, validateIncremental } from "../../../src/curriculum/validate-incremental.ts";
import { PATH, sampleUnit, WORKSPACE } from "./sample-unit.ts";
import { memoryView } from "./views.ts";

type Files = Record<string, string>;

const unknown = (): undefined => undefined;
const all = (files: Files): Files => ({ ...WORKSPACE, [PATH]: sampleUnit(), ...files });
const stored = (cache: ValidationCache): ValidationCache => JSON.parse(JSON.stringify(cache)) as ValidationCache;

function fromScratch(files: Files) {
  const view = memoryView(files);
  const index = indexWorkspace(view);
  return view.list(["content/**/*.md"]).map((path) => validateUnit(view, path, index));
}

/** How many units are judged anew after a change. */
function judgedAfter(change: (files: Files) => Files): number {
  const before = all({});
  const { cache } = validateIncremental(memoryView(before), unknown, undefined);
  const after = change(before);
  const again = validateIncremental(memoryView(after), unknown, stored(cache));
  expect(again.verdicts).toEqual(fromScratch(after));
  return again.judged;
}

describe("validation", () => {
  it("judges everything at first", () => {
    const { verdicts, judged, faults } = validateIncremental(memoryView(all({})), unknown, undefined);
    expect(verdicts).toEqual(fromScratch(all({})));
    expect(judged).toBe(4);
    expect(faults).toEqual([]);
  });

  it("judges nothing when nothing has changed", () => {
    expect(judgedAfter((files) => files)).toBe(0);
  });

  it("judges the unit that has changed", () => {
    expect(judgedAfter((files) => ({ ...files, [PATH]: `${files[PATH]}\nMore.\n` }))).toBe(1);
  });

  it("judges a unit whose prerequisite is withdrawn, and the prerequisite", () => {
    const path = "content/03-geometry/01-lines/03.01.01-line.md";
    expect(judgedAfter((files) => ({ ...files, [path]: files[path]!.replace("shipped", "draft") }))).toBe(2);
  });

  it("judges no other unit when only the text of a prerequisite changes", () => {
    const path = "content/03-geometry/01-lines/03.01.01-line.md";
    expect(judgedAfter((files) => ({ ...files, [path]: `${files[path]}\nMore.\n` }))).toBe(1);
  });

  it("judges nothing when the catalog gets an entry that nobody asked for", () => {
    expect(
      judgedAfter((files) => ({ ...files, [CATALOG_PATH]: `${files[CATALOG_PATH]}\n### geometry.circle\n` })),
    ).toBe(0);
  });

  it("judges a unit whose concept is struck from the catalog", () => {
    expect(judgedAfter((files) => ({ ...files, [CATALOG_PATH]: "# Empty\n" }))).toBe(1);
  });

  it("judges a unit whose reference is gone", () => {
    expect(judgedAfter(({ "reference/library/md/lines.md": _, ...files }) => files)).toBe(1);
  });

  it("judges nothing when another dependency becomes pending", () => {
    expect(judgedAfter((files) => ({ ...files, [DEPS_PATH]: '{"pending":["05.05.05"]}' }))).toBe(0);
  });

  it("forgets units that are gone, and does not judge the content of the site", () => {
    const { cache } = validateIncremental(memoryView(all({})), unknown, undefined);
    const { [PATH]: _, ...rest } = all({});
    const again = validateIncremental(memoryView(rest), unknown, stored(cache));
    expect(again.verdicts.map(({ path }) => path)).not.toContain(PATH);
    expect(again.cache.files[PATH]).toBeUndefined();
    expect(again.cache.files["site/src/content/03.07.07-elsewhere.md" as RepoPath]?.judged).toBeUndefined();
  });

  it("does not trust a cache of another version", () => {
    const { cache } = validateIncremental(memoryView(all({})), unknown, undefined);
    const other = { ...stored(cache), version: cache.version - 1 };
    expect(validateIncremental(memoryView(all({})), unknown, other).judged).toBe(4);
  });

  it("complains of broken dependencies every time", () => {
    const files = all({ [DEPS_PATH]: "{" });
    const first = validateIncremental(memoryView(files), unknown, undefined);
    const second = validateIncremental(memoryView(files), unknown, stored(first.cache));
    expect([first.faults, second.faults]).toMatchObject([[{ where: DEPS_PATH }], [{ where: DEPS_PATH }]]);
  });

  it("reads no file whose digest is known and unchanged", () => {
    const { cache } = validateIncremental(memoryView(all({})), unknown, undefined);
    const view = memoryView(all({}));
    const blind: WorkspaceView = {
      list: (globs) => view.list(globs),
      bytes: (path) => {
        throw new Error(`read ${path}`);
      },
    };
    const digests = (path: RepoPath) => digestOf(view.bytes(path) ?? "");
    expect(validateIncremental(blind, digests, stored(cache)).judged).toBe(0);
  });

  it("says what validation from scratch says, whatever changes in whatever order", () => {
    const statuses = fc.constantFrom("shipped", "draft");
    const ids = ["03.01.01", "03.01.02", "03.01.05", "09.09.09"];
    const unit = fc
      .record({
        id: fc.constantFrom(...ids),
        status: statuses,
        prerequisites: fc.subarray(ids),
        pending_prereqs: fc.constantFrom("true", "false"),
        concept_catalog_id: fc.constantFrom("geometry.parallel-lines", "geometry.circle"),
        hooks_out: fc.constantFrom(
          "[]",
          "\n  - {target: 03.01.02, kind: confirmed, confirmed_by: me, why: a reason that is long enough for it}",
        ),
      })
      .map(({ prerequisites, ...rest }) =>
        sampleUnit({ frontmatter: { ...rest, prerequisites: `[${prerequisites.join(", ")}]` } }),
      );
    // A glance takes each of these for something else than what it is.
    const misleading = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.replace("status: shipped", "status: draft\nstatus: shipped"),
      (text: string) => text.replace(/^id: .*$/m, 'id: "03.01.\\x301"'),
      (text: string) => text.replace(/^id: (.*)$/m, "slug: [\n  x,\n  y]\n'id': $1"),
      (text: string) => text.replace("status: shipped", "broken: [\nstatus: shipped"),
      (text: string) => text.replace("status: shipped", "status: >-\n  shipped"),
    );
    const strange = fc.tuple(unit, misleading).map(([text, mislead]) => mislead(text));
    const edit = fc.oneof(
      fc.tuple(
        fc.constantFrom(PATH as string, "content/a.md", "content/03.01.01-b.md", "site/src/content/c.md"),
        fc.option(strange, { nil: undefined }),
      ),
      fc.tuple(
        fc.constant(CATALOG_PATH as string),
        fc.option(fc.constantFrom("### geometry.circle\n", "### geometry.parallel-lines\n"), { nil: undefined }),
      ),
      fc.tuple(
        fc.constant(DEPS_PATH as string),
        fc.option(fc.constantFrom('{"pending":["09.09.09"]}', "{", "{}"), { nil: undefined }),
      ),
      fc.tuple(fc.constant("reference/library/md/lines.md"), fc.option(fc.constant("x"), { nil: undefined })),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        let files = all({});
        let cache: ValidationCache | undefined;
        for (const [path, text] of edits) {
          const { [path]: _, ...rest } = files;
          files = text === undefined ? rest : { ...rest, [path]: text };
          const result = validateIncremental(memoryView(files), unknown, cache);
          expect(result.verdicts).toEqual(fromScratch(files));
          cache = stored(result.cache);
        }
      }),
      { numRuns: 100 },
    );
  });
});
