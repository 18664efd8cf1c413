/** What makes room, and what never does. */
import * as fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import { encodeRecord } from "../../src/cache/call-record.ts";
import { DEFAULT_LIMITS, findGarbage } from "../../src/cache/gc.ts";
import type { Trace } from "../../src/graph/trace.ts";
import type { Micros } from "../../src/money.ts";
import { DAY, type Kept, kept, NOW, pathOf } from "./kept.ts";

const garbage = ({ host }: Kept, traces: readonly Trace[], limits: Partial<typeof DEFAULT_LIMITS> = {}): string[] =>
  findGarbage(host, byAddress(traces), new Set(["told"]), { ...DEFAULT_LIMITS, ...limits }).files.map(({ path }) =>
    path.slice(host.root.length + 1),
  );
/** The traces of targets `t/0/x`, `t/1/x`, … */
const byAddress = (traces: readonly Trace[]): ReadonlyMap<string, Trace> =>
  new Map(traces.map((trace, index) => [`t/${index}/x`, trace]));
/** No trace names what was made. */
const none = (..._made: unknown[]): readonly Trace[] => [];
const resultPath = ({ key }: Trace): string => `.codex/ac/${key.slice(0, 2)}/${key}.json`;

describe("what is older than the limit", () => {
  it("goes where nothing needs it, with its result", () => {
    const made = kept();
    const { trace } = made.result("old", {});
    const stray = made.put("stray");
    expect(garbage(made, []).sort()).toEqual(
      [
        pathOf(stray),
        resultPath(trace),
        ...["old made", "old draft", "old before", "old after"].map((text) => pathOf(digestOf(text))),
      ].sort(),
    );
  });

  it.each<[string, (made: Kept) => readonly Trace[]]>([
    ["a trace names it", (made) => [made.result("a", {}).trace]],
    ["a result that was paid for names it", (made) => none(made.result("a", { usd: 0.01 }))],
    ["a person's answer names it", (made) => none(made.result("a", { agent: "person:ada" }))],
    [
      "an unfinished commit names it",
      (made) => {
        const after = made.put("new");
        made.write(
          ".codex/commits/3.json",
          JSON.stringify({ version: 1, files: [{ path: "x", before: "missing", after }] }),
        );
        return [];
      },
    ],
    [
      "the journal of calls names it",
      (made) => {
        made.write(".codex/calls/1.jsonl", `{"payload":"see ${made.put("answer")}"}\n`);
        return [];
      },
    ],
    [
      "an accepted edit names it",
      (made) => {
        const { trace } = made.result("a", {});
        const edit = { base: made.put("base"), mine: made.put("mine"), by: "ada", at: "", why: "" };
        return [{ ...trace, accepted: { "out/a.txt": edit } }];
      },
    ],
    ["it is younger", (made) => none(made.put("young", 29))],
    [
      "a younger result names it",
      (made) => none(made.result("a", {}, 100), made.result("a", {}, 5), made.put("a made", 100)),
    ],
  ])("stays where %s", (_, make) => {
    const made = kept();
    expect(garbage(made, make(made))).toEqual([]);
  });

  it("is counted by the limit that is given", () => {
    const made = kept();
    const stray = made.put("stray", 3);
    expect(garbage(made, [], { maxAge: 2 * DAY })).toEqual([pathOf(stray)]);
    expect(garbage(made, [], { maxAge: 4 * DAY })).toEqual([]);
  });
});

describe("above the limit of size", () => {
  it("the oldest goes first, until it is kept", () => {
    const made = kept();
    const [old, older, young] = [
      made.put("b".repeat(100), 5),
      made.put("a".repeat(100), 6),
      made.put("c".repeat(100), 4),
    ];
    expect(garbage(made, [], { maxSize: 300 })).toEqual([]);
    expect(garbage(made, [], { maxSize: 299 })).toEqual([pathOf(older)]);
    expect(garbage(made, [], { maxSize: 199 })).toEqual([pathOf(older), pathOf(old)]);
    expect(garbage(made, [], { maxSize: 0 })).toEqual([pathOf(older), pathOf(old), pathOf(young)]);
  });

  it("what is needed stays, and what is younger than a day", () => {
    const made = kept();
    const { trace } = made.result("a", {});
    made.put("today", 0.5);
    expect(garbage(made, [trace], { maxSize: 0 })).toEqual([]);
    expect(findGarbage(made.host, byAddress([trace]), new Set(), { ...DEFAULT_LIMITS, maxSize: 0 }).kept.files).toBe(6);
  });
});

it.each<[name: string, call: string, goes: boolean]>([
  ["000001-x.used.jsonl", "told", true],
  ["000001-x.used.jsonl", "untold", false],
  ["000001-x.jsonl", "told", false],
  ["000001-x.open.jsonl", "told", false],
])("of the journal of calls %s with the call %s goes: %s", (name, call, goes) => {
  const made = kept();
  const record = { type: "dispatched", call, key: digestOf("k"), address: "book/x", attempt: 1, turn: 1 } as const;
  const line = encodeRecord({ ...record, provider: "p", model: "m", at: 0, reserved: 0 as Micros });
  made.write(`.codex/calls/${name}`, line);
  fs.utimesSync(made.at(`.codex/calls/${name}`), 0, 0);
  expect(garbage(made, [])).toEqual(goes ? [`.codex/calls/${name}`] : []);
});

describe("the texts that a run was given", () => {
  const evidenceOf = ({ key }: Trace): string => `.codex/inputs/${key.slice(0, 2)}/${key}.json`;
  const given = (made: Kept, { key }: Trace): void => {
    made.write(evidenceOf({ key } as Trace), '{"input":"text"}');
    fs.utimesSync(made.at(evidenceOf({ key } as Trace)), 0, 0);
  };

  it("stay for the run that a trace tells of, and go for those before it", () => {
    const made = kept();
    const now = made.result("now", { usd: 1 }).trace;
    const before = made.result("before", { usd: 1 }).trace;
    for (const trace of [now, before]) given(made, trace);
    expect(garbage(made, [now])).toEqual([evidenceOf(before)]);
  });

  it("count as room that is taken", () => {
    const made = kept();
    const { trace } = made.result("a", { usd: 1 });
    const bare = findGarbage(made.host, byAddress([trace]), new Set(), DEFAULT_LIMITS);
    given(made, trace);
    const more = findGarbage(made.host, byAddress([trace]), new Set(), DEFAULT_LIMITS);
    expect([more.kept.files - bare.kept.files, more.needed - bare.needed]).toEqual([1, '{"input":"text"}'.length]);
  });
});

describe("a conflict", () => {
  const record = ".codex/conflicts/t/0/x/conflict.json";
  const side = ".codex/conflicts/t/0/x/plan.md.01234567.merge";
  /** A target whose run waits for a person to merge an edit in; the run itself cost nothing, and no trace names it. */
  function conflicted(made: Kept): { readonly trace: Trace; readonly waiting: Trace } {
    const { trace } = made.result("before", {});
    const { trace: waiting, made: theirs } = made.result("after", {});
    const mine = made.put("mine");
    const accepted = { "out/x.txt": { base: made.put("base"), mine, by: "ada", at: "", why: "" } };
    const outputs = { "out/x.txt": { mine, theirs } };
    made.write(record, JSON.stringify({ version: 1, target: "t/0/x", key: waiting.key, outputs }));
    made.write(side, "<<<<<<< mine\n");
    for (const path of [record, side]) fs.utimesSync(made.at(path), 0, 0);
    return { trace: { ...trace, accepted }, waiting };
  }

  it("that waits for a person stays, with the run that waits and all that it wrote", () => {
    const made = kept();
    const { trace } = conflicted(made);
    expect(garbage(made, [trace], { maxSize: 0 })).toEqual([]);
  });

  it.each<[why: string, traces: (trace: Trace) => readonly Trace[]]>([
    ["whose edit is not accepted any more", ({ accepted: _, ...trace }) => [trace]],
    ["whose target has no trace any more", () => []],
  ])("%s goes when it is old", (_, traces) => {
    const made = kept();
    const { trace } = conflicted(made);
    expect(garbage(made, traces(trace))).toEqual(expect.arrayContaining([record, side]));
    for (const path of [record, side]) fs.utimesSync(made.at(path), NOW / 1000, NOW / 1000);
    expect(garbage(made, traces(trace))).not.toEqual(expect.arrayContaining([side]));
  });

  it("that was resolved leaves nothing", () => {
    const made = kept();
    const { trace } = conflicted(made);
    fs.rmSync(made.at(record));
    expect(garbage(made, [trace])).toEqual(expect.arrayContaining([side]));
  });
});

it("never takes what a trace, a paid result or a person's answer needs, whatever there is", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          name: fc.constantFrom("a", "b", "c", "d"),
          usd: fc.constantFrom(0, 1),
          days: fc.nat(200),
          current: fc.boolean(),
        }),
        { maxLength: 6 },
      ),
      fc.nat(100),
      fc.nat(2000),
      (results, days, maxSize) => {
        const made = kept();
        const traces: Trace[] = [];
        const needed = new Set<string>();
        for (const { name, usd, days: age, current } of results) {
          const { trace } = made.result(`${name}${usd}`, { usd }, age);
          if (current) traces.push(trace);
          if (current || usd > 0)
            for (const what of ["made", "draft", "before", "after"])
              needed.add(pathOf(digestOf(`${name}${usd} ${what}`)));
        }
        for (const path of garbage(made, traces, { maxAge: days * DAY, maxSize })) {
          expect(needed.has(path)).toBe(false);
          fs.rmSync(made.at(path));
        }
        // A second look finds no more.
        expect(garbage(made, traces, { maxAge: days * DAY, maxSize })).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});
