/** What runs of a pass have cost, from the cost ledger: every attempt and every call of a run together. */
import type { Sample } from "../exec/estimate.ts";
import { sumUsd } from "../money.ts";
import type { CostLine } from "./cost-ledger.ts";

type Line = Pick<CostLine, "address" | "pass" | "attempt" | "turn" | "outcome" | "cost_usd" | "duration_s" | "model">;

export interface RunHistory {
  /** The latest first. */
  readonly samples: readonly Sample[];
  /** The targets that they are of. */
  readonly targets: ReadonlySet<string>;
}

/** Recordings cost nothing, which says nothing about models. */
const REPLAYED = "replay";

/**
 * The runs in the ledger. A run of a target ends where the next one begins at its first attempt and turn again.
 * @param lines in the order of the ledger.
 */
export function runHistory(lines: readonly Line[]): RunHistory {
  const runs: Line[][] = [];
  const open = new Map<string, Line[]>();
  for (const line of lines) {
    if (line.model === REPLAYED) continue;
    let run = open.get(line.address);
    const last = run?.at(-1);
    if (run === undefined || last === undefined || beginsAnew(last, line)) {
      run = [];
      runs.push(run);
      open.set(line.address, run);
    }
    run.push(line);
  }
  const samples = runs.reverse().map((run) => ({
    rule: run[0]!.pass,
    seconds: run.reduce((sum, { duration_s }) => sum + duration_s, 0),
    usd: sumUsd(run.map(({ cost_usd }) => cost_usd)),
  }));
  return { samples, targets: new Set(open.keys()) };
}

/** A call that failed is asked again at the same turn: that is no new run. */
function beginsAnew(last: Line, next: Line): boolean {
  if (next.attempt !== last.attempt) return next.attempt < last.attempt;
  return next.turn < last.turn || (next.turn === last.turn && last.outcome === "answered");
}
