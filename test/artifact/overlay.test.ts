import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, test } from "vitest";
import { overlay } from "../../src/artifact/overlay.ts";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const path = (text: string): RepoPath => text as RepoPath;

function view(files: Readonly<Record<string, string>>): WorkspaceView {
  return {
    bytes: (at) => (files[at] === undefined ? undefined : bytes(files[at])),
    list: (globs) => {
      const matches = picomatch([...globs]);
      return Object.keys(files)
        .filter((at) => matches(at))
        .sort()
        .map(path);
    },
  };
}

describe("overlay", () => {
  const below = view({ "a.md": "a", "b.md": "b", "c.txt": "c" });

  test("added, replaced and removed files are seen", () => {
    const over = overlay(
      below,
      new Map([
        [path("a.md"), bytes("A")],
        [path("b.md"), undefined],
        [path("d/e.md"), bytes("e")],
      ]),
    );
    expect(over.bytes(path("a.md"))).toEqual(bytes("A"));
    expect(over.bytes(path("b.md"))).toBeUndefined();
    expect(over.bytes(path("c.txt"))).toEqual(bytes("c"));
    expect(over.list(["**/*.md"])).toEqual(["a.md", "d/e.md"]);
    expect(over.list(["*.md", "*.txt"])).toEqual(["a.md", "c.txt"]);
  });

  test("the view below and later changes of the map leave it alone", () => {
    const changes = new Map([[path("a.md"), bytes("A")]]);
    const over = overlay(below, changes);
    changes.set(path("b.md"), bytes("B"));
    expect(over.bytes(path("b.md"))).toEqual(bytes("b"));
    expect(below.bytes(path("a.md"))).toEqual(bytes("a"));
  });

  test("answers as a view of the changed files does", () => {
    const name = fc.constantFrom("a.md", "b.md", "d/a.md", "d/e/f.txt", ".hidden.md", "é.md", "z-1.md", "z.md");
    const changes = fc.array(fc.tuple(name, fc.option(fc.string(), { nil: undefined })));
    const globs = fc.subarray(["**/*.md", "*.md", "d/**", "**/*.txt", "z*"], { minLength: 1 });
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), changes, globs, (files, edits, wanted) => {
        const after: Record<string, string> = { ...files };
        for (const [at, text] of edits) {
          if (text === undefined) delete after[at];
          else after[at] = text;
        }
        const over = overlay(
          view(files),
          new Map(edits.map(([at, text]) => [path(at), text === undefined ? text : bytes(text)])),
        );
        expect(over.list(wanted)).toEqual(view(after).list(wanted));
        for (const at of [...Object.keys(after), ...Object.keys(files)]) {
          expect(over.bytes(path(at))).toEqual(view(after).bytes(path(at)));
        }
      }),
    );
  });
});
