/**
 * PV: the last word on continuity. An agent reads samples; the six metrics are computed here, and the report holds
 * both. Below a threshold the pass fails, whatever the samples say.
 */

import { bookContinuity } from "../../curriculum/book-continuity.ts";
import type { Book } from "../../curriculum/books.ts";
import type { ContinuityPolicy } from "../../curriculum/continuity-report.ts";
import type { Production } from "../../curriculum/production.ts";
import { agent, call, toPerson } from "../../exec/action.ts";
import { type Rule, rule } from "../rule.ts";
import type { InputSpec } from "../source.ts";
import { file, glob, intermediate, product } from "../source.ts";
import { plannedBooks } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

const unitsOf = (production: Production): Record<string, InputSpec> => ({
  ...Object.fromEntries(production.units.map((unit) => [unit.id, file(unit.path)])),
  ...Object.fromEntries(production.related.map((id) => [id, glob(unitFile(id))])),
});

export const samples = rule({
  name: "PV_samples",
  each: plannedBooks,
  inputs: ({ book, production }) => ({
    units: unitsOf(production),
    weaving: file(`manifests/reports/${book.slug}/weaving_report.md`),
  }),
  reads: CORPUS,
  outputs: () => ({ samples: intermediate() }),
  pool: "verification",
  shared: "read",
  run: agent({ prompt: "prompts/pv-continuity.md" }),
  recovery: [toPerson()],
  estimate: { seconds: 30 * 60, usd: 1.5 },
});

/** @param policy what must be reached; another policy is another question. */
export const continuity = (
  policy: ContinuityPolicy,
): Rule<{ readonly book: Book } & { readonly production: Production }> =>
  rule({
    name: "PV_continuity",
    each: plannedBooks,
    identity: () => policy,
    inputs: ({ book, production }) => ({
      samples: product(samples, { book, production }, "samples"),
      units: unitsOf(production),
    }),
    outputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}/continuity_report.md`) }),
    pool: "verification",
    shared: "read",
    run: call<{ book: Book; production: Production }>(({ params, inputs, view, ask }) =>
      bookContinuity(params.production, inputs.samples ?? "", policy, view, ask),
    ),
    recovery: [toPerson()],
    estimate: { seconds: 5, usd: 0 },
  });
