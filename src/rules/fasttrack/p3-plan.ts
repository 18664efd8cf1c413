/** P3: what to produce, by whom and in which order (plan §3). Every later pass of the book expands from it. */
import { planDecomposes } from "../../curriculum/plan/checks.ts";
import { readProduction } from "../../curriculum/production.ts";
import { again, agent, allOf, type CheckContext, type Defect, toPerson } from "../../exec/action.ts";
import { FaultError } from "../../fault.ts";
import { rule } from "../rule.ts";
import { section } from "../source.ts";
import { planCheck } from "./checks.ts";
import { books } from "./collections.ts";

/** What production will read must be readable before it is written. */
function producible({ outputs }: CheckContext): readonly Defect[] {
  try {
    readProduction(outputs.plan ?? "", "§3");
    return [];
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return [error.fault];
  }
}

export const plan = rule({
  name: "P3_plan",
  each: books,
  inputs: ({ book }) => ({ audit: section(book.plan, "§1"), gap: section(book.plan, "§2") }),
  outputs: ({ book }) => ({ plan: section(book.plan, "§3") }),
  pool: "plan",
  run: agent({ prompt: "prompts/p3-plan.md", tools: ["read", "list", "search", "lookup"] }),
  check: allOf(planCheck("plan", planDecomposes), producible),
  recovery: [again({ hint: "Give each agent 4 to 8 units." }), toPerson()],
  estimate: { seconds: 30 * 60, usd: 1 },
});
