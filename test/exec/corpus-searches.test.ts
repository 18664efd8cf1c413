/** Thousands of recorded searches over the real corpus, where it lies beside the checkout; it is copied, not named. */

import * as fs from "node:fs";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Files } from "../../src/artifact/files.ts";
import type { ReadRecord } from "../../src/artifact/question.ts";
import { answer } from "../../src/artifact/question.ts";
import { StatCache } from "../../src/cache/statcache.ts";
import { Store } from "../../src/cache/store.ts";
import { Traces } from "../../src/cache/traces.ts";
import { World } from "../../src/exec/world.ts";
import { NOTHING_HIDDEN } from "../../src/graph/facts.ts";
import type { Host } from "../../src/host.ts";

const CATALOG = "docs/catalogs/CONCEPT_CATALOG.md";
const corpus = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));
const present = existsSync(join(corpus, CATALOG));
if (!present) process.stdout.write("skipped: ../shared/corpus is not here, so its searches are not tried\n");
const QUESTIONS = 64;

it.skipIf(!present)(
  "a new entry of the catalog changes the answers of those who asked for it, and of nobody else",
  () => {
    const root = mkdtempSync(join(tmpdir(), "codex-searches-"));
    try {
      cpSync(join(corpus, "docs"), join(root, "docs"), { recursive: true });
      const host: Host = { fs, root, env: {}, now: () => Date.now(), random: () => 0, after: () => () => {} };
      const open = (): { world: World; stats: StatCache; files: Files } => {
        const files = new Files(host);
        const stats = StatCache.load(host, files);
        return { files, stats, world: new World(files, stats, new Store(host), new Traces(files, "manifests/traces")) };
      };
      // Words of the catalog's titles: what gap analyses look for.
      const titles = readFileSync(join(root, CATALOG), "utf8").match(/^###? .*$/gm) ?? [];
      const patterns = [...new Set(titles.flatMap((title) => title.match(/[a-z]{9,}/g) ?? []))].slice(0, QUESTIONS - 1);
      patterns.push("zzz-a-word-that-nobody-has-written");
      const first = open();
      const records = patterns.map((pattern): ReadRecord => {
        const asked = answer(first.files, { kind: "search", pattern, glob: "docs/**/*.md" });
        if (!asked.ok) throw new Error(asked.error.what);
        return asked.value.record;
      });
      const changed = ({ world }: { world: World }): string[] =>
        records.flatMap((record) =>
          world.answer(record, NOTHING_HIDDEN) === record.answer
            ? []
            : [(record.question as { pattern: string }).pattern],
        );
      expect(changed(first)).toEqual([]);
      first.stats.save();
      const entry = `\n### zzz-a-word-that-nobody-has-written\n\nA new entry on ${patterns[3]}.\n`;
      writeFileSync(join(root, CATALOG), readFileSync(join(root, CATALOG), "utf8") + entry);
      const hit = patterns.filter((pattern) => entry.toLowerCase().includes(pattern.toLowerCase()));
      const second = open();
      expect(changed(second).sort()).toEqual(hit.sort());
      expect(hit.length).toBeLessThan(5);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
);
