/**
 * References to artifacts: a file, or a fragment of one (`path#fragment`). A reference is text in configs, traces and
 * prompts, and this value everywhere else.
 *
 *   plans/x.md                      the file
 *   plans/x.md#§2.8                 the section numbered so
 *   plans/x.md#Sources              the section whose title is that text; #title(…) where the text could be misread
 *   plans/x.md#entry(03.12.11)      the heading-section, list item or table row labelled so
 *   plans/x.md#§3/entry(03.12.11)   the same, looked for in §3 only
 *   content/x.md#frontmatter        the YAML between the fences; #body: all that follows them
 *   manifests/x.json#/a/b[id=c]     a JSON pointer (pointer.ts)
 *
 * In the path part `#` is written %23, and a `%` that would be read as such an escape is written %25.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result, unreachable } from "../result.ts";
import { parsePath } from "./path.ts";
import { formatPointer, type PointerStep, parsePointer, pointersOverlap } from "./pointer.ts";
import type { RepoPath } from "./workspace.ts";

export type { PointerStep } from "./pointer.ts";

export type Fragment =
  | { readonly kind: "section"; readonly number: string }
  | { readonly kind: "titled"; readonly title: string }
  | { readonly kind: "frontmatter" }
  | { readonly kind: "body" }
  | { readonly kind: "pointer"; readonly steps: readonly PointerStep[] }
  /** `within`: the number of the section to look in; the whole body where absent. */
  | { readonly kind: "entry"; readonly label: string; readonly within?: string };

export interface Ref {
  readonly path: RepoPath;
  readonly fragment?: Fragment;
}

const NUMBER = /^§(\d+(?:\.\d+)*)\.?$/;
const ENTRY = /^(?:§(\d+(?:\.\d+)*)\/)?entry\((.*)\)$/s;
const TITLE = /^title\((.*)\)$/s;

/** Reads a reference as a person or an agent writes it. */
export function parseRef(text: string): Result<Ref, Fault> {
  const hash = text.indexOf("#");
  const path = parsePath(
    (hash < 0 ? text : text.slice(0, hash)).replace(/%(23|25)/g, (_, hex) => (hex === "23" ? "#" : "%")),
  );
  if (!path.ok) return path;
  if (hash < 0) return ok({ path: path.value });
  const fragment = parseFragment(text.slice(hash + 1));
  return fragment.ok ? ok({ path: path.value, fragment: fragment.value }) : fragment;
}

/** Reads what follows the `#`. */
export function parseFragment(text: string): Result<Fragment, Fault> {
  if (/[\r\n]/.test(text)) return err(fragmentFault("a fragment is one line", text));
  if (text.startsWith("/")) {
    const steps = parsePointer(text);
    return steps.ok ? ok({ kind: "pointer", steps: steps.value }) : steps;
  }
  if (text === "frontmatter" || text === "body") return ok({ kind: text });
  const number = NUMBER.exec(text)?.[1];
  if (number !== undefined) return ok({ kind: "section", number });
  const entry = ENTRY.exec(text);
  if (entry) {
    const label = (entry[2] ?? "").trim();
    if (label === "") return err(fragmentFault("an entry has a label", text));
    return ok({ kind: "entry", label, ...(entry[1] === undefined ? {} : { within: entry[1] }) });
  }
  const title = (TITLE.exec(text)?.[1] ?? text).trim();
  if (title === "") return err(fragmentFault("a fragment is not empty", text));
  return ok({ kind: "titled", title });
}

const fragmentFault = (what: string, text: string): Fault =>
  usageFault(
    what,
    JSON.stringify(`#${text}`),
    "write it like #§2.8, #Sources, #entry(03.12.11), #frontmatter, #body or #/key",
  );

/** Writes a reference so that `parseRef` reads the same one again. */
export function formatRef(ref: Ref): string {
  const path = ref.path.replace(/%(?=23|25)|#/g, (character) => (character === "#" ? "%23" : "%25"));
  return ref.fragment === undefined ? path : `${path}#${formatFragment(ref.fragment)}`;
}

/** Writes a fragment without its `#`. */
export function formatFragment(fragment: Fragment): string {
  switch (fragment.kind) {
    case "section":
      return `§${fragment.number}`;
    case "titled":
      return meansItself(fragment.title) ? fragment.title : `title(${fragment.title})`;
    case "frontmatter":
    case "body":
      return fragment.kind;
    case "pointer":
      return formatPointer(fragment.steps);
    case "entry":
      return `${fragment.within === undefined ? "" : `§${fragment.within}/`}entry(${fragment.label})`;
    default:
      return unreachable(fragment);
  }
}

/** Whether a title, written bare, is read as that title and nothing else. */
function meansItself(title: string): boolean {
  const read = parseFragment(title);
  return read.ok && read.value.kind === "titled" && read.value.title === title;
}

/**
 * Whether two references may share bytes. It sees only their text, never the file, so it errs on the side of yes:
 * "no" is said only where the shapes of the references keep them apart.
 *
 * - different paths: no; a whole file: yes with all of its fragments
 * - sections: yes where one number leads the other (§2 and §2.8) and where the numbers are of two schemes, since
 *   a plan's §3 may hold `03.09.11` (zero-padded) and nothing in the numbers tells; otherwise no
 * - titles: yes only where equal, and entries likewise: catalogs hold thousands that lie side by side
 * - an entry within a section: as that section against sections
 * - a title or a free entry against a section, or against each other: yes
 * - body: yes with all but the frontmatter; frontmatter: no with all other parts of a Markdown file
 * - pointers: see `pointersOverlap`; a pointer against a Markdown fragment: yes (one of them will turn out wrong)
 */
export function overlaps(a: Ref, b: Ref): boolean {
  if (a.path !== b.path) return false;
  if (a.fragment === undefined || b.fragment === undefined) return true;
  return fragmentsOverlap(a.fragment, b.fragment);
}

function fragmentsOverlap(a: Fragment, b: Fragment): boolean {
  if (a.kind === "pointer" && b.kind === "pointer") return pointersOverlap(a.steps, b.steps);
  if (a.kind === "pointer" || b.kind === "pointer") return true;
  if (a.kind === "frontmatter" || b.kind === "frontmatter") return a.kind === b.kind;
  if (a.kind === "body" || b.kind === "body") return true;
  if (a.kind === "titled" && b.kind === "titled") return a.title === b.title;
  if (a.kind === "entry" && b.kind === "entry" && a.label !== b.label) return false;
  const mine = sectionOf(a);
  const theirs = sectionOf(b);
  return mine === undefined || theirs === undefined || numbersOverlap(mine, theirs);
}

/** The number of the section that a fragment is, or surely lies in. */
const sectionOf = (fragment: Fragment): string | undefined =>
  fragment.kind === "section" ? fragment.number : fragment.kind === "entry" ? fragment.within : undefined;

function numbersOverlap(a: string, b: string): boolean {
  if (isPadded(a) !== isPadded(b)) return true;
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

/** Whether a number is of the zero-padded scheme of unit ids. */
export const isPadded = (number: string): boolean => /(?:^|\.)0\d/.test(number);
