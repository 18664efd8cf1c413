/** One attempt at a target: carry out its action, and say what came of it. Nothing is written here. */

import type { ReadRecord } from "../artifact/question.ts";
import type { Fault } from "../fault.ts";
import type { Result } from "../result.ts";
import type { Usage } from "../usage.ts";
import type { Defect, RunOutputs } from "./action.ts";

/** What a successful attempt made. */
export interface Made extends RunOutputs {
  readonly reads: readonly ReadRecord[];
  readonly amended: ReadonlyMap<string, Uint8Array>;
  readonly usage: Usage;
  /** Who made it, for the ledgers. */
  readonly agent: string;
  readonly model: string | undefined;
}

/**
 * Why an attempt gave nothing. `defects`: what was made is not good enough, and the recovery ladder answers;
 * `fault`: something outside the pass is wrong, and trying again would not help.
 */
export type AttemptFailure =
  | {
      readonly kind: "defects";
      readonly defects: readonly Defect[];
      /** What it made all the same, for rungs that let it stand or have a part of it made again. */
      readonly made?: Made;
      /** One of its clocks ran out. */
      readonly timedOut?: true;
    }
  | { readonly kind: "fault"; readonly fault: Fault };

export type AttemptResult = Result<Made, AttemptFailure>;

/** What a later attempt is told of the one before. */
export interface Guidance {
  readonly attempt: number;
  readonly hint: string;
  readonly defects: readonly Defect[];
  /** Multiplies the output limit. */
  readonly tokens: number;
}

export const describeDefect = (each: Defect): string =>
  `${each.where ? `${each.where}: ` : ""}${each.what}${each.mend ? ` — ${each.mend}` : ""}`;
