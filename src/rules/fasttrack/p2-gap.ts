/**
 * P2: what of the book the curriculum covers already (plan §2). It searches the corpus; each question is recorded, and
 * the analysis is stale when one of them answers differently.
 */
import { scorecardHasSevenLayers } from "../../curriculum/plan/checks.ts";
import { again, agent, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { section } from "../source.ts";
import { planCheck } from "./checks.ts";
import { books } from "./collections.ts";

/** What the campaign's agents may search. */
export const CORPUS = [
  "content/**",
  "flows/**",
  "docs/catalogs/**",
  "manifests/{deps,connections}.json",
  "plans/**",
  "reference/**",
];

export const gap = rule({
  name: "P2_gap",
  each: books,
  inputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
  reads: CORPUS,
  outputs: ({ book }) => ({ gap: section(book.plan, "§2") }),
  pool: "gap",
  shared: "read",
  run: agent({ prompt: "prompts/p2-gap.md" }),
  check: planCheck("gap", scorecardHasSevenLayers),
  recovery: [again({ hint: "Search again for what was missed, by other names and in other chapters." }), toPerson()],
  estimate: { seconds: 30 * 60, usd: 1.5 },
});
