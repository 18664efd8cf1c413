/**
 * Why a target must run. Reasons come out of the same traversal that makes the key (`fingerprint.ts`), so the two
 * cannot disagree.
 */
import type { Digest } from "../artifact/digest.ts";
import { describeQuestion, type Question } from "../artifact/question.ts";
import { unreachable } from "../result.ts";
import type { Address } from "./address.ts";

export type Reason =
  | { readonly kind: "neverBuilt" }
  | {
      readonly kind: "inputChanged";
      readonly name: string /** What the input reads. */;
      readonly source: string;
      readonly from: Digest;
      readonly to: Digest;
    }
  | { readonly kind: "inputAdded"; readonly name: string; readonly to: Digest }
  | { readonly kind: "inputDropped"; readonly name: string }
  | { readonly kind: "readChanged"; readonly question: Question; readonly from: Digest; readonly to: Digest }
  | { readonly kind: "ruleChanged"; readonly what: string }
  | { readonly kind: "outputMissing"; readonly output: string }
  | { readonly kind: "outputReverted"; readonly output: string }
  | { readonly kind: "wanted"; readonly product: string; readonly by: Address }
  | { readonly kind: "drifted"; readonly what: string }
  /** All attempts failed, and a person has not answered yet. */
  | { readonly kind: "escalated"; readonly attempts: number; readonly defect: string }
  | { readonly kind: "forced" };

const short = (digest: Digest): string => digest.slice(0, 8);

/** One reason as a phrase. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case "neverBuilt":
      return "never built";
    case "inputChanged":
      return `input ${reason.name} (${reason.source}) changed ${short(reason.from)} → ${short(reason.to)}`;
    case "inputAdded":
      return `input ${reason.name} is new`;
    case "inputDropped":
      return `input ${reason.name} is no longer read`;
    case "readChanged":
      return `recorded question answers differently: ${describeQuestion(reason.question)}`;
    case "ruleChanged":
      return `rule changed: ${reason.what}`;
    case "outputMissing":
      return `output ${reason.output} is missing`;
    case "outputReverted":
      return `output ${reason.output} is back to what it was before`;
    case "wanted":
      return `${reason.by} needs its ${reason.product}, whose bytes are not in the store`;
    case "drifted":
      return `${reason.what} changed`;
    case "escalated":
      return `${reason.attempts} attempt${reason.attempts === 1 ? "" : "s"} failed: ${reason.defect}`;
    case "forced":
      return "forced";
    default:
      return unreachable(reason);
  }
}
