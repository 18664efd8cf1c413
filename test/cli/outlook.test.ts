/** What is still to come in a build: queues, gates, and how long it may take. */
import { expect, test } from "vitest";
import { type Outlook, outlookOf, usualSeconds } from "../../src/cli/view/outlook.ts";
import { advance, NO_PROGRESS, type Progress } from "../../src/cli/view/progress.ts";
import { call } from "../../src/exec/action.ts";
import type { Snapshot } from "../../src/exec/build.ts";
import { collection } from "../../src/rules/collection.ts";
import { rule } from "../../src/rules/rule.ts";
import { file } from "../../src/rules/source.ts";
import { rig } from "../exec/rig.ts";

const books = collection("book", { items: ["a", "b", "c", "d"], key: (book: string) => book });
const first = rule({
  name: "first",
  each: books,
  outputs: ({ book }) => ({ out: file(`first/${book}.txt`) }),
  pool: "few",
  estimate: { seconds: 10, usd: 0 },
  run: call(() => ({ outputs: { out: "x" } })),
  gate: "after",
});
const second = rule({
  name: "second",
  each: books,
  inputs: ({ book }) => ({ in: file(`first/${book}.txt`) }),
  outputs: ({ book }) => ({ out: file(`second/${book}.txt`) }),
  pool: "shared",
  shared: "write",
  estimate: { seconds: 30, usd: 0 },
  run: call(() => ({ outputs: { out: "y" } })),
});
const SLOTS = { pools: { few: 2, shared: 1 }, limit: 8 };

async function snapshots(): Promise<readonly Snapshot[]> {
  const seen: Snapshot[] = [];
  await rig([first, second]).build({ onSnapshot: (snapshot) => seen.push(snapshot) });
  return seen;
}
const look = (snapshot: Snapshot, progress: Progress, now = 0): Outlook =>
  outlookOf(snapshot, progress, SLOTS, usualSeconds(snapshot, { trace: () => undefined }), now);
const start = (target: string): Progress =>
  advance(NO_PROGRESS, { type: "targetStarted", at: 0, target, executor: "call", reasons: [] });

test("before it starts: what queues, and the time that the fullest pool needs", async () => {
  const outlook = look((await snapshots())[0]!, NO_PROGRESS);
  expect(outlook.pools).toEqual([
    { name: "few", slots: 2, queued: 4, writes: false },
    { name: "shared", slots: 1, queued: 0, writes: true },
  ]);
  expect(outlook).toMatchObject({ toGo: 8, undecided: 0, waiting: [] });
  // Four runs of 30 s, one after the other.
  expect(outlook.secondsLeft).toBe(120);
});

test("a running target is no longer in the queue, and what it has taken is off the rest", async () => {
  const snapshot = (await snapshots())[0]!;
  const outlook = look(snapshot, start("book/a/first"), 4000);
  expect(outlook.pools[0]).toMatchObject({ queued: 3 });
  expect(outlook.toGo).toBe(7);
  expect(outlook.usual).toEqual(new Map([["book/a/first", 10]]));
  expect(outlook.poolOf("book/a/first")).toBe("few");
  // One that takes longer than ever has some way to go still.
  expect(look(snapshot, start("book/a/first"), 60_000).secondsLeft).toBe(120);
});

test("at the end: the gates that wait", async () => {
  const last = (await snapshots()).at(-1)!;
  expect(look(last, NO_PROGRESS)).toMatchObject({
    waiting: ["book/a/first.gate", "book/b/first.gate", "book/c/first.gate", "book/d/first.gate"],
    toGo: 0,
    secondsLeft: 0,
  });
});

test("usual durations: the last run's, else the median of the rule's, else as declared", async () => {
  const snapshot = (await snapshots())[0]!;
  const runs = new Map([
    ["book/a/first", 3],
    ["book/b/first", 5],
    ["book/c/first", 50],
  ]);
  const usual = usualSeconds(snapshot, {
    trace: (id) => (runs.has(id) ? ({ run: { seconds: runs.get(id) } } as never) : undefined),
  });
  expect(["book/c/first", "book/d/first", "book/d/second"].map((id) => usual(id as never))).toEqual([50, 5, 30]);
});
