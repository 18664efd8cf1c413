/** Recorded searches that are answered from what is known of each file, against asking again. */
import * as fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MISSING } from "../../src/artifact/digest.ts";
import { Files } from "../../src/artifact/files.ts";
import { answer, type Question } from "../../src/artifact/question.ts";
import { StatCache } from "../../src/cache/statcache.ts";
import { call } from "../../src/exec/action.ts";
import { type Hidden, NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import { collection } from "../../src/rules/collection.ts";
import { rule } from "../../src/rules/rule.ts";
import { rig } from "./rig.ts";

const nothing = collection("x", { items: ["x"], key: (name) => name });
const made = () => rig([rule({ name: "n", each: nothing, outputs: () => ({}), run: call(() => ({ outputs: {} })) })]);
const search = (pattern: string, glob = "c/*.md"): Question => ({ kind: "search", pattern, glob });

describe("a recorded search", () => {
  it("answers as it would if it were asked of all files again, whatever is hidden", () => {
    const step = fc.record({
      file: fc.constantFrom("c/a.md", "c/b.md", "c/d.md", "else.md"),
      text: fc.option(fc.constantFrom("spin\nx", "Spin y", "y", "")),
      hide: fc.subarray(["c/a.md", "c/b.md"]),
      reopen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const { write, open, at, host } = made();
        let engine = open();
        for (const { file, text, hide, reopen } of steps) {
          if (text === null) fs.rmSync(at(file), { force: true });
          else write(file, text);
          engine.world.changed(file as never);
          if (reopen) {
            engine.stats.save();
            engine = open();
          }
          const hidden: Hidden = {
            version: (path) => (hide.includes(path) ? MISSING : undefined),
            fragments: () => undefined,
          };
          for (const each of [NOTHING_HIDDEN, hidden]) {
            for (const question of [search("spin"), search("y"), search("x", "**/*.md")]) {
              const view = each === NOTHING_HIDDEN ? new Files(host) : engine.world.view(each);
              const fresh = answer(view, question);
              if (!fresh.ok) throw new Error(fresh.error.what);
              expect(engine.world.answer(fresh.value.record, each)).toBe(fresh.value.record.answer);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("reads no file that is known, and only the one that changed", () => {
    const { write, at, host } = made();
    for (let i = 0; i < 50; i++) {
      write(`c/${i}.md`, `text ${i}`);
      fs.utimesSync(at(`c/${i}.md`), new Date(0), new Date(0));
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);
    let read: string[] = [];
    const counting = {
      ...host,
      fs: {
        ...host.fs,
        readFileSync: ((path: string, ...more: []) => {
          if (String(path).includes("/c/")) read.push(String(path).split("/").at(-1)!);
          return host.fs.readFileSync(path, ...more);
        }) as typeof host.fs.readFileSync,
      },
    };
    const ask = (): string[] => {
      read = [];
      const files = new Files(counting);
      const stats = StatCache.load(counting, files);
      const listing = new Map(files.list(["c/*.md"]).map((path) => [path, stats.fileDigest(path)]));
      for (let i = 0; i < 100; i++)
        stats.searches.find("c/*.md", `text ${i}`, listing, (path) => Buffer.from(files.bytes(path)!).toString());
      stats.save();
      return read;
    };
    expect(ask().length).toBeGreaterThanOrEqual(50);
    expect(ask()).toEqual([]);
    write("c/7.md", "other");
    expect(new Set(ask())).toEqual(new Set(["7.md"]));
  });
});
