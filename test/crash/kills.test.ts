/**
 * SIGKILL at every point at which Codex changes the disk, in the middle of writes, at random times, and again while it
 * recovers; real processes on a real disk, with an agent that counts what it was paid for. A few kills in every test run;
 * `npm run test:crash` makes 200 and more (CODEX_CRASH_KILLS).
 */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Campaign } from "../scenarios/harness.ts";
import { campaignOf } from "./campaign.ts";
import { Stub } from "./stub.ts";
import { type Kill, nameOf, pointsOf, survive } from "./trial.ts";

const WANTED = Number(process.env.CODEX_CRASH_KILLS ?? 25);
/** One number reproduces which kills are chosen; when the operating system lets them happen, it does not. */
const SEED = Number(process.env.CODEX_CRASH_SEED ?? Date.now() % 1_000_000);

/** Mulberry32: uniform in [0, 1). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

let stub: Stub;
let campaign: Campaign;
beforeEach(() => {
  stub = new Stub();
  campaign = campaignOf(stub);
});
afterEach(() => stub.close());

let kills = 0;
const points = new Set<string>();

async function run(moments: readonly Kill[]): Promise<void> {
  kills += await survive(campaign, stub, moments);
}

describe(`killed, with seed ${SEED}`, () => {
  const next = random(SEED);
  const below = (limit: number): number => Math.floor(next() * limit);
  /** The points of one build, by name, with how often each comes. */
  const counts = new Map<string, number>();

  test("at points: every name that there is, in turn", { timeout: 3_600_000 }, async () => {
    for (const name of await pointsOf(campaign, "build")) counts.set(name, (counts.get(name) ?? 0) + 1);
    const names = [...counts.keys()].sort(() => next() - 0.5);
    expect(names).toEqual(
      expect.arrayContaining(["write journal", "fsync commit", "rename workspace", "write log", "rename traces"]),
    );
    // Of each name one occurrence after the other, until half of all kills are made.
    while (kills < WANTED * 0.6) {
      for (const name of names) {
        if (kills >= WANTED * 0.6) break;
        const at = `kill:${name}:${1 + below(counts.get(name)!)}`;
        await fresh();
        await told([{ at }], () => points.add(name));
      }
    }
  });

  test("in the middle of writes", { timeout: 3_600_000 }, async () => {
    const names = [...counts.keys()].filter((name) => name.startsWith("write ")).sort(() => next() - 0.5);
    const until = kills + WANTED * 0.2;
    for (let index = 0; kills < until; index++) {
      const name = names[index % names.length]!;
      await fresh();
      await told([{ at: `torn:${name}:${1 + below(counts.get(name)!)}` }]);
    }
  });

  test("at random times, and again while it recovers", { timeout: 3_600_000 }, async () => {
    while (kills < WANTED) {
      await fresh();
      // Answers take time: some kills come while an agent works.
      stub.delay = below(3) * 40;
      await told([{ after: 250 + below(1000) }, { at: `kill:any:${1 + below(60)}` }, { after: 200 + below(400) }]);
    }
  });

  async function fresh(): Promise<void> {
    await stub.close();
    stub = new Stub();
    campaign = campaignOf(stub);
  }

  async function told(moments: readonly Kill[], then: () => void = () => {}): Promise<void> {
    try {
      await run(moments);
      then();
    } catch (error) {
      throw new Error(`after ${moments.map(nameOf).join(", ")} in ${campaign.root}`, { cause: error });
    }
  }
});

afterAll(() => {
  process.stdout.write(`${kills} kills at ${points.size} kinds of points and at random, seed ${SEED}\n`);
});
