/**
 * Files that were damaged, lost or merged behind Codex's back: found, said with place and remedy, mended where nothing is
 * lost, refused where something would be. Nothing is ever paid again for it.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Campaign, Run } from "../scenarios/harness.ts";
import { campaignOf, TARGETS } from "./campaign.ts";
import { Stub } from "./stub.ts";
import { expectIntactChain } from "./trial.ts";

const LOG = "manifests/campaign.log.jsonl";
const LEDGER = "manifests/campaign.json";
const COST = "manifests/cost_ledger.jsonl";
const TRACES = "manifests/traces/one.json";

let stub: Stub;
let built: Campaign;
beforeAll(async () => {
  stub = new Stub();
  built = campaignOf(stub);
  const run = await built.start("build").ended;
  expect(run.code, run.out + run.err).toBe(0);
}, 60_000);
afterAll(() => stub.close());

const lines = (campaign: Campaign, path: string, change: (lines: string[]) => string[]): void =>
  campaign.write(path, change(campaign.read(path).split("\n")).join("\n"));
const codex = (campaign: Campaign, ...args: string[]): Promise<Run> => campaign.start(...args).ended;

interface Row {
  readonly name: string;
  readonly damage: (campaign: Campaign) => void;
  /** What `ledger verify` says, line by line; with nothing, it finds nothing wrong. */
  readonly says: readonly RegExp[];
  /** What mends it. */
  readonly mend: readonly (readonly string[])[];
  /** What is known afterwards, and stays. */
  readonly notes?: number;
}

const LEDGER_ROWS: readonly Row[] = [
  {
    name: "a line of the log that was changed",
    damage: (campaign) =>
      lines(campaign, LOG, (all) => all.map((line, at) => (at === 2 ? line.replace("completed", "skipped") : line))),
    says: [/^manifests\/campaign\.log\.jsonl:3: the line is not what its hash says/m, /restore the log from git/],
    mend: [["ledger", "rebuild"]],
    notes: 1,
  },
  {
    name: "a line of the log that was lost",
    damage: (campaign) => lines(campaign, LOG, (all) => all.filter((_, at) => at !== 3)),
    says: [/^manifests\/campaign\.log\.jsonl:4: the line before it is not in the log/m],
    mend: [["ledger", "rebuild"]],
    notes: 1,
  },
  {
    name: "half a line at the end of the log, mended by the rebuild",
    damage: (campaign) => appendFileSync(campaign.path(LOG), '{"n":99,"at":"20'),
    says: [/^manifests\/campaign\.log\.jsonl:\d+: a crash cut the line off/m, /codex ledger rebuild/],
    mend: [["ledger", "rebuild"]],
    notes: 1,
  },
  {
    name: "half a line at the end of the log, mended by the next line that is written",
    damage: (campaign) => appendFileSync(campaign.path(LOG), '{"n":99,"at":"20'),
    says: [/a crash cut the line off/],
    mend: [["clean", "book/one/P5_verification"], ["build"]],
    notes: 1,
  },
  {
    name: "the last lines of the log lost",
    damage: (campaign) => lines(campaign, LOG, (all) => [...all.slice(0, -4), ""]),
    says: [
      /^manifests\/traces\/\w+\.json:\d+: book\/\w+\/\w+ ran at .*, and the log does not say so/m,
      /the log does not say so\n {2}codex ledger rebuild$/m,
    ],
    mend: [["build"]],
  },
  {
    name: "the whole log lost",
    damage: (campaign) => rmSync(campaign.path(LOG)),
    says: [/the log says that book\/one is draft, the traces say audited/],
    mend: [["ledger", "rebuild"]],
  },
  {
    name: "the ledger edited",
    damage: (campaign) => campaign.write(LEDGER, campaign.read(LEDGER).replace('"gap-analysed"', '"woven"')),
    says: [/^manifests\/campaign\.json:\d+: books\.one\.status is "woven" and should be "gap-analysed"/m],
    mend: [["ledger", "rebuild"]],
  },
  {
    name: "the ledger torn",
    damage: (campaign) => campaign.write(LEDGER, campaign.read(LEDGER).slice(0, 300)),
    says: [/^manifests\/campaign\.json:1: it is not readable as JSON/m],
    mend: [["build"]],
  },
  {
    name: "the ledger deleted",
    damage: (campaign) => rmSync(campaign.path(LEDGER)),
    says: [/^manifests\/campaign\.json:1: it is missing/m],
    mend: [["ledger", "rebuild"]],
  },
  {
    name: "a line of the cost ledger that stands twice",
    damage: (campaign) => lines(campaign, COST, (all) => [...all.slice(0, 2), all[1]!, ...all.slice(2)]),
    says: [/^manifests\/cost_ledger\.jsonl:3: the call \S+ is counted twice: first in line 2/m],
    mend: [],
  },
  {
    name: "a line of the cost ledger that was lost",
    damage: (campaign) => lines(campaign, COST, (all) => all.slice(1)),
    says: [
      /^\.codex\/calls\/\S+: the call \S+ of book\/\w+\/\w+ \(\$0\.25\) is in the journal and not in manifests\/cost_ledger\.jsonl/m,
      /the trace of book\/\w+\/\w+ says that \$0\.25 was paid, the cost ledger says \$0/,
    ],
    mend: [["ledger", "rebuild"]],
  },
  {
    name: "a line of the cost ledger that was lost with the journal",
    damage(campaign) {
      lines(campaign, COST, (all) => all.slice(1));
      rmSync(campaign.path(".codex/calls"), { recursive: true });
    },
    says: [/the cost ledger says \$0\n {2}restore manifests\/cost_ledger\.jsonl from git/],
    mend: [],
  },
];

describe("the campaign's records", () => {
  test.each(LEDGER_ROWS)("$name", { timeout: 60_000 }, async ({ damage, says, mend, notes = 0 }) => {
    const campaign = built.clone();
    damage(campaign);
    const damaged = campaign.snapshot();
    const found = await codex(campaign, "ledger", "verify");
    expect(found.code, found.out + found.err).toBe(1);
    for (const text of says) expect(found.out).toMatch(text);
    expect(campaign.snapshot()).toEqual(damaged);
    const before = campaign.exists(LOG) ? campaign.read(LOG) : "";
    const served = stub.total;
    for (const args of mend) {
      const run = await codex(campaign, ...args);
      expect(run.code, run.out + run.err).toBe(0);
    }
    expect(stub.total).toBe(served);
    // The log is only ever added to.
    if (campaign.exists(LOG)) expect(campaign.read(LOG).startsWith(before)).toBe(true);
    const after = await codex(campaign, "ledger", "verify");
    expect(after.code, after.out).toBe(mend.length > 0 ? 0 : 1);
    expect(after.out.match(/: note: /g)?.length ?? 0).toBe(notes);
  });

  test("as JSON", async () => {
    const campaign = built.clone();
    expect(JSON.parse((await codex(campaign, "ledger", "verify", "-f", "json")).out)).toMatchObject({
      version: 1,
      agrees: true,
      findings: [],
      traces: TARGETS,
      cost: { lines: 6, usd: 1.5 },
    });
    appendFileSync(campaign.path(LOG), "{");
    const found = await codex(campaign, "ledger", "verify", "--format", "json");
    expect(found.code).toBe(1);
    expect(JSON.parse(found.out)).toMatchObject({
      agrees: false,
      findings: [{ level: "wrong", where: expect.stringMatching(/^manifests\/campaign\.log\.jsonl:\d+$/) }],
    });
  });
});

describe("what git merged", { timeout: 120_000 }, () => {
  /** Two branches on which different targets were built again, merged; with or without the attribute for logs. */
  async function merged(attribute: string | undefined): Promise<Campaign> {
    const campaign = built.clone();
    const git = (...args: string[]): number | null =>
      spawnSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", ...args], { cwd: campaign.root }).status;
    campaign.write(".gitignore", ".codex/\n");
    if (attribute !== undefined) campaign.write(".gitattributes", attribute);
    git("init", "-b", "main");
    git("add", ".");
    expect(git("commit", "-m", "built")).toBe(0);
    for (const book of ["one", "two"]) {
      git("checkout", "-b", book, "main");
      const run = await codex(campaign, "build", "--force", `book/${book}/P1_audit`);
      expect(run.code, run.out + run.err).toBe(0);
      git("add", ".");
      expect(git("commit", "-m", book)).toBe(0);
    }
    git("merge", "one");
    return campaign;
  }

  test.each([
    ["with marks", undefined],
    ["by union", "*.jsonl merge=union\n"],
  ])("%s", async (_, attribute) => {
    const campaign = await merged(attribute);
    expect(campaign.read(LOG).includes("<<<<<<<")).toBe(attribute === undefined);
    const found = await codex(campaign, "ledger", "verify");
    expect(found.code).toBe(1);
    expect(found.out).toMatch(
      /campaign\.log\.jsonl:\d+: (a second log begins here|git has marked a merge conflict here)/,
    );
    expect(found.out).toContain("codex ledger merge");
    const told = (text: string): string[] =>
      [...text.matchAll(/"address":"([^"]+)","from":"[^"]*","to":"([^"]*)"/g)]
        .map(([, address, to]) => `${address} ${to}`)
        .sort();
    const before = told(campaign.read(LOG));
    const one = await codex(campaign, "ledger", "merge");
    expect(one.code, one.err).toBe(0);
    expectIntactChain(campaign);
    const after = told(campaign.read(LOG));
    expect(after.filter((line) => !line.includes(LOG))).toEqual(before);
    // The cost ledger is no chain: git's marks are all that is wrong with it.
    lines(campaign, COST, (all) => all.filter((line) => !/^(<{7}|={7}|>{7})/.test(line)));
    const served = stub.total;
    const rebuilt = await codex(campaign, "ledger", "rebuild");
    expect(rebuilt.code, rebuilt.out + rebuilt.err).toBe(0);
    expect((await codex(campaign, "ledger", "merge")).out).toContain("There is nothing to merge");
    expect(stub.total).toBe(served);
  });
});

describe("what lies under .codex", { timeout: 60_000 }, () => {
  const stored = (campaign: Campaign): string[] =>
    readdirSync(campaign.path(".codex/cas"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.length > 60)
      .map((name) => campaign.path(`.codex/cas/${name}`));

  test("deleted: everything is as fresh as before, and nothing is bought", async () => {
    const campaign = built.clone();
    rmSync(campaign.path(".codex"), { recursive: true });
    const served = stub.total;
    expect((await codex(campaign, "build")).out).toContain(`Nothing to do: ${TARGETS} targets are fresh`);
    expect(stub.total).toBe(served);
    expect((await codex(campaign, "ledger", "verify")).code).toBe(0);
  });

  test.each<[how: string, damage: (bytes: Buffer) => Uint8Array]>([
    ["cut in half", (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ["with a flipped bit", (bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte))],
    ["with another value", () => Buffer.from("null\n")],
  ])("what is only kept for speed, %s: everything is as fresh as before, and nothing is bought", async (_, damage) => {
    const campaign = built.clone();
    await codex(campaign, "validate");
    await codex(campaign, "continuity");
    const verdicts = (await codex(campaign, "validate")).out;
    const names = readdirSync(campaign.path(".codex"), { withFileTypes: true }).flatMap((each) =>
      each.isFile() ? [each.name] : [],
    );
    expect(names).toEqual(
      expect.arrayContaining(["stat.json", "validation.json", "continuity.json", "integration.json"]),
    );
    for (const name of names) {
      const path = campaign.path(`.codex/${name}`);
      writeFileSync(path, damage(readFileSync(path)));
    }
    const served = stub.total;
    expect((await codex(campaign, "validate")).out).toBe(verdicts);
    expect((await codex(campaign, "build")).out).toContain(`Nothing to do: ${TARGETS} targets are fresh`);
    expect(stub.total).toBe(served);
  });

  test("with flipped bits: found, mended from the workspace, and what cost money is not thrown away", async () => {
    const campaign = built.clone();
    for (const path of stored(campaign)) {
      const bytes = readFileSync(path);
      bytes[0]! ^= 1;
      writeFileSync(path, bytes);
    }
    const found = await codex(campaign, "cache", "verify");
    expect(found.code).toBe(1);
    expect(found.out).toMatch(/content\/one\.md has its bytes: can be mended/);
    const repaired = await codex(campaign, "cache", "verify", "--repair");
    expect(repaired.code, repaired.out).toBe(1);
    expect(repaired.out).toMatch(/a paid result .* needs it.*: kept as it is/);
    expect(repaired.out).toMatch(/: mended/);
    expect(repaired.out).toMatch(/: removed, it can be made again/);
    const served = stub.total;
    expect((await codex(campaign, "build")).out).toContain("Nothing to do");
    expect(stub.total).toBe(served);
  });

  test("read through codex cache cat, and made room in by codex cache gc", async () => {
    const campaign = built.clone();
    const digest = JSON.parse(campaign.read(TRACES)).targets["book/one/P4_production"].products.text as string;
    for (const typed of [digest, digest.slice(0, 12)]) {
      const run = await codex(campaign, "cache", "cat", typed);
      expect(run.out).toBe(readFileSync(campaign.path(`.codex/cas/${digest.slice(0, 2)}/${digest.slice(2)}`), "utf8"));
    }
    for (const [typed, says] of [
      ["xyz", "is no digest"],
      ["f".repeat(64), "does not hold"],
      ["../../etc/passwd", "is no digest"],
    ]) {
      const run = await codex(campaign, "cache", "cat", typed!);
      expect([typed, run.code]).toEqual([typed, 2]);
      expect(run.err).toContain(says);
    }
    const before = stored(campaign).length;
    campaign.write(".codex/cas/ab/.codex-999999999-0.tmp", "half");
    const dry = await codex(campaign, "cache", "gc", "--max-age", "0h", "-n");
    expect(dry.out).toMatch(/^Would remove \d+ files .* and 1 temporary file of dead processes\.$/m);
    expect(stored(campaign).length).toBe(before);
    expect((await codex(campaign, "cache", "gc", "--max-age", "0h")).out).toMatch(/^Removed \d+ files/m);
    expect(stored(campaign).length).toBeLessThan(before);
    expect(campaign.exists(".codex/cas/ab/.codex-999999999-0.tmp")).toBe(false);
    // Everything that was made is still to be had.
    const served = stub.total;
    expect((await codex(campaign, "clean", "all")).code).toBe(0);
    const again = await codex(campaign, "build");
    expect(again.code, again.out + again.err).toBe(0);
    expect(stub.total).toBe(served);
    for (const flag of [
      ["--max-age", "old"],
      ["--max-size", "big"],
    ])
      expect((await codex(campaign, "cache", "gc", ...flag)).code).toBe(2);
  });
});
