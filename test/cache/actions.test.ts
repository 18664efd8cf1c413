import * as fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import { Actions, type CachedAction } from "../../src/cache/actions.ts";
import { disk } from "../artifact/disk.ts";

const KEY = digestOf("key");
const PATH = `.codex/ac/${KEY.slice(0, 2)}/${KEY}.json`;

/** What a run made that had read `read` and found `answer`. */
const action = (read: string, answer: string, made = answer): CachedAction => ({
  trace: {
    key: KEY,
    parts: {},
    soft: {},
    reads: [{ question: { kind: "read", ref: read }, answer: digestOf(answer) }],
    outputs: { "a.md": digestOf(made) },
    products: {},
    amends: {},
    run: { at: "2026-11-22T00:00:00.000Z", seconds: 1, usd: 0, attempts: 1, agent: "engine" },
  },
  blobs: { "a.md": digestOf(made) },
  files: {},
});

describe("Actions", () => {
  it("knows nothing of a key that it has not seen", () => {
    expect(new Actions(disk().host).get(KEY)).toEqual([]);
  });

  it("gives back what was added, newest first, in the next command too", () => {
    const { host } = disk();
    const actions = new Actions(host);
    const [first, second] = [action("a.md", "1"), action("a.md", "2")];
    actions.add(KEY, first);
    actions.add(KEY, second);
    expect(actions.get(KEY)).toEqual([second, first]);
    expect(new Actions(host).get(KEY)).toEqual([second, first]);
    expect(actions.get(digestOf("other"))).toEqual([]);
  });

  it("replaces what the same answers to the same questions made before", () => {
    const actions = new Actions(disk().host);
    actions.add(KEY, action("a.md", "1", "old"));
    actions.add(KEY, action("a.md", "2"));
    actions.add(KEY, action("a.md", "1", "new"));
    expect(actions.get(KEY).map((each) => each.blobs["a.md"])).toEqual([digestOf("new"), digestOf("2")]);
  });

  it("keeps the newest eight and no more", () => {
    const actions = new Actions(disk().host);
    for (let i = 0; i < 20; i++) actions.add(KEY, action("a.md", String(i)));
    expect(actions.get(KEY).map((each) => each.blobs["a.md"])).toEqual(
      [19, 18, 17, 16, 15, 14, 13, 12].map((i) => digestOf(String(i))),
    );
  });

  const GOOD = JSON.stringify([action("a.md", "1")]);
  it.each<[string, string]>([
    ["nothing", ""],
    ["half of it", GOOD.slice(0, 100)],
    ["an object", "{}"],
    ["null", "null"],
    ["text", '"x"'],
    ["a list of nothing", "[null, 1, [], {}]"],
    ["an action without a trace", '[{"blobs":{},"files":{}}]'],
    ["an action without blobs", JSON.stringify([{ ...action("a", "1"), blobs: undefined }])],
    [
      "an action without files, as an earlier Codex wrote it",
      JSON.stringify([{ ...action("a", "1"), files: undefined }]),
    ],
    ["blobs that are no digests", JSON.stringify([{ ...action("a", "1"), blobs: { a: 1 } }])],
    ["files that are no pairs", JSON.stringify([{ ...action("a", "1"), files: { a: "x" } }])],
    [
      "a trace without reads",
      JSON.stringify([{ ...action("a", "1"), trace: { ...action("a", "1").trace, reads: undefined } }]),
    ],
    [
      "a trace without a run",
      JSON.stringify([{ ...action("a", "1"), trace: { ...action("a", "1").trace, run: null } }]),
    ],
  ])("takes %s in the file for knowing nothing, and writes over it", (_, text) => {
    const { host, write } = disk();
    write(PATH, text);
    const actions = new Actions(host);
    expect(actions.get(KEY)).toEqual([]);
    actions.add(KEY, action("a.md", "2"));
    expect(actions.get(KEY)).toEqual([action("a.md", "2")]);
  });

  it("keeps what is sound beside what is damaged", () => {
    const { host, write } = disk();
    write(PATH, JSON.stringify([{}, action("a.md", "1"), null]));
    expect(new Actions(host).get(KEY)).toEqual([action("a.md", "1")]);
  });

  it("never throws, whatever byte was flipped or lost", () => {
    const { host, write } = disk();
    const actions = new Actions(host);
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), fc.constantFrom("", "0", '"', "{", "]", "\u0000"), (at, by) => {
        write(PATH, GOOD.slice(0, at) + by + GOOD.slice(at + 1));
        for (const each of actions.get(KEY)) {
          expect(each.trace.reads.every((read) => typeof read.answer === "string")).toBe(true);
          expect(Object.entries(each.blobs)).toBeDefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  it("leaves no temporary file behind", () => {
    const { host, at } = disk();
    new Actions(host).add("ab12" as Digest, action("a.md", "1"));
    expect(fs.readdirSync(at(".codex/ac/ab"))).toEqual(["ab12.json"]);
  });
});
