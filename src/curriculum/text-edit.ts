/**
 * Edits of the shared files as insertions into their text, and the one rule for where an insertion goes. Nothing here
 * prints a file anew: that is what keeps every other byte as it was.
 */
/** Replace `length` UTF-16 units at `offset` by `text`. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** Applies edits that do not overlap; edits at one offset are applied in the order given. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const inOrder = edits.map((edit, at) => ({ edit, at })).sort((a, b) => a.edit.offset - b.edit.offset || a.at - b.at);
  let out = "";
  let from = 0;
  for (const { edit } of inOrder) {
    if (edit.offset < from) throw new Error(`overlapping edits at offset ${edit.offset}`);
    out += text.slice(from, edit.offset) + edit.text;
    from = edit.offset + edit.length;
  }
  return out + text.slice(from);
}

/** The existing children beside which a new one goes, as indexes: behind `below`, or else in front of `above`. */
export interface Neighbours {
  /** The child with the greatest key below the new one; the last of several. */
  readonly below: number | undefined;
  /** The child with the smallest key above it; the first of several. */
  readonly above: number | undefined;
}

/**
 * Where a new key goes in a list that need not be sorted: beside its neighbours in the order of keys, wherever these
 * stand. So keys put in one by one land the same way in any order, and branches that add different keys rarely
 * touch the same line.
 */
export function neighbours(keys: readonly string[], key: string): Neighbours {
  let below: number | undefined;
  let above: number | undefined;
  for (const [at, other] of keys.entries()) {
    if (other < key) {
      if (below === undefined || other >= (keys[below] ?? "")) below = at;
    } else if (other > key && (above === undefined || other < (keys[above] ?? ""))) {
      above = at;
    }
  }
  return { below, above };
}

export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
