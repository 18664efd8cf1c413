/** Lines and columns of offsets in a text: findings are read by people and by editors, which count both from 1. */
import type { Utf8 } from "./utf8.ts";

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in Unicode code points. */
  readonly column: number;
}

export class LineTable {
  readonly #text: Utf8;
  readonly #starts: number[] = [0];

  /** @param text lines end in `\n` */
  constructor(text: Utf8) {
    this.#text = text;
    for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) this.#starts.push(i + 1);
  }

  /** The place of a byte offset; offsets past the end are at the end. */
  place(offset: number): Place {
    const at = Math.min(offset, this.#text.length);
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    let column = 1;
    // Every character has one byte that does not continue another.
    for (let i = this.#starts[low] ?? 0; i < at; i += 1) if ((this.#text.charCodeAt(i) & 0xc0) !== 0x80) column += 1;
    return { line: low + 1, column };
  }
}
