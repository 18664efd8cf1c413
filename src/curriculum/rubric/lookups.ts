/** Checks of what a unit points at in the workspace: its concept, its prerequisites and its hooks. */
import { codePoints, strip } from "../unit/characters.ts";
import type { Unit } from "../unit/unit.ts";
import { field, isTruthy, type MappingNode, stringOf, textOf, type YamlNode } from "../unit/yaml-node.ts";
import { keyAt, lineOf, nodeAt, type Report } from "./report.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

export function checkConcept(report: Report, unit: Unit, facts: WorkspaceFacts): void {
  const id = textOf(field(unit.frontmatter, "concept_catalog_id")) ?? "";
  const at = keyAt(unit, "concept_catalog_id");
  const name = "concept_catalog_id exists in docs/catalogs/CONCEPT_CATALOG.md";
  report.require(name, id !== "" && facts.inCatalog(id), () => ({
    at,
    what: id === "" ? "the unit names no concept" : `the catalog does not contain ${id}`,
    text: unit.frontmatter.entries.has("concept_catalog_id") ? lineOf(unit, at) : "",
    mend: "correct `concept_catalog_id`, or propose a catalog entry with the unit",
  }));
}

/** The items of a list-like value as the campaign's validator walks it: null and empty values have none. */
function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  if (node === undefined || !isTruthy(node)) return [];
  return node.kind === "sequence" ? node.items : [node];
}

export function checkPrerequisites(report: Report, unit: Unit, facts: WorkspaceFacts): void {
  const node = field(unit.frontmatter, "prerequisites");
  const pending = isTruthy(field(unit.frontmatter, "pending_prereqs"));
  const lenient = pending || textOf(field(unit.frontmatter, "status")) === "draft";
  const isList = node?.kind === "sequence";
  const resolves = (id: string): boolean =>
    facts.unitStatuses(id).includes("shipped") ||
    (lenient && facts.contentStatuses(id).length > 0) ||
    (pending && facts.isPending(id));
  report.check(
    "all prerequisites resolve OR are pending-registered",
    itemsOf(node).filter((item) => !isList || !resolves(stringOf(item))),
    (item) => {
      const id = stringOf(item);
      return {
        at: nodeAt(unit, item),
        what: isList ? `no shipped unit has the id ${id}` : "`prerequisites` is not a list",
        text: lineOf(unit, nodeAt(unit, item)),
        mend: pending
          ? `ship ${id} first, register it in manifests/deps.json as pending, or take it out`
          : `ship ${id} first, take it out, or set \`pending_prereqs: true\` and register it in manifests/deps.json as pending`,
      };
    },
  );
}

const UNIT_ID = /^\d{2}\.\d{2}\.\d{2}$/;
const ESSAY_ID = /^\d{2}\.essays\.\d{2}$/;
const MIN_WHY = 30;

export function checkHooks(report: Report, unit: Unit, facts: WorkspaceFacts): void {
  const hooks = itemsOf(field(unit.frontmatter, "hooks_out"));
  const name = hooks.length === 0 ? "hooks_out absent or empty is valid" : "hooks_out entries are well-formed";
  const found = hooks.flatMap((hook) =>
    hook.kind === "mapping" ? hookFaults(hook, facts) : [{ node: hook, what: "the hook is not a mapping" }],
  );
  report.check(name, found, ({ node, what }) => {
    const at = nodeAt(unit, node);
    return {
      at,
      what,
      text: lineOf(unit, at),
      mend: `give the hook a \`target\` (NN.NN.NN or NN.essays.NN), a \`kind\` (proposed or confirmed) and a \`why\` of at least ${MIN_WHY} characters`,
    };
  });
}

interface HookFault {
  readonly node: YamlNode;
  readonly what: string;
}

function hookFaults(hook: MappingNode, facts: WorkspaceFacts): readonly HookFault[] {
  const found: HookFault[] = [];
  const fail = (key: string, what: string): void => {
    found.push({ node: field(hook, key) ?? hook, what });
  };
  const target = stringOf(field(hook, "target"));
  if (!UNIT_ID.test(target) && !ESSAY_ID.test(target)) fail("target", "the hook's target is not an id");
  const kind = textOf(field(hook, "kind"));
  if (kind !== "proposed" && kind !== "confirmed") fail("kind", "the hook's kind is neither proposed nor confirmed");
  if (codePoints(strip(stringOf(field(hook, "why")))) < MIN_WHY) {
    fail("why", `the hook's \`why\` has fewer than ${MIN_WHY} characters`);
  }
  if (kind !== "confirmed") return found;
  if (!isTruthy(field(hook, "confirmed_by"))) fail("kind", "the confirmed hook has no `confirmed_by`");
  const statuses = facts.contentStatuses(target);
  const confirmed = statuses.includes("shipped") || (ESSAY_ID.test(target) && statuses.length > 0);
  if (!confirmed) fail("target", `the confirmed hook's target ${target} is not shipped`);
  return found;
}
