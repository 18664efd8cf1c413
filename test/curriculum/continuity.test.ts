import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aggregate, anchorIndex, DEFAULT_THRESHOLDS, judge, measureUnit } from "../../src/curriculum/continuity.ts";
import { assess, continuityJson, continuityReport, DEFAULT_POLICY } from "../../src/curriculum/continuity-report.ts";

const shared = fileURLToPath(new URL("../../../shared/", import.meta.url));
const expectedFile = `${shared}expected/continuity.json`;

describe.skipIf(!existsSync(expectedFile))("the real corpus (skipped where the shared material is absent)", () => {
  const expected = () => JSON.parse(readFileSync(expectedFile, "utf8"));
  const anchors = anchorIndexOfCorpus();

  test("every unit's counts, the means to six decimals and the failures are as expected", () => {
    const want = expected();
    const units = Object.keys(want.units).map((path) => ({
      path,
      continuity: measureUnit(readFileSync(`${shared}corpus/${path}`, "utf8"), want.units[path].unit_id, anchors()),
    }));
    expect(continuityJson(assess(units))).toEqual(want);
  });

  function anchorIndexOfCorpus() {
    let made: ReturnType<typeof anchorIndex> | undefined;
    return () => {
      const registry = () => JSON.parse(readFileSync(`${shared}corpus/manifests/connections.json`, "utf8"));
      made ??= anchorIndex(registry().connections.map((c: { anchor_phrase: string }) => c.anchor_phrase));
      return made;
    };
  }
});

const measure = (body: string, anchors: readonly string[] = []) =>
  measureUnit(`---\nid: 01.01.01\n---\n${body}`, "01.01.01", anchors);

describe("words", () => {
  test.each([
    ["plain words of two letters and more, not a single one", "one two b three", 3],
    ["hyphens and apostrophes join", "well-known don't", 2],
    ["a trailing hyphen is no part unless a word character follows", "semi- x2 pre-7", 2],
    ["a word that runs into another script is none", "caféx Poincaré naïve", 0],
    ["an underscore or a digit before spoils a word", "_word 3word word", 1],
    ["fenced code goes", "aa\n```\nbb cc\n```\ndd", 2],
    ["an unclosed fence stays", "aa\n```\nbb cc", 3],
    ["tags go, without a space in their place", "aa<b>bb</b> cc", 2],
    ["an empty tag is none", "aa <> bb", 2],
    ["one-line mathematics goes", "aa $bb cc$ dd", 2],
    ["display mathematics turns what follows inside out", "aa $$bb$$ cc $dd$ ee", 3],
    ["a lone dollar stays", "aa $bb cc", 3],
  ])("%s", (_name, text, words) => {
    expect(measure(text).words).toBe(words);
  });

  test("frontmatter is not counted, whatever the line endings", () => {
    expect(measureUnit("---\nid: x\ntitle: many words here\n---\nbody text\n", "x", []).words).toBe(2);
    expect(measureUnit("---\r\nid: x\r\n---\r\nbody text\r\n", "x", []).words).toBe(2);
    expect(measureUnit("---\nid: x\n", "x", []).words).toBe(1);
  });
});

describe("what is counted", () => {
  test.each([
    ["an id of another unit, wherever it stands", "[02.02.02] and `03.03.03`, not 01.01.01", 2],
    ["no part of a longer number", "102.02.02 02.02.022 2.02.02", 0],
    ["nothing else with dots", "02.02.E1", 0],
  ])("backward references: %s", (_name, text, count) => {
    expect(measure(text).backwardRefs).toBe(count);
  });

  test.each([
    ["We will see; this builds toward; it build toward", 3],
    ["in the next; foreshadow and forshadowing", 2],
    ["we will later, appears again in, appear\nagain in", 3],
    ["this pattern recurs, this pattern recur", 2],
    ["we will seem, builds towards, rebuilds toward", 0],
  ])("forward promises: %s", (text, count) => {
    expect(measure(text).forwardPromises).toBe(count);
  });

  test.each([
    ["the foundational reason, The core insight, the central claim", 3],
    ["this is exactly, this is precisely, this is the same as", 3],
    ["generalises, specialises, is dual to, is the limit", 4],
    ["is an instance of, recurs a special case of, recur a generalisation of", 3],
    ["putting this together, Putting these together", 2],
    ["index = topology, index=topology", 2],
    ["the bridge is, the bridge between, the bridges", 2],
    ["identifies A with B, identifie A with B, identify A with B, identifies A B with C", 2],
    ["generalise, generalisesx, is the limits, an instance of", 0],
  ])("synthesis claims: %s", (text, count) => {
    expect(measure(`## Definition [Intermediate+]\n${text}`).synthesisIntermediate).toBe(count);
    expect(measure(`## Depth [Master]\n${text}`).synthesisMaster).toBe(count);
    expect(measure(`## Intuition [Beginner]\n${text}`)).toMatchObject({ synthesisIntermediate: 0, synthesisMaster: 0 });
  });

  test("a tier's text has its headings, ends at the next level-2 heading, and [all tiers] is in each", () => {
    const unit = measure(
      "## The bridge is here [Intermediate+]\n### generalises\n## Other\ngeneralises\n## Both [All Tiers]\nis dual to\n",
    );
    expect(unit).toMatchObject({ synthesisIntermediate: 3, synthesisMaster: 1, wordsMaster: 6 });
  });

  test.each([
    ["bullets of either kind and any indent", "## Connections [Master]\n- a\n  * b\n\n-\tc\n", 3],
    ["not rules, bold text or numbered items", "## Connections [Master]\n---\n**b** c\n1. d\n-e\n", 0],
    ["only up to the next section", "## Connections [Master]\n- a\n### sub\n- b\n## Next [Master]\n- c\n", 2],
    ["an empty heading ends a section as well", "## Connections [Master]\n- a\n## \n- b\n", 1],
    ["only under that exact name", "## connections [Master]\n- a\n## Connections [Intermediate+]\n- b\n", 0],
  ])("lateral connections: %s", (_name, text, count) => {
    expect(measure(text).lateralMaster).toBe(count);
  });

  test("anchor phrases: found ignoring case, counted verbatim where letter for letter", () => {
    const unit = measure("Curvature is a matrix of two-forms. A bridge. x is dual", [
      "curvature is a matrix of two-forms",
      "A bridge.",
      "not there",
      "",
      "x is dual",
      "x is dual",
    ]);
    expect(unit).toMatchObject({ anchorsInvoked: 4, anchorsVerbatim: 3 });
  });

  test("an anchor phrase is found exactly where a plain search finds it", () => {
    const word = fc.constantFrom("aa", "bb", "Aa", "é", "a-b", "  ", ".", "İ");
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 30 }),
        fc.array(fc.array(word, { maxLength: 4 }), { maxLength: 6 }),
        (text, phrases) => {
          const body = text.join(" ");
          const anchors = phrases.map((phrase) => phrase.join(" "));
          const invoked = anchors.filter(
            (phrase) => phrase !== "" && body.toLowerCase().includes(phrase.toLowerCase()),
          );
          expect(measureUnit(body, "x", anchors)).toMatchObject({
            anchorsInvoked: invoked.length,
            anchorsVerbatim: invoked.filter((phrase) => body.includes(phrase)).length,
          });
        },
      ),
    );
  });
});

describe("judging", () => {
  const good = measureUnit("02.02.02 ".repeat(8) + "we will see ".repeat(3), "x", []);

  test("means are plain means of each unit's own figure", () => {
    const [a, b] = [measure(`${"word ".repeat(100)}02.02.02`), measure(`${"word ".repeat(10)}02.02.02`)];
    expect(aggregate([a, b]).backwardDensity).toBeCloseTo((10 + 100) / 2, 9);
    expect(aggregate([]).backwardDensity).toBe(0);
  });

  test("a metric fails when it is below its threshold, not when it equals it", () => {
    const total = { ...aggregate([good]), lateralPerMaster: 3, synthesisIntermediate: 2, synthesisMaster: 3.99 };
    expect(judge(total, DEFAULT_THRESHOLDS)).toEqual([{ metric: "synthesisMaster", value: 3.99, threshold: 4 }]);
    expect(judge(total, { ...DEFAULT_THRESHOLDS, synthesisMaster: 3 })).toEqual([]);
  });

  test("throughlines are judged where there are flows", () => {
    const flow = { flow: "f", beats: 4, missed: ["claim"] };
    expect(aggregate([], [flow]).throughlineCoverage).toBe(0.75);
    expect(judge(aggregate([good], [flow])).map((failure) => failure.metric)).toContain("throughlineCoverage");
    expect(aggregate([], [{ flow: "f", beats: 0, missed: [] }]).throughlineCoverage).toBe(1);
  });

  test("a unit on the grace list, by id or by path, is reported and not judged", () => {
    const units = [
      { path: "content/a.md", continuity: { ...good, unitId: "01.01.01" } },
      { path: "content/b.md", continuity: { ...good, unitId: "02.02.02" } },
    ];
    const policy = { ...DEFAULT_POLICY, grace: ["01.01.01", "content/b.md"] };
    expect(assess(units, [], policy)).toMatchObject({ judged: [], graced: units, failures: [] });
    const report = continuityReport(assess(units, [], policy), policy);
    expect(report).toContain("No unit was judged.");
    expect(report).toContain("- 02.02.02 content/b.md");
    expect(assess(units).failures.length).toBeGreaterThan(0);
  });

  test("the report names means, thresholds, verdicts and the units to weave", () => {
    const assessment = assess(
      [{ path: "content/a.md", continuity: { ...good, unitId: "01.01.01" } }],
      [{ flow: "f|low", beats: 2, missed: ["one claim"] }],
    );
    const report = continuityReport(assessment);
    expect(report).toMatch(/\| Forward promises per 1000 words \| \d+\.\d\d \| 3\.0 \| met \|/);
    expect(report).toContain("- synthesis_master: 0.00 < 4");
    expect(report).toContain("- throughline_coverage: 0.50 < 1.0");
    expect(report).toContain("| 01.01.01 | content/a.md | lateral_per_master: 0.00 < 3;");
    expect(report).toContain("| f\\|low | 1 of 2 (50 %) | one claim |");
  });

  test("long lists are cut and say so", () => {
    const units = Array.from({ length: 60 }, (_, i) => ({ path: `${i}.md`, continuity: good }));
    expect(continuityReport(assess(units))).toContain("And 10 more.");
  });
});

test("time is linear in hostile text", () => {
  const n = 1_000_000;
  const texts = [
    "<",
    "$ ",
    "$$",
    "`",
    "a'",
    "\n",
    " ",
    "## [Master] x\n",
    "identifies ",
    "is an \t",
    "## Connections [Master]\n \n",
  ];
  for (const text of texts) {
    const started = performance.now();
    measureUnit(text.repeat(Math.ceil(n / text.length)), "x", ["a phrase of words"]);
    expect(performance.now() - started, JSON.stringify(text)).toBeLessThan(1500);
  }
});
