/** Lines and columns of offsets in a text: findings are read by people and by editors, which count both from 1. */
import { codePoints } from "./characters.ts";

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in Unicode code points. */
  readonly column: number;
}

export class LineTable {
  readonly #text: string;
  readonly #starts: number[] = [0];

  /** @param text lines end in `\n` */
  constructor(text: string) {
    this.#text = text;
    for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) this.#starts.push(i + 1);
  }

  /** The place of a UTF-16 offset; offsets past the end are at the end. */
  place(offset: number): Place {
    const at = Math.min(offset, this.#text.length);
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: codePoints(this.#text.slice(this.#starts[low] ?? 0, at)) + 1 };
  }
}
