/** Findings as text and in other tools' formats. */
import { describe, expect, it } from "vitest";
import type { RepoPath } from "../../../src/artifact/workspace.ts";
import { formatVerdicts } from "../../../src/curriculum/findings-format.ts";
import type { Finding, Verdict } from "../../../src/curriculum/rubric/finding.ts";

const path = "content/a b/01.01.01-x.md" as RepoPath;

const finding = (over: Partial<Finding>): Finding => ({
  check: "every [ref: …] uses a declared source",
  level: "failed",
  path,
  line: 3,
  column: 5,
  what: "no reference has the source x",
  text: "[ref: x]",
  mend: "cite y",
  ...over,
});

const bad: Verdict = {
  path,
  passed: 26,
  total: 27,
  failed: ["every [ref: …] uses a declared source"],
  findings: [
    finding({}),
    finding({ level: "note", check: "line ends, LF: 100%", what: "two\nlines", text: "\u001b[31m", mend: "a\r\nb" }),
    finding({ level: "advice", check: "advice", source: "rubric §0", text: "" }),
  ],
};
const good: Verdict = { path: "content/b.md" as RepoPath, passed: 27, total: 27, failed: [], findings: [] };

describe("findings as", () => {
  it("text name the count, the place, the fault and the remedy, and escape what a terminal would obey", () => {
    expect(formatVerdicts([bad, good], "text").split("\n")).toEqual([
      "content/a b/01.01.01-x.md: 26/27 checks passed",
      "  content/a b/01.01.01-x.md:3:5: failed: every [ref: …] uses a declared source",
      "    no reference has the source x: [ref: x]",
      "    mend: cite y",
      "  content/a b/01.01.01-x.md:3:5: note: line ends, LF: 100%",
      "    two⏎lines: \\u001b[31m",
      "    mend: a\\u000d⏎b",
      "  content/a b/01.01.01-x.md:3:5: advice: advice (rubric §0)",
      "    no reference has the source x",
      "    mend: cite y",
      "content/b.md: 27/27 checks passed",
      "1 of 2 units pass all checks",
      "",
    ]);
  });

  it("JSON are the verdicts and a summary", () => {
    expect(JSON.parse(formatVerdicts([bad, good], "json"))).toEqual({
      summary: { units: 2, passing: 1, failedChecks: 1 },
      units: [bad, good],
    });
  });

  it("commands of GitHub are one line each, escaped", () => {
    expect(formatVerdicts([bad, good], "github").split("\n")).toEqual([
      "::error file=content/a b/01.01.01-x.md,line=3,col=5,title=every [ref%3A …] uses a declared source::no reference has the source x: [ref: x]%0AMend: cite y",
      "::notice file=content/a b/01.01.01-x.md,line=3,col=5,title=line ends%2C LF%3A 100%25::two%0Alines: \u001b[31m%0AMend: a%0D%0Ab",
      "::warning file=content/a b/01.01.01-x.md,line=3,col=5,title=advice::no reference has the source x%0AMend: cite y",
      "",
    ]);
  });

  it("SARIF have rules, results and regions", () => {
    const sarif = JSON.parse(formatVerdicts([bad, good], "sarif"));
    expect(sarif.version).toBe("2.1.0");
    const [run] = sarif.runs;
    expect(run.columnKind).toBe("unicodeCodePoints");
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      "advice",
      "every [ref: …] uses a declared source",
      "line ends, LF: 100%",
    ]);
    expect(run.results.map(({ level, ruleIndex }: { level: string; ruleIndex: number }) => [level, ruleIndex])).toEqual(
      [
        ["error", 1],
        ["note", 2],
        ["warning", 0],
      ],
    );
    expect(run.results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: "content/a%20b/01.01.01-x.md", uriBaseId: "%SRCROOT%" },
      region: { startLine: 3, startColumn: 5, snippet: { text: "[ref: x]" } },
    });
  });
});
