/**
 * Finds where any of some ASCII words occurs in a text, in any letter case, by the method of Wu and Manber: the last two
 * characters of a window say how far it can jump, so most of the text is never looked at. A case-blind regular expression
 * with alternatives takes several times as long, and this pass is a good part of what judging a unit costs.
 */
export interface Occurrence {
  /** One of the needles, as it was given. */
  readonly needle: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The slot of a pair of characters in the table of jumps. The low five bits of a letter are the same in both cases; that
 * other characters share slots with letters makes some jumps shorter, never too long.
 */
const slotOf = (first: number, second: number): number => ((first & 31) << 5) | (second & 31);

const SLOTS = 32 * 32;

export class Needles {
  /** The needles by the pair of characters that ends their window. */
  readonly #bySlot: readonly (readonly string[])[];
  /** The length of the shortest needle: only so much of each takes part in the jumps. */
  readonly #window: number;
  /** For each pair of characters that ends a window, how far the window may jump; 0 where a needle may start. */
  readonly #jumps: Uint8Array;

  /** @param needles ASCII, lower-case, of 2 to 255 characters each */
  constructor(needles: readonly string[]) {
    this.#window = Math.min(...needles.map((needle) => needle.length));
    this.#jumps = new Uint8Array(SLOTS).fill(this.#window - 1);
    for (const needle of needles) {
      for (let i = 1; i < this.#window; i += 1) {
        const slot = slotOf(needle.charCodeAt(i - 1), needle.charCodeAt(i));
        this.#jumps[slot] = Math.min(this.#jumps[slot]!, this.#window - 1 - i);
      }
    }
    const last = this.#window - 1;
    this.#bySlot = Array.from({ length: SLOTS }, (_, slot) =>
      needles.filter((needle) => slotOf(needle.charCodeAt(last - 1), needle.charCodeAt(last)) === slot),
    );
  }

  /** All occurrences, in the order of their starts. */
  in(text: string): readonly Occurrence[] {
    const jumps = this.#jumps;
    const found: Occurrence[] = [];
    for (let i = this.#window - 1; i < text.length; ) {
      const slot = slotOf(text.charCodeAt(i - 1), text.charCodeAt(i));
      const jump = jumps[slot]!;
      if (jump === 0) {
        const from = i - this.#window + 1;
        for (const needle of this.#bySlot[slot]!) {
          if (startsWith(text, from, needle)) found.push({ needle, from, to: from + needle.length });
        }
        i += 1;
      } else {
        i += jump;
      }
    }
    return found;
  }
}

function startsWith(text: string, from: number, needle: string): boolean {
  // Nearly every candidate fails at its first letter, and is not worth a piece of the text.
  if ((text.charCodeAt(from) | 32) !== needle.charCodeAt(0)) return false;
  return text.slice(from, from + needle.length).toLowerCase() === needle;
}
