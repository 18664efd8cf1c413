/** A small campaign in memory, and drafts for it, for the tests of the shared files. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import picomatch from "picomatch";
import type { RepoPath, WorkspaceView } from "../../src/artifact/workspace.ts";
import { type Draft, parseDraft } from "../../src/curriculum/draft.ts";
import type { UnitVerdict } from "../../src/curriculum/judge-draft.ts";

export type Files = ReadonlyMap<RepoPath, Uint8Array>;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

export function viewOf(files: Files): WorkspaceView {
  return {
    bytes: (path) => files.get(path),
    list(globs) {
      const matches = picomatch([...globs]);
      return [...files.keys()].filter((path) => matches(path)).sort();
    },
  };
}

/** The real campaign beside the project, where it is at hand. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/", import.meta.url));
export const WITHOUT_CORPUS: string | undefined = existsSync(CORPUS)
  ? undefined
  : "skipped: there is no folder `shared/corpus` beside the project";
export const realFile = (path: string): string => readFileSync(`${CORPUS}${path}`, "utf8");

export function realView(): WorkspaceView {
  const units = readdirSync(`${CORPUS}content`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `content/${name}` as RepoPath)
    .sort();
  return {
    bytes: (path) => (existsSync(`${CORPUS}${path}`) ? readFileSync(`${CORPUS}${path}`) : undefined),
    list: (globs) => {
      const matches = picomatch([...globs]);
      return units.filter((path) => matches(path));
    },
  };
}

export interface UnitSpec {
  readonly id: string;
  readonly concept: string;
  readonly prerequisites?: readonly string[];
  readonly connections?: readonly string[];
  readonly body?: string;
}

export const pathOf = ({ id, concept }: UnitSpec): RepoPath =>
  `content/03-geometry/${id}-${concept.slice(concept.lastIndexOf(".") + 1)}.md` as RepoPath;

export const unitText = ({ id, concept, prerequisites = [], connections = [], body = "Text.\n" }: UnitSpec): string =>
  [
    "---",
    `id: ${id}`,
    `title: Unit ${id}`,
    "status: shipped",
    `concept_catalog_id: ${concept}`,
    `prerequisites: [${prerequisites.join(", ")}]`,
    `connections: [${connections.map((id) => `"${id}"`).join(", ")}]`,
    "---",
    "",
    body,
  ].join("\n");

const entryText = (id: string): string =>
  [`### ${id}`, "", `- **title**: ${id}`, "- **prerequisites**: none", "- **notes**: A note.", ""].join("\n");

export const CATALOG = [
  "# Catalog",
  "",
  "## Algebra",
  "",
  entryText("algebra.form"),
  "## Geometry",
  "",
  entryText("geometry.clifford"),
  entryText("geometry.dirac"),
].join("\n");

export const DEPS = `${JSON.stringify(
  {
    version: 1,
    edges: [
      { from: "03.01.01", to: "03.02.01", state: "shipped" },
      { from: "03.02.01", to: "03.02.02", state: "shipped" },
    ],
    pending: [],
    shipped: ["03.01.01", "03.02.01", "03.02.02"],
    _notes: { "03.01.01": "forms" },
  },
  undefined,
  2,
)}\n`;

export const CONNECTIONS = `${JSON.stringify(
  {
    version: 1,
    connections: [
      {
        id: "conn:001.form-clifford",
        from: "algebra.form",
        to: "geometry.clifford",
        type: "foundation-of",
        strength: "load-bearing",
        anchor_phrase: "built on a form",
        appears_in_units: ["03.01.01", "03.02.01"],
        appears_in_flows: [],
        synthesis_note: "",
      },
    ],
  },
  undefined,
  2,
)}\n`;

/** Three units, their entries, nodes, edges and one connection. */
export const BASE: Files = new Map(
  Object.entries({
    ...Object.fromEntries(
      [
        { id: "03.01.01", concept: "algebra.form", body: "It is built on a form.\n" },
        { id: "03.02.01", concept: "geometry.clifford", prerequisites: ["03.01.01"], body: "It is built on a form.\n" },
        { id: "03.02.02", concept: "geometry.dirac", prerequisites: ["03.02.01"] },
      ].map((unit) => [pathOf(unit), unitText(unit)]),
    ),
    "docs/catalogs/CONCEPT_CATALOG.md": CATALOG,
    "manifests/deps.json": DEPS,
    "manifests/connections.json": CONNECTIONS,
    "manifests/connection_proposals.md": "# Connection proposals\n\nNone yet.\n",
  }).map(([path, text]) => [path as RepoPath, bytesOf(text)]),
);

/** A draft's proposals as an agent writes them. */
export function proposalsText(
  { id, concept, prerequisites = [] }: UnitSpec,
  { connections = [] as readonly object[], requires = [] as readonly string[] } = {},
): string {
  return JSON.stringify({
    catalog: {
      id: concept,
      title: `The concept ${concept}`,
      prerequisites: requires,
      tier_anchors: { beginner: "a picture", intermediate: "a book", master: "a paper" },
      notes: "What it covers.",
    },
    deps: { nodes: [{ id, note: `note on ${id}` }], edges: prerequisites.map((from) => ({ from, to: id })) },
    connections,
  });
}

export function draftOf(unit: UnitSpec, options: Parameters<typeof proposalsText>[1] = {}): Draft {
  const draft = parseDraft({ unitPath: pathOf(unit), unit: unitText(unit), proposals: proposalsText(unit, options) });
  if (!draft.ok) throw new Error(draft.error.join("\n"));
  return draft.value;
}

/** Fails a unit whose body says FAULT, and one whose prerequisite or concept is not there. */
export function validate(view: WorkspaceView, path: RepoPath): UnitVerdict {
  const text = textOf(view.bytes(path));
  const prerequisites = /^prerequisites: \[(.*)\]$/m.exec(text)?.[1]?.split(", ").filter(Boolean) ?? [];
  const concept = /^concept_catalog_id: (.*)$/m.exec(text)?.[1] ?? "";
  const units = view.list(["content/**/*.md"]);
  const wrong = [
    ...(text.includes("FAULT") ? ["the body says FAULT"] : []),
    ...prerequisites.filter((id) => !units.some((unit) => unit.includes(`/${id}-`))).map((id) => `no unit ${id}`),
    ...(textOf(view.bytes("docs/catalogs/CONCEPT_CATALOG.md" as RepoPath)).includes(concept) ? [] : ["no concept"]),
  ];
  const findings = wrong.map((what) => ({
    check: "test",
    level: "failed" as const,
    path,
    line: 1,
    column: 1,
    what,
    text: "",
    mend: "mend it",
  }));
  return { passed: 3 - wrong.length, total: 3, findings };
}
