/** Whether P1's audit (plan §1) is complete. */
import { type Defect, defect } from "../../exec/action.ts";
import { type Block, blocks } from "./blocks.ts";
import { atLine, missingSections } from "./judging.ts";

const AUDIT_SECTIONS = {
  "1.1": "Table of contents",
  "1.2": "Theorem inventory",
  "1.3": "Exercise inventory",
  "1.4": "Worked-example inventory",
  "1.5": "Notation conventions",
  "1.6": "Sequencing",
  "1.7": "Author's perspective",
};

const FEWEST_SOURCES = 3;

/** P1: 1.1–1.7 are there and say something, and at least three listed sources are cited in the text. */
export function auditComplete(text: string): readonly Defect[] {
  const defects = [...missingSections(text, AUDIT_SECTIONS)];
  const all = blocks(text);
  const at = all.findIndex((block) => block.kind === "heading" && /^sources/i.test(block.heading.title));
  const heading = all[at];
  if (heading?.kind !== "heading") {
    return [
      ...defects,
      defect("there is no list of sources", "Sources", 'add the heading "### Sources" and a numbered list'),
    ];
  }
  const isSource = (block: Block): boolean => block.start >= heading.start && block.start < heading.heading.end;
  const listed = all.flatMap((block) =>
    isSource(block) && block.kind === "item" && block.ordinal !== undefined ? [block.ordinal] : [],
  );
  if (listed.length < FEWEST_SOURCES) {
    defects.push(
      defect(
        `${listed.length} sources are listed, at least ${FEWEST_SOURCES} are needed`,
        atLine("Sources", heading.line),
        "number every source that the audit rests on, one list item each",
      ),
    );
  }
  const outside = text.slice(0, heading.start) + text.slice(heading.heading.end);
  const cited = citations(outside);
  const known = new Set(listed);
  for (const number of [...cited].filter((each) => !known.has(each))) {
    defects.push(defect(`[${number}] is cited and not listed`, `[${number}]`, "list the source or correct the number"));
  }
  const used = listed.filter((number) => cited.has(number));
  if (listed.length >= FEWEST_SOURCES && used.length < FEWEST_SOURCES) {
    defects.push(
      defect(
        `${used.length} of the listed sources are cited in 1.1–1.7, at least ${FEWEST_SOURCES} must be`,
        atLine("Sources", heading.line),
        "put [n] where the text rests on source n",
      ),
    );
  }
  return defects;
}

// `[3]`, `[1, 2]`, `[1–3]`; not the text of a link.
const CITATION = /\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\](?![(\]])/g;

/** The numbers that a text cites, outside code and mathematics. */
function citations(text: string): ReadonlySet<number> {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`|\$\$[\s\S]*?\$\$|\$[^$\n]*\$/g, " ");
  const cited = new Set<number>();
  for (const [, list = ""] of prose.matchAll(CITATION)) {
    for (const piece of list.split(",")) {
      const [first = 0, last = first] = (piece.match(/\d+/g) ?? []).map(Number);
      for (let number = first; number <= Math.max(first, last); number += 1) cited.add(number);
    }
  }
  return cited;
}
