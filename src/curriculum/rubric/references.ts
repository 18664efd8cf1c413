/** Checks of a unit's sources: the references that it declares and the citations in its body. */
import { skipSpace, WORD } from "../unit/characters.ts";
import type { Unit } from "../unit/unit.ts";
import { field, isTruthy, type MappingNode, stringOf, textOf, type YamlNode } from "../unit/yaml-node.ts";
import { type Defect, keyAt, lineOf, nodeAt, type Report } from "./report.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

/** The source of a book that is not in the archive yet; it stands for pending without saying so. */
const TODO = "TODO_REF";

function referencesOf(unit: Unit): readonly YamlNode[] {
  const node = field(unit.frontmatter, "references");
  if (node === undefined || !isTruthy(node)) return [];
  return node.kind === "sequence" ? node.items : [node];
}

/** What is not a list of mappings is one entry that is not a mapping. */
const asReference = (unit: Unit, node: YamlNode): MappingNode | undefined =>
  node.kind === "mapping" && node !== field(unit.frontmatter, "references") ? node : undefined;

export function checkReferences(report: Report, unit: Unit, facts: WorkspaceFacts): void {
  const references = referencesOf(unit);
  if (references.length === 0) {
    const at = keyAt(unit, "references");
    const mend = "add at least one reference with `source`, `path` and `locator`";
    report.check("≥1 references entry", [{ at, what: "the unit has no references", text: "", mend }]);
    return;
  }
  report.check("≥1 references entry", []);
  report.check(
    "every references[] entry resolves OR is pending+pointer",
    references.flatMap((node) => referenceDefect(unit, node, facts) ?? []),
  );
  const settled = references.some((node) => {
    const reference = asReference(unit, node);
    return reference !== undefined && !isTruthy(field(reference, "pending"));
  });
  const at = keyAt(unit, "references");
  report.check(
    "at least one non-pending reference exists",
    settled
      ? []
      : [{ at, what: "all references are pending", text: lineOf(unit, at), mend: "add a reference that is at hand" }],
  );
}

function referenceDefect(unit: Unit, node: YamlNode, facts: WorkspaceFacts): Defect | undefined {
  const at = nodeAt(unit, node);
  const text = lineOf(unit, at);
  const reference = asReference(unit, node);
  if (reference === undefined) {
    return { at, what: "the reference is not a mapping", text, mend: "give it `source`, `path` and `locator`" };
  }
  if (isTruthy(field(reference, "pending"))) {
    if (isTruthy(field(reference, "pointer"))) return undefined;
    const mend = "add `pointer`: where the source can be had";
    return { at, what: "the pending reference has no pointer", text, mend };
  }
  const source = stringOf(field(reference, "source"));
  if (source === TODO) return undefined;
  const path = stringOf(field(reference, "path"));
  const candidates = [`reference/${source}/${path}`, `reference/${path}`, `reference/${path.replaceAll("md/", "")}`];
  if (isTruthy(field(reference, "path")) && candidates.some((candidate) => facts.exists(candidate))) return undefined;
  return {
    at,
    what: path === "" ? "the reference has no path" : `there is no ${candidates[0]} and no ${candidates[1]}`,
    text,
    mend: `correct \`path\`, set \`source: ${TODO}\`, or set \`pending: true\` and a \`pointer\``,
  };
}

const CITATION = new RegExp(`(${WORD}|-)+`, "uy");

export function checkCitations(report: Report, unit: Unit): void {
  const declared = new Set<string>([TODO]);
  for (const node of referencesOf(unit)) {
    const reference = asReference(unit, node);
    const source = reference === undefined ? undefined : textOf(field(reference, "source"));
    if (source !== undefined) declared.add(source);
  }
  const defects: Defect[] = [];
  const { body } = unit;
  const OPEN = "[ref:";
  for (let at = body.indexOf(OPEN); at !== -1; at = body.indexOf(OPEN, at + 1)) {
    const space = skipSpace(body, at + OPEN.length, body.length);
    if (space === at + OPEN.length) continue;
    CITATION.lastIndex = space;
    const source = CITATION.exec(body)?.[0];
    if (source === undefined || declared.has(source)) continue;
    defects.push({
      at: unit.bodyAt + at,
      what: `no reference has the source ${source}`,
      text: body.slice(at, at + 80).split("\n", 1)[0] ?? "",
      mend: `cite one of ${[...declared].join(", ")}, or declare ${source} under \`references\``,
    });
  }
  report.check("every [ref: …] uses a declared source", defects);
}
