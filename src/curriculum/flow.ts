/**
 * A flow: an ordered walk through units with bridges between them (protocol §4). It is YAML frontmatter of
 * `flows/<id>.md`. Scalars are read as the strings that they are written as: `section_anchor: 1.10` is no number, and
 * `03.09.02` is no date.
 */
import * as z from "zod";
import { frontmatter } from "../artifact/markdown.ts";
import { type Defect, defect } from "../exec/action.ts";
import { err, ok, type Result } from "../result.ts";
import { parseBoundedYaml } from "./bounded-yaml.ts";

export const FLOW_KINDS = ["author", "strand", "synthesis", "theme"] as const;
const TIERS = ["beginner", "intermediate", "master"] as const;
const RELATIONS = ["feeds", "fed-by", "parallel"] as const;

/** How a flow stands to another: it comes before it, after it, or beside it. */
export type Relation = (typeof RELATIONS)[number];

const text = z.string().transform((value) => value.replace(/\s+/g, " ").trim());
const count = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, "a whole number from 1")
  .transform(Number);
const list = <Item extends z.ZodType>(item: Item) => z.array(item).default([]);

const STEP = z.object({
  n: count,
  unit: z.string().regex(/^\d{2}\.\d{2}\.(?:\d{2}|E\d{1,2})$/, "a unit id such as 03.09.02"),
  tier: z.enum(TIERS),
  section_anchor: text.default(""),
  why: text.default(""),
  read_strategy: text.default(""),
  bridge_after: text.default(""),
  pause: z.object({ kind: text.default(""), motivation: text }).optional(),
});

const THROUGHLINE = z.object({
  central_question: text,
  recurring_concepts: list(text),
  synthesis_beats: list(z.object({ after_step: count, claim: text })),
  closing_synthesis: text.default(""),
});

const FLOW = z.object({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "a slug such as hartshorne-ch2"),
  title: text,
  kind: z.enum(FLOW_KINDS),
  source_book: text.optional(),
  prerequisite_flows: list(z.string()),
  prerequisite_units: list(z.string()),
  outcome: text.default(""),
  steps: list(STEP),
  throughline: THROUGHLINE.optional(),
  connections_outward: list(z.object({ flow: z.string(), relation: z.enum(RELATIONS), note: text.default("") })),
});

/** A flow as its file has it, with the file's own names. */
export type Flow = Readonly<z.infer<typeof FLOW>>;

/** A flow of 100 steps has about 100,000 characters and nests mappings in lists four deep. */
const LIMITS = { length: 2_000_000, depth: 40 };
/** So many defects of one flow are listed. */
const MAX_LISTED = 50;

/**
 * Reads a flow.
 *
 * @param source the whole file
 * @param id the file's name without `.md`: the flow's id must be the same
 */
export function readFlow(source: string, id: string): Result<Flow, readonly Defect[]> {
  const where = `flows/${id}.md`;
  const front = frontmatter(source);
  if (!front)
    return err([defect("the flow has no frontmatter", where, "start the file with a block between --- lines")]);
  const value = parseBoundedYaml(source.slice(front.contentStart, front.contentEnd), LIMITS);
  if (!value.ok)
    return err(value.error.map((problem) => defect(`the frontmatter: ${problem}`, where, "correct the YAML")));
  const read = FLOW.safeParse(flattened(value.value));
  if (!read.success) {
    const issues = read.error.issues.slice(0, MAX_LISTED);
    return err(
      issues.map((issue) => defect(`${issue.path.join(".") || "the flow"}: ${issue.message}`, where, "correct it")),
    );
  }
  const flow = read.data;
  const wrong = misnumbered(flow, where);
  if (flow.id !== id)
    wrong.push(defect(`the flow's id is ${flow.id}, its file's name ${id}`, where, "make them the same"));
  return wrong.length === 0 ? ok(flow) : err(wrong.slice(0, MAX_LISTED));
}

/** Some flows keep their head under a key `flow`; the rest stands beside it. */
function flattened(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("flow" in value)) return value;
  const { flow, ...rest } = value;
  return typeof flow === "object" && flow !== null ? { ...flow, ...rest } : value;
}

function misnumbered(flow: Flow, where: string): Defect[] {
  const defects = flow.steps.flatMap((step, index) =>
    step.n === index + 1
      ? []
      : [defect(`step ${index + 1} has the number ${step.n}`, where, "number the steps from 1")],
  );
  for (const beat of flow.throughline?.synthesis_beats ?? []) {
    if (beat.after_step > flow.steps.length) {
      defects.push(
        defect(`a synthesis beat comes after step ${beat.after_step}, which there is not`, where, "correct it"),
      );
    }
  }
  return defects;
}
