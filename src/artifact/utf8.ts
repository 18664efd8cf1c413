/**
 * Bytes to text and back without losing any: whoever edits a part of a file must be able to write back the rest
 * exactly. A byte-order mark stays, and bytes that are no UTF-8 are refused rather than replaced.
 */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of a file that is to be edited: `encodeUtf8` gives the same bytes back. */
export function decodeUtf8(bytes: Uint8Array): Result<string, Fault> {
  try {
    return ok(strict.decode(bytes));
  } catch {
    return err(usageFault("the file is not UTF-8 text", "", "save it as UTF-8"));
  }
}

/** The text of a file that is only read: bytes that are no UTF-8 become U+FFFD. */
export const readUtf8 = (bytes: Uint8Array): string => lenient.decode(bytes);

export const encodeUtf8 = (text: string): Uint8Array => encoder.encode(text);
