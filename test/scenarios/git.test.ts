/** Traces as a lock file, through real git: whatever git does to the files, the next command knows what is fresh. */
import { spawnSync } from "node:child_process";
import { cpSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Campaign } from "./harness.ts";

const CONFIG = `
import { call, collection, defineConfig, file, rule } from "codex-build";
const units = collection("book", { items: ["x"], key: (book) => book }).within("unit", {
  from: () => file("units.txt"), items: (text) => text.trim().split("\\n"), key: (unit) => unit });
export default defineConfig({ rules: [
  rule({ name: "copy", each: units, inputs: ({ unit }) => ({ from: file("in/" + unit + ".txt") }),
    outputs: ({ unit }) => ({ to: file("out/" + unit + ".txt") }),
    run: call(({ inputs }) => ({ outputs: { to: inputs.from } })) }),
] });
`;
const NOTHING = /Nothing to do|0 ran/;

describe("a campaign under git", () => {
  let campaign: Campaign;
  const git = (...args: string[]): string => {
    const run = spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      cwd: campaign.root,
      encoding: "utf8",
    });
    expect(run.status, `git ${args.join(" ")}: ${run.stdout}${run.stderr}`).toBe(0);
    return run.stdout;
  };
  const build = (): string => campaign.codex("build", "-q").out;
  const stale = (): string => campaign.codex("build", "-n").out;
  const commit = (what: string): void => {
    git("add", "-A");
    git("commit", "-qm", what);
  };
  const add = (...units: string[]): void => {
    for (const unit of units) campaign.write(`in/${unit}.txt`, `text of ${unit}`);
    const all = new Set([...campaign.read("units.txt").trim().split("\n"), ...units]);
    campaign.write("units.txt", `${[...all].sort().join("\n")}\n`);
  };

  beforeEach(() => {
    campaign = new Campaign({
      "codex.config.ts": CONFIG,
      "units.txt": "a\n",
      "in/a.txt": "1",
      ".gitignore": ".codex/\n",
      ".gitattributes": "manifests/traces/*.json merge=union\nunits.txt merge=union\n",
    });
    git("init", "-qb", "main");
    expect(build()).toContain("1 ran");
    commit("one");
  });

  test("is fresh in a clone, though no store and no times came with it", () => {
    const clone = new Campaign();
    rmSync(clone.root, { recursive: true });
    git("clone", "-q", ".", clone.root);
    expect(clone.codex("build", "--check").code).toBe(0);
    expect(clone.codex("build", "-q").out).toMatch(NOTHING);
  });

  test("is fresh on each branch, and after a revert", () => {
    git("checkout", "-qb", "other");
    campaign.write("in/a.txt", "2");
    expect(build()).toContain("1 ran");
    commit("two");
    git("checkout", "-q", "main");
    expect(build()).toMatch(NOTHING);
    git("checkout", "-q", "other");
    expect(build()).toMatch(NOTHING);
    git("revert", "--no-edit", "HEAD");
    expect(campaign.read("out/a.txt")).toBe("1");
    expect(build()).toMatch(NOTHING);
  });

  test("merges without a conflict where both sides added targets of one book, also beside each other", () => {
    git("checkout", "-qb", "other");
    add("b", "d", "z");
    expect(build()).toContain("3 ran");
    commit("theirs");
    git("checkout", "-q", "main");
    add("c", "e", "y");
    expect(build()).toContain("3 ran");
    commit("ours");
    git("merge", "-q", "--no-edit", "other");
    campaign.write("units.txt", `${[..."abcdeyz"].join("\n")}\n`);
    expect(build()).toContain("Nothing to do: 7 targets");
  });

  test("runs again what two branches made of different inputs, where the merged files are neither's", () => {
    git("checkout", "-qb", "other");
    campaign.write("in/a.txt", "2");
    build();
    commit("theirs");
    git("checkout", "-q", "main");
    campaign.write("in/a.txt", "3");
    build();
    commit("ours");
    git("merge", "-q", "--no-edit", "-X", "ours", "other");
    campaign.write("in/a.txt", "2 and 3");
    campaign.codex("build", "--overwrite-edits");
    expect(campaign.read("out/a.txt")).toBe("2 and 3");
    expect(build()).toMatch(NOTHING);
  });

  test("is told right after stash, touch, checkout and a clock that went back", () => {
    const past = new Date(Date.now() - 3_600_000);
    campaign.write("in/a.txt", "9");
    expect(stale()).toContain("To run: 1");
    git("stash", "-q");
    expect(build()).toMatch(NOTHING);
    git("stash", "pop", "-q");
    expect(stale()).toContain("To run: 1");
    git("checkout", "-q", "--", ".");
    expect(build()).toMatch(NOTHING);
    utimesSync(join(campaign.root, "in/a.txt"), past, past);
    expect(build()).toMatch(NOTHING);
    // As long as before, and with its old time.
    writeFileSync(join(campaign.root, "in/a.txt"), "8");
    utimesSync(join(campaign.root, "in/a.txt"), past, past);
    expect(stale()).toContain("To run: 1");
  });

  test("sees edits of the same length within one tick of the clock", () => {
    for (let round = 0; round < 6; round++) {
      writeFileSync(join(campaign.root, "in/a.txt"), String(round));
      campaign.codex("build", "-q");
      expect(campaign.read("out/a.txt")).toBe(String(round));
      writeFileSync(join(campaign.root, "in/a.txt"), "x");
      expect(stale()).toContain("To run: 1");
    }
  });

  test("sees a person's edit of an output of the same length within one tick of the clock", () => {
    for (const [round, text] of [..."23"].entries()) {
      campaign.write("in/a.txt", text);
      expect(build()).toContain("1 ran");
      writeFileSync(join(campaign.root, "out/a.txt"), "x");
      const { out } = campaign.codex("build");
      expect([round, out]).toEqual([round, expect.stringContaining("Edited by a person and kept: out/a.txt")]);
      expect(campaign.read("out/a.txt")).toBe("x");
      writeFileSync(join(campaign.root, "out/a.txt"), text);
      expect(stale()).not.toContain("To run: 1");
    }
  });

  test("is told right after a stash of what was built, there and back", () => {
    campaign.write("in/a.txt", "2");
    expect(build()).toContain("1 ran");
    git("stash", "-q");
    expect([campaign.read("in/a.txt"), campaign.read("out/a.txt")]).toEqual(["1", "1"]);
    expect(build()).toMatch(NOTHING);
    git("stash", "pop", "-q");
    expect(campaign.read("out/a.txt")).toBe("2");
    expect(build()).toMatch(NOTHING);
    // The traces alone go back: what stands is not what they tell of, and nothing is written over it.
    git("checkout", "-q", "--", "manifests");
    expect(campaign.codex("build").code).toBe(4);
    expect(campaign.read("out/a.txt")).toBe("2");
    campaign.codex("build", "--overwrite-edits");
    expect(build()).toMatch(NOTHING);
  });

  test("sees edits under times that lie ahead of the clock", () => {
    const future = new Date(Date.now() + 3_600_000);
    const path = join(campaign.root, "in/a.txt");
    for (const text of ["3", "4"]) {
      writeFileSync(path, text);
      utimesSync(path, future, future);
      expect(build()).toContain("1 ran");
      expect(campaign.read("out/a.txt")).toBe(text);
      expect(build()).toMatch(NOTHING);
    }
    // The clock goes on from an earlier time: what is written now is older than what was read.
    writeFileSync(path, "5");
    expect(stale()).toContain("To run: 1");
  });

  test("refuses traces of a version that it does not know, and touches nothing", () => {
    const path = "manifests/traces/x.json";
    campaign.write(path, campaign.read(path).replace('"version":1', '"version":99'));
    const before = campaign.read(path);
    const { code, err } = campaign.codex("build");
    expect([code, err]).toEqual([2, expect.stringContaining("version 99")]);
    expect(err).toContain("use the version of Codex that wrote them");
    expect(campaign.read(path)).toBe(before);
  });

  test("is the same in a copy of the whole folder", () => {
    const copy = new Campaign();
    cpSync(campaign.root, copy.root, { recursive: true });
    expect(copy.codex("build", "-q").out).toMatch(NOTHING);
    copy.write("in/a.txt", "5");
    expect(copy.codex("build", "-q").out).toContain("1 ran");
  });
});
