/** A build that has nothing to do is remembered, and nothing that would give it something to do is overlooked. */
import { existsSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Campaign } from "./harness.ts";

const CONFIG = `
import { call, collection, defineConfig, file, glob, rule } from "codex-build";
const things = collection("thing", { from: file("things.txt"), items: (text) => text.trim().split("\\n"), key: (thing) => thing });
export default defineConfig({ rules: [
  rule({ name: "copy", each: things, inputs: ({ thing }) => ({ from: file("in/" + thing + ".txt") }),
    outputs: ({ thing }) => ({ to: file("out/" + thing + ".txt") }),
    run: call(({ inputs, ask }) => ({ outputs: { to: inputs.from + (ask("note.txt") ?? "") } })) }),
  rule({ name: "list", each: collection("all", { items: ["x"], key: (name) => name }), inputs: () => ({ all: glob("in/*.txt") }),
    outputs: () => ({ to: file("list.txt") }), run: call(({ inputs }) => ({ outputs: { to: inputs.all } })) }),
] });
`;
const NOTHING = "Nothing to do";

describe("a build that had nothing to do", () => {
  let campaign: Campaign;
  const record = (): string => join(campaign.root, ".codex/null-build");
  const settle = (): void => {
    // Times within the same tick as the look at them say nothing: then no record is kept, and the next build looks again.
    for (let tries = 0; !existsSync(record()); tries++) {
      expect(tries).toBeLessThan(20);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
      expect(campaign.codex("build").out).toContain(NOTHING);
    }
  };
  beforeEach(() => {
    campaign = new Campaign({
      "codex.config.ts": CONFIG,
      "things.txt": "a\nb\n",
      "in/a.txt": "1",
      "in/b.txt": "2",
      "note.txt": "n",
    });
    expect(campaign.codex("build").out).toContain("3 ran");
    settle();
  });

  test("is answered again, and a dry run with it", () => {
    const before = campaign.read(".codex/null-build");
    expect(campaign.codex("build").out).toContain(`${NOTHING}: 3 targets are fresh`);
    expect(campaign.codex("build", "-n").out).toContain("To run: 0. Reused: 3.");
    expect(campaign.codex("build", "--check").code).toBe(0);
    expect(campaign.read(".codex/null-build")).toBe(before);
    // It was the record that answered: it says what nobody else would.
    const [, header, ...rest] = before.split("\n");
    writeFileSync(record(), [`${"0".repeat(64)}`, header!.replace('"fresh":3', '"fresh":7'), ...rest].join("\n"));
    expect(campaign.codex("build").out, "a damaged record is not believed").toContain(": 3 targets");
  });

  const later = new Date(Date.now() - 60_000);
  test.each<[string, (root: string) => void, string]>([
    ["an input is edited", (root) => writeFileSync(join(root, "in/a.txt"), "3"), "2 ran"],
    [
      "an input keeps its size and its time",
      (root) => {
        writeFileSync(join(root, "in/a.txt"), "3");
        utimesSync(join(root, "in/a.txt"), later, later);
      },
      "2 ran",
    ],
    ["a file is added under a glob", (root) => writeFileSync(join(root, "in/c.txt"), ""), "1 ran"],
    ["a recorded read answers differently", (root) => writeFileSync(join(root, "note.txt"), "other"), "2 ran"],
    ["an output is removed", (root) => rmSync(join(root, "out/a.txt")), "1 restored"],
    ["an output is edited", (root) => writeFileSync(join(root, "out/a.txt"), "mine"), "Edited by a person"],
    ["a list is changed", (root) => writeFileSync(join(root, "things.txt"), "a\n"), "2 targets"],
    [
      "a folder becomes a link",
      (root) => {
        renameSync(join(root, "in"), join(root, "real"));
        symlinkSync("real", join(root, "in"));
      },
      "1 ran",
    ],
    ["the traces are removed", (root) => rmSync(join(root, "manifests/traces"), { recursive: true }), "3 restored"],
    [
      "the configuration is changed",
      (root) =>
        writeFileSync(
          join(root, "codex.config.ts"),
          CONFIG.replace("inputs.from +", "inputs.from + 'x' +").replace('name: "copy",', 'name: "copy", version: 2,'),
        ),
      "2 ran",
    ],
    ["a commit was interrupted", (root) => writeFileSync(join(root, ".codex/commits/1.json"), "{"), "damaged"],
  ])("is looked at again when %s", (_, change, expected) => {
    change(campaign.root);
    const { out, err } = campaign.codex("build");
    expect(out + err).toContain(expected);
  });

  test("is looked at again when other goals are named, and from another folder it is the same", () => {
    expect(campaign.codex("build", "thing/a").out).toContain(`${NOTHING}: 1 target is fresh`);
    expect(campaign.codex("build").out).toContain(`${NOTHING}: 3 targets`);
  });

  test("is not kept where the configuration asks for more than its own text", () => {
    rmSync(record());
    campaign.write("codex.config.ts", CONFIG.replace('items: ["x"]', "items: [process.env.WHICH ?? 'x']"));
    campaign.codex("build");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    expect(campaign.codex("build").out).toContain(NOTHING);
    expect(existsSync(record())).toBe(false);
  });
});
