/** The one way to write to a workspace: as its one writer, for as long as the work takes, however it ends. */
import { acquireLock, beating, type Lock } from "../cache/lock.ts";
import { FaultError } from "../fault.ts";
import type { Host } from "../host.ts";

/**
 * Works while nobody else writes. Throws a `FaultError` that says who writes, where somebody does.
 * @param command shown to whoever is kept out; undefined where nothing is written, and no lock is needed.
 */
export async function withLock<T>(host: Host, command: string | undefined, work: () => T | Promise<T>): Promise<T> {
  if (command === undefined) return work();
  const lock = acquireLock(host, command);
  if (!lock.ok) throw new FaultError(lock.error);
  return holding(host, lock.value, work);
}

/** Works under a lock that was taken, gives signs of life meanwhile, and lets it go. */
export async function holding<T>(host: Host, lock: Lock, work: () => T | Promise<T>): Promise<T> {
  const fallSilent = beating(host, lock);
  try {
    return await work();
  } finally {
    fallSilent();
    lock.release();
  }
}
