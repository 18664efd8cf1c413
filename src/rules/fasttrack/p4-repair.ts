/**
 * P4 once more, for what the first verification found missing (seed §6, pass 5): the units that its gap list names are edited
 * in place, as the next link of their chains. Expanded from plan §4; a book that passes at once has none.
 */
import { bookUnits } from "../../curriculum/book-units.ts";
import type { Repair } from "../../curriculum/plan/verdict.ts";
import type { Production } from "../../curriculum/production.ts";
import { rubricDefects } from "../../curriculum/weaving.ts";
import { again, agent, type CheckContext, type Defect, defect, narrow, toPerson } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { intermediate, section } from "../source.ts";
import { repairs } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

type Repairing = { readonly production: Production; readonly repair: Repair };

const made = ({ production, repair }: Repairing): string[] =>
  production.units.flatMap(({ id, path }) => (id === repair.unit ? [path] : []));

/** The unit is longer by what was missing, and still passes every check. */
function repaired({ params, view, after }: CheckContext<Repairing>): readonly Defect[] {
  const { unit } = params.repair;
  const isIt = ({ id }: { readonly id: string }): boolean => id === unit;
  const [before, now] = [view, after].map((each) => bookUnits(each, params.production).find(isIt));
  if (now === undefined) return [defect(`there is no unit ${unit}`, "", "name another unit in the gap list")];
  if (before?.text === now.text) return [defect("nothing was changed", now.path, "write what the gap list asks for")];
  return rubricDefects(after, [now.path]);
}

export const repair = rule({
  name: "P4_repair",
  each: repairs,
  inputs: ({ book }) => ({ gaps: section(book.plan, "§4.5"), audit: section(book.plan, "§1") }),
  reads: CORPUS,
  amends: (params) => made(params),
  // A unit that the book builds on is others' too.
  mayAmend: (params) => (made(params).length > 0 ? [] : [unitFile(params.repair.unit)]),
  outputs: () => ({ report: intermediate() }),
  pool: "production",
  run: agent({
    prompt: "prompts/p4-repair.md",
    tools: ["read", "list", "search", "lookup", "propose_edit"],
    turns: 60,
  }),
  check: (context) => repaired(context),
  recovery: [
    again({ hint: "Mend every defect that is listed, and nothing else.", tokens: 1.5 }),
    narrow("Only the sections that the defects name; the rest of the unit stays as it was."),
    toPerson(),
  ],
  estimate: { seconds: 20 * 60, usd: 3 },
});
