/** Verdicts as text for people, and in the formats of the tools that show findings beside the code. */
import { unreachable } from "../result.ts";
import type { Finding, Verdict } from "./rubric/finding.ts";

export const FINDING_FORMATS = ["text", "json", "sarif", "github"] as const;
export type FindingFormat = (typeof FINDING_FORMATS)[number];

/** All verdicts in one text that ends with a line end. The same verdicts always give the same text. */
export function formatVerdicts(verdicts: readonly Verdict[], format: FindingFormat): string {
  switch (format) {
    case "text":
      return textOf(verdicts);
    case "json":
      return `${JSON.stringify({ summary: summaryOf(verdicts), units: verdicts }, undefined, 2)}\n`;
    case "sarif":
      return `${JSON.stringify(sarifOf(verdicts), undefined, 2)}\n`;
    case "github":
      return verdicts.flatMap(({ findings }) => findings.map(githubLine)).join("");
    default:
      return unreachable(format);
  }
}

interface Summary {
  readonly units: number;
  /** Units that pass all of their checks. */
  readonly passing: number;
  readonly failedChecks: number;
}

const summaryOf = (verdicts: readonly Verdict[]): Summary => ({
  units: verdicts.length,
  passing: verdicts.filter(({ failed }) => failed.length === 0).length,
  failedChecks: verdicts.reduce((sum, { failed }) => sum + failed.length, 0),
});

function textOf(verdicts: readonly Verdict[]): string {
  const lines = verdicts.flatMap(({ path, passed, total, findings }) => [
    `${path}: ${passed}/${total} checks passed`,
    ...findings.flatMap(textLines),
  ]);
  const { units, passing } = summaryOf(verdicts);
  return `${[...lines, `${passing} of ${units} units pass all checks`].join("\n")}\n`;
}

const LABELS = { failed: "failed", note: "note", advice: "advice" } as const satisfies Record<Finding["level"], string>;

function textLines({ level, path, line, column, check, what, text, mend, source }: Finding): readonly string[] {
  const quoted = text === "" ? "" : `: ${oneLine(text)}`;
  const asked = source === undefined ? "" : ` (${source})`;
  return [
    `  ${path}:${line}:${column}: ${LABELS[level]}: ${check}${asked}`,
    `    ${oneLine(what)}${quoted}`,
    `    mend: ${oneLine(mend)}`,
  ];
}

/** Text from a unit on one line, with control characters escaped: a terminal must not obey it. */
const oneLine = (text: string): string =>
  text.replace(/\p{Cc}/gu, (c) => (c === "\n" ? "⏎" : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));

const COMMANDS = { failed: "error", note: "notice", advice: "warning" } as const satisfies Record<
  Finding["level"],
  string
>;

/** A workflow command of GitHub Actions, which shows the finding at its line in a pull request. */
function githubLine({ level, path, line, column, check, what, text, mend }: Finding): string {
  const where = `file=${property(path)},line=${line},col=${column},title=${property(check)}`;
  const quoted = text === "" ? "" : `: ${text}`;
  return `::${COMMANDS[level]} ${where}::${data(`${what}${quoted}\nMend: ${mend}`)}\n`;
}

const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

const SARIF_LEVELS = { failed: "error", note: "note", advice: "warning" } as const satisfies Record<
  Finding["level"],
  string
>;

/** SARIF 2.1.0, one run, one rule a check that has findings. */
function sarifOf(verdicts: readonly Verdict[]): object {
  const findings = verdicts.flatMap((verdict) => verdict.findings);
  const rules = [...new Set(findings.map(({ check }) => check))].sort();
  const indexes = new Map(rules.map((rule, i) => [rule, i]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "codex validate", rules: rules.map((id) => ({ id, shortDescription: { text: id } })) },
        },
        columnKind: "unicodeCodePoints",
        results: findings.map(({ check, level, path, line, column, what, text, mend }) => ({
          ruleId: check,
          ruleIndex: indexes.get(check),
          level: SARIF_LEVELS[level],
          message: { text: `${what}. Mend: ${mend}.` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
                region: { startLine: line, startColumn: column, ...(text === "" ? {} : { snippet: { text } }) },
              },
            },
          ],
        })),
      },
    ],
  };
}
