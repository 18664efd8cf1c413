/**
 * A unit: `---`, YAML, `---`, and a Markdown body. Reading one never throws: a file that is not a unit gives the one
 * reason why, with its place, so that hostile bytes end as a finding.
 */
import { ok, type Result } from "../../result.ts";
import { codeFences, type Range } from "./excerpt.ts";
import { type Heading, headingsOf } from "./headings.ts";
import { LineTable, type Place } from "./line-table.ts";
import { readHead, type UnitHead, type Unreadable } from "./unit-head.ts";
import type { DuplicateKey, MappingNode } from "./yaml-node.ts";

export interface Unit {
  /** The whole file with its line ends made `\n`. */
  readonly text: string;
  readonly frontmatter: MappingNode;
  readonly duplicates: readonly DuplicateKey[];
  /** Offsets of the frontmatter's aliases in its text. */
  readonly aliases: readonly number[];
  /** Offset of the frontmatter's text in `text`: add it to a YAML node's `at`. */
  readonly frontmatterAt: number;
  readonly body: string;
  /** Offset of `body` in `text`. */
  readonly bodyAt: number;
  readonly headings: readonly Heading[];
  /** The code fences of the body, as the rubric sees them: from three backquotes to the next three. */
  readonly fences: readonly Range[];
  /** Whether the file has line ends other than `\n`. */
  readonly foreignLineEnds: boolean;
  /** Line and column of an offset in `text`. */
  place(offset: number): Place;
}

/** Reads a unit from the bytes of its file. */
export function parseUnit(bytes: Uint8Array): Result<Unit, Unreadable> {
  const head = readHead(bytes);
  return head.ok ? ok(unitOf(head.value, bytes)) : head;
}

/** The unit of a head that was read from these bytes. */
export function unitOf(head: UnitHead, bytes: Uint8Array): Unit {
  const body = head.bodyOf(bytes);
  // Only places and quotations in findings need the whole text, and most units have no findings.
  let text: string | undefined;
  let lines: LineTable | undefined;
  const whole = (): string => {
    text ??= head.text + body;
    return text;
  };
  return {
    get text() {
      return whole();
    },
    frontmatter: head.frontmatter,
    duplicates: head.duplicates,
    aliases: head.aliases,
    frontmatterAt: head.frontmatterAt,
    body,
    bodyAt: head.bodyAt,
    headings: headingsOf(body),
    fences: codeFences(body),
    foreignLineEnds: head.foreignLineEnds,
    place(offset) {
      lines ??= new LineTable(whole());
      return lines.place(offset);
    },
  };
}
