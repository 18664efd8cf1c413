/** Incremental measuring always says what measuring from scratch says, and does no more than it must. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ContinuityCache, measureIncremental } from "../../src/curriculum/continuity-incremental.ts";
import { memoryView } from "./rubric/views.ts";

const unknown = (): undefined => undefined;
const unit = (id: string, body: string): string => `---\nid: ${id}\n---\n# ${id}\n\n## Key [Master]\n\n${body}\n`;
const path = (id: string): string => `content/${id}-unit.md`;
const stored = (cache: ContinuityCache): ContinuityCache => JSON.parse(JSON.stringify(cache)) as ContinuityCache;

const FILES = {
  [path("01.01.01")]: unit("01.01.01", "We will see that an anchor phrase holds."),
  [path("01.01.02")]: unit("01.01.02", "As in 01.01.01, An Anchor Phrase."),
  "content/notes.md": "No unit.\n",
};

describe("measuring", () => {
  it("says what is no unit, and why", () => {
    const { units, unreadable, counted } = measureIncremental(memoryView(FILES), unknown, [], undefined);
    expect(units.map(({ continuity }) => continuity.unitId)).toEqual(["01.01.01", "01.01.02"]);
    expect(unreadable).toEqual([{ path: "content/notes.md", why: expect.stringContaining("frontmatter") }]);
    expect(counted).toBe(3);
  });

  it.each<[name: string, files: Record<string, string>, phrases: readonly string[], counted: number]>([
    ["nothing where nothing has changed", FILES, ["an anchor phrase"], 0],
    ["the unit that has changed", { ...FILES, [path("01.01.02")]: unit("01.01.02", "More.") }, ["an anchor phrase"], 1],
    ["every unit for another registry, and no other file", FILES, ["an anchor phrase", "another"], 2],
  ])("counts %s", (_, files, phrases, counted) => {
    const { cache } = measureIncremental(memoryView(FILES), unknown, ["an anchor phrase"], undefined);
    expect(measureIncremental(memoryView(files), unknown, phrases, stored(cache)).counted).toBe(counted);
  });

  it("reads nothing of what the stat cache knows", () => {
    const { cache } = measureIncremental(memoryView(FILES), unknown, [], undefined);
    const blind = { ...memoryView(FILES), bytes: () => expect.unreachable() as never };
    const digests = (name: string) => cache.files[name as never]!.digest;
    expect(measureIncremental(blind, digests, [], stored(cache)).units).toHaveLength(2);
  });

  it("comes to the same as from scratch, whatever changes", () => {
    const ids = ["01.01.01", "01.01.02", "01.01.03"];
    const words = fc.constantFrom("we will see", "01.01.01", "An Anchor", "an anchor", "the bridge is", "- a bullet\n");
    const bodies = fc.dictionary(fc.constantFrom(...ids), fc.array(words, { maxLength: 6 }));
    const phrases = fc.uniqueArray(fc.constantFrom("an anchor", "the bridge", "a bullet"));
    fc.assert(
      fc.property(fc.array(fc.tuple(bodies, phrases), { minLength: 1, maxLength: 5 }), (steps) => {
        let cache: ContinuityCache | undefined;
        for (const [contents, anchors] of steps) {
          const files = Object.entries(contents).map(([id, body]) => [path(id), unit(id, body.join(" "))] as const);
          const view = memoryView(Object.fromEntries(files));
          const measured = measureIncremental(view, unknown, anchors, cache);
          expect(measured.units).toEqual(measureIncremental(view, unknown, anchors, undefined).units);
          cache = stored(measured.cache);
        }
      }),
      { numRuns: 300 },
    );
  });
});
