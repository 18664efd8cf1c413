/**
 * What a pass must have done before its part of a plan is accepted. Each judge takes the section's text and lists what is
 * wrong, where, and how to mend it; the list goes back to the agent as it is.
 */
export { auditComplete } from "./check-audit.ts";
export { scorecardHasSevenLayers } from "./check-gap.ts";
export { planDecomposes } from "./check-production.ts";
export { unitHeadings, verificationComplete } from "./check-verification.ts";
export { gapListDefects } from "./verdict.ts";
