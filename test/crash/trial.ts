/** One campaign that is killed, once or more, and what must hold afterwards. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { decodeSegment } from "../../src/cache/call-record.ts";
import { type Campaign, until } from "../scenarios/harness.ts";
import { ASKED, BOOKS, TARGETS } from "./campaign.ts";
import type { Stub } from "./stub.ts";

const DYING = fileURLToPath(new URL("dying.cjs", import.meta.url));

/** When a build is killed: at a point of dying.cjs, or after some milliseconds. */
export type Kill = { readonly at: string } | { readonly after: number };

export const nameOf = (kill: Kill): string => ("at" in kill ? kill.at : `after ${kill.after} ms`);

/** The environment in which dying.cjs does what is said of it. */
export const dying = (variables: Readonly<Record<string, string>>): Record<string, string> => ({
  NO_COLOR: "1",
  NODE_OPTIONS: `--require ${DYING}`,
  ...variables,
});

/** The names of all points that a command passes, in order. */
export function pointsOf(campaign: Campaign, ...args: string[]): Promise<string[]> {
  const file = `${campaign.root}.points`;
  campaign.env = dying({ CODEX_CRASH_POINTS: file });
  return campaign.start(...args).ended.then((run) => {
    expect(run.code, run.out + run.err).toBe(0);
    return readFileSync(file, "utf8").trimEnd().split("\n");
  });
}

/**
 * Kills a build at each of the moments, one after the other, then lets one come to its end. Returns how often it was killed.
 * @param cutOff builds before this that ended with calls under way
 */
export async function survive(campaign: Campaign, stub: Stub, kills: readonly Kill[], cutOff = 0): Promise<number> {
  let killed = 0;
  for (const kill of kills) {
    const settled = settledIn(campaign);
    const before = new Map(stub.served);
    campaign.env = "at" in kill ? dying({ CODEX_CRASH_AT: kill.at }) : { NO_COLOR: "1" };
    const build = campaign.start("build");
    const timer = "after" in kill ? setTimeout(() => build.child.kill("SIGKILL"), kill.after) : undefined;
    const run = await build.ended;
    clearTimeout(timer);
    // It may have been done before.
    if (build.child.signalCode === "SIGKILL") killed++;
    else expect(run.code, run.out + run.err).toBe(0);
    expectPaidOnce(stub, before, settled);
    // What it had started must go down with it.
    await until(() => stub.connected === 0, "no program is left");
    expectWhole(campaign);
    expectIntactChain(campaign);
  }
  const settled = settledIn(campaign);
  const before = new Map(stub.served);
  campaign.env = { NO_COLOR: "1" };
  // Those who only look work at any time, and write nothing.
  const status = campaign.codex("status");
  expect(status.code, status.err).toBe(0);
  const last = await campaign.start("build").ended;
  expect(last.code, last.out + last.err).toBe(0);
  expectPaidOnce(stub, before, settled);
  expectWhole(campaign);
  expectIntactChain(campaign);
  expectTogether(campaign);
  expectEveryCallInTheLedger(campaign, stub, killed + cutOff);
  const verified = campaign.codex("ledger", "verify");
  expect(verified.code, verified.out + verified.err).toBe(0);
  const again = await campaign.start("build").ended;
  expect(again.out).toContain(`Nothing to do: ${TARGETS} targets are fresh`);
  expect(filesOf(campaign).filter((path) => path.endsWith(".tmp"))).toEqual([]);
  return killed;
}

const filesOf = (campaign: Campaign): string[] =>
  readdirSync(campaign.root, { recursive: true, encoding: "utf8" }).sort();

/** The targets of which the journal holds an answer. */
function settledIn(campaign: Campaign): Set<string> {
  const folder = campaign.path(".codex/calls");
  if (!existsSync(folder)) return new Set();
  return new Set(
    readdirSync(folder).flatMap((name) =>
      decodeSegment(readFileSync(`${folder}/${name}`)).records.flatMap((record) =>
        record.type === "settled" && record.outcome === "answered" ? [record.address] : [],
      ),
    ),
  );
}

/** One run asks nothing that is settled, and nothing twice. */
function expectPaidOnce(stub: Stub, before: ReadonlyMap<string, number>, settled: ReadonlySet<string>): void {
  for (const target of ASKED) {
    const bought = (stub.served.get(target) ?? 0) - (before.get(target) ?? 0);
    if (settled.has(target))
      expect([target, "settled, and bought again", bought]).toEqual([target, "settled, and bought again", 0]);
    else expect([target, bought <= 1]).toEqual([target, true]);
  }
}

/** No file holds half of an answer: every beginning has its end. */
function expectWhole(campaign: Campaign): void {
  for (const path of BOOKS.flatMap((book) => [`plans/${book}.md`, `content/${book}.md`, `reports/${book}.md`])) {
    if (!campaign.exists(path)) continue;
    const text = campaign.read(path);
    const names = (word: string): string[] =>
      [...text.matchAll(new RegExp(`${word} (answer \\d+ to \\S+)$`, "gm"))].map(([, name]) => name!);
    expect([path, names("end")]).toEqual([path, names("begin")]);
    expect([path, names("end").length > 0]).toEqual([path, true]);
  }
  if (campaign.exists("manifests/campaign.json")) JSON.parse(campaign.read("manifests/campaign.json"));
  JSON.parse(campaign.read("index.json"));
}

/** What one integration wrote speaks of one answer everywhere. */
function expectTogether(campaign: Campaign): void {
  const { units } = JSON.parse(campaign.read("index.json")) as { units: { id: string; says: string }[] };
  expect(units.map(({ id }) => id)).toEqual([...BOOKS]);
  for (const { id, says } of units) {
    expect(campaign.read(`content/${id}.md`)).toContain(says);
    expect(campaign.read(`reports/${id}.md`)).toContain(says);
  }
}

/** Every answer is in the cost ledger once; a call of which nobody knows how it ended may be there too. */
function expectEveryCallInTheLedger(campaign: Campaign, stub: Stub, cutOff: number): void {
  const lines = campaign
    .read("manifests/cost_ledger.jsonl")
    .split("\n")
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as { call: string; outcome: string; address: string }];
      } catch {
        // Torn, and written again.
        return [];
      }
    });
  expect(new Set(lines.map(({ call }) => call)).size).toBe(lines.length);
  for (const target of ASKED) {
    const ended = (how: string): number =>
      lines.filter(({ address, outcome }) => address === target && outcome === how).length;
    // Exactly one answer was kept. What was answered and not heard is there too, as lost or broken off.
    const unheard = ended("lost") + ended("failed");
    expect([target, "answered", ended("answered")]).toEqual([target, "answered", 1]);
    expect([target, "unheard", stub.served.get(target)! - 1 <= unheard]).toEqual([target, "unheard", true]);
    expect([target, "told", unheard <= cutOff]).toEqual([target, "told", true]);
  }
}

/** The log's whole lines are numbered and chained, computed without the code under test. */
export function expectIntactChain(campaign: Campaign): void {
  if (!campaign.exists("manifests/campaign.log.jsonl")) return;
  let [prev, number] = ["0".repeat(64), 0];
  for (const line of campaign.read("manifests/campaign.log.jsonl").split("\n")) {
    let value: { hash: string; prev: string; n: number };
    try {
      value = JSON.parse(line);
    } catch {
      // Torn, or the end of the file.
      continue;
    }
    const { hash, ...rest } = value;
    expect([rest.n, rest.prev]).toEqual([number + 1, prev]);
    expect(createHash("sha256").update(JSON.stringify(rest)).digest("hex")).toBe(hash);
    [prev, number] = [hash, rest.n];
  }
}
