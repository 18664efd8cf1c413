import fc from "fast-check";
import picomatch from "picomatch";
import { expect, it } from "vitest";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { GlobIndex } from "../../src/graph/glob-index.ts";

const segment = fc.constantFrom("a", "ab", "abc", "b.md", "03.09.11-x.md", ".hidden");
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((steps) => steps.join("/") as RepoPath);
const pattern = fc.constantFrom("*", "**", "a*", "03.09.11-*.md", "{a,b}*", "a?", "[ab]*", "*.md", "!(a)", "a\\*");
const glob = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(segment, pattern), { minLength: 1, maxLength: 4 }))
  .map(([dotted, steps]) => `${dotted ? "./" : ""}${steps.join("/")}`);

it("finds the globs that a test of every one finds, also after some are gone", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(glob, { maxLength: 8 }),
      fc.nat(8),
      fc.array(path, { maxLength: 6 }),
      (globs, cut, paths) => {
        const index = new GlobIndex();
        for (const each of globs) index.add(each);
        for (const each of globs.slice(cut)) index.delete(each);
        for (const each of paths) {
          const matching = globs
            .slice(0, cut)
            .filter((one) => picomatch(one.replace(/^(?:\.\/+)+/, ""), { nonegate: true, windows: false })(each));
          expect([...index.matching(each)].sort()).toEqual(matching.sort());
        }
      },
    ),
    { numRuns: 2000 },
  );
});
