/**
 * Bodies are searched as their UTF-8 bytes, in a string of one character a byte. ASCII means the same in it, so indexes,
 * searches and regular expressions work as ever, at twice the speed and half the memory of decoded text, and without the
 * decoding, which alone takes as long as hashing. Offsets in it are byte offsets. Only what looks beyond ASCII must know:
 * white space and letters, which are here, and whatever is shown to a person, which is decoded first.
 */
import { isSpace } from "./characters.ts";

/** UTF-8 bytes as a string of characters from U+0000 to U+00FF. */
export type Utf8 = string & { readonly __brand: "Utf8" };

export const utf8OfBytes = (bytes: Uint8Array): Utf8 =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as Utf8;

export const encode = (text: string): Utf8 => Buffer.from(text, "utf8").toString("latin1") as Utf8;

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** The text of UTF-8 bytes, or of a part of them that cuts no character. */
export const decode = (utf8: string): string =>
  BEYOND_ASCII.test(utf8) ? Buffer.from(utf8, "latin1").toString("utf8") : utf8;

/** 1 for ASCII white space. */
const ASCII_SPACE = Uint8Array.from({ length: 128 }, (_, code) => (isSpace(code) ? 1 : 0));

/** The first bytes of the white space beyond ASCII. */
const isSpaceLead = (byte: number): boolean => byte === 0xc2 || (byte >= 0xe1 && byte <= 0xe3);

/** How many bytes the white space at an offset has: 0 where there is none, up to 3. */
export function spaceAt(utf8: string, at: number): number {
  const byte = utf8.charCodeAt(at);
  if (byte < 128) return ASCII_SPACE[byte]!;
  if (!isSpaceLead(byte)) return 0;
  const second = utf8.charCodeAt(at + 1) & 0x3f;
  if (byte === 0xc2) return isSpace(0x80 | second) ? 2 : 0;
  return isSpace(((byte & 0x0f) << 12) | (second << 6) | (utf8.charCodeAt(at + 2) & 0x3f)) ? 3 : 0;
}

/** The first offset in `[from, to)` that is not white space, or `to`. */
export function skipSpace(utf8: string, from: number, to: number): number {
  let i = from;
  for (let length = 1; i < to && length > 0; i += length) length = spaceAt(utf8, i);
  return Math.min(i, to);
}

/** One past the last offset in `[from, to)` that is not white space, or `from`. */
export function skipSpaceBack(utf8: string, from: number, to: number): number {
  let i = to;
  while (i > from) {
    const start = previous(utf8, i);
    if (start < from || spaceAt(utf8, start) === 0) break;
    i = start;
  }
  return i;
}

/** The start of the character that ends before an offset. */
function previous(utf8: string, at: number): number {
  let i = at - 1;
  while (i > 0 && (utf8.charCodeAt(i) & 0xc0) === 0x80) i -= 1;
  return i;
}

/** How many words, separated by white space, lie in `[from, to)`. */
export function countWords(utf8: string, from: number, to: number): number {
  let words = 0;
  let before = 1;
  for (let i = from; i < to; i += 1) {
    const byte = utf8.charCodeAt(i);
    let space = byte < 128 ? ASCII_SPACE[byte]! : 0;
    if (byte >= 128 && isSpaceLead(byte)) {
      const length = spaceAt(utf8, i);
      space = length > 0 ? 1 : 0;
      i += Math.max(0, length - 1);
    }
    // Arithmetic, because a branch at the end of every word is one that the processor guesses wrong.
    words += before & (1 - space);
    before = space;
  }
  return words;
}

const LETTER = /^[\p{L}\p{N}_]/u;

/** Whether a letter, a digit or `_` of any script starts at an offset. */
export function isWordAt(utf8: string, at: number): boolean {
  // No character has more than four bytes; a fifth may cut the next one, which nobody looks at.
  return LETTER.test(decode(utf8.slice(at, at + 4)));
}

/** Whether a letter, a digit or `_` of any script ends before an offset. */
export const isWordBefore = (utf8: string, at: number): boolean => at > 0 && isWordAt(utf8, previous(utf8, at));
