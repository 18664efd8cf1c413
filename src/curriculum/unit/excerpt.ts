/**
 * Parts of a body joined into one, with the way back: a check that looks at the body without its code fences must
 * still say where in the file it found something.
 */
import type { Utf8 } from "./utf8.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
}

export class Excerpt {
  readonly text: Utf8;
  /** Offsets in `text` at which each part starts, ascending, and where each part starts in the origin. */
  readonly #starts: readonly number[];
  readonly #origins: readonly number[];

  private constructor(text: Utf8, starts: readonly number[], origins: readonly number[]) {
    this.text = text;
    this.#starts = starts;
    this.#origins = origins;
  }

  static whole(text: Utf8): Excerpt {
    return new Excerpt(text, [0], [0]);
  }

  /** The given ascending parts of a text, joined by `separator`. */
  static parts(text: Utf8, ranges: readonly Range[], separator: string): Excerpt {
    const starts: number[] = [];
    let at = 0;
    for (const { from, to } of ranges) {
      starts.push(at);
      at += to - from + separator.length;
    }
    const joined = ranges.map(({ from, to }) => text.slice(from, to)).join(separator);
    return new Excerpt(
      joined as Utf8,
      starts,
      ranges.map(({ from }) => from),
    );
  }

  /** This excerpt without the given ascending, disjoint ranges of its own text. */
  without(cuts: readonly Range[]): Excerpt {
    if (cuts.length === 0) return this;
    const kept: Range[] = [];
    let from = 0;
    for (const cut of cuts) {
      kept.push({ from, to: cut.from });
      from = cut.to;
    }
    kept.push({ from, to: this.text.length });
    const pieces: string[] = [];
    const starts: number[] = [];
    const origins: number[] = [];
    let at = 0;
    for (const piece of kept) {
      if (piece.from === piece.to) continue;
      pieces.push(this.text.slice(piece.from, piece.to));
      // A kept piece may span several parts of this excerpt: each of them keeps its own origin.
      let part = this.#partAt(piece.from);
      starts.push(at);
      origins.push(this.originOf(piece.from));
      for (part += 1; (this.#starts[part] ?? Number.POSITIVE_INFINITY) < piece.to; part += 1) {
        starts.push(at + (this.#starts[part] ?? 0) - piece.from);
        origins.push(this.#origins[part] ?? 0);
      }
      at += piece.to - piece.from;
    }
    return new Excerpt(pieces.join("") as Utf8, starts, origins);
  }

  /** The offset in the origin of an offset in `text`. */
  originOf(offset: number): number {
    const part = this.#partAt(offset);
    return (this.#origins[part] ?? 0) + offset - (this.#starts[part] ?? 0);
  }

  #partAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }
}

/**
 * The ranges from each `open` to the nearest `close` after it, both included; an unclosed one is no range. Linear,
 * where a lazy regular expression would scan to the end once for every unclosed opening.
 */
export function enclosed(text: string, open: string, close: string): readonly Range[] {
  const ranges: Range[] = [];
  let from = text.indexOf(open);
  while (from !== -1) {
    const end = text.indexOf(close, from + open.length);
    if (end === -1) break;
    ranges.push({ from, to: end + close.length });
    from = text.indexOf(open, end + close.length);
  }
  return ranges;
}

/** Code fences, from three backquotes to the next three. */
export const codeFences = (text: string): readonly Range[] => enclosed(text, "```", "```");

/** `<aside …>` to `</aside>`, in any case. */
export function asides(text: string): readonly Range[] {
  const ranges: Range[] = [];
  const tag = /<aside|<\/aside>/gi;
  let from = -1;
  for (let found = tag.exec(text); found !== null; found = tag.exec(text)) {
    const closes = found[0].length === "</aside>".length;
    if (!closes && from === -1) {
      from = found.index;
    } else if (closes && from !== -1) {
      ranges.push({ from, to: tag.lastIndex });
      from = -1;
    }
  }
  return ranges;
}
