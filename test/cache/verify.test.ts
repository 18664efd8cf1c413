/** Damage in the store is found, mended where the bytes are elsewhere, and removed only where they can be made again. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import { encodeRecord } from "../../src/cache/call-record.ts";
import { verifyStore } from "../../src/cache/verify.ts";
import { type Kept, kept, pathOf } from "./kept.ts";

const damage = (made: Kept, digest: Digest): void => fs.appendFileSync(made.at(pathOf(digest)), "!");
const outcomes = (
  made: Kept,
  traces: Parameters<typeof verifyStore>[1],
  repair: boolean,
): (readonly [string, string])[] =>
  verifyStore(made.host, traces, repair).damages.map(({ where, outcome }) => [where, outcome] as const);

describe("a sound store", () => {
  it("is said to be", () => {
    const made = kept();
    made.result("a", {});
    expect(verifyStore(made.host, [], true)).toEqual({ checked: 4, bytes: 28, damages: [] });
  });
});

describe("a damaged file", () => {
  it("that can be made again is removed, and only where that is asked for", () => {
    const made = kept();
    const { trace, made: output } = made.result("a", {});
    damage(made, output);
    expect(outcomes(made, [trace], false)).toEqual([[pathOf(output), "removed"]]);
    expect(fs.existsSync(made.at(pathOf(output)))).toBe(true);
    expect(outcomes(made, [trace], true)).toEqual([[pathOf(output), "removed"]]);
    expect(fs.existsSync(made.at(pathOf(output)))).toBe(false);
    expect(outcomes(made, [trace], true)).toEqual([]);
  });

  it("whose bytes a file of the workspace has is mended", () => {
    const made = kept();
    const { trace, made: output } = made.result("a", { usd: 1 });
    made.write("out/a.txt", "a made");
    damage(made, output);
    expect(outcomes(made, [trace], true)).toEqual([[pathOf(output), "mended"]]);
    expect(made.read(pathOf(output))).toBe("a made");
  });

  it("is not mended from a file that somebody has changed", () => {
    const made = kept();
    const { trace, made: output } = made.result("a", { usd: 1 });
    made.write("out/a.txt", "a made, and edited");
    damage(made, output);
    expect(outcomes(made, [trace], true)).toEqual([[pathOf(output), "kept"]]);
  });

  it.each<[string, (made: Kept) => Digest]>([
    ["that was paid for", (made) => made.result("a", { usd: 0.5 }).made],
    ["that a person answered", (made) => made.result("a", { agent: "person:ada" }).made],
    [
      "of an unfinished commit",
      (made) => {
        const after = made.put("new");
        made.write(
          ".codex/commits/1.json",
          JSON.stringify({ version: 1, files: [{ path: "x", before: "missing", after }] }),
        );
        return after;
      },
    ],
  ])("%s is left where it is", (_, make) => {
    const made = kept();
    const digest = make(made);
    damage(made, digest);
    expect(outcomes(made, [], true)).toEqual([[pathOf(digest), "kept"]]);
    expect(fs.existsSync(made.at(pathOf(digest)))).toBe(true);
  });
});

it("finds lists of results that cannot be read, and lines of the journal that were changed", () => {
  const made = kept();
  const { trace } = made.result("a", {});
  const list = `.codex/ac/${trace.key.slice(0, 2)}/${trace.key}.json`;
  made.write(list, "[{");
  const line = encodeRecord({ type: "usedUp", address: "book/x", at: 1 });
  made.write(".codex/calls/1.jsonl", line + line.replace("book/x", "book/y") + line);
  expect(outcomes(made, [], true)).toEqual([
    [list, "removed"],
    [".codex/calls/1.jsonl:2", "kept"],
  ]);
});

it("tells the beginnings of digests apart", () => {
  const made = kept();
  const digests = Array.from({ length: 40 }, (_, index) => made.put(`text ${index}`)).sort();
  for (const start of ["0", "00", "a", digests[0]!.slice(0, 5), digests[3]!]) {
    expect(made.store.matching(start).sort()).toEqual(
      start.length < 2 ? [] : digests.filter((each) => each.startsWith(start)),
    );
  }
  expect(made.store.matching("../..")).toEqual([]);
  expect(made.store.matching(digestOf("other"))).toEqual([]);
});
