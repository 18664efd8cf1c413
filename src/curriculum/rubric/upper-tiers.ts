/** Checks of the sections that the Intermediate and the Master tier must have. */
import type { Heading } from "../unit/headings.ts";
import type { Tier } from "../unit/tiers.ts";
import type { Unit } from "../unit/unit.ts";
import { field, stringOf, textOf } from "../unit/yaml-node.ts";
import { domainOf, EVIDENCE_TERMS } from "./domains.ts";
import { type Defect, lineOf, type Report } from "./report.ts";

const mentions = (headings: readonly Heading[], terms: readonly string[]): boolean =>
  headings.some((heading) => terms.some((term) => heading.title.includes(term)));

/** A defect at the tier's first heading, where the missing section would belong. */
function missing(unit: Unit, tier: Tier, what: string, mend: string): readonly Defect[] {
  const first = unit.headings.find((heading) => heading.tiers.includes(tier));
  const at = unit.bodyAt + (first?.at ?? 0);
  return [{ at, what, text: first === undefined ? "" : lineOf(unit, at), mend }];
}

export function checkIntermediate(report: Report, unit: Unit): void {
  const { headings, body } = unit;
  const lack = (what: string, mend: string) => missing(unit, "intermediate", what, mend);
  report.check(
    "Intermediate has formal definition section",
    mentions(headings, ["formal definition"])
      ? []
      : lack("no heading contains “formal definition”", "add ## Formal definition [Intermediate+]"),
  );
  const terms = EVIDENCE_TERMS[domainOf(stringOf(field(unit.frontmatter, "id")))];
  report.check(
    "Intermediate has domain evidence section",
    mentions(headings, terms)
      ? []
      : lack("no heading names the evidence of the unit's domain", `add a heading with one of: ${terms.join(", ")}`),
  );
  const draft = textOf(field(unit.frontmatter, "status")) === "draft";
  const exercises =
    mentions(headings, ["exercise"]) ||
    body.includes('<aside class="exercise"') ||
    (draft && body.includes("<aside data-exercise"));
  report.check(
    "Intermediate has exercises section",
    exercises ? [] : lack("the unit has no exercises", "add ## Exercises [Intermediate+]"),
  );
  const lean = textOf(field(unit.frontmatter, "lean_status"));
  if (lean !== "full" && lean !== "partial") return;
  report.check(
    "Intermediate has lean formalization section",
    mentions(headings, ["lean"])
      ? []
      : lack("no heading mentions Lean", "add ## Lean formalization [Intermediate+], or set `lean_status: none`"),
  );
}

/** In these domains the connections may stand under a heading of any tier. */
const CONNECTED_ANYWHERE: ReadonlySet<string> = new Set(["language", "world", "philosophy"]);
const META = ["connection", "historical", "philosophical", "bibliograph", "lean"];

export function checkMaster(report: Report, unit: Unit): void {
  const master = unit.headings.filter((heading) => heading.tiers.includes("master"));
  const lack = (what: string, mend: string) => missing(unit, "master", what, mend);
  const anywhere = CONNECTED_ANYWHERE.has(domainOf(stringOf(field(unit.frontmatter, "id"))));
  report.check(
    "Master has connections section",
    mentions(anywhere ? unit.headings : master, ["connection"])
      ? []
      : lack("no Master heading mentions connections", "add ## Connections [Master]"),
  );
  report.check(
    "Master has historical/philosophical context section",
    mentions(master, ["historical", "philosophical"])
      ? []
      : lack("no Master heading mentions history or philosophy", "add ## Historical & philosophical context [Master]"),
  );
  report.check(
    "Master has bibliography section",
    mentions(master, ["bibliograph"])
      ? []
      : lack("no Master heading mentions a bibliography", "add ## Bibliography [Master]"),
  );
  const substantive = master.some((heading) => !META.some((word) => heading.title.includes(word)));
  report.check(
    "Master has at least one substantive (non-meta) section",
    substantive
      ? []
      : lack("all Master sections are about the unit, none about its subject", "add ## Advanced results [Master]"),
  );
}
