/** The passes of the Fast Track campaign, one file each; `codex.config.ts` takes them all. */
import { DEFAULT_THRESHOLDS, type Thresholds } from "../../curriculum/continuity.ts";
import type { Rule } from "../rule.ts";
import { brief } from "./brief.ts";
import { listedBooks, weavingRoundsOf } from "./collections.ts";
import { flowRules, flows } from "./flows.ts";
import { integrate } from "./integrate.ts";
import { audit } from "./p1-audit.ts";
import { gap } from "./p2-gap.ts";
import { plan } from "./p3-plan.ts";
import { production } from "./p4-production.ts";
import { repair } from "./p4-repair.ts";
import { verification } from "./p5-verification.ts";
import { continuityRules } from "./pv-continuity.ts";
import { curriculumRules } from "./pv-curriculum.ts";
import { weaving } from "./pw-weaving.ts";
import { quality } from "./quality.ts";

const PASSES: readonly Rule[] = [audit, gap, plan, brief, production, integrate, verification, repair];

export interface FasttrackOptions {
  /** Passes after which a person approves what was written before anything reads it, e.g. `["P2_gap", "P3_plan"]`. */
  readonly gates?: readonly string[];
  /** Books whose plans share so many units are woven together; otherwise only those that the list puts into one batch are. */
  readonly weaving?: { readonly share: number };
  /** What continuity must reach, where it is not the protocol's figures, and units (ids or paths) not judged yet. */
  readonly continuity?: { readonly thresholds?: Partial<Thresholds>; readonly grace?: readonly string[] };
}

/** The campaign's rules, and what `defineConfig` wants to know of the campaign. */
export function fasttrack(options: FasttrackOptions = {}): {
  readonly rules: readonly Rule[];
  readonly campaign: {
    readonly books: typeof listedBooks;
    readonly flows: typeof flows;
    readonly ceilings: string;
    readonly continuity: NonNullable<FasttrackOptions["continuity"]>;
  };
} {
  const gates = new Set(options.gates);
  const { thresholds = {}, grace = [] } = options.continuity ?? {};
  const policy = { thresholds: { ...DEFAULT_THRESHOLDS, ...thresholds }, grace };
  const rounds = weavingRoundsOf(options.weaving?.share);
  const passes: readonly Rule[] = [
    ...PASSES,
    weaving(rounds),
    ...continuityRules(rounds, policy),
    quality,
    ...flowRules(policy),
    ...curriculumRules(policy),
  ];
  return {
    rules: passes.map((pass) => (gates.has(pass.name) ? { ...pass, gate: "after" as const } : pass)),
    campaign: { books: listedBooks, flows, ceilings: "manifests/books.yaml", continuity: { thresholds, grace } },
  };
}
