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

  it("are those that a test of every path finds", () => {
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
    fc.assert(
      fc.property(fc.array(file, { maxLength: 12 }), glob, (files, pattern) => {
        const matches = picomatch(pattern, { nonegate: true, windows: false });
        const found = new WrittenPaths(files).matching(pattern);
        expect([...found].sort()).toEqual([...new Set(files)].filter((each) => matches(each)).sort());
        expect(found).toEqual([...found].sort());
      }),
      { numRuns: 2000 },
    );
  });
});
