/** Seeds that once found something, each with what it was: they are run first, for ever. */
export const FAILED_SEEDS: readonly (readonly [seed: number, found: string])[] = [
  [1, "the audit log's first line was safe, and the name of its file was not"],
  [217, "a call that neither journal nor cost ledger could take (ENOSPC) was never charged: the ceiling was passed"],
  [357, "the same, after the lock could not be released either"],
  [1205, "the same as 1, where a process was killed between making the log and making its name safe"],
];
