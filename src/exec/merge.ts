/** Three texts into one, line by line: what a rule had left, what a person made of it, what the rule makes now. */
import { diff3Merge, diffComm } from "node-diff3";
import { lineEndingOf, withLineEnding } from "../artifact/lines.ts";

export interface Merged {
  /** The merged text; where both sides changed the same lines, both are in it, between markers. */
  readonly text: string;
  /** Places where a person must choose. */
  readonly conflicts: number;
}

const MINE = "<<<<<<< yours";
const BASE = "||||||| what the rule had left";
const BETWEEN = "=======";
const THEIRS = ">>>>>>> what the rule makes now";

/**
 * Merges what `mine` and `theirs` each made of `base`. Line endings are those of `mine`.
 * @param base undefined where it is not known any more: then every difference is a conflict.
 */
export function mergeThreeWays(base: string | undefined, mine: string, theirs: string): Merged {
  const linesOf = (text: string): string[] => withLineEnding(text, "\n").split("\n");
  const regions = regionsOf(base === undefined ? undefined : linesOf(base), linesOf(mine), linesOf(theirs));
  const lines: string[] = [];
  let conflicts = 0;
  for (const { both, mine: own, base: before, theirs: fresh } of regions) {
    if (both !== undefined) lines.push(...both);
    else {
      conflicts++;
      lines.push(MINE, ...own, ...(base === undefined ? [] : [BASE, ...before]), BETWEEN, ...fresh, THEIRS);
    }
  }
  return { text: withLineEnding(lines.join("\n"), lineEndingOf(mine)), conflicts };
}

/** A run of lines on which the texts agree, or on which a person must choose. */
type Region =
  | { readonly both: readonly string[]; readonly mine?: never; readonly base?: never; readonly theirs?: never }
  | {
      readonly both?: never;
      readonly mine: readonly string[];
      readonly base: readonly string[];
      readonly theirs: readonly string[];
    };

function regionsOf(base: string[] | undefined, mine: string[], theirs: string[]): Region[] {
  if (base === undefined) {
    return diffComm(mine, theirs).map(({ common, buffer1, buffer2 }) =>
      common === undefined ? { mine: buffer1, base: [], theirs: buffer2 } : { both: common },
    );
  }
  // The same change on both sides is no conflict.
  return diff3Merge(mine, base, theirs, { excludeFalseConflicts: true }).map(({ ok, conflict }) =>
    conflict === undefined ? { both: ok ?? [] } : { mine: conflict.a, base: conflict.o, theirs: conflict.b },
  );
}

/** The first line that is a marker, from 1; undefined where a text has none. */
export function markerLine(text: string): number | undefined {
  const index = text.split(/\r?\n/).findIndex((line) => [MINE, BASE, THEIRS].includes(line));
  return index < 0 ? undefined : index + 1;
}
