/** The recovery ladder as data: what a failed attempt leads to, and what the next one is told. */
import type { Fault } from "../fault.ts";
import { unreachable } from "../result.ts";
import type { Defect, Rung, Unsettled } from "./action.ts";
import { describeDefect, type Guidance } from "./attempt.ts";
import type { Task } from "./task.ts";

/** Where every ladder ends, written or not. */
const END: Rung = { kind: "person" };

/** What comes after a failed attempt. */
export type Step =
  /** Another attempt; `left` are the rungs for when it fails too. */
  | {
      readonly kind: "attempt";
      readonly rung: Rung;
      readonly guidance: Guidance;
      readonly left: readonly Rung[];
      /** Whether it gets what the last attempt made, to change a part of it. */
      readonly keepsRest: boolean;
    }
  /** What was made stands, in the rung's state. */
  | {
      readonly kind: "settle";
      readonly rung: Rung;
      readonly state: string;
      readonly outputs: Readonly<Record<string, string>>;
    }
  /** A person's turn; `declared` where the rule says so itself. */
  | { readonly kind: "person"; readonly rung: Rung; readonly declared: boolean };

/** @param ladder the rungs that are left; @param last what the failed attempt was told. */
export function climb(ladder: readonly Rung[], last: Guidance, failed: Unsettled): Step {
  const { defects } = failed;
  const attempt = last.attempt + 1;
  for (const [index, rung] of ladder.entries()) {
    const left = ladder.slice(index + 1);
    switch (rung.kind) {
      case "again": {
        const guidance = { attempt, hint: rung.hint, defects, tokens: rung.tokens };
        return { kind: "attempt", rung, guidance, left, keepsRest: false };
      }
      case "narrow": {
        const guidance = { attempt, hint: rung.scope, defects, tokens: last.tokens };
        return { kind: "attempt", rung, guidance, left, keepsRest: true };
      }
      case "route":
      case "degrade": {
        const outputs = rung.settle(failed as Unsettled<never>);
        if (outputs === undefined) continue;
        return { kind: "settle", rung, state: rung.state, outputs };
      }
      case "person":
        return { kind: "person", rung, declared: true };
      default:
        return unreachable(rung);
    }
  }
  return { kind: "person", rung: END, declared: false };
}

/** A rung in words. */
export function describeRung(rung: Rung): string {
  switch (rung.kind) {
    case "again":
      return rung.hint ? `again: ${rung.hint}` : "again, with these defects";
    case "narrow":
      return `again, narrowed: ${rung.scope}`;
    case "route":
      return `back to ${rung.to} (${rung.state})`;
    case "degrade":
      return `it stands as ${rung.state}`;
    case "person":
      return "a person's turn";
    default:
      return unreachable(rung);
  }
}

/** The fault of a target whose ladder has ended. */
export function givenUp(task: Task, attempts: number, defects: readonly Defect[], asksPerson: boolean): Fault {
  const first = defects[0] === undefined ? "" : `: ${describeDefect(defects[0])}`;
  const more = defects.length > 1 ? ` (and ${defects.length - 1} more)` : "";
  const { id } = task.target;
  return {
    what: `${attempts} attempt${attempts === 1 ? "" : "s"} failed${first}${more}`,
    where: id,
    mend: asksPerson
      ? `it waits for you now: \`codex inbox\` says what you can do; \`codex answer ${id} "…"\` tells it how to go on`
      : `look at it yourself, then build again; \`codex why ${id}\` says what it reads`,
    exit: 1,
  };
}
