/** The state of a flow, derived from its targets: the furthest pass up to which everything is settled (seed §3.2). */
import type { BookTarget } from "./states.ts";

export const FLOW_STATES = [
  "draft",
  "trajectory-extracted",
  "bridged",
  "paused",
  "verified",
  "woven",
  "attenuation-verified",
] as const;
export type FlowState = (typeof FLOW_STATES)[number];

const AFTER_PASS: readonly (readonly [rule: string, state: FlowState])[] = [
  ["PA_trajectory", "trajectory-extracted"],
  ["PB_bridges", "bridged"],
  ["PC_pauses", "paused"],
  ["PD_verification", "verified"],
  ["PE_weaving", "woven"],
  ["PV_attenuation", "attenuation-verified"],
];

export function flowState(targets: readonly BookTarget[]): FlowState {
  let state: FlowState = "draft";
  for (const [rule, next] of AFTER_PASS) {
    const members = targets.filter((target) => target.rule === rule || target.rule === `${rule}.gate`);
    if (members.length === 0 || !members.every(({ status }) => status.kind === "fresh")) return state;
    state = next;
  }
  return state;
}
