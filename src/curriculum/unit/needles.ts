/**
 * Finds where any of some ASCII words occurs in a text, in any letter case, in one pass over it: an Aho–Corasick
 * automaton in one flat table. A case-blind regular expression with alternatives takes twice as long, and these passes
 * are most of what judging a unit costs.
 */
export class Needles {
  /** For each state, the next state for each letter class, both as offsets into this table; final ones are negative. */
  readonly #next: Int32Array;
  /** The letter class of each ASCII code; 0 for all that occur in no needle. */
  readonly #classes = new Uint8Array(128);
  readonly #width: number;

  /** @param words non-empty, ASCII, lower-case */
  constructor(words: readonly string[]) {
    const letters = [...new Set(words.join(""))];
    this.#width = letters.length + 1;
    letters.forEach((letter, i) => {
      this.#classes[letter.charCodeAt(0)] = i + 1;
      this.#classes[letter.toUpperCase().charCodeAt(0)] = i + 1;
    });
    this.#next = this.#build(words);
  }

  /** The offsets just behind each occurrence, ascending. */
  endsIn(text: string): readonly number[] {
    const next = this.#next;
    const classes = this.#classes;
    const ends: number[] = [];
    let state = 0;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      state = code < 128 ? (next[state + (classes[code] ?? 0)] ?? 0) : 0;
      if (state < 0) {
        ends.push(i + 1);
        state = -state;
      }
    }
    return ends;
  }

  #build(words: readonly string[]): Int32Array {
    const width = this.#width;
    const children: Map<number, number>[] = [new Map()];
    const final = new Set<number>();
    for (const word of words) {
      let state = 0;
      for (const letter of word) {
        const kind = this.#classes[letter.charCodeAt(0)] ?? 0;
        const child = children[state]?.get(kind) ?? children.push(new Map()) - 1;
        children[state]?.set(kind, child);
        state = child;
      }
      final.add(state);
    }
    // Breadth first, so that the state to fall back to is always complete.
    const table = new Int32Array(children.length * width);
    const fallbacks = new Array<number>(children.length).fill(0);
    const queue = [0];
    for (const state of queue) {
      const fallback = fallbacks[state] ?? 0;
      if (final.has(fallback)) final.add(state);
      for (let kind = 0; kind < width; kind += 1) {
        const inherited = state === 0 ? 0 : Math.abs(table[fallback * width + kind] ?? 0) / width;
        const child = children[state]?.get(kind);
        if (child !== undefined) {
          fallbacks[child] = inherited;
          queue.push(child);
        }
        table[state * width + kind] = (child ?? inherited) * width;
      }
    }
    return table.map((target) => (final.has(target / width) ? -target : target));
  }
}
