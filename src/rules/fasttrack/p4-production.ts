/**
 * P4: one draft a unit. The draft lives in the store until it is integrated; it is judged with its proposals laid over
 * the workspace, so nothing shared has to be written first.
 */
import { draftDefects } from "../../curriculum/draft-check.ts";
import { again, agent, narrow, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { file, glob, intermediate, product } from "../source.ts";
import { brief } from "./brief.ts";
import { afterBatches, units } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";

/** A unit's file, wherever its chapter keeps it. */
export const unitFile = (id: string): string => `content/**/${id}-*.md`;

export const production = rule({
  name: "P4_production",
  each: units,
  inputs: (params) => ({
    entry: file(`${params.book.plan}#§3/entry(${params.unit.id})`),
    brief: product(brief, params, "brief"),
    peers: Object.fromEntries(params.unit.peers.map((id) => [id, glob(unitFile(id))])),
  }),
  after: afterBatches,
  reads: CORPUS,
  outputs: () => ({ unit: intermediate(), proposals: intermediate() }),
  pool: "production",
  run: agent({
    prompt: "prompts/p4-production.md",
    tools: ["read", "list", "search", "lookup", "validate_unit"],
    maxTokens: 64_000,
  }),
  check: ({ params, outputs, view }) => draftDefects(view, params.unit, outputs.unit ?? "", outputs.proposals ?? ""),
  recovery: [
    again({ hint: "Mend every defect that is listed, and nothing else.", tokens: 1.5 }),
    narrow("Only the sections that the defects name; the rest of the unit stays as it was."),
    toPerson(),
  ],
  estimate: { seconds: 25 * 60, usd: 4 },
});
