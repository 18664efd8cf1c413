/** The passes of the Fast Track campaign, one file each; `codex.config.ts` takes them all. */
import type { Rule } from "../rule.ts";
import { brief } from "./brief.ts";
import { books } from "./collections.ts";
import { integrate } from "./integrate.ts";
import { audit } from "./p1-audit.ts";
import { gap } from "./p2-gap.ts";
import { plan } from "./p3-plan.ts";
import { production } from "./p4-production.ts";
import { verification } from "./p5-verification.ts";
import { continuity, samples } from "./pv-continuity.ts";
import { weaving } from "./pw-weaving.ts";

const PASSES: readonly Rule[] = [audit, gap, plan, brief, production, integrate, verification, weaving, samples, continuity];

export interface FasttrackOptions {
  /** Passes after which a person approves what was written before anything reads it, e.g. `["P2_gap", "P3_plan"]`. */
  readonly gates?: readonly string[];
}

/** The campaign's rules, and its books for `campaign.books`. */
export function fasttrack(options: FasttrackOptions = {}): { readonly rules: readonly Rule[]; readonly books: typeof books } {
  const gates = new Set(options.gates);
  return { rules: PASSES.map((pass) => (gates.has(pass.name) ? { ...pass, gate: "after" as const } : pass)), books };
}
