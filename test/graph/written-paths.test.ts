import fc from "fast-check";
import picomatch from "picomatch";
import { describe, expect, it } from "vitest";
import { WrittenPaths } from "../../src/graph/written-paths.ts";
import { path } from "./world.ts";

const PATHS = [
  "a.md",
  "content/a.md",
  "content/x/03.01-one.md",
  "content/x/y/03.01-two.md",
  "content/x/03.012-three.md",
  "contents/z.md",
  "manifests/deps.json",
  "manifests/connections.json",
  "out/(odd)/a+b.md",
  "out/[1].md",
  "out/.hidden",
  "!not/a.md",
].map(path);

describe("globs over written paths", () => {
  it.each([
    ["content/**/03.01-*.md", ["content/x/03.01-one.md", "content/x/y/03.01-two.md"]],
    ["manifests/{deps,connections}.json", ["manifests/connections.json", "manifests/deps.json"]],
    ["./a.md", ["a.md"]],
    ["*.md", ["a.md"]],
    ["content/a.md", ["content/a.md"]],
    ["out/*", ["out/(odd)/a+b.md", "out/[1].md"].slice(1)],
    ["!not/*", ["!not/a.md"]],
    ["nowhere/**", []],
  ])("%s", (glob, paths) => {
    expect(new WrittenPaths(PATHS).matching(glob)).toEqual(paths);
  });

  it("have no file that was taken out, though another has its name", () => {
    const written = new WrittenPaths(["x/a.md", "y/a.md", "z/a.md", "b.md", "c.md"].map(path));
    written.delete(path("y/a.md"));
    expect(written.matching("**/a.md")).toEqual(["x/a.md", "z/a.md"]);
  });

  it("are those that a test of every path finds, also when some come and go", () => {
    const word = fc.constantFrom("a", "b", "a-1", "b-1", "x.md", "a.md", ".h");
    const file = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => path(words.join("/")));
    const step = fc.constantFrom(
      "a",
      "b",
      "*",
      "**",
      "a-*",
      "?-1",
      "*.md",
      "{a,b}",
      "a*",
      "[ab]",
      "!(a)",
      "b-1",
      "\\a",
    );
    const glob = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join("/"));
    const steps = fc.array(fc.record({ kind: fc.constantFrom("add" as const, "delete" as const), path: file }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 12 }), glob, steps, (files, pattern, changes) => {
        const matches = picomatch(pattern, { nonegate: true, windows: false });
        const written = new WrittenPaths(files);
        const all = new Set(files);
        for (const change of [undefined, ...changes]) {
          if (change !== undefined) {
            written[change.kind](change.path);
            all[change.kind](change.path);
          }
          const found = written.matching(pattern);
          expect([...found].sort()).toEqual([...all].filter((each) => matches(each)).sort());
          expect(found).toEqual([...found].sort());
        }
      }),
      { numRuns: 2000 },
    );
  });
});
