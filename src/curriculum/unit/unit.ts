/**
 * A unit: `---`, YAML, `---`, and a Markdown body. Reading one never throws: a file that is not a unit gives the one
 * reason why, with its place, so that hostile bytes end as a finding.
 */
import { ok, type Result } from "../../result.ts";
import { codeFences, type Range } from "./excerpt.ts";
import { type Heading, headingsOf } from "./headings.ts";
import { LineTable, type Place } from "./line-table.ts";
import { normalised, readHead, type UnitHead, type Unreadable } from "./unit-head.ts";
import { decode, type Utf8, utf8OfBytes } from "./utf8.ts";

/** All offsets are byte offsets, in the file with its line ends made `\n` or in its body. */
export interface Unit extends UnitHead {
  readonly body: Utf8;
  readonly headings: readonly Heading[];
  /** The code fences of the body, as the rubric sees them: from three backquotes to the next three. */
  readonly fences: readonly Range[];
  /** The offset in the file of an offset in the frontmatter's text, such as a node's `at`. */
  yamlAt(at: number): number;
  /** Line and column of an offset in the file. */
  place(offset: number): Place;
  /** The text of the line at an offset in the file. */
  line(offset: number): string;
}

/** Reads a unit from the bytes of its file. */
export function parseUnit(bytes: Uint8Array): Result<Unit, Unreadable> {
  const head = readHead(bytes);
  return head.ok ? ok(unitOf(head.value, bytes)) : head;
}

function unitOf(head: UnitHead, bytes: Uint8Array): Unit {
  // Not cut from the whole: V8 reads the characters of a cut string at half the speed.
  const body = head.foreignLineEnds
    ? utf8OfBytes(Buffer.from(normalised(bytes).slice(head.bodyAt), "latin1"))
    : utf8OfBytes(bytes.subarray(head.bodyAt));
  // Only findings have places and quotations, and most units have none.
  let whole: Utf8 | undefined;
  let lines: LineTable | undefined;
  const text = (): Utf8 => {
    whole ??= normalised(bytes);
    return whole;
  };
  return {
    ...head,
    body,
    headings: headingsOf(body),
    fences: codeFences(body),
    yamlAt: (at) => head.frontmatterAt + Buffer.byteLength(head.yaml.slice(0, at)),
    place(offset) {
      lines ??= new LineTable(text());
      return lines.place(offset);
    },
    line(offset) {
      const start = text().lastIndexOf("\n", offset - 1) + 1;
      const end = text().indexOf("\n", offset);
      return decode(text().slice(start, end === -1 ? undefined : end));
    },
  };
}
