/** What the judges of a plan's sections share. Lines count from 1 in the text that is judged. */
import { type Heading, headings } from "../../artifact/markdown.ts";
import { type Defect, defect } from "../../exec/action.ts";
import { LAYERS, layerName } from "./layer.ts";
import type { Plan, PlanSection, ScorecardRow } from "./plan.ts";
import { quoted } from "./text.ts";

export const atLine = (section: string, line: number): string => `${section}, line ${line}`;

/** Whether a section says anything besides its headings. */
const hasContent = (text: string, heading: Heading): boolean =>
  text
    .slice(heading.bodyStart, heading.end)
    .replace(/<!--[\s\S]*?-->/g, "")
    .split("\n")
    .some(
      (line) => line.trim() !== "" && !/^ {0,3}#{1,6}(?:\s|$)/.test(line) && !/^\s*(?:-{3,}|\*{3,})\s*$/.test(line),
    );

/** The level-3 sections that must be there and say something. */
export function missingSections(text: string, wanted: Readonly<Record<string, string>>): readonly Defect[] {
  const found = headings(text);
  return Object.entries(wanted).flatMap(([number, title]) => {
    const heading = found.find((candidate) => candidate.level === 3 && candidate.number === number);
    if (!heading) return [defect(`there is no section ${number}`, number, `add the heading "### ${number} ${title}"`)];
    if (hasContent(text, heading)) return [];
    return [
      defect(`section ${number} is empty`, atLine(number, heading.line), "write it, or say why there is nothing"),
    ];
  });
}

/** A percentage is stated to whole numbers at least. */
const ROUNDING = 0.5 + 1e-9;

/** All seven layers are in a scorecard, and each one's percentage is what its numbers come to. */
export function scorecardDefects(rows: readonly ScorecardRow[], section: string): readonly Defect[] {
  const absent = LAYERS.filter((layer) => !rows.some((row) => row.layer === layer)).map((layer) =>
    defect(
      `the scorecard has no row for ${layerName(layer)}`,
      section,
      `add a row that starts with "${layerName(layer)}"`,
    ),
  );
  return [...absent, ...rows.flatMap((row) => rowDefects(row, section))];
}

function rowDefects(row: ScorecardRow, section: string): readonly Defect[] {
  const where = atLine(section, row.line);
  const { covered, total, percent, name } = row;
  if (covered === undefined || total === undefined || percent === undefined) {
    return [defect(`${name} lacks a number`, where, "give covered, total and per cent as numbers")];
  }
  if (covered > total) return [defect(`${name}: ${covered} of ${total} are covered`, where, "count again")];
  const exact = percentOf(covered, total);
  if (Math.abs(exact - percent) <= ROUNDING) return [];
  return [
    defect(`${name}: ${covered} of ${total} is ${exact.toFixed(1)} %, not ${percent} %`, where, "correct the number"),
  ];
}

/** Of nothing, everything is covered. */
export const percentOf = (covered: number, total: number): number => (total === 0 ? 100 : (covered / total) * 100);

/** Rows of tables that the section is read for and that could not be read: nothing of them would reach a later pass. */
export function unreadRows(plan: Plan, roles: readonly PlanSection["role"]["kind"][]): readonly Defect[] {
  const judged = plan.sections.filter((section) => roles.includes(section.role.kind));
  return plan.unread.flatMap((message) => {
    const inside = plan.sections.findLast((section) => section.line <= message.line);
    if (message.kind !== "row" || !inside || !judged.includes(inside)) return [];
    const where = atLine(inside.number ?? inside.title, message.line);
    return [defect(`this row was not understood: ${quoted(message.text)}`, where, message.why)];
  });
}
