/**
 * Writes one section of a Markdown file. What an agent hands in is judged here: it must be one section, the one that
 * was asked for, and must leave every other heading of the file where it was. An open code fence in one section would
 * otherwise swallow the next.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { core, lineEndingOf, withLineEnding } from "./lines.ts";
import { type Heading, headings, numbered } from "./markdown.ts";
import { ParsedText } from "./parsed.ts";
import { type Fragment, formatFragment, isPadded } from "./ref.ts";

type SectionFragment = Extract<Fragment, { kind: "section" | "titled" }>;

/** Replaces a section's bytes, or inserts it at its place in order where it is missing. */
export function replaceSection(text: string, fragment: SectionFragment, replacement: string): Result<string, Fault> {
  const name = `#${formatFragment(fragment)}`;
  const ending = lineEndingOf(text);
  const span = core(replacement, 0, replacement.length);
  const section = withLineEnding(replacement.slice(span.start, span.end), ending);
  const own = headings(section);
  const [top, ...inner] = own;
  if (top?.start !== 0 || !answers(top, fragment)) {
    return err(
      usageFault("the text does not start with the section's own heading", name, `start it with a heading for ${name}`),
    );
  }
  const stray = inner.find((heading) => heading.level <= top.level);
  if (stray) {
    const what = `line ${stray.line} of the text starts another section of the same or a higher level`;
    return err(usageFault(what, name, "write one section, with deeper headings inside it"));
  }

  const parsed = new ParsedText(text);
  const found = parsed.span(fragment);
  if (!found.ok) return found;
  const before = parsed.outline.headings;
  if (found.value) {
    const { start, end } = found.value;
    const old = before.find((heading) => heading.start === start)!;
    if (old.level !== top.level) {
      return err(
        usageFault(`its heading must stay at level ${old.level}`, name, `write it with ${"#".repeat(old.level)}`),
      );
    }
    const bytes = core(text, start, end);
    const outside = before.filter((heading) => heading.start < start || heading.start >= end);
    return unbroken(text.slice(0, bytes.start) + section + text.slice(bytes.end), outside, own, start, name);
  }
  const place = placeFor(before, top, fragment, text.length);
  if (!place.ok) return place;
  const [lead, tail] = [text.slice(0, place.value), text.slice(place.value)];
  const gap =
    lead.trim() === "" || /(?:\r\n|\n|\r(?!\n))[ \t]*(?:\r\n|\n|\r)$/.test(lead)
      ? ""
      : /[\r\n]$/.test(lead)
        ? ending
        : ending + ending;
  const rest = tail === "" ? ending : ending + ending;
  return unbroken(lead + gap + section + rest + tail, before, own, place.value, name);
}

/** Removes a section with the blank lines that follow it; a missing one changes nothing. */
export function removeSection(text: string, fragment: SectionFragment): Result<string, Fault> {
  const parsed = new ParsedText(text);
  const found = parsed.span(fragment);
  if (!found.ok) return found;
  if (!found.value) return ok(text);
  const { start, end } = found.value;
  const outside = parsed.outline.headings.filter((heading) => heading.start < start || heading.start >= end);
  // At the end of a file the blank lines before it, which set it apart, go with it.
  const kept =
    end === text.length
      ? text.slice(0, start).replace(/(\r\n|\n|\r(?!\n))(?:[ \t]*(?:\r\n|\n|\r))+$/, "$1")
      : text.slice(0, start);
  return unbroken(kept + text.slice(end), outside, [], start, `#${formatFragment(fragment)}`);
}

const answers = (heading: Heading, fragment: SectionFragment): boolean => {
  if (fragment.kind === "section") return heading.number === fragment.number;
  const split = numbered(fragment.title);
  return (
    heading.title === fragment.title ||
    (split.number !== undefined && heading.number === split.number && heading.title === split.title)
  );
};

/**
 * The new text, if its headings are those outside the section, unmoved in rank and order, with the section's own between
 * those before and after `start` (an offset of the old text).
 */
function unbroken(
  text: string,
  outside: readonly Heading[],
  own: readonly Heading[],
  start: number,
  name: string,
): Result<string, Fault> {
  const expected = [
    ...outside.filter((heading) => heading.start < start),
    ...own,
    ...outside.filter((heading) => heading.start >= start),
  ];
  const actual = headings(text);
  const same = (a: Heading | undefined, b: Heading | undefined): boolean =>
    a?.level === b?.level && a?.title === b?.title && a?.number === b?.number;
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    if (same(expected[index], actual[index])) continue;
    const lost = expected[index] ?? actual[index]!;
    const what = `the text would change the rest of the file: the heading ${JSON.stringify(lost.title)} is no longer read as it was`;
    return err(usageFault(what, name, "close every code fence and HTML block"));
  }
  return ok(text);
}

/** The offset at which a missing section belongs. */
function placeFor(
  before: readonly Heading[],
  top: Heading,
  fragment: SectionFragment,
  length: number,
): Result<number, Fault> {
  return fragment.kind === "section"
    ? numberedPlace(before, top, fragment.number, length)
    : ok(titledPlace(before, top, length));
}

/** After the section with the next lower number, or before the one with the next higher, or last in its parent. */
function numberedPlace(
  before: readonly Heading[],
  top: Heading,
  number: string,
  length: number,
): Result<number, Fault> {
  const sameScheme = (heading: Heading): boolean =>
    heading.number !== undefined && isPadded(heading.number) === isPadded(number);
  const parent = before
    .filter((heading) => heading.level < top.level && sameScheme(heading) && number.startsWith(`${heading.number}.`))
    .reduce<Heading | undefined>(
      (best, heading) => (best && best.number!.length >= heading.number!.length ? best : heading),
      undefined,
    );
  const scope = parent ?? { start: -1, end: length };
  const siblings = before.filter(
    (heading) =>
      heading.level === top.level && sameScheme(heading) && heading.start > scope.start && heading.start < scope.end,
  );
  const lower = siblings
    .filter((sibling) => compareNumbers(sibling.number!, number) < 0)
    .reduce<Heading | undefined>(
      (best, next) => (best && compareNumbers(best.number!, next.number!) > 0 ? best : next),
      undefined,
    );
  const place =
    lower?.end ?? siblings.find((sibling) => compareNumbers(sibling.number!, number) > 0)?.start ?? scope.end;
  // Without a parent or a sibling to go by, whatever section the place is in would silently get it.
  const stranger = before.find(
    (heading) =>
      heading.level < top.level &&
      heading.number !== undefined &&
      heading.start < place &&
      place <= heading.end &&
      (sameScheme(heading) ? !number.startsWith(`${heading.number}.`) : siblings.length === 0),
  );
  if (stranger) {
    const what = `§${number} has no place: it would become a part of §${stranger.number}`;
    return err(usageFault(what, `#§${number}`, "write the section that it belongs in first"));
  }
  return ok(place);
}

/**
 * Among the headings of its rank that share its namespace (`spin-geometry.` of `spin-geometry.kr-theory`), or else
 * among the last heading's siblings: in alphabetical order where those are, last where they are not.
 */
function titledPlace(before: readonly Heading[], top: Heading, length: number): number {
  const ranked = before.filter((heading) => heading.level === top.level);
  const namespace = top.title.slice(0, top.title.lastIndexOf(".") + 1);
  const kin = namespace === "" ? [] : ranked.filter((heading) => heading.title.startsWith(namespace));
  const group = kin.length > 0 ? kin : lastSiblings(before, top.level);
  const last = group.at(-1);
  if (!last) return length;
  const sorted = group.every((heading, index) => index === 0 || group[index - 1]!.title <= heading.title);
  return (sorted ? group.find((heading) => heading.title > top.title)?.start : undefined) ?? last.end;
}

/** The headings of a level that lie under the same parent as the last one of that level. */
function lastSiblings(before: readonly Heading[], level: number): readonly Heading[] {
  const last = before.findLast((heading) => heading.level === level);
  if (!last) return [];
  const parent = before.findLast((heading) => heading.level < level && heading.start < last.start);
  return before.filter((heading) => heading.level === level && heading.start > (parent?.start ?? -1));
}

function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = Number(left[index]) - Number(right[index]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
