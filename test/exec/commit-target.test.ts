/** A disk that refuses: what was not written is not believed to be. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { call } from "../../src/exec/action.ts";
import { recoverCommits } from "../../src/exec/commit-target.ts";
import { rule } from "../../src/rules/rule.ts";
import { file, orderOnly } from "../../src/rules/source.ts";
import { one, rig } from "./rig.ts";

const full = (): never => {
  throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
};

/** A and then B, in one book and so in one trace file; A needs `in.txt`. */
function two(refuses: (to: string) => boolean) {
  const ends = new Set<string>();
  const made = rig(
    [
      rule({ name: "A", each: one, inputs: () => ({ in: file("in.txt") }), outputs: () => ({ a: file("a.txt"), a2: file("a2.txt") }), run: call(({ inputs }) => ({ outputs: { a: `A ${inputs.in}`, a2: "A2" } })) }),
      rule({ name: "B", each: one, inputs: () => ({ in: orderOnly(file("in.txt")) }), outputs: () => ({ b: file("b.txt") }), run: call(() => ({ outputs: { b: "B" } })) }),
    ],
    {
      limit: 1,
      fs: {
        renameSync: (from, to) => {
          if (refuses(String(to))) full();
          fs.renameSync(from, to);
        },
      },
    },
  );
  made.write("in.txt", "1");
  return { ...made, ends };
}

describe("a commit that the disk refuses", () => {
  it.each([
    ["its first file", "/a.txt"],
    ["its second file", "/a2.txt"],
    ["a file of the store", "/.codex/cas/"],
    ["its record", "/.codex/commits/"],
  ])("is its target's failure, and leaves no trace in memory that a later target would write: %s", async (_, where) => {
    let refusing = true;
    const { build, trace, at, open, read } = two((to) => refusing && to.includes(where) && !(where.startsWith("/.codex") && made));
    let made = false;
    const built = await build({ goals: ["book/x/A"] });
    expect(built.fault("book/x/A").what).toContain("ENOSPC");
    made = true;
    await build({ goals: ["book/x/B"] });
    // The trace file was written for B, and must not speak of A.
    expect(trace("book/x/B")).toBeDefined();
    expect(trace("book/x/A")).toBeUndefined();
    refusing = false;
    // The next command finishes what was begun, or does it again.
    recoverCommits(open());
    await build();
    expect([read("a.txt"), read("a2.txt"), read("b.txt")]).toEqual(["A 1", "A2", "B"]);
    expect((await build()).done).toEqual([]);
    expect(fs.readdirSync(at(".codex/commits"))).toEqual([]);
  });

  it("does not stop the others of the same build", async () => {
    const { build, trace } = two((to) => to.endsWith("/a.txt"));
    const built = await build();
    expect(built.done).toEqual(["book/x/B"]);
    expect(built.summary).toMatchObject({ ran: 1, failed: 1 });
    expect(trace("book/x/A")).toBeUndefined();
    expect(trace("book/x/B")).toBeDefined();
  });
});
