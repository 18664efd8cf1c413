/** The report of an integration: every action and every failure, in an order that depends on the drafts alone. */
import type { AcceptedDraft, Integration, WholeCorpus } from "./integration.ts";

/**
 * Writes the report as Markdown.
 * @param judged the drafts without a defect of their own, in the order in which they were applied.
 */
export function integrationReport(
  result: Omit<Integration, "report">,
  judged: readonly AcceptedDraft[],
  whole: WholeCorpus,
): string {
  const { outcome, accepted, rejected, heldBack, regressions, writes, fragments } = result;
  const lines = [
    "# Integration report",
    "",
    `Outcome: **${outcome}**. ${count(judged.length + rejected.length, "draft")}: ${accepted.length} accepted, ` +
      `${rejected.length} rejected, ${heldBack.length} held back.`,
    "",
  ];
  if (outcome === "rolled back") {
    lines.push(
      "## Rollback",
      "",
      "Nothing was written. With the whole batch in place, these would be wrong:",
      "",
      ...regressions.map(bullet),
      "",
    );
  }
  if (judged.length > 0) {
    lines.push(outcome === "rolled back" ? "## Held back" : "## Accepted", "");
    for (const { draft, verdict, actions, notices } of judged) {
      lines.push(
        `### ${draft.unitId} (${draft.unitPath})`,
        "",
        `Passes ${verdict.passed} of ${verdict.total} checks.`,
        "",
      );
      lines.push(...actions.map(bullet), ...notices.map((notice) => bullet(`notice: ${notice}`)), "");
    }
  }
  if (rejected.length > 0) {
    lines.push("## Rejected", "");
    for (const { draft, defects } of rejected) {
      lines.push(`### ${draft.unitId} (${draft.unitPath})`, "", ...defects.map(bullet), "");
    }
  }
  if (judged.length > 0) {
    lines.push("## Whole corpus", "", `${whole.passing} of ${count(whole.units, "unit")} pass every check.`, "");
  }
  lines.push("## Files written", "");
  lines.push(
    ...(writes.size === 0 ? ["None."] : [...writes].map(([path, bytes]) => bullet(`${path} (${bytes.length} bytes)`))),
    "",
  );
  if (fragments.length > 0)
    lines.push("Fragments of shared files:", "", ...fragments.map((ref) => bullet(`\`${ref}\``)), "");
  return `${lines.join("\n").trimEnd()}\n`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

const bullet = (text: string): string => `- ${text.replace(/\s+/g, " ")}`;
