/** Checks of a unit's sources: the references that it declares and the citations in its body. */
import { WORD } from "../unit/characters.ts";
import type { Unit } from "../unit/unit.ts";
import { decode, skipSpace } from "../unit/utf8.ts";
import { field, isTruthy, type MappingNode, stringOf, textOf, type YamlNode } from "../unit/yaml-node.ts";
import { type Defect, keyAt, lineOf, nodeAt, quote, type Report } from "./report.ts";
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
  const at = keyAt(unit, "references");
  report.require("≥1 references entry", references.length > 0, () => ({
    at,
    what: "the unit has no references",
    text: "",
    mend: "add at least one reference with `source`, `path` and `locator`",
  }));
  if (references.length === 0) return;
  report.check(
    "every references[] entry resolves OR is pending+pointer",
    references.filter((node) => !resolves(unit, node, facts)),
    (node) => unresolved(unit, node),
  );
  const settled = references.some((node) => {
    const reference = asReference(unit, node);
    return reference !== undefined && !isTruthy(field(reference, "pending"));
  });
  report.require("at least one non-pending reference exists", settled, () => ({
    at,
    what: "all references are pending",
    text: lineOf(unit, at),
    mend: "add a reference that is at hand",
  }));
}

/** Where a reference's file may be, under `reference/`. */
function candidates(reference: MappingNode): readonly string[] {
  const source = stringOf(field(reference, "source"));
  const path = stringOf(field(reference, "path"));
  return path === ""
    ? []
    : [`reference/${source}/${path}`, `reference/${path}`, `reference/${path.replaceAll("md/", "")}`];
}

function resolves(unit: Unit, node: YamlNode, facts: WorkspaceFacts): boolean {
  const reference = asReference(unit, node);
  if (reference === undefined) return false;
  if (isTruthy(field(reference, "pending"))) return isTruthy(field(reference, "pointer"));
  if (textOf(field(reference, "source")) === TODO) return true;
  return isTruthy(field(reference, "path")) && candidates(reference).some((path) => facts.exists(path));
}

function unresolved(unit: Unit, node: YamlNode): Defect {
  const at = nodeAt(unit, node);
  const text = lineOf(unit, at);
  const reference = asReference(unit, node);
  if (reference === undefined) {
    return { at, what: "the reference is not a mapping", text, mend: "give it `source`, `path` and `locator`" };
  }
  if (isTruthy(field(reference, "pending"))) {
    return {
      at,
      what: "the pending reference has no pointer",
      text,
      mend: "add `pointer`: where the source can be had",
    };
  }
  const [first, second] = candidates(reference);
  return {
    at,
    what: first === undefined ? "the reference has no path" : `there is no ${first} and no ${second}`,
    text,
    mend: `correct \`path\`, set \`source: ${TODO}\`, or set \`pending: true\` and a \`pointer\``,
  };
}

const OPEN = "[ref:";
const SOURCE = new RegExp(`^(?:${WORD}|-)+`, "u");
/** No source has a longer name; one that is cut off here is declared by nobody. */
const MAX_SOURCE = 400;

export function checkCitations(report: Report, unit: Unit): void {
  const declared = new Set<string>([TODO]);
  for (const node of referencesOf(unit)) {
    const reference = asReference(unit, node);
    const source = reference === undefined ? undefined : textOf(field(reference, "source"));
    if (source !== undefined) declared.add(source);
  }
  const orphans: { readonly at: number; readonly source: string }[] = [];
  const { body } = unit;
  for (let at = body.indexOf(OPEN); at !== -1; at = body.indexOf(OPEN, at + 1)) {
    const space = skipSpace(body, at + OPEN.length, body.length);
    if (space === at + OPEN.length) continue;
    const source = SOURCE.exec(decode(body.slice(space, space + MAX_SOURCE)))?.[0];
    if (source !== undefined && !declared.has(source)) orphans.push({ at, source });
  }
  report.check("every [ref: …] uses a declared source", orphans, ({ at, source }) => ({
    at: unit.bodyAt + at,
    what: `no reference has the source ${source}`,
    text: quote(unit, { from: at, to: at + 80 }).split("\n", 1)[0] ?? "",
    mend: `cite one of ${[...declared].join(", ")}, or declare ${source} under \`references\``,
  }));
}
