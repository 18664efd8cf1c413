/** `codex watch` as a process: a person saves, and what is stale is built; nothing else wakes it. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { Campaign, type Running, until } from "./harness.ts";

/** Two notes, each made loud by a program that writes down that it ran; a note that says "fail" makes it fail. */
const CONFIG = `
import { collection, command, defineConfig, file, rule } from "codex-build";
const notes = collection("note", { items: ["a", "b"], key: (note) => note });
const shout = rule({
  name: "shout",
  each: notes,
  inputs: ({ note }) => ({ text: file(\`notes/\${note}.txt\`) }),
  outputs: ({ note }) => ({ loud: file(\`loud/\${note}.txt\`) }),
  run: command(["node", "shout.mjs"]),
});
const join = rule({
  name: "join",
  each: collection("all", { items: ["one"], key: (item) => item }),
  inputs: () => ({ a: file("loud/a.txt"), b: file("loud/b.txt") }),
  outputs: () => ({ both: file("both.txt") }),
  run: command(["node", "join.mjs"]),
});
export default defineConfig({ rules: [shout, join] });
`;
const SHOUT = `
import { appendFileSync, readFileSync } from "node:fs";
const { params, inputs } = JSON.parse(readFileSync(0, "utf8"));
appendFileSync(".codex/ran", params.note + "\\n");
if (inputs.text.includes("fail")) process.exit(1);
console.log(inputs.text.trim().toUpperCase());
`;
const JOIN = `
import { readFileSync } from "node:fs";
const { inputs } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(inputs.a + inputs.b);
`;

const running: Running[] = [];
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill("SIGKILL");
});

async function watched(...args: string[]) {
  const campaign = new Campaign({
    "codex.config.ts": CONFIG,
    "shout.mjs": SHOUT,
    "join.mjs": JOIN,
    "notes/a.txt": "one\n",
    "notes/b.txt": "two\n",
  });
  const process = campaign.start("watch", ...args);
  running.push(process);
  const ended = (): number => process.text().split(/^(?:Targets:|Nothing to do)/m).length - 1;
  const builds = (count: number): Promise<void> => until(() => ended() >= count, `build ${count} of ${process.text()}`);
  /** Long enough for anything that would wake it. */
  const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 400));
  return { campaign, process, ended, builds, quiet };
}

describe("codex watch", () => {
  test("builds first what is stale, then what a save makes stale, and does not wake for what it wrote", async () => {
    const { campaign, process, ended, builds, quiet } = await watched();
    await builds(1);
    expect(process.text()).toMatch(/^Watching \d+ files\. Ctrl-C ends\.\n/);
    expect(campaign.read("both.txt")).toBe("ONE\nTWO\n");
    await quiet();
    expect(ended()).toBe(1);
    campaign.write("notes/a.txt", "uno\n");
    await builds(2);
    expect(campaign.read("both.txt")).toBe("UNO\nTWO\n");
    expect(process.text()).toContain("Saved: notes/a.txt\n");
    expect(process.text()).toMatch(/Targets: 2 ran, 1 already fresh/);
    await quiet();
    expect(ended()).toBe(2);
  });

  test("takes a save by renaming, a file removed and written again, and a burst as one save each", async () => {
    const { campaign, ended, builds, quiet } = await watched();
    await builds(1);
    await quiet();
    writeFileSync(campaign.path("notes/a.txt.new"), "renamed\n");
    renameSync(campaign.path("notes/a.txt.new"), campaign.path("notes/a.txt"));
    await until(() => campaign.read("both.txt").startsWith("RENAMED"), "the renamed save is built");
    await quiet();
    const before = ended();
    rmSync(campaign.path("notes/b.txt"));
    campaign.write("notes/b.txt", "again\n");
    await until(() => campaign.read("both.txt").endsWith("AGAIN\n"), "the rewritten file is built");
    await quiet();
    expect(ended()).toBe(before + 1);
    for (let i = 0; i < 10; i++) campaign.write("notes/a.txt", `burst ${i}\n`);
    await until(() => campaign.read("both.txt").startsWith("BURST 9"), "the last of the burst is built");
    await quiet();
    // chokidar may have told of the burst in two parts.
    expect(ended() - before).toBeLessThanOrEqual(3);
  });

  test("a file that comes and goes is none", async () => {
    const { campaign, ended, builds, quiet } = await watched();
    await builds(1);
    await quiet();
    writeFileSync(campaign.path("notes/.a.txt.swp-like"), "temporary");
    writeFileSync(campaign.path("notes/sedX1"), "temporary");
    rmSync(campaign.path("notes/sedX1"));
    rmSync(campaign.path("notes/.a.txt.swp-like"));
    await quiet();
    expect(ended()).toBe(1);
  });

  test("a save while it builds is built after", async () => {
    const { campaign, builds } = await watched();
    await builds(1);
    campaign.write("notes/a.txt", "first\n");
    await until(() => campaign.read("loud/a.txt") === "FIRST\n", "the first save is under way");
    campaign.write("notes/a.txt", "second\n");
    await until(() => campaign.read("both.txt").startsWith("SECOND"), "the second save is built");
  });

  test("a failure is not bought again until what it reads changes", async () => {
    const { campaign, process, builds, ended, quiet } = await watched();
    await builds(1);
    const ran = (): string[] => campaign.read(".codex/ran").trim().split("\n");
    campaign.write("notes/a.txt", "fail\n");
    await builds(2);
    expect(process.text()).toContain("✗ note/a/shout failed");
    const times = ran().length;
    campaign.write("notes/b.txt", "other\n");
    await builds(3);
    await quiet();
    expect(ran().slice(times)).toEqual(["b"]);
    campaign.write("notes/a.txt", "good\n");
    await until(() => campaign.exists("both.txt") && campaign.read("both.txt") === "GOOD\nOTHER\n", "it is mended");
    expect(ran().slice(times)).toEqual(["b", "a"]);
    await builds(4);
    expect(ended()).toBe(4);
  });

  test("a configuration that is broken is said, and mended by the next save", async () => {
    const { campaign, process, builds } = await watched();
    await builds(1);
    campaign.write("codex.config.ts", "export default {");
    await until(() => process.text().includes("it cannot be compiled"), "the fault is said");
    campaign.write("codex.config.ts", CONFIG.replace('["a", "b"]', '["a", "b", "c"]'));
    campaign.write("notes/c.txt", "three\n");
    await until(() => campaign.exists("loud/c.txt"), "the new rule is built");
    expect(campaign.read("loud/c.txt")).toBe("THREE\n");
  });

  test("builds by others are seen, and not repeated", async () => {
    const { campaign, builds, quiet } = await watched();
    await builds(1);
    const ran = (): number => campaign.read(".codex/ran").trim().split("\n").length;
    const before = ran();
    const other = campaign.codex("build", "--force", "note/a/shout");
    expect(other.code, other.err).toBe(0);
    await quiet();
    expect(ran()).toBe(before + 1);
    campaign.write("notes/a.txt", "after\n");
    await until(() => campaign.read("both.txt").startsWith("AFTER"), "it goes on watching");
  });

  test("--dry says what would run, and writes nothing", async () => {
    const { campaign, process } = await watched("--dry");
    await until(() => process.text().includes("Nothing was written."), "the first plan is printed");
    const before = campaign.snapshot();
    campaign.write("notes/a.txt", "uno\n");
    await until(() => process.text().split("Nothing was written.").length > 2, "the second plan is printed");
    campaign.write("notes/a.txt", "one\n");
    await until(() => process.text().split("Nothing was written.").length > 3, "the third plan is printed");
    expect(Object.keys(campaign.snapshot())).toEqual(Object.keys(before));
  });

  test("Ctrl-C ends it", async () => {
    const { process, builds } = await watched();
    await builds(1);
    process.child.kill("SIGINT");
    expect(await process.ended).toMatchObject({ code: 0, err: "" });
  });

  test("an address that means nothing is said at once", async () => {
    const { process } = await watched("nothing/there");
    expect(await process.ended).toMatchObject({ code: 2, err: expect.stringContaining("there is no target") });
  });
});
