/** A disk that refuses: nothing that was made is lost if it can be helped, and nothing more is bought. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { call, type RunOutputs } from "../../src/exec/action.ts";
import { recoverCommits } from "../../src/exec/commit-target.ts";
import { rule } from "../../src/rules/rule.ts";
import { file, orderOnly } from "../../src/rules/source.ts";
import { latch, one, rig } from "./rig.ts";

/** A, which two others wait for, and one beside it that goes on until it is stopped. */
function campaign(refused: string) {
  const disk = { full: false };
  const ran: string[] = [];
  const slow = latch();
  const step = (name: string, ...needs: string[]) =>
    rule({
      name,
      each: one,
      inputs: () => Object.fromEntries(needs.map((need) => [need, orderOnly(file(`${need}.txt`))])),
      outputs: () => ({ text: file(`${name}.txt`), more: file(`${name}2.txt`) }),
      run: call(async () => {
        ran.push(name);
        if (name === "slow") await slow.opened;
        return { outputs: { text: name, more: name } } as RunOutputs;
      }),
    });
  const made = rig([step("A"), step("B", "A"), step("slow")], {
    fs: {
      renameSync(from, to) {
        if (disk.full && String(to).includes(refused))
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        fs.renameSync(from, to);
      },
    },
  });
  return { ...made, disk, ran, slow };
}

describe("a commit that the disk refuses", () => {
  it.each([
    ["its first file", "/A.txt", 1],
    ["its second file", "/A2.txt", 1],
    ["the trace", "/manifests/", 1],
    ["the store", "/.codex/cas/", 2],
    ["the commit's record", "/.codex/commits/", 2],
  ])("ends the build, and the next one goes on where it stopped: %s", async (_, refused, runs) => {
    const { disk, build, open, read, trace, ran, slow, at } = campaign(refused);
    disk.full = true;
    await expect(build()).rejects.toMatchObject({
      fault: { what: expect.stringMatching(/^what book\/x\/A made cannot be written: ENOSPC/), exit: 1 },
    });
    expect(ran).toEqual(["A", "slow"]);
    slow.open();
    disk.full = false;
    recoverCommits(open());
    expect((await build()).summary).toMatchObject({ failed: 0, waiting: 0, blocked: 0 });
    // Once the commit had begun, the work is not done again.
    expect(ran.filter((name) => name === "A")).toHaveLength(runs);
    expect([read("A.txt"), read("A2.txt"), read("B.txt")]).toEqual(["A", "A", "B"]);
    expect(trace("book/x/A")).toBeDefined();
    expect((await build()).done).toEqual([]);
    expect(fs.readdirSync(at(".codex/commits"))).toEqual([]);
  });
});
