/** The level-2 and level-3 sections of a plan and what each is read as, in either form of plan. */
import type { Heading } from "../../artifact/markdown.ts";
import type { Block } from "./blocks.ts";
import type { SectionBlocks } from "./draft.ts";
import { LAYERS, layerOf, layerSection } from "./layer.ts";
import type { PlanForm, PlanSection, SectionRole } from "./plan.ts";

export interface Outline {
  readonly form: PlanForm;
  /** The level-1 heading. */
  readonly title: string | undefined;
  readonly sections: readonly SectionBlocks[];
}

/** Cuts a plan's blocks into its sections. What stands before the first level-2 heading is in none. */
export function outline(blocks: readonly Block[]): Outline {
  const sections: { section: PlanSection; blocks: Block[] }[] = [];
  let title: string | undefined;
  let top: { number: string | undefined; title: string; role: SectionRole } | undefined;
  for (const block of blocks) {
    const heading = block.kind === "heading" ? block.heading : undefined;
    if (heading?.level === 1) {
      title ??= heading.title;
    } else if (heading?.level === 2) {
      const role = roleOfTop(heading.title);
      top = { number: heading.number, title: heading.title, role };
      sections.push({ section: sectionOf(heading, role), blocks: [] });
    } else if (heading?.level === 3) {
      sections.push({ section: sectionOf(heading, roleOf(heading, top)), blocks: [] });
    } else {
      sections.at(-1)?.blocks.push(block);
    }
  }
  const light = sections.some(({ section }) => section.level === 2 && section.role.kind === "punch-list");
  return { form: light ? "light" : "full", title, sections };
}

const sectionOf = ({ level, number, title, line, start, end }: Heading, role: SectionRole): PlanSection => ({
  level,
  number,
  title,
  role,
  line,
  start,
  end,
});

const OTHER: SectionRole = { kind: "other" };

/** Level-2 sections hold data themselves only in the lighter form. */
function roleOfTop(title: string): SectionRole {
  if (/punch[ -]list/i.test(title)) return { kind: "punch-list" };
  if (/^coverage table/i.test(title)) return { kind: "coverage", layer: "topics" };
  if (/^implementation sketch/i.test(title)) return { kind: "sketch" };
  return OTHER;
}

type Top = { readonly number: string | undefined; readonly title: string; readonly role: SectionRole };

/** What a level-3 section is read as: its title decides, and its number where the title says nothing known. */
function roleOf(heading: Heading, top: Top | undefined): SectionRole {
  if (!top) return OTHER;
  const { title } = heading;
  // In the lighter form the level-3 headings only group what the level-2 section holds.
  if (top.role.kind === "coverage") return /aggregate/i.test(title) ? { kind: "scorecard" } : top.role;
  if (top.role.kind !== "other") return top.role;
  switch (top.number) {
    case "1":
      return auditRole(title);
    case "2":
      return gapRole(title, heading.number);
    case "3":
      return productionRole(title, heading.number);
    case "4":
      return verificationRole(title, heading.number);
    default:
      return OTHER;
  }
}

function auditRole(title: string): SectionRole {
  if (/^theorem.*inventory/i.test(title)) return { kind: "inventory", of: "theorems" };
  if (/^exercise inventory/i.test(title)) return { kind: "inventory", of: "exercises" };
  if (/^worked[ -]example/i.test(title)) return { kind: "inventory", of: "examples" };
  return OTHER;
}

function gapRole(title: string, number: string | undefined): SectionRole {
  if (/scorecard/i.test(title) || number === "2.8") return { kind: "scorecard" };
  const layer = layerOf(title) ?? LAYERS.find((candidate) => layerSection(candidate) === number);
  return layer ? { kind: "coverage", layer } : OTHER;
}

function productionRole(title: string, number: string | undefined): SectionRole {
  if (/^new units/i.test(title) || number === "3.1") return { kind: "new-units" };
  if (/deepen/i.test(title) || number === "3.2") return { kind: "deepenings" };
  if (/^exercise packs/i.test(title) || number === "3.3") return { kind: "exercise-packs" };
  if (/\bDAG edges/i.test(title) || number === "3.5") return { kind: "edges" };
  if (/^agent decomposition/i.test(title) || number === "3.6") return { kind: "agents" };
  return OTHER;
}

function verificationRole(title: string, number: string | undefined): SectionRole {
  if (/sign-off/i.test(title)) return { kind: "sign-off" };
  return number === "4.1" ? { kind: "claims" } : OTHER;
}
