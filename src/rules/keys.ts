/** Parts of addresses: what may stand in one, and that no two items of a list have the same. */
import { FaultError, usageFault } from "../fault.ts";

const SEGMENT = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;

/** Gives a part of an address back; a `FaultError` at `where` it was found, if it can be none. */
export function checkKey(key: string, where: string): string {
  if (!SEGMENT.test(key)) {
    throw new FaultError(
      usageFault(`“${key}” cannot be part of an address`, where, "use letters, digits, dots, hyphens and underscores"),
    );
  }
  return key;
}

/** A list each of whose items makes an address of its own; a `FaultError` at `where` it was listed, if not. */
export function checkKeys<T>(list: readonly T[], keyOf: (item: T) => string, where: string): readonly T[] {
  const keys = new Set<string>();
  for (const item of list) {
    const key = checkKey(keyOf(item), where);
    if (keys.has(key))
      throw new FaultError(usageFault(`“${key}” is listed twice`, where, "take one of the two out, or rename it"));
    keys.add(key);
  }
  return list;
}
