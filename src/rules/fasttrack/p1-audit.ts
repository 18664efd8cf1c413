/** P1: what the book holds (plan §1). Reads the book's identity and the web; not the workspace. */
import { auditComplete } from "../../curriculum/plan/checks.ts";
import { again, agent, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { section } from "../source.ts";
import { planCheck } from "./checks.ts";
import { books } from "./collections.ts";

export const audit = rule({
  name: "P1_audit",
  each: books,
  identity: ({ book: { title, author, year, scope } }) => ({ title, author, year, scope }),
  outputs: ({ book }) => ({ audit: section(book.plan, "§1") }),
  pool: "audit",
  run: agent({ prompt: "prompts/p1-audit.md", tools: [] }),
  check: planCheck("audit", auditComplete),
  recovery: [again({ hint: "Look at more kinds of sources: course pages, theses, reviews.", tokens: 2 }), toPerson()],
  estimate: { seconds: 45 * 60, usd: 1.5 },
});
