/** A small unit that passes every check, and a workspace around it, for tests to damage. */

import type { RepoPath } from "../../../src/artifact/workspace.ts";
import type { Verdict } from "../../../src/curriculum/rubric/finding.ts";
import { indexWorkspace } from "../../../src/curriculum/rubric/index-of-workspace.ts";
import { validateUnit } from "../../../src/curriculum/rubric/validate-unit.ts";
import { memoryView } from "./views.ts";

export const PATH = "content/03-geometry/01-lines/03.01.05-parallel-lines.md" as RepoPath;

const FRONTMATTER: Readonly<Record<string, string>> = {
  id: "03.01.05",
  title: '"Parallel lines: when two lines never meet"',
  slug: "parallel-lines",
  section: "geometry",
  chapter: "lines",
  concept_catalog_id: "geometry.parallel-lines",
  prerequisites: "\n  - 03.01.01  # line\n  - 03.01.02",
  tier_anchors: "\n  beginner: a popular book\n  intermediate: a textbook\n  master: a monograph",
  tiers_present: "[beginner, intermediate, master]",
  pending_prereqs: "false",
  references: '\n  - source: TODO_REF\n    path: "Some author — Some book"\n  - source: library\n    path: md/lines.md',
  lean_status: "none",
  lean_mathlib_gap: `|\n  ${"word ".repeat(30)}`,
  estimated_time: "{ beginner: 10m, intermediate: 20m, master: 30m }",
  status: "shipped",
};

const BODY = `## Intuition [Beginner]

Two straight roads run side by side. They never meet, however far they go.

## Visual [Beginner]

![Two roads side by side.](/img/roads.svg)

## Check your understanding [Beginner]

<aside class="exercise" data-difficulty="easy" data-type="true-false">

Do the rails of a straight track meet? Hence one answer.

</aside>

## Formal definition [Intermediate+]

Two lines are *parallel* when they lie in one plane and have no common point [ref: library §1].

## Key theorem with proof [Intermediate+]

Parallelism is an equivalence relation if each line counts as parallel to itself.

## Exercises [Intermediate+]

<aside class="exercise" data-difficulty="easy" data-type="numeric">

Find the slope.

</aside>

## Advanced results [Master]

Without the fifth postulate there may be many parallels.

## Connections [Master]

- The line [03.01.01] comes first.

## Historical & philosophical context [Master]

The postulate was doubted for two thousand years.

## Bibliography [Master]

- A book.
`;

/** What to change about the sample: undefined takes a key out of the frontmatter; `body` edits the body. */
export interface Changes {
  readonly frontmatter?: Readonly<Record<string, string | undefined>>;
  readonly body?: (body: string) => string;
}

export function sampleUnit({ frontmatter = {}, body = (text) => text }: Changes = {}): string {
  const entries = Object.entries({ ...FRONTMATTER, ...frontmatter }).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [value === "" || value.startsWith("\n") ? `${key}:${value}` : `${key}: ${value}`];
  });
  return `---\n${entries.join("\n")}\n---\n\n${body(BODY)}`;
}

const neighbour = (id: string, status: string): string => `---\nid: ${id}\nstatus: ${status}\n---\nText.\n`;

/** Everything that the sample asks for: its prerequisites, catalog, dependencies and files. */
export const WORKSPACE: Readonly<Record<string, string>> = {
  "content/03-geometry/01-lines/03.01.01-line.md": neighbour("03.01.01", "shipped"),
  "content/03-geometry/01-lines/03.01.02-plane.md": neighbour("03.01.02", "shipped"),
  "content/03-geometry/01-lines/03.01.03-draft.md": neighbour("03.01.03", "draft"),
  "site/src/content/03.essays.01-on-lines.md": neighbour("03.essays.01", "published"),
  "site/src/content/03.07.07-elsewhere.md": neighbour("03.07.07", "shipped"),
  "docs/catalogs/CONCEPT_CATALOG.md": "# Catalog\n\n### geometry.parallel-lines\n\n- **title**: Parallel lines\n",
  "manifests/deps.json": JSON.stringify({
    pending: ["09.09.09"],
    shipped: [],
    edges: [
      { from: "08.08.08", to: "03.01.05", state: "pending" },
      { from: "07.07.07", to: "03.01.05", state: "shipped" },
    ],
  }),
  "reference/library/lines.md": "On lines.\n",
  "reference/library/md/lines.md": "On lines.\n",
  "lean/Geometry/Parallel.lean": "-- nothing\n",
};

/** The verdict on the sample, with changes, in its workspace. */
export function judgeSample(changes: Changes = {}, workspace: Readonly<Record<string, string>> = WORKSPACE): Verdict {
  const view = memoryView({ ...workspace, [PATH]: sampleUnit(changes) });
  return validateUnit(view, PATH, indexWorkspace(view));
}
