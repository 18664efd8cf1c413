/** The recovery ladder as data: what a failed attempt leads to, and what the next one is told. */
import type { Fault } from "../fault.ts";
import { unreachable } from "../result.ts";
import type { Defect, Rung } from "./action.ts";
import { describeDefect, type Guidance } from "./attempt.ts";
import type { Task } from "./task.ts";

/** Where every ladder ends, written or not. */
export const END: Rung = { kind: "person" };

/** What the next attempt is told; undefined where it is a person's turn. */
export function climb(rung: Rung, last: Guidance, defects: readonly Defect[]): Guidance | undefined {
  const attempt = last.attempt + 1;
  switch (rung.kind) {
    case "again":
      return { attempt, hint: rung.hint, defects, tokens: rung.tokens };
    case "narrow":
      return { attempt, hint: rung.scope, defects, tokens: last.tokens };
    case "person":
      return undefined;
    default:
      return unreachable(rung);
  }
}

/** A rung in words. */
export function describeRung(rung: Rung): string {
  switch (rung.kind) {
    case "again":
      return rung.hint ? `again: ${rung.hint}` : "again, with these defects";
    case "narrow":
      return `again, narrowed: ${rung.scope}`;
    case "person":
      return "a person's turn";
    default:
      return unreachable(rung);
  }
}

/** The fault of a target whose ladder has ended. */
export function givenUp(task: Task, attempts: number, defects: readonly Defect[]): Fault {
  const first = defects[0] === undefined ? "" : `: ${describeDefect(defects[0])}`;
  const more = defects.length > 1 ? ` (and ${defects.length - 1} more)` : "";
  return {
    what: `${attempts} attempt${attempts === 1 ? "" : "s"} failed${first}${more}`,
    where: task.target.id,
    mend: `look at it yourself, then build again; \`codex why ${task.target.id}\` says what it reads`,
    exit: 1,
  };
}
