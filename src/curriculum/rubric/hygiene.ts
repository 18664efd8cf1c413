/**
 * What the rubric does not count but a reader of the verdict should know: things that make a unit mean something else to
 * other tools, or that look like an attack. They are notes, so that the count stays what the campaign's validator says.
 */
import type { Range } from "../unit/excerpt.ts";
import { enclosed } from "../unit/excerpt.ts";
import type { Heading } from "../unit/headings.ts";
import type { Unit } from "../unit/unit.ts";
import { field, stringOf } from "../unit/yaml-node.ts";
import { type Defect, keyAt, lineOf, type Report } from "./report.ts";

/** More headings than this and a person cannot find a way through. The largest real unit has a fifth of it. */
const MAX_HEADINGS = 200;

export function noteHygiene(report: Report, unit: Unit): void {
  if (unit.duplicates.length > 0) noteDuplicates(report, unit);
  if (unit.aliases.length > 0) noteAliases(report, unit);
  if (unit.foreignLineEnds) {
    const mend = "save the file with LF line ends";
    report.note("line ends are LF", [{ at: 0, what: "the file has CR or CRLF line ends", text: "", mend }]);
  }
  noteSlug(report, unit);
  noteControls(report, unit);
  noteHeadings(report, unit);
}

function noteDuplicates(report: Report, unit: Unit): void {
  report.note(
    "frontmatter keys are unique",
    unit.duplicates.map(({ key, at }) => ({
      at: unit.frontmatterAt + at,
      what: `the key ${key} is given twice; only the last counts`,
      text: lineOf(unit, unit.frontmatterAt + at),
      mend: "delete all but one",
    })),
  );
}

function noteAliases(report: Report, unit: Unit): void {
  report.note(
    "frontmatter uses no aliases",
    unit.aliases.map((at) => ({
      at: unit.frontmatterAt + at,
      what: "an alias, which other readers of the unit may not follow",
      text: lineOf(unit, unit.frontmatterAt + at),
      mend: "write the value out",
    })),
  );
}

/** Tools that make file names of slugs must not be led out of their folder. */
const UNSAFE_SLUG = /[/\\]|^\.|\.\.|\p{Cc}/u;

function noteSlug(report: Report, unit: Unit): void {
  const slug = stringOf(field(unit.frontmatter, "slug"));
  if (!UNSAFE_SLUG.test(slug)) return;
  const mend = "use letters, digits and hyphens";
  const at = keyAt(unit, "slug");
  report.note("slug is part of a file name", [{ at, what: "the slug could lead to another folder", text: slug, mend }]);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000e-\u001b\u007f]/;

function noteControls(report: Report, unit: Unit): void {
  const at = unit.body.search(CONTROL);
  if (at === -1) return;
  const code = unit.body.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
  const what = `the body holds the control character U+${code}`;
  const mend = "delete the character; tools take the file for binary";
  report.note("the body has no control characters", [{ at: unit.bodyAt + at, what, text: "", mend }]);
}

function noteHeadings(report: Report, unit: Unit): void {
  const { headings, body } = unit;
  if (headings.length > MAX_HEADINGS) {
    const at = unit.bodyAt + (headings[MAX_HEADINGS]?.at ?? 0);
    const what = `the unit has ${headings.length} headings, more than ${MAX_HEADINGS}`;
    report.note("the unit has a readable number of headings", [{ at, what, text: "", mend: "split the unit" }]);
  }
  const hidden = [
    ...within(headings, unit.fences).map((heading) => hiddenHeading(unit, heading, "a code fence")),
    ...within(headings, enclosed(body, "<!--", "-->")).map((heading) => hiddenHeading(unit, heading, "a comment")),
  ];
  report.note("headings stand outside code and comments", hidden);
}

const hiddenHeading = (unit: Unit, heading: Heading, where: string): Defect => ({
  at: unit.bodyAt + heading.at,
  what: `a line in ${where} looks like a heading, and the rubric counts it as one`,
  text: unit.body.slice(heading.at, heading.lineEnd),
  mend: "indent the line",
});

/** The headings that start within one of the ranges; both ascend, so one walk will do. */
function within(headings: readonly Heading[], ranges: readonly Range[]): readonly Heading[] {
  let next = 0;
  return headings.filter(({ at }) => {
    while (next < ranges.length && (ranges[next]?.to ?? 0) <= at) next += 1;
    return (ranges[next]?.from ?? Number.POSITIVE_INFINITY) <= at;
  });
}
