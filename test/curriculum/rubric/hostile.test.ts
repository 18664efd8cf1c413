/** Units that mean harm, or that a mistake has made monstrous: each is judged in time, with something said about it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../../src/artifact/workspace.ts";
import { adviseUnit } from "../../../src/curriculum/rubric/advisory.ts";
import type { Verdict } from "../../../src/curriculum/rubric/finding.ts";
import { indexWorkspace } from "../../../src/curriculum/rubric/index-of-workspace.ts";
import { READABLE, validateUnit } from "../../../src/curriculum/rubric/validate-unit.ts";
import { MAX_UNIT_BYTES } from "../../../src/curriculum/unit/unit-head.ts";
import { PATH, sampleUnit, WORKSPACE } from "./sample-unit.ts";
import { memoryView } from "./views.ts";

/** Milliseconds; the machine that runs the tests may be slow and busy, so only orders of magnitude count. */
const IN_TIME = 2_000;

function judge(unit: string | Uint8Array, path: RepoPath = PATH): Verdict {
  const view = memoryView({ ...WORKSPACE, [path]: unit });
  const index = indexWorkspace(view);
  const start = performance.now();
  const verdict = validateUnit(view, path, index);
  expect(performance.now() - start).toBeLessThan(IN_TIME);
  return verdict;
}

/** The only finding on a file that is no unit. */
function refusal(unit: string | Uint8Array): string {
  const verdict = judge(unit);
  expect(verdict).toMatchObject({ passed: 0, total: 1, failed: [READABLE] });
  expect(verdict.findings).toHaveLength(1);
  const [finding] = verdict.findings;
  expect(finding?.mend).not.toBe("");
  return `${finding?.line}:${finding?.column} ${finding?.what}`;
}

const frontmatter = (yaml: string): string => `---\n${yaml}\n---\n\nText.\n`;
const fill = (text: string, length = 60_000): string => text.repeat(Math.ceil(length / text.length));
const notes = (verdict: Verdict): readonly string[] =>
  verdict.findings.filter(({ level }) => level === "note").map(({ check, line }) => `${line} ${check}`);

describe("a file that is no unit", () => {
  it("of 100 MB is refused unread", () => {
    expect(refusal(new Uint8Array(100 * 1024 * 1024))).toMatch(/^1:1 the file has 104857600 bytes, more than 1048576/);
  });

  it("that is empty", () => {
    expect(refusal("")).toBe("1:1 the file does not start with frontmatter");
  });

  it("that does not exist", () => {
    const verdict = validateUnit(memoryView({}), PATH, indexWorkspace(memoryView({})));
    expect(verdict.findings).toMatchObject([{ check: READABLE, what: "there is no such file" }]);
  });

  it("without an end of its frontmatter", () => {
    expect(refusal("---\nid: 1\n--- no\nText.")).toBe("1:1 the frontmatter has no end");
  });

  it("with a byte order mark", () => {
    expect(refusal(`\uFEFF${sampleUnit()}`)).toBe("1:1 the file starts with a byte order mark");
  });

  it("that is not UTF-8, with the place", () => {
    const bytes = new TextEncoder().encode(sampleUnit());
    const at = bytes.indexOf(0x54, 900);
    bytes[at] = 0xff;
    const lines = new TextDecoder().decode(bytes.subarray(0, at)).split("\n");
    const place = `${lines.length}:${[...(lines.at(-1) ?? "")].length + 1}`;
    expect(refusal(bytes)).toBe(`${place} the file is not UTF-8`);
  });

  it("that ends within a character", () => {
    expect(refusal(new TextEncoder().encode(`${sampleUnit()}é`).slice(0, -1))).toMatch(/the file is not UTF-8$/);
  });

  it("that is UTF-16", () => {
    expect(refusal(Buffer.from(sampleUnit(), "utf16le"))).toMatch(/the file is not UTF-8$/);
  });

  it("with a NUL in its frontmatter", () => {
    expect(refusal(frontmatter("id: a\0b"))).toBe("2:6 the frontmatter holds the control character U+0000");
  });

  it("with frontmatter without bounds", () => {
    expect(refusal(frontmatter(fill("a: b\n", 70_000)))).toMatch(/the frontmatter has 70\d\d\d characters, more than/);
  });

  it("whose frontmatter is a list", () => {
    expect(refusal(frontmatter("- a"))).toBe("2:1 the frontmatter is not a mapping");
  });

  it("with broken YAML, with the place", () => {
    expect(refusal(frontmatter("id: 1\ntitle: [a"))).toMatch(/^3:\d+ the frontmatter is not YAML: /);
  });

  const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${fill(i === 0 ? "x, " : `*a${i - 1}, `, 45)}]`);
  const monsters: Readonly<Record<string, string>> = {
    "aliases that unfold to 9^30 values": bomb.join("\n"),
    "an alias within its own anchor": "a: &a [*a]",
    "an alias without anchor": "a: *nothing",
    "a tag that makes objects": "a: !!python/object/apply:os.system [ls]",
    "brackets in brackets": `a: ${fill("[")}`,
    "braces in braces": `a: ${fill("{a: ")}`,
    "lists in lists": fill("- "),
    "explicit keys in keys": fill("? "),
    "mappings in mappings": Array.from({ length: 340 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
    "keys upon keys": fill("a: "),
    "anchors upon anchors": `a: ${fill("&a ")}`,
    "tags upon tags": `a: ${fill("!a ")}`,
    "quotes upon quotes": fill('"'),
    "a quote without end": `a: "${fill("x\n")}`,
    "aliases upon aliases": `a: &a 1\nb: [${fill("*a, ")}`,
    "tabs for spaces": "a:\n\tb: 1",
    "a tab in a word": "a: b\tc",
    "a second document": "a: 1\n...\nb: 2",
  };
  it.each(Object.entries(monsters))("with %s", (_, yaml) => {
    expect(refusal(frontmatter(yaml))).toMatch(/^\d+:\d+ (the frontmatter|the alias|a tab)/);
  });
});

describe("a unit that can be read", () => {
  it("keeps the last of two keys, and says so", () => {
    const unit = sampleUnit().replace("status: shipped", "status: draft\nstatus: shipped");
    const line = unit.split("\n").indexOf("status: shipped") + 1;
    expect(judge(unit).failed).toEqual([]);
    expect(notes(judge(unit))).toEqual([`${line} frontmatter keys are unique`]);
  });

  it("counts thousands of keys without thousands of findings", () => {
    expect(judge(sampleUnit().replace("slug:", () => `${fill("k: 1\n", 50_000)}slug:`)).findings).toHaveLength(20);
  });

  it.each(["'", '"'])("may have a title of thousands of lines in %s", (quote) => {
    expect(judge(sampleUnit({ frontmatter: { title: quote + fill("x\n", 50_000) + quote } })).failed).toEqual([]);
  });

  it("may use an anchor, with a note", () => {
    const unit = sampleUnit().replace("slug: parallel-lines", "slug: &s parallel-lines\nsame: *s");
    expect(judge(unit)).toMatchObject({ passed: 27, failed: [] });
    expect(notes(judge(unit))).toEqual(["5 frontmatter uses no aliases"]);
  });

  it.each(["\r\n", "\r"])("may have the line ends %j, with a note and the same places", (end) => {
    const unit = sampleUnit({ body: (body) => body.replace("A book.", "Clearly.") });
    const [plain, foreign] = [judge(unit), judge(unit.replaceAll("\n", end))];
    expect(foreign).toEqual({ ...plain, findings: [...plain.findings, ...foreign.findings.slice(-1)] });
    expect(notes(foreign)).toEqual(["1 line ends are LF"]);
  });

  it("may hold a NUL in its body, with a note", () => {
    const unit = sampleUnit({ body: (body) => body.replace("A book.", "A\0book.") });
    expect(judge(unit).failed).toEqual([]);
    expect(notes(judge(unit))).toEqual([`${unit.split("\n").length - 1} the body has no control characters`]);
  });

  it.each(["../../x", "a/b", "a\\\\b", ".git"])("may not lead its slug astray: %s", (slug) => {
    const verdict = judge(sampleUnit({ frontmatter: { slug: `"${slug}"` } }));
    expect(notes(verdict)).toEqual(["4 slug is part of a file name"]);
  });

  it("counts headings in fences and comments as the rubric does, and says so", () => {
    const hidden = "```\n## In code [Beginner]\n```\n\n<!--\n## In a comment [Master]\n-->\n";
    const unit = sampleUnit({ body: (body) => body.replace("## Bibliography", `${hidden}\n## Bibliography`) });
    const lines = unit.split("\n");
    expect(notes(judge(unit))).toEqual(
      ["## In code [Beginner]", "## In a comment [Master]"].map(
        (line) => `${lines.indexOf(line) + 1} headings stand outside code and comments`,
      ),
    );
  });

  it("may have 10,000 headings, with a note", () => {
    const headings = Array.from({ length: 10_000 }, (_, i) => `## Heading ${i} [Master]`).join("\n\n");
    const verdict = judge(sampleUnit({ body: (body) => `${body}\n${headings}\n` }));
    expect(verdict.failed).toEqual([]);
    expect(notes(verdict)[0]).toContain("the unit has a readable number of headings");
  });

  const pieces: readonly string[] = [
    ..."#`<!$|[]>-:\n \r\0\\é𝕊".split(/(?:)/u),
    ...[
      "## a\n",
      "##\n",
      "```",
      "```\n",
      "<aside",
      "<aside ",
      "</aside>",
      "<!--",
      "![",
      "![](",
      "![a](b",
      "[ref:",
      "[ref: ",
    ],
    ...[
      "[ref: a]",
      "obviously ",
      "consider ",
      "now let's ",
      "\n\n",
      "\n \n",
      "| ",
      "$$",
      "[01.01.01]",
      "\\sum",
      "Hence ",
    ],
    ...["## Visual [Beginner]\n", "## a [Beginner]\n```\n", "a ", "word", "- ", '<aside class="exercise" ', "\u2003"],
  ];
  it.each(pieces)("may repeat %j for a megabyte", (piece) => {
    const length = MAX_UNIT_BYTES - 4_000;
    const body = piece.repeat(Math.floor(length / new TextEncoder().encode(piece).length));
    const unit = `${sampleUnit()}\n## More [Beginner]\n\n${body}`;
    expect(judge(unit).findings.length).toBeLessThan(400);
  });

  it("gets its advice in time too", () => {
    for (const piece of pieces) {
      const view = memoryView({
        ...WORKSPACE,
        [PATH]: `${sampleUnit()}\n## More [Beginner]\n\n${piece.repeat(50_000)}`,
      });
      const index = indexWorkspace(view);
      const start = performance.now();
      adviseUnit(view, PATH, index);
      expect([piece, performance.now() - start < IN_TIME]).toEqual([piece, true]);
    }
  });
});

describe("whatever the bytes", () => {
  const view = memoryView(WORKSPACE);
  const index = indexWorkspace(view);

  function isWhole(unit: Uint8Array): void {
    const over = { ...view, bytes: (path: RepoPath) => (path === PATH ? unit : view.bytes(path)) };
    const start = performance.now();
    const verdict = validateUnit(over, PATH, index);
    expect(performance.now() - start).toBeLessThan(IN_TIME);
    expect(verdict.total).toBeGreaterThan(0);
    expect(verdict.passed).toBe(verdict.total - verdict.failed.length);
    const found = new Set(verdict.findings.filter(({ level }) => level === "failed").map(({ check }) => check));
    expect(found).toEqual(new Set(verdict.failed));
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
    adviseUnit(over, PATH, index);
  }

  it("random bytes are judged", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), isWhole), { numRuns: 300 });
  });

  const shards = [
    ..."---|\n|\n---\n|: |- |\t|[|]|{|}|\"|'|&a |*a|!|#|>|\\|?|,|\0|\uFEFF|\r\n|\u0085|\u2028|é|𝕊".split("|"),
    ...[
      "|",
      "id: 03.01.05\n",
      "tiers_present: ",
      "[beginner]",
      "references:\n  - ",
      "prerequisites:\n",
      "hooks_out:\n- ",
    ],
    ...[
      "lean_status: none\n",
      "status: ~\n",
      "<<: *a\n",
      "## ",
      " [Beginner]\n",
      "```",
      "<aside>",
      "</aside>",
      "[ref: ",
    ],
    ...["$$", "\\sum", "![", "](", ")", "<!--", "-->", "clearly ", "trivial", "word ".repeat(130)],
  ];

  it("shards of units, glued, are judged", () => {
    const glued = fc.array(fc.constantFrom(...shards), { maxLength: 60 }).map((parts) => parts.join(""));
    const start = fc.constantFrom(
      "",
      "---\n",
      "---\nid: 03.01.05\ntiers_present: [beginner, intermediate, master]\n---\n",
    );
    fc.assert(
      fc.property(start, glued, (head, text) => isWhole(new TextEncoder().encode(head + text))),
      { numRuns: 1_500 },
    );
  });

  it("a good unit with pieces cut out and put in is judged", () => {
    const good = sampleUnit();
    const cut = fc.record({ at: fc.nat(good.length), length: fc.nat(80), text: fc.constantFrom(...shards, "") });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
        const text = cuts.reduce(
          (unit, { at, length, text }) => unit.slice(0, at) + text + unit.slice(at + length),
          good,
        );
        isWhole(new TextEncoder().encode(text));
      }),
      { numRuns: 1_000 },
    );
  });
});
