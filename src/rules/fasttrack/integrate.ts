/**
 * Integration: the only writer of the shared files. A batch of drafts becomes units, catalog entries, edges and
 * connections in one commit, after the whole corpus has been validated with them; or nothing is written.
 */

import type { Book } from "../../curriculum/books.ts";
import { integrateBatch } from "../../curriculum/integrate-batch.ts";
import type { Batch } from "../../curriculum/production.ts";
import { call } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { file, product, within } from "../source.ts";
import { batches } from "./collections.ts";
import { production } from "./p4-production.ts";

export const integrate = rule({
  name: "integrate",
  each: batches,
  inputs: ({ batch, ...book }) => ({
    unit: Object.fromEntries(batch.units.map((unit) => [unit.id, product(production, { ...book, unit }, "unit")])),
    proposals: Object.fromEntries(
      batch.units.map((unit) => [unit.id, product(production, { ...book, unit }, "proposals")]),
    ),
  }),
  outputs: ({ book, batch }) => ({
    ...Object.fromEntries(batch.units.map((unit) => [unit.id, file(unit.path)])),
    report: file(`manifests/reports/${book.slug}/integration_report-${batch.number}.md`),
    catalog: within("docs/catalogs/CONCEPT_CATALOG.md"),
    deps: within("manifests/deps.json"),
    connections: within("manifests/connections.json"),
    queue: within("manifests/connection_proposals.md"),
  }),
  pool: "integration",
  shared: "write",
  run: call<{ book: Book; batch: Batch }>(({ params, inputs, view }) => integrateBatch(params.batch, inputs, view)),
  // Seed §5.2: a batch is sized so that its integration takes ten minutes at most.
  wall: 600,
  estimate: { seconds: 10, usd: 0 },
});
