/** P5: does the curriculum now cover the book (plan §4)? Claims are checked against the units; percentages are computed again. */
import { unitHeadings, verificationComplete } from "../../curriculum/plan/checks.ts";
import { again, agent, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { file, glob, section } from "../source.ts";
import { recorded } from "./checks.ts";
import { plannedBooks } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

export const verification = rule({
  name: "P5_verification",
  each: plannedBooks,
  inputs: ({ book, production }) => ({
    audit: section(book.plan, "§1"),
    gap: section(book.plan, "§2"),
    plan: section(book.plan, "§3"),
    units: {
      ...Object.fromEntries(production.units.map((unit) => [unit.id, file(unit.path)])),
      ...Object.fromEntries(production.related.map((id) => [id, glob(unitFile(id))])),
    },
  }),
  reads: CORPUS,
  outputs: ({ book }) => ({ verification: section(book.plan, "§4") }),
  pool: "verification",
  shared: "read",
  run: agent({ prompt: "prompts/p5-verification.md" }),
  check: (context) => verificationComplete(context.outputs.verification ?? "", unitHeadings(recorded(context))),
  recovery: [again({ hint: "Claim only what a unit's heading shows, and count again." }), toPerson()],
  estimate: { seconds: 30 * 60, usd: 2 },
});
