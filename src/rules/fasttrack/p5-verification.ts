/**
 * P5: does the curriculum now cover the book (plan §4)? Claims are checked against the units; percentages are computed again.
 * A verification that is true and short goes back to production with its gap list; a second one that is still short stands,
 * with what is missing deferred (seed §6).
 */
import { gapListDefects, unitHeadings, verificationComplete } from "../../curriculum/plan/checks.ts";
import { acceptedReport, isShortfall, thresholdsFor } from "../../curriculum/plan/verdict.ts";
import type { Production } from "../../curriculum/production.ts";
import { again, agent, degrade, type Rung, route, toPerson, type Unsettled } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import type { InputSpec } from "../source.ts";
import { file, glob, section } from "../source.ts";
import { recorded } from "./checks.ts";
import { verificationOf, verifications } from "./collections.ts";
import { CORPUS } from "./p2-gap.ts";
import { unitFile } from "./p4-production.ts";

/** What the agent wrote, where all that is wrong with it is that too little is covered. */
function short({ outputs, defects }: Pick<Unsettled, "outputs" | "defects">): string | undefined {
  return defects.length > 0 && defects.every(isShortfall) ? outputs?.verification : undefined;
}

type Verifying = { readonly round: number };

const backToProduction: Rung = route<Verifying>({
  to: "P4_repair",
  settle: (failed) => {
    const text = short(failed);
    return failed.params.round > 1 || text === undefined ? undefined : { verification: text };
  },
});

const accepted: Rung = degrade<Verifying>({
  state: "equivalence-partial",
  settle: (failed) => {
    const text = short(failed);
    return failed.params.round === 1 || text === undefined ? undefined : { verification: acceptedReport(text) };
  },
});

const idsOf = ({ units, related }: Production): ReadonlySet<string> =>
  new Set([...units.map(({ id }) => id), ...related]);

/** The units that a book makes and builds on. */
export const unitInputs = (production: Production): Record<string, InputSpec> => ({
  ...Object.fromEntries(production.units.map((unit) => [unit.id, file(unit.path)])),
  ...Object.fromEntries(production.related.map((id) => [id, glob(unitFile(id))])),
});

export const verification = rule({
  name: "P5_verification",
  each: verifications,
  inputs: ({ book, production, round }) => ({
    audit: section(book.plan, "§1"),
    gap: section(book.plan, "§2"),
    plan: section(book.plan, "§3"),
    ...(round === 1 ? {} : { before: verificationOf(book, round - 1) }),
    units: unitInputs(production),
  }),
  after: ({ book, repairs, round }) =>
    round === 1 ? [] : repairs.map(({ unit }) => `book/${book.slug}/P4_repair/${unit}`),
  reads: CORPUS,
  outputs: ({ book, round }) => ({ verification: verificationOf(book, round) }),
  pool: "verification",
  shared: "read",
  run: agent({ prompt: "prompts/p5-verification.md" }),
  check: (context) => {
    const { outputs, inputs, params } = context;
    const text = outputs.verification ?? "";
    return [
      ...verificationComplete(text, unitHeadings(recorded(context)), thresholdsFor(inputs.audit ?? "")),
      ...gapListDefects(text, idsOf(params.production)),
    ];
  },
  recovery: [
    backToProduction,
    accepted,
    again({ hint: "Claim only what a unit's heading shows, and count again." }),
    backToProduction,
    accepted,
    toPerson(),
  ],
  estimate: { seconds: 30 * 60, usd: 2 },
});
