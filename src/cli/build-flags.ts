/** What `codex build` can be told, and what other commands that build take over from it. */
import { FaultError, usageFault } from "../fault.ts";

export interface BuildFlags {
  readonly dryRun?: boolean;
  readonly check?: boolean;
  readonly jobs?: string;
  readonly fail?: "continue" | "no-new" | "stop";
  readonly force?: boolean;
  readonly refresh?: boolean;
  readonly overwriteEdits?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Gates that are approved without asking, with commas between. */
  readonly yes?: string;
  /** US dollars, as typed. */
  readonly budget?: string;
  /** Where the profile goes. */
  readonly profile?: string;
  /** A release: builds on, as people answer, until it has converged. */
  readonly until?: string;
  /** Passes that need no tools go in message batches, at half the price. */
  readonly batch?: boolean;
}

/** The limit over all pools, where one was typed. Throws a `FaultError` for what is no number of targets. */
export function jobsOf(flags: BuildFlags): number | undefined {
  if (flags.jobs === undefined) return undefined;
  const jobs = Number(flags.jobs);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new FaultError(usageFault(`-j takes a whole number from 1, not ${flags.jobs}`, "-j", "e.g. -j 4"));
  return jobs;
}

/** The ceiling for this run in US dollars, where one was typed. Throws a `FaultError` for what is no amount. */
export function budgetOf(flags: BuildFlags): number | undefined {
  if (flags.budget === undefined) return undefined;
  const usd = Number(flags.budget.replace(/^\$/, ""));
  if (flags.budget.trim() === "" || !Number.isFinite(usd) || usd < 0)
    throw new FaultError(
      usageFault(`--budget takes US dollars, not ${flags.budget}`, "--budget", "e.g. --budget 2.50"),
    );
  return usd;
}
