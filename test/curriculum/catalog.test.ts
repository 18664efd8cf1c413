import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCatalog } from "../../src/curriculum/catalog.ts";
import { type NewCatalogEntry, putEntry } from "../../src/curriculum/catalog-edit.ts";
import { CATALOG, realFile, WITHOUT_CORPUS } from "./workspace.ts";

const entry = (id: string, more: Partial<NewCatalogEntry> = {}): NewCatalogEntry => ({
  id,
  title: `The concept ${id}`,
  prerequisites: ["algebra.form"],
  tierAnchors: { beginner: "a picture", master: "a paper" },
  notes: "What it covers.",
  ...more,
});

function put(text: string, ...ids: readonly string[]): string {
  return ids.reduce((before, id) => {
    const edit = putEntry(before, entry(id));
    if (!edit.ok) throw new Error(edit.error);
    return edit.value.text;
  }, text);
}

const idsOf = (text: string): readonly string[] => readCatalog(text).entries.map(({ id }) => id);

/** What was put in, if that is all that happened: whole lines between the first ones and the last ones. */
function inserted(before: string, after: string): string {
  if (after.startsWith(before)) return after.slice(before.length);
  const [old, now] = [before.split(/(?<=\n)/), after.split(/(?<=\n)/)];
  let start = 0;
  while (start < old.length && old[start] === now[start]) start += 1;
  const rest = old.slice(start).join("");
  expect(after.endsWith(rest)).toBe(true);
  const added = after.slice(0, after.length - rest.length).slice(old.slice(0, start).join("").length);
  expect(before).toBe(old.slice(0, start).join("") + rest);
  return added;
}

describe("reading the catalog", () => {
  test("every field of an entry", () => {
    const text = [
      "## Geometry",
      "### geometry.x",
      "",
      "- **title**: An x — of $\\mathbb{R}$",
      "- **unit**: `03.01.02`",
      "- **prerequisites**: `a.b`, `03.01.01`, `a.b` and others",
      "- **tier_anchors**:",
      "  - master: Somebody 1900",
      "  - beginner: a picture",
      "- **notes**: One line,",
      "  and another.",
      "",
      "---",
      "*Closing words.*",
    ].join("\n");
    expect(readCatalog(text).entries).toEqual([
      {
        id: "geometry.x",
        form: "heading",
        level: 3,
        line: 2,
        start: text.indexOf("###"),
        end: text.indexOf("\n---"),
        title: "An x — of $\\mathbb{R}$",
        unit: "03.01.02",
        prerequisites: ["a.b", "03.01.01"],
        tierAnchors: { master: "Somebody 1900", beginner: "a picture" },
        notes: "One line,\nand another.",
        group: 0,
      },
    ]);
  });

  test.each([
    ["another level", "#### a.b\n", ["a.b"]],
    ["level two", "# Title\n\n## a.b\n\n- **title**: x\n", ["a.b"]],
    ["closing hashes", "### a.b ###\n", ["a.b"]],
    ["quotes and backticks", '### "a.b"\n### `a.c`\n', ["a.b", "a.c"]],
    ["CRLF and a byte order mark", "\uFEFF### a.b\r\n\r\n- **title**: x\r\n", ["a.b"]],
    ["a reservation", "### Language\n\n - `a.b` - Words (`22.01.01`)\n", ["a.b"]],
    ["a code fence", "```\n### a.b\n```\n~~~~\n### a.c\n~~~\n### a.d\n~~~~\n### a.e\n", ["a.e"]],
    ["an HTML comment", "<!--\n### a.b\n-->\n### a.c\n", ["a.c"]],
    ["an HTML block", "<div>\n### a.b\n\n### a.c\n", ["a.c"]],
    ["indented code", "    ### a.b\n", []],
    ["no space after the hashes", "###a.b\n", []],
    ["headings that are none", "### (more later)\n### classical-mech.\n### 2.1\n", []],
    ["nothing", "", []],
  ])("%s", (_name, text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  test("a heading that is no entry is listed, not dropped", () => {
    expect(readCatalog("## G\n### (more later)\n### a.b\n#### Details\n").unread).toEqual([
      { line: 2, text: "(more later)" },
    ]);
  });

  test("hostile text is read in linear time", () => {
    const texts = [
      `### ${"a.".repeat(200_000)}`,
      `### a.b${" #".repeat(500_000)}x`,
      `### a${" ".repeat(500_000)}x`,
      "### a.b\n".repeat(100_000),
      `### a.b\n${"- **notes**: x\ny\n".repeat(100_000)}`,
      `${"`".repeat(500_000)}\n### a.b\n`,
      "<!--\n".repeat(200_000),
      `- ${"- ".repeat(500_000)}`,
    ];
    const started = performance.now();
    for (const text of texts) readCatalog(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("putting an entry in", () => {
  test.each([
    ["geometry.calibration", ["algebra.form", "geometry.calibration", "geometry.clifford", "geometry.dirac"]],
    [
      "geometry.clifford-chessboard",
      ["algebra.form", "geometry.clifford", "geometry.clifford-chessboard", "geometry.dirac"],
    ],
    ["geometry.spinor", ["algebra.form", "geometry.clifford", "geometry.dirac", "geometry.spinor"]],
    ["algebra.tensor", ["algebra.form", "algebra.tensor", "geometry.clifford", "geometry.dirac"]],
    ["bundles.connection", ["algebra.form", "bundles.connection", "geometry.clifford", "geometry.dirac"]],
    ["aa.first", ["aa.first", "algebra.form", "geometry.clifford", "geometry.dirac"]],
    ["topology.sphere", ["algebra.form", "geometry.clifford", "geometry.dirac", "topology.sphere"]],
  ])("%s at its place, and nothing else changes", (id, expected) => {
    const after = put(CATALOG, id);
    expect(idsOf(after)).toEqual(expected);
    expect(inserted(CATALOG, after)).toContain(id);
  });

  test("the entry's text", () => {
    const after = put(CATALOG, "geometry.clifford-chessboard");
    expect(inserted(CATALOG, after).trim()).toBe(
      [
        "### geometry.clifford-chessboard",
        "",
        "- **title**: The concept geometry.clifford-chessboard",
        "- **prerequisites**: `algebra.form`",
        "- **tier_anchors**:",
        "  - beginner: a picture",
        "  - master: a paper",
        "- **notes**: What it covers.",
      ].join("\n"),
    );
    expect(after).toContain("\n\n### geometry.clifford-chessboard\n\n");
    expect(after).toContain("What it covers.\n\n### geometry.dirac\n");
  });

  test("a new namespace gets a group of its own, in order", () => {
    expect(put(CATALOG, "bundles.x", "bundles.a")).toMatch(
      /\n## Bundles\n\n### bundles\.a\n[\s\S]*### bundles\.x\n[\s\S]*\n## Geometry\n/,
    );
  });

  test("groups of new namespaces behind one mixed group stand in order, whichever came first", () => {
    const mixed = "## All\n\n### c.a\n\n- **title**: x\n\n### a-b.a\n\n- **title**: x\n";
    expect(idsOf(put(mixed, "z.a", "a.z"))).toEqual(["c.a", "a-b.a", "a.z", "z.a"]);
    expect(put(mixed, "a.z", "z.a")).toBe(put(mixed, "z.a", "a.z"));
  });

  test("a group that waits empty under the namespace's name is used", () => {
    const after = put("# C\n\n## Spin geometry\n\n## Topology\n", "spin-geometry.x");
    expect(after.match(/^## /gm)).toHaveLength(2);
    expect(after).toMatch(/## Spin geometry\n\n### spin-geometry\.x\n[\s\S]*\n\n## Topology\n$/);
  });

  test.each([
    ["no newline at the end", "## A\n\n### a.b\n\n- **title**: x"],
    ["blank lines at the end", "## A\n\n### a.b\n\n- **title**: x\n\n\n"],
    ["CRLF", "## A\r\n\r\n### a.b\r\n\r\n- **title**: x\r\n"],
    ["no group", "### a.b\n\n- **title**: x\n"],
    ["an empty file", ""],
    ["no entry", "# Catalog\n\nWords.\n"],
    ["no blank line between entries", "### a.b\n- **title**: x\n### a.z\n- **title**: y\n"],
    ["a rule and closing words", "## A\n\n### a.b\n\n- **title**: x\n\n---\n\n*Closing words.*\n"],
  ])("%s", (_name, text) => {
    for (const id of ["a.c", "a.a", "b.x"]) {
      const after = put(text, id);
      inserted(text, after);
      expect(idsOf(after)).toContain(id);
      if (text.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    }
  });

  test("the same entry again changes nothing; another one under its id is refused or, where owned, replaces it", () => {
    const once = put(CATALOG, "geometry.spinor");
    expect(putEntry(once, entry("geometry.spinor"))).toMatchObject({
      ok: true,
      value: { text: once, action: "unchanged" },
    });
    const other = entry("geometry.spinor", { title: "Another" });
    expect(putEntry(once, other)).toMatchObject({
      ok: false,
      error: expect.stringContaining("already has another entry"),
    });
    const replaced = putEntry(once, other, { replace: true });
    expect(replaced).toMatchObject({ ok: true, value: { action: "replaced" } });
    if (replaced.ok) expect(replaced.value.text).toBe(once.replace("The concept geometry.spinor", "Another"));
  });

  test("a place inside an open code fence is refused", () => {
    expect(putEntry("### a.b\n\n- **title**: x\n\n```\nnever closed\n", entry("a.c"))).toMatchObject({ ok: false });
  });

  test("in a file out of order it goes behind the entry below it, and behind all of one id", () => {
    const entries = (...ids: readonly string[]) => ids.map((id) => `### ${id}\n\n- **title**: x\n`).join("\n");
    expect(idsOf(put(entries("a.z", "a.c", "a.b"), "a.m"))).toEqual(["a.z", "a.c", "a.m", "a.b"]);
    expect(idsOf(put(entries("a.c", "a.b", "a.c", "a.a"), "a.m"))).toEqual(["a.c", "a.b", "a.c", "a.m", "a.a"]);
    expect(idsOf(put(entries("a.z", "a.m", "a.m"), "a.b"))).toEqual(["a.z", "a.b", "a.m", "a.m"]);
    // A deeper namespace holds together, wherever it stands.
    expect(idsOf(put(entries("a.b.z", "a.a"), "a.b.c"))).toEqual(["a.b.c", "a.b.z", "a.a"]);
  });

  test("anchors follow the order of the file", () => {
    const descending = "### a.b\n- **tier_anchors**:\n  - master: x\n  - beginner: y\n";
    expect(put(descending, "a.c")).toMatch(/ {2}- master: a paper\n {2}- beginner: a picture/);
  });

  const id = fc
    .array(fc.constantFrom("a", "b", "c", "a-b", "z"), { minLength: 2, maxLength: 4 })
    .map((parts) => parts.join("."));
  const catalogs = fc
    .tuple(
      fc.uniqueArray(id, { maxLength: 8 }),
      fc.constantFrom("grouped", "one group", "flat"),
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", "---\n\n", "Words.\n\n"),
    )
    .map(([ids, form, eol, between]) => {
      const lines = ids.map((one) => {
        const group = form === "grouped" && one.length % 2 === 0 ? `${between}## Group ${one}\n\n` : "";
        return `${group}### ${one}\n\n- **title**: ${one}\n\n`;
      });
      return { ids, text: `# C\n\n${form === "one group" ? "## All\n\n" : ""}${lines.join("")}`.replaceAll("\n", eol) };
    });

  test("keeps every other byte, and independent entries land the same way in any order", () => {
    const cases = fc
      .tuple(catalogs, fc.uniqueArray(id, { minLength: 1, maxLength: 5 }))
      .map(([catalog, wanted]) => ({ ...catalog, fresh: wanted.filter((one) => !catalog.ids.includes(one)) }))
      .chain((one) =>
        fc.record({ one: fc.constant(one), order: fc.shuffledSubarray(one.fresh, { minLength: one.fresh.length }) }),
      );
    fc.assert(
      fc.property(cases, ({ one: { text, ids, fresh }, order }) => {
        let after = text;
        for (const next of order) {
          const before = after;
          after = put(before, next);
          inserted(before, after);
        }
        expect([...idsOf(after)].sort()).toEqual([...ids, ...fresh].sort());
        expect(after).toBe(put(text, ...fresh));
      }),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(WITHOUT_CORPUS !== undefined)(`the campaign's real catalog ${WITHOUT_CORPUS ?? ""}`, () => {
  const text = WITHOUT_CORPUS === undefined ? realFile("docs/catalogs/CONCEPT_CATALOG.md") : "";

  test("every heading of level 3 is an entry or listed as none", () => {
    const { entries, unread } = readCatalog(text);
    const headings = entries.filter((one) => one.form === "heading");
    expect(headings.length + unread.length).toBe(2914);
    expect(headings.length).toBe(2904);
    expect(entries.length - headings.length).toBe(131);
  });

  test("entries tile the file: their text, put together with what lies between, is the file", () => {
    let at = 0;
    let again = "";
    for (const { start, end } of readCatalog(text).entries) {
      expect(start).toBeGreaterThanOrEqual(at);
      again += text.slice(at, start) + text.slice(start, end);
      at = end;
    }
    expect(again + text.slice(at)).toBe(text);
  });

  test.each([
    "spin-geometry.clifford-clock",
    "zoology.okapi",
    "aardvark.first",
    "astronomy.gravitational-lensing-weak",
  ])("%s is a minimal diff", (id) => {
    const after = put(text, id);
    const diff = inserted(text, after);
    expect(diff.split("\n").length).toBeLessThanOrEqual(13);
    expect(diff).toContain(`### ${id}`);
    // Taking it out again gives the file back to the byte.
    expect(after.replace(diff, "")).toBe(text);
  });
});
