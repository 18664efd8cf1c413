/** Checks of what a unit says it is: its required fields, its file name and its tiers. */
import type { RepoPath } from "../../artifact/workspace.ts";
import type { Heading } from "../unit/headings.ts";
import { isTier, TIERS, type Tier } from "../unit/tiers.ts";
import type { Unit } from "../unit/unit.ts";
import { field, stringOf } from "../unit/yaml-node.ts";
import { keyAt, lineOf, nodeAt, type Report } from "./report.ts";

const REQUIRED = [
  "id",
  "title",
  "slug",
  "section",
  "chapter",
  "concept_catalog_id",
  "prerequisites",
  "tier_anchors",
  "tiers_present",
  "references",
  "lean_status",
  "estimated_time",
  "status",
] as const;

export function checkRequiredFields(report: Report, unit: Unit): void {
  report.check(
    "frontmatter: all required fields present",
    REQUIRED.filter((key) => !unit.frontmatter.entries.has(key)),
    (key) => ({
      at: unit.frontmatterAt,
      what: `the frontmatter has no \`${key}\``,
      text: "",
      mend: `add \`${key}:\` to the frontmatter`,
    }),
  );
}

export function checkFileName(report: Report, unit: Unit, path: RepoPath): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const prefix = `${stringOf(field(unit.frontmatter, "id"))}-`;
  const at = keyAt(unit, "id");
  report.require("filename matches id-slug pattern", name.startsWith(prefix) && name.endsWith(".md"), () => ({
    at,
    what: `the file is named ${name}, which does not start with ${prefix} and end with .md`,
    text: lineOf(unit, at),
    mend: `rename the file to ${prefix}<slug>.md, or correct \`id\``,
  }));
}

/** The entries of `tiers_present`, known tiers or not, each once; text that is no list is one entry that is no tier. */
export function presentTiers(unit: Unit): readonly string[] {
  const node = field(unit.frontmatter, "tiers_present");
  if (node === undefined) return [];
  switch (node.kind) {
    case "sequence":
      return [...new Set(node.items.map((item) => stringOf(item)))];
    case "mapping":
      return [...node.entries.keys()];
    case "scalar":
      return typeof node.value === "string" && node.value !== "" ? [`(not a list) ${node.value}`] : [];
  }
}

export function checkTiers(report: Report, unit: Unit): void {
  const name = "tiers_present is non-empty subset of {beginner, intermediate, master}";
  const node = field(unit.frontmatter, "tiers_present");
  const mend = `list one or more of ${TIERS.join(", ")}`;
  if (node?.kind === "sequence" && node.items.length > 0) {
    const strange = node.items.filter((item) => item.kind !== "scalar" || !isTier(item.value));
    const what = "`tiers_present` has an entry that is no tier";
    report.check(name, strange, (item) => ({ at: nodeAt(unit, item), what, text: stringOf(item), mend }));
    return;
  }
  const at = keyAt(unit, "tiers_present");
  const text = node === undefined ? "" : lineOf(unit, at);
  report.require(name, false, () => ({ at, what: "`tiers_present` is not a list with an entry", text, mend }));
}

export function checkMarkers(report: Report, unit: Unit): void {
  const present = presentTiers(unit);
  const seen = new Set<string>(unit.headings.flatMap((heading) => heading.tiers));
  const at = keyAt(unit, "tiers_present");
  report.check(
    "tiers_present have corresponding section markers",
    present.filter((tier) => !seen.has(tier)),
    (tier) => ({
      at,
      what: `no heading is marked for the tier ${tier}`,
      text: lineOf(unit, at),
      mend: isTier(tier)
        ? `end a heading with [${capital(tier)}], or take ${tier} out of \`tiers_present\``
        : `use ${TIERS.join(", ")}`,
    }),
  );
  const strays = (heading: Heading): readonly Tier[] => heading.tiers.filter((tier) => !present.includes(tier));
  report.check(
    "no content for tiers outside tiers_present",
    unit.headings.filter((heading) => strays(heading).length > 0),
    (heading) => ({
      at: unit.bodyAt + heading.at,
      what: `the heading is for ${strays(heading).join(" and ")}, which \`tiers_present\` does not list`,
      text: lineOf(unit, unit.bodyAt + heading.at),
      mend: "change the heading's marker, delete the section, or add the tier to `tiers_present`",
    }),
  );
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
