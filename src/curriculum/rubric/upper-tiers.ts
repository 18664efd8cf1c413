/** Checks of the sections that the Intermediate and the Master tier must have. */
import type { Heading } from "../unit/headings.ts";
import type { Tier } from "../unit/tiers.ts";
import type { Unit } from "../unit/unit.ts";
import { field, stringOf, textOf } from "../unit/yaml-node.ts";
import { domainOf, EVIDENCE_TERMS } from "./domains.ts";
import { lineOf, type Report } from "./report.ts";

const mentions = (headings: readonly Heading[], terms: readonly string[]): boolean =>
  headings.some((heading) => terms.some((term) => heading.title.includes(term)));

/** Requires a section; where it is missing, the finding stands at the tier's first heading. */
function requireSection(report: Report, unit: Unit, tier: Tier, name: string, present: boolean, mend: string): void {
  report.require(name, present, () => {
    const first = unit.headings.find((heading) => heading.tiers.includes(tier));
    const at = unit.bodyAt + (first?.at ?? 0);
    return { at, what: name.replace(" has ", " lacks "), text: first === undefined ? "" : lineOf(unit, at), mend };
  });
}

export function checkIntermediate(report: Report, unit: Unit): void {
  const { headings, body } = unit;
  const section = (name: string, present: boolean, mend: string) =>
    requireSection(report, unit, "intermediate", `Intermediate has ${name} section`, present, mend);
  section("formal definition", mentions(headings, ["formal definition"]), "add ## Formal definition [Intermediate+]");
  const terms = EVIDENCE_TERMS[domainOf(stringOf(field(unit.frontmatter, "id")))];
  section("domain evidence", mentions(headings, terms), `add a heading with one of: ${terms.join(", ")}`);
  const draft = textOf(field(unit.frontmatter, "status")) === "draft";
  const exercises =
    mentions(headings, ["exercise"]) ||
    body.includes('<aside class="exercise"') ||
    (draft && body.includes("<aside data-exercise"));
  section("exercises", exercises, "add ## Exercises [Intermediate+]");
  const lean = textOf(field(unit.frontmatter, "lean_status"));
  if (lean !== "full" && lean !== "partial") return;
  const mend = "add ## Lean formalization [Intermediate+], or set `lean_status: none`";
  section("lean formalization", mentions(headings, ["lean"]), mend);
}

/** In these domains the connections may stand under a heading of any tier. */
const CONNECTED_ANYWHERE: ReadonlySet<string> = new Set(["language", "world", "philosophy"]);
const META = ["connection", "historical", "philosophical", "bibliograph", "lean"];

export function checkMaster(report: Report, unit: Unit): void {
  const master = unit.headings.filter((heading) => heading.tiers.includes("master"));
  const section = (name: string, present: boolean, mend: string) =>
    requireSection(report, unit, "master", `Master has ${name} section`, present, mend);
  const anywhere = CONNECTED_ANYWHERE.has(domainOf(stringOf(field(unit.frontmatter, "id"))));
  const connected = mentions(anywhere ? unit.headings : master, ["connection"]);
  section("connections", connected, "add ## Connections [Master]");
  const historical = mentions(master, ["historical", "philosophical"]);
  section("historical/philosophical context", historical, "add ## Historical & philosophical context [Master]");
  section("bibliography", mentions(master, ["bibliograph"]), "add ## Bibliography [Master]");
  const substantive = master.some((heading) => !META.some((word) => heading.title.includes(word)));
  section("at least one substantive (non-meta)", substantive, "add ## Advanced results [Master]");
}
