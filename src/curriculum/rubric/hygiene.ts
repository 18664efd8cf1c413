/**
 * What the rubric does not count but a reader of the verdict should know: things that make a unit mean something else to
 * other tools, or that look like an attack. They are notes, so that the count stays what the campaign's validator says.
 */
import { enclosed, type Range } from "../unit/excerpt.ts";
import type { Heading } from "../unit/headings.ts";
import type { Unit } from "../unit/unit.ts";
import { field, stringOf } from "../unit/yaml-node.ts";
import { keyAt, lineOf, type Report } from "./report.ts";

/** More headings than this and a person cannot find a way through. The largest real unit has a fifth of it. */
const MAX_HEADINGS = 200;

export function noteHygiene(report: Report, unit: Unit): void {
  report.note("frontmatter keys are unique", unit.duplicates, ({ key, at }) => ({
    at: unit.yamlAt(at),
    what: `the key ${key} is given twice; only the last counts`,
    text: lineOf(unit, unit.yamlAt(at)),
    mend: "delete all but one",
  }));
  report.note("frontmatter uses no aliases", unit.aliases, (at) => ({
    at: unit.yamlAt(at),
    what: "an alias, which other readers of the unit may not follow",
    text: lineOf(unit, unit.yamlAt(at)),
    mend: "write the value out",
  }));
  report.note("line ends are LF", unit.foreignLineEnds ? [0] : [], (at) => ({
    at,
    what: "the file has CR or CRLF line ends",
    text: "",
    mend: "save the file with LF line ends",
  }));
  noteSlug(report, unit);
  noteControls(report, unit);
  noteHeadings(report, unit);
}

/** Tools that make file names of slugs must not be led out of their folder. */
const UNSAFE_SLUG = /[/\\]|^\.|\.\.|\p{Cc}/u;

function noteSlug(report: Report, unit: Unit): void {
  const slug = stringOf(field(unit.frontmatter, "slug"));
  report.note("slug is part of a file name", UNSAFE_SLUG.test(slug) ? [slug] : [], (text) => ({
    at: keyAt(unit, "slug"),
    what: "the slug could lead to another folder",
    text,
    mend: "use letters, digits and hyphens",
  }));
}

/** The control characters that turn up in real files, and those that terminals obey. */
const CONTROLS = ["\0", "\b", "\u001b", "\u007f"];

function noteControls(report: Report, unit: Unit): void {
  const found = CONTROLS.filter((character) => unit.body.includes(character));
  report.note("the body has no control characters", found, (character) => ({
    at: unit.bodyAt + unit.body.indexOf(character),
    what: `the body holds the control character U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
    text: "",
    mend: "delete the character; tools take the file for binary",
  }));
}

function noteHeadings(report: Report, unit: Unit): void {
  const { headings, body } = unit;
  const beyond = headings.slice(MAX_HEADINGS, MAX_HEADINGS + 1);
  report.note("the unit has a readable number of headings", beyond, ({ at }) => ({
    at: unit.bodyAt + at,
    what: `the unit has ${headings.length} headings, more than ${MAX_HEADINGS}`,
    text: "",
    mend: "split the unit",
  }));
  const hidden = [...within(headings, unit.fences), ...within(headings, enclosed(body, "<!--", "-->"))];
  report.note("headings stand outside code and comments", hidden, ({ at }) => ({
    at: unit.bodyAt + at,
    what: "a line in a code fence or a comment looks like a heading, and the rubric counts it as one",
    text: lineOf(unit, unit.bodyAt + at),
    mend: "indent the line",
  }));
}

/** The headings that start within one of the ranges; both ascend, so one walk will do. */
function within(headings: readonly Heading[], ranges: readonly Range[]): readonly Heading[] {
  let next = 0;
  return headings.filter(({ at }) => {
    while (next < ranges.length && (ranges[next]?.to ?? 0) <= at) next += 1;
    return (ranges[next]?.from ?? Number.POSITIVE_INFINITY) <= at;
  });
}
