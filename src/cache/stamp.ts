/**
 * What stands for a file's bytes without reading them: its size, times and inode. Two files with one stamp are the same
 * file, unless it was changed within the same tick of the clock as before: `isRacy` says where that could be.
 */
import type { FileStat } from "../artifact/files.ts";

const SECOND_NS = 1_000_000_000n;
/** How long after a file was touched another change may still bear the same time: whole seconds tell a coarse clock. */
const COARSE_TICK_NS = 2n * SECOND_NS;
/** Linux moves file times on at most every 10 ms. */
const FINE_TICK_NS = 50_000_000n;

export const stampOf = (stat: FileStat | { readonly [key in keyof FileStat]: bigint }): string =>
  `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}`;

/** Whether the file may change after it was looked at, from `before` (ms since the epoch) on, without its stamp showing it. */
export function isRacy(stat: Pick<FileStat, "mtimeNs" | "ctimeNs">, before: number): boolean {
  const read = BigInt(Math.floor(before)) * 1_000_000n;
  return isLate(stat.mtimeNs, read) || isLate(stat.ctimeNs, read);
}

const isLate = (touched: bigint, read: bigint): boolean =>
  touched + (touched % SECOND_NS === 0n ? COARSE_TICK_NS : FINE_TICK_NS) > read;
