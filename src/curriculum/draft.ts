/**
 * A draft: what a production agent returns for one unit, the unit's file and its proposals for the shared files. It
 * comes from a model, so it is taken apart here, once, and everything behind sees only checked values: no path
 * that leads elsewhere, no line break that could forge an entry, nothing about any unit but its own.
 */
import * as z from "zod";
import { parsePath } from "../artifact/path.ts";
import { encodeUtf8 } from "../artifact/utf8.ts";
import type { RepoPath } from "../artifact/workspace.ts";
import { err, ok, type Result } from "../result.ts";
import { parseBoundedYaml } from "./bounded-yaml.ts";
import { CONNECTION_TYPES, newSlugsIn, STRENGTHS } from "./connections.ts";
import { CONCEPT_ID, NEW_CONCEPT_ID, NEW_CONNECTION_ID, UNIT_ID, UNIT_PATH } from "./ids.ts";
import { readUnitCard } from "./unit-card.ts";

/** Several times what the largest real unit and its proposals take. */
const MAX_UNIT_LENGTH = 1024 * 1024;
const PROPOSALS_LIMITS = { length: 64 * 1024, depth: 32 };
/** More defects than this help nobody to mend the draft. */
const MAX_DEFECTS = 50;

/** Text on one line: line breaks and runs of blanks become one blank; other control characters are refused. */
const line = (max: number) =>
  z
    .string()
    .max(max, `is longer than ${max} characters`)
    .transform((text) => text.replace(/\s+/g, " ").trim())
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
    .refine((text) => !/[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u.test(text), "holds control characters");
const someLine = (max: number) => line(max).refine((text) => text !== "", "is empty");
const id = (shape: RegExp, what: string) => z.string().max(160, "is too long").regex(shape, `is not ${what}`);
/** A YAML key without a value is an empty string here; for a list it means an empty one. */
const list = <T extends z.ZodType>(item: T, max: number) =>
  z.preprocess(
    (value) => (value === "" || value === undefined ? [] : value),
    z.array(item).max(max, `has more than ${max} entries`),
  );

const unitId = id(UNIT_ID, "a unit id such as 03.09.11");
const conceptId = id(CONCEPT_ID, "a concept id such as spin-geometry.clifford-algebra");
const anchor = someLine(4000).optional();

const catalogSchema = z.strictObject({
  id: id(NEW_CONCEPT_ID, "a concept id in lower case such as spin-geometry.clifford-algebra"),
  title: someLine(300),
  prerequisites: list(z.union([conceptId, unitId]), 64),
  tier_anchors: z.strictObject({ beginner: anchor, intermediate: anchor, master: anchor }),
  notes: line(12_000),
});

const depsSchema = z.strictObject({
  nodes: list(z.strictObject({ id: unitId, note: line(500).optional() }), 8),
  edges: list(z.strictObject({ from: unitId, to: unitId }), 64),
});

const connectionSchema = z.strictObject({
  id: id(NEW_CONNECTION_ID, "conn:NEW.slug"),
  from: conceptId,
  to: conceptId,
  type: z.enum(CONNECTION_TYPES, `is none of ${CONNECTION_TYPES.join(", ")}`),
  strength: z.enum(STRENGTHS, `is none of ${STRENGTHS.join(", ")}`),
  anchor_phrase: someLine(200),
  appears_in_units: list(unitId, 64),
  appears_in_flows: list(someLine(160), 64),
  synthesis_note: line(4000),
});

const proposalsSchema = z.strictObject({
  /** Absent where the catalog has the concept already. */
  catalog: catalogSchema.optional(),
  deps: z.preprocess((value) => (value === "" || value === undefined ? {} : value), depsSchema),
  connections: list(connectionSchema, 32),
});

const draftSchema = z.strictObject({
  draft: z.literal(1),
  unitPath: z.string().max(400),
  unit: z.string().max(MAX_UNIT_LENGTH, `the unit is longer than ${MAX_UNIT_LENGTH} characters`),
  lean: z.string().max(MAX_UNIT_LENGTH).optional(),
  proposals: proposalsSchema,
});

export type ConnectionProposal = z.infer<typeof connectionSchema>;

/** Plain data: it goes through JSON and comes back the same. */
export interface Draft {
  readonly unitPath: RepoPath;
  readonly unitId: string;
  /** The unit's `concept_catalog_id`. */
  readonly concept: string;
  /** The unit's prerequisites: unit ids. */
  readonly prerequisites: readonly string[];
  /** The text of the unit's file; UTF-8 on disk. */
  readonly unit: string;
  /** The Lean stub beside it, at the path that the unit's `lean_module` gives. */
  readonly lean: { readonly path: RepoPath; readonly text: string } | undefined;
  readonly catalog: z.infer<typeof catalogSchema> | undefined;
  readonly deps: z.infer<typeof depsSchema>;
  readonly connections: readonly ConnectionProposal[];
}

/** What an agent returned, as it came. */
export interface DraftOutputs {
  /** Where the plan puts the unit. */
  readonly unitPath: string;
  readonly unit: string;
  /** YAML. */
  readonly proposals: string;
  readonly lean?: string;
}

/** Reads an agent's outputs. The errors are defects to hand back to it, a sentence each. */
export function parseDraft(outputs: DraftOutputs): Result<Draft, readonly string[]> {
  const { unitPath, unit, lean, proposals: written } = outputs;
  // The limit comes before anything looks at the text.
  const yaml = parseBoundedYaml(
    written.length > PROPOSALS_LIMITS.length ? written : unfenced(written),
    PROPOSALS_LIMITS,
  );
  if (!yaml.ok) return err(yaml.error.map((what) => `proposals: ${what}`));
  // A document without content is a draft that proposes nothing.
  const proposals = yaml.value ?? {};
  return check({ draft: 1, unitPath, unit, proposals, ...(lean === undefined ? {} : { lean }) });
}

/** Models like to wrap YAML in a code fence. */
const unfenced = (text: string): string => /^\s*```(?:ya?ml)?[ \t]*\r?\n([\s\S]*?)\r?\n```\s*$/.exec(text)?.[1] ?? text;

/** A draft as the bytes of one artifact; equal drafts give equal bytes. */
export function encodeDraft({ unitPath, unit, lean, catalog, deps, connections }: Draft): Uint8Array {
  const proposals = { ...(catalog === undefined ? {} : { catalog }), deps, connections };
  const stored = { draft: 1, unitPath, unit, ...(lean === undefined ? {} : { lean: lean.text }), proposals };
  return encodeUtf8(`${JSON.stringify(stored)}\n`);
}

/** Reads what `encodeDraft` wrote, and checks it as if it came from an agent. */
export function decodeDraft(bytes: Uint8Array): Result<Draft, readonly string[]> {
  try {
    return check(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof TypeError) return err(["the stored draft is not JSON"]);
    throw thrown;
  }
}

function check(value: unknown): Result<Draft, readonly string[]> {
  const parsed = draftSchema.safeParse(value);
  if (!parsed.success) return err(parsed.error.issues.slice(0, MAX_DEFECTS).map(describeIssue));
  const { unitPath: written, unit, lean: leanText, proposals } = parsed.data;
  const path = parsePath(written);
  if (!path.ok) return err([`unit path ${path.error.where}: ${path.error.what}`]);
  const unitPath = path.value;
  if (/\p{Surrogate}/u.test(unit) || /\p{Surrogate}/u.test(leanText ?? ""))
    return err(["the text is no valid Unicode"]);
  const card = readUnitCard(unitPath, encodeUtf8(unit));
  if (!card.ok) return err([`unit: ${card.error}`]);
  const { id: unitId, concept, prerequisites, leanModule } = card.value;

  const defects: string[] = [];
  const expect = (holds: boolean, defect: string): void => {
    if (!holds) defects.push(defect);
  };
  const { catalog, deps, connections } = proposals;
  expect(UNIT_PATH.test(unitPath), `unit path: ${unitPath} is no Markdown file in a folder of content/`);
  expect(UNIT_ID.test(unitId), `unit: id ${shown(unitId)} is no unit id such as 03.09.11`);
  expect(
    fileName(unitPath).startsWith(`${unitId}-`),
    `unit: id ${shown(unitId)} does not begin the file name ${fileName(unitPath)}`,
  );
  expect(card.value.status === "shipped", `unit: status is ${shown(card.value.status)}; a finished draft says shipped`);
  expect(CONCEPT_ID.test(concept), `unit: concept_catalog_id ${shown(concept)} is no concept id`);
  expect(
    catalog === undefined || catalog.id === concept,
    `proposals: catalog/id is ${catalog?.id}, but the unit's concept_catalog_id is ${shown(concept)}`,
  );
  expect(
    catalog === undefined || !catalog.prerequisites.includes(catalog.id),
    "proposals: the concept is its own prerequisite",
  );
  for (const node of deps.nodes) {
    expect(node.id === unitId, `proposals: deps/nodes names ${node.id}; a draft registers its own unit ${unitId} only`);
  }
  for (const { from, to } of deps.edges) {
    const own = (from === unitId) !== (to === unitId);
    expect(own, `proposals: the edge ${from} → ${to} must have the unit ${unitId} at exactly one end`);
  }
  defects.push(...connectionDefects(connections, unit, unitId));
  expect(
    leanText === undefined || LEAN_MODULE.test(leanModule),
    `unit: there is a Lean stub, but lean_module is ${shown(leanModule)}`,
  );
  if (defects.length > 0) return err(defects.slice(0, MAX_DEFECTS));

  const leanPath = `lean/${leanModule.replaceAll(".", "/")}.lean` as RepoPath;
  const lean = leanText === undefined ? undefined : { path: leanPath, text: leanText };
  return ok({ unitPath, unitId, concept, prerequisites, unit, lean, catalog, deps, connections });
}

const LEAN_MODULE = /^[A-Z][A-Za-z0-9_]*(?:\.[A-Z][A-Za-z0-9_]*)*$/;

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

function connectionDefects(
  connections: readonly ConnectionProposal[],
  unit: string,
  unitId: string,
): readonly string[] {
  const defects: string[] = [];
  const ids = connections.map((connection) => connection.id);
  for (const twice of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) {
    defects.push(`proposals: the connection ${twice} stands twice`);
  }
  for (const connection of connections) {
    if (connection.from === connection.to) defects.push(`proposals: ${connection.id} connects a concept with itself`);
    if (connection.appears_in_units.includes(unitId) && !unit.includes(connection.anchor_phrase)) {
      defects.push(
        `unit: the anchor phrase of ${connection.id}, "${connection.anchor_phrase}", does not occur verbatim`,
      );
    }
  }
  return defects;
}

/** The `conn:NEW.…` ids that the unit names without proposing them, as slugs; integration may know them. */
export function unproposedSlugs(draft: Draft): readonly string[] {
  const proposed = new Set(draft.connections.map(({ id: proposal }) => NEW_CONNECTION_ID.exec(proposal)?.[1] ?? ""));
  return newSlugsIn(draft.unit).filter((slug) => !proposed.has(slug));
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const [first, ...rest] = issue.path.map(String);
  const what =
    issue.code === "unrecognized_keys" ? `unknown keys ${issue.keys.slice(0, 5).map(shown).join(", ")}` : issue.message;
  if (first === "proposals") return `proposals: ${rest.length > 0 ? `${rest.join("/")}: ` : ""}${what}`;
  return `${first ?? "draft"}: ${what}`;
}
