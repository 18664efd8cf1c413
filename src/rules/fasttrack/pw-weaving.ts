/** PW: stitches seams across the book's units. It edits files that integration made, as the next link of their chains. */
import { weavingDefects } from "../../curriculum/weaving.ts";
import { again, agent, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { file, section } from "../source.ts";
import { plannedBooks } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

export const weaving = rule({
  name: "PW_weaving",
  each: plannedBooks,
  inputs: ({ book }) => ({ verification: section(book.plan, "§4") }),
  reads: CORPUS,
  amends: ({ production }) => production.units.map((unit) => unit.path),
  // Units of other books, which their own weaving edits too.
  mayAmend: ({ production }) => production.related.map(unitFile),
  outputs: ({ book }) => ({ report: file(`manifests/reports/${book.slug}/weaving_report.md`) }),
  pool: "weaving",
  shared: "read",
  run: agent({
    prompt: "prompts/pw-weaving.md",
    tools: ["read", "list", "search", "lookup", "propose_edit"],
    turns: 60,
  }),
  check: ({ params, after }) => weavingDefects(after, params.production),
  recovery: [again({ hint: "Address each metric and each connection that is named." }), toPerson()],
  estimate: { seconds: 30 * 60, usd: 2 },
});
