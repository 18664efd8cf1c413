/**
 * PW: stitches seams across the units of a batch of related books. It edits files that integration made, as the next link of
 * their chains. Rounds after the first are asked for by PV.
 */

import { weavingDefects } from "../../curriculum/weaving.ts";
import type { WeavingBatch } from "../../curriculum/weaving-batch.ts";
import { again, agent, toPerson } from "../../exec/action.ts";
import type { Collection } from "../collection.ts";
import { type Rule, rule } from "../rule.ts";
import type { InputSpec } from "../source.ts";
import { continuityReportOf, verificationOf, type WeavingRound, weavingReport } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

/** The last verification of each book: what is woven has been verified. */
function verified({ books }: WeavingBatch): Record<string, InputSpec> {
  const last = books.map(({ book, gaps }) => [book.slug, verificationOf(book, gaps.length > 0 ? 2 : 1)] as const);
  return last.length === 1
    ? { verification: last[0]![1] }
    : Object.fromEntries(last.map(([slug, ref]) => [`verification/${slug}`, ref]));
}

/** @param rounds what is woven together, and how often. */
export const weaving = (rounds: Collection<WeavingRound>): Rule<WeavingRound> =>
  rule({
    name: "PW_weaving",
    each: rounds,
    inputs: ({ batch, round }) => ({
      ...verified(batch),
      ...(round === 1 ? {} : { continuity: continuityReportOf(batch, round - 1) }),
    }),
    reads: CORPUS,
    amends: ({ batch }) => batch.production.units.map((unit) => unit.path),
    // Units of other books, which their own weaving edits too.
    mayAmend: ({ batch }) => batch.production.related.map(unitFile),
    outputs: ({ batch, round }) => ({ report: weavingReport(batch, round) }),
    pool: "weaving",
    shared: "read",
    run: agent({
      prompt: "prompts/pw-weaving.md",
      tools: ["read", "list", "search", "lookup", "propose_edit"],
      turns: 60,
    }),
    check: ({ params, after }) => weavingDefects(after, params.batch.production),
    recovery: [again({ hint: "Address each metric and each connection that is named." }), toPerson()],
    estimate: { seconds: 30 * 60, usd: 2 },
  });
