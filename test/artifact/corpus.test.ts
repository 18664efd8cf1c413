/** The shared corpus, where there is one: real plans and a real catalog of 3.6 MB. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/artifact/digest.ts";
import { digestFragment, FragmentIndex, readFragment, replaceFragment } from "../../src/artifact/fragment.ts";
import { headings } from "../../src/artifact/markdown.ts";
import type { Fragment } from "../../src/artifact/ref.ts";

const CORPUS = new URL("../../../shared/corpus/", import.meta.url);
const present = fs.existsSync(CORPUS);
const read = (path: string): string => fs.readFileSync(new URL(path, CORPUS), "utf8");
const plans = present
  ? fs.readdirSync(new URL("plans/fasttrack/", CORPUS)).map((name) => `plans/fasttrack/${name}`)
  : [];

/** Headings by a line scanner of the test's own: ATX only, fences tracked, as the corpus's own scripts do it. */
function scanned(text: string): number[] {
  const lines: number[] = [];
  let fence: string | undefined;
  text.split("\n").forEach((line, index) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && /^[ `~]*$/.test(line)) fence = undefined;
    } else if (mark) fence = mark;
    else if (/^ {0,3}#{1,6}(?:[ \t]|$)/.test(line)) lines.push(index + 1);
  });
  return lines;
}

describe.skipIf(!present)("the shared corpus (skipped where shared/corpus is absent)", () => {
  it.each(plans)("%s: headings are those of a line scanner", (path) => {
    const text = read(path).replace(/^---\n[\s\S]*?\n---\n/, (matter) => matter.replace(/[^\n]/g, ""));
    const atx = headings(text).filter((heading) => /^ {0,3}#/.test(text.slice(heading.start, heading.bodyStart)));
    expect(atx.map((heading) => heading.line)).toEqual(scanned(text));
  });

  it.each(plans)("%s: every numbered section is found, and written back byte for byte", (path) => {
    const text = read(path);
    for (const number of new Set(headings(text).flatMap((heading) => heading.number ?? []))) {
      const section: Fragment = { kind: "section", number };
      const own = readFragment(text, section);
      expect(own.ok, number).toBe(true);
      if (!own.ok || own.value === undefined) throw new Error(number);
      expect(replaceFragment(text, section, own.value)).toEqual({ ok: true, value: text });
    }
  });

  it("digests every entry of the catalog by one parse", () => {
    const text = read("docs/catalogs/CONCEPT_CATALOG.md");
    const index = new FragmentIndex();
    const file = digestOf(text);
    const titles = new Set(headings(text).map((heading) => heading.title));
    expect(titles.size).toBeGreaterThan(2_000);
    const started = performance.now();
    let ambiguous = 0;
    for (const title of titles) {
      const digest = (index.get(file) ?? index.add(file, text)).text.digest({ kind: "titled", title });
      if (!digest.ok) ambiguous++;
    }
    // A parse for each would take minutes; the bound is loose because the machine may be busy.
    expect(performance.now() - started).toBeLessThan(5_000);
    // The real catalog holds a few entries twice.
    expect(ambiguous).toBeLessThan(titles.size / 20);
  });

  it("changes one connection of the registry and nothing else", () => {
    const text = read("manifests/connections.json");
    const registry = JSON.parse(text) as { connections: { id: string; anchor_phrase: string }[] };
    const [first, second] = [registry.connections[3]!, registry.connections[4]!];
    const pointer = (id: string): Fragment => ({
      kind: "pointer",
      steps: [
        { kind: "property", name: "connections" },
        { kind: "match", where: [{ key: "id", value: id }] },
      ],
    });
    const changed = replaceFragment(
      text,
      pointer(first.id),
      JSON.stringify({ ...first, anchor_phrase: "other words" }),
    );
    if (!changed.ok) throw new Error(changed.error.what);
    expect(changed.value).toBe(text.replace(JSON.stringify(first.anchor_phrase), '"other words"'));
    expect(digestFragment(changed.value, pointer(second.id))).toEqual(digestFragment(text, pointer(second.id)));
    expect(digestFragment(changed.value, pointer(first.id))).not.toEqual(digestFragment(text, pointer(first.id)));
  });
});
