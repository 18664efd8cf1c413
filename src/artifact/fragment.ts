/**
 * Reading and writing parts of files. A fragment's digest ignores line-ending style and the blank lines around it and
 * nothing else; writing one replaces exactly its bytes, so its neighbours' digests stay what they were.
 *
 * A JSON pointer's digest is that of its canonical value (json.ts): a formatter that runs over the file changes
 * no digest.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import type { Digest } from "./digest.ts";
import { removeValue, replaceValue } from "./json-edit.ts";
import { bare, core, lineEndingOf, withLineEnding } from "./lines.ts";
import { bodyStart, frontmatter } from "./markdown.ts";
import { ParsedText, type Span } from "./parsed.ts";
import { type Fragment, formatFragment } from "./ref.ts";
import { removeSection, replaceSection } from "./section-edit.ts";

export { FragmentIndex, type IndexedText, type Span } from "./parsed.ts";

/** Where a fragment is, without the blank lines around it; undefined where it is missing. */
export const locate = (text: string, fragment: Fragment): Result<Span | undefined, Fault> =>
  new ParsedText(text).locate(fragment);

/** The digest of a fragment, `MISSING` where there is none. For many fragments of one text, use `FragmentIndex`. */
export const digestFragment = (text: string, fragment: Fragment): Result<Digest, Fault> =>
  new ParsedText(text).digest(fragment);

/**
 * A fragment's own text, undefined where it is missing: a section with its heading, frontmatter without its fences, a
 * pointer's value as JSON source.
 */
export const readFragment = (text: string, fragment: Fragment): Result<string | undefined, Fault> =>
  new ParsedText(text).read(fragment);

/**
 * The text with the fragment replaced. The replacement takes on the file's line endings; blank lines around it do not
 * count. A missing section is inserted at its place in order, a missing JSON value appended, missing frontmatter put
 * at the top; a missing entry has no place that could be derived. A fault where the replacement would not be
 * read back as that fragment.
 */
export function replaceFragment(text: string, fragment: Fragment, replacement: string): Result<string, Fault> {
  switch (fragment.kind) {
    case "section":
    case "titled":
      return replaceSection(text, fragment, replacement);
    case "pointer":
      return replaceValue(text, fragment.steps, replacement);
    case "frontmatter": {
      const content = unfenced(replacement);
      const found = frontmatter(text);
      return verified(
        found ? splice(text, found.contentStart, found.contentEnd, content) : prepend(text, content),
        fragment,
        content,
      );
    }
    case "body":
      return verified(splice(text, bodyStart(text), text.length, replacement), fragment, replacement);
    case "entry": {
      const found = new ParsedText(text).span(fragment);
      if (!found.ok) return found;
      const name = `#${formatFragment(fragment)}`;
      if (!found.value) return err(usageFault("there is no such entry", name, "write the section that should hold it"));
      return verified(splice(text, found.value.start, found.value.end, replacement), fragment, replacement);
    }
    default:
      return unreachable(fragment);
  }
}

/** The text without the fragment; a missing one changes nothing. */
export function removeFragment(text: string, fragment: Fragment): Result<string, Fault> {
  switch (fragment.kind) {
    case "section":
    case "titled":
      return removeSection(text, fragment);
    case "pointer":
      return removeValue(text, fragment.steps);
    case "frontmatter": {
      const found = frontmatter(text);
      return ok(found ? text.slice(0, found.start) + text.slice(found.end) : text);
    }
    case "body":
      return ok(text.slice(0, bodyStart(text)));
    case "entry": {
      const found = new ParsedText(text).span(fragment);
      if (!found.ok) return found;
      return ok(found.value ? text.slice(0, found.value.start) + text.slice(found.value.end) : text);
    }
    default:
      return unreachable(fragment);
  }
}

/** Replaces what lies between the blank lines of a span, in the file's line endings. */
function splice(text: string, start: number, end: number, replacement: string): string {
  const ending = lineEndingOf(text);
  const old = core(text, start, end);
  const fresh = withLineEnding(bare(replacement), ending);
  const wasEmpty = old.start === old.end && fresh !== "";
  return text.slice(0, old.start) + fresh + (wasEmpty ? ending : "") + text.slice(old.end);
}

/** Agents hand in frontmatter with its fences as often as without. */
const unfenced = (replacement: string): string => {
  const fences = frontmatter(bare(replacement));
  const text = bare(replacement);
  return fences && fences.end === text.length ? text.slice(fences.contentStart, fences.contentEnd) : replacement;
};

function prepend(text: string, content: string): string {
  const ending = lineEndingOf(text);
  const at = text.startsWith("\uFEFF") ? 1 : 0;
  const body = text.slice(at);
  const gap = body === "" || /^[ \t]*[\r\n]/.test(body) ? "" : ending;
  const fenced = ["---", withLineEnding(bare(content), ending), "---", ""].join(ending);
  return text.slice(0, at) + fenced + gap + body;
}

/** The new text, if the fragment is now found in it and says what it was given. */
function verified(text: string, fragment: Fragment, replacement: string): Result<string, Fault> {
  const read = readFragment(text, fragment);
  if (!read.ok) return read;
  if (read.value === undefined || bare(read.value) !== bare(replacement)) {
    const name = `#${formatFragment(fragment)}`;
    return err(usageFault(`the text would not be read back as ${name}`, name, "close every fence, and keep its label"));
  }
  return ok(text);
}
