/** P1: what the book holds (plan §1). Reads the book's identity and the web; not the workspace. */
import type { Book } from "../../curriculum/books.ts";
import { auditComplete } from "../../curriculum/plan/checks.ts";
import { degradedAudit } from "../../curriculum/plan/verdict.ts";
import { again, agent, degrade, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { section } from "../source.ts";
import { planCheck } from "./checks.ts";
import { books } from "./collections.ts";

const BROADER = "Look at more kinds of sources: course pages, theses, reviews.";

export const audit = rule({
  name: "P1_audit",
  each: books,
  identity: ({ book: { title, author, year, scope } }) => ({ title, author, year, scope }),
  outputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
  pool: "audit",
  run: agent({ prompt: "prompts/p1-audit.md", tools: [], web: { maxUses: 12 } }),
  check: planCheck("audit", auditComplete),
  // Seed §6: a second audit with broader sources and twice the tokens; then tier γ goes on with topics only, and the
  // others are tried once more before a person looks.
  recovery: [
    again({ hint: BROADER, tokens: 2 }),
    degrade<{ readonly book: Book }>({
      state: "audit-degraded",
      settle: ({ params, outputs, defects }) =>
        params.book.tier === "gamma" ? { audit: degradedAudit(outputs?.audit, defects) } : undefined,
    }),
    again({ hint: BROADER, tokens: 2 }),
    toPerson(),
  ],
  estimate: { seconds: 45 * 60, usd: 1.5 },
});
