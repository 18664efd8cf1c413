/** The public API: what a `codex.config.ts` imports from "codex-build". */

export type { Check, CheckContext, Defect, RunContext, RunOutputs, Unsettled } from "./exec/action.ts";
export { again, agent, allOf, call, command, defect, degrade, narrow, person, route, toPerson } from "./exec/action.ts";
export type { Fault } from "./fault.ts";
export { FaultError } from "./fault.ts";
export type { Collection } from "./rules/collection.ts";
export { collection } from "./rules/collection.ts";
export type { ConfigInput } from "./rules/config.ts";
export { defineConfig } from "./rules/config.ts";
export { fasttrack } from "./rules/fasttrack/fasttrack.ts";
export type { Rule, RuleSpec } from "./rules/rule.ts";
export { rule } from "./rules/rule.ts";
export type { InputSpec, OutputSpec } from "./rules/source.ts";
export { file, glob, intermediate, orderOnly, product, section, soft, within } from "./rules/source.ts";
