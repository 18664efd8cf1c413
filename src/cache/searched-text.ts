/**
 * A text that thousands of searches are asked of. Whether it can hold a pattern at all is known from a small signature,
 * which most searches do not pass. Where many pass, an index says at which places a pattern can begin: a catalog of some
 * megabytes is then not read through for each of them.
 */

/** Bits of a signature: about as many as the text has characters, between these. */
const FEWEST_BITS = 1 << 10;
const MOST_BITS = 1 << 18;
/** Characters that are looked at together; a shorter pattern passes every signature. */
const GRAM = 3;

/** So many searches of one text pay for its index. */
const INDEXED_FROM = 16;
/** Places that share a bucket of an index, in the mean. */
const IN_BUCKET = 8;

const gramAt = (text: string, at: number): number =>
  Math.imul(text.charCodeAt(at), 0x9e3779b1) ^
  Math.imul(text.charCodeAt(at + 1), 0x85ebca6b) ^
  Math.imul(text.charCodeAt(at + 2), 0xc2b2ae35);

/** Which triples of characters occur in a text, as a set that may say yes too often and never no. */
export class Signature {
  private readonly bits: Uint32Array;
  private readonly mask: number;

  /** @param lowered the text in lower case */
  constructor(lowered: string) {
    let size = FEWEST_BITS;
    while (size < lowered.length && size < MOST_BITS) size *= 2;
    this.bits = new Uint32Array(size / 32);
    this.mask = size - 1;
    for (let at = 0; at + GRAM <= lowered.length; at++) {
      const bit = this.placeOf(lowered, at);
      this.bits[bit >>> 5]! |= 1 << (bit & 31);
    }
  }

  /** Whether the text may hold a pattern. @param needle in lower case */
  mayHold(needle: string): boolean {
    for (let at = 0; at + GRAM <= needle.length; at++) {
      const bit = this.placeOf(needle, at);
      if ((this.bits[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  private placeOf(text: string, at: number): number {
    return bucketOf(text, at, this.mask);
  }
}

/** @param mask the number of buckets, a power of two, less one */
function bucketOf(text: string, at: number, mask: number): number {
  const hash = gramAt(text, at);
  return (hash ^ (hash >>> 15)) & mask;
}

/** Where each triple of characters stands in a text, by buckets that several may share. */
class Index {
  private readonly mask: number;
  /** Where each bucket begins in `places`. */
  private readonly begins: Int32Array;
  private readonly places: Int32Array;

  constructor(text: string) {
    let size = 1;
    while (size * IN_BUCKET < text.length && size < MOST_BITS) size *= 2;
    this.mask = size - 1;
    this.begins = new Int32Array(size + 1);
    const last = text.length - GRAM;
    for (let at = 0; at <= last; at++) this.begins[bucketOf(text, at, this.mask) + 1]!++;
    for (let bucket = 0; bucket < size; bucket++) this.begins[bucket + 1]! += this.begins[bucket]!;
    this.places = new Int32Array(Math.max(0, last + 1));
    const next = this.begins.slice();
    for (let at = 0; at <= last; at++) this.places[next[bucketOf(text, at, this.mask)]!++] = at;
  }

  /** The places at which a pattern of at least three characters may begin, in order. */
  candidates(needle: string): { readonly places: Int32Array; readonly offset: number } {
    let [from, to, offset] = [0, Number.POSITIVE_INFINITY, 0];
    for (let at = 0; at + GRAM <= needle.length; at++) {
      const bucket = bucketOf(needle, at, this.mask);
      const [begin, end] = [this.begins[bucket]!, this.begins[bucket + 1]!];
      if (end - begin < to - from) [from, to, offset] = [begin, end, at];
    }
    return { places: this.places.subarray(from, to), offset };
  }
}

/** The text itself, in lines, with their lower case beside them. */
export class SearchedText {
  readonly lowered: string;
  private readonly lines: readonly string[];
  /** Where each line begins in `lowered`; made when something is found for the first time. */
  private starts: Int32Array | undefined;
  private index: Index | undefined;
  private asked = 0;

  constructor(text: string) {
    this.lines = text.split(/\r?\n/);
    // Line by line: in lower case a line may be longer than it was.
    this.lowered = this.lines.map((line) => line.toLowerCase()).join("\n");
  }

  /** The lines that hold a pattern, as `hitsIn` gives them. @param needle in lower case */
  hits(needle: string): string[] {
    if (needle.includes("\n")) return [];
    const isIndexed = ++this.asked > INDEXED_FROM && needle.length >= GRAM;
    return isIndexed ? this.hitsByIndex(needle) : this.hitsByReading(needle);
  }

  private hitsByReading(needle: string): string[] {
    const found: string[] = [];
    for (let at = this.lowered.indexOf(needle); at >= 0; ) {
      const line = this.lineAt(at);
      found.push(this.lines[line]!.trim());
      const next = this.starts![line + 1];
      at = next === undefined ? -1 : this.lowered.indexOf(needle, next);
    }
    return found;
  }

  private hitsByIndex(needle: string): string[] {
    this.index ??= new Index(this.lowered);
    const { places, offset } = this.index.candidates(needle);
    const found: string[] = [];
    let next = 0;
    for (const place of places) {
      const at = place - offset;
      if (at < next || !this.lowered.startsWith(needle, at)) continue;
      const line = this.lineAt(at);
      found.push(this.lines[line]!.trim());
      next = this.starts![line + 1] ?? this.lowered.length;
    }
    return found;
  }

  /** The number of the line, from 0, that a place in `lowered` is in. */
  private lineAt(place: number): number {
    this.starts ??= this.findStarts();
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private findStarts(): Int32Array {
    const starts = new Int32Array(this.lines.length);
    let at = 0;
    for (let line = 0; line < starts.length; line++) {
      starts[line] = at;
      at = this.lowered.indexOf("\n", at) + 1;
    }
    return starts;
  }
}
