/** A status in words, the same in every command. */
import { unreachable } from "../result.ts";
import type { Status } from "./evaluate.ts";
import { describeReason } from "./reason.ts";

/** The state's name, as in `docs/explanation/staleness.md`. */
export function stateName(status: Status): string {
  switch (status.kind) {
    case "fresh":
      return status.edited.length > 0 ? "edited" : status.drift.length > 0 ? "drifted" : "fresh";
    case "blockedByEdit":
      return "blocked by an edit";
    case "pending":
      // It will run whatever comes of what it needs.
      return status.reasons.length > 0 ? "stale" : "pending";
    case "stale":
    case "waiting":
    case "blocked":
    case "failed":
    case "unknown":
      return status.kind;
    default:
      return unreachable(status);
  }
}

/** Why it is in that state, a line each; nothing for a fresh target. */
export function stateReasons(status: Status): string[] {
  switch (status.kind) {
    case "fresh":
      return [
        ...status.edited.map((output) => `${output} was changed by a person`),
        ...status.drift.map(describeReason),
      ];
    case "stale":
      return status.reasons.map(describeReason);
    case "pending":
      return [...status.reasons.map(describeReason), ...status.on.map((id) => `${id} runs first`)];
    case "waiting":
      return status.reasons.some((reason) => reason.kind === "escalated")
        ? [...status.reasons.map(describeReason), "a person's answer is needed"]
        : ["a person's answer is needed"];
    case "blockedByEdit":
      return [
        ...status.reasons.map(describeReason),
        ...status.edited.map((output) => `${output} holds a person's work, which running would overwrite`),
        ...(status.reasons.some(({ kind }) => kind === "neverBuilt")
          ? ["if it is what Codex wrote, and the traces that say so are lost: `codex adopt` takes it as it is"]
          : []),
      ];
    case "blocked":
      return [`${status.by} must be settled first`];
    case "failed":
      return [status.why === undefined ? "it failed in this run" : `it cannot be decided: ${status.why}`];
    case "unknown":
      return [`decided by ${status.decidedBy}`];
    default:
      return unreachable(status);
  }
}
