/** An exception of a rule's own code (a call, a check, a list of inputs), as a person is told of it: one target's failure, not the build's. */
import { type Fault, FaultError } from "../fault.ts";
import type { Target } from "../graph/target.ts";

/** The fault for whatever was thrown while a target ran. */
export function thrownFault(error: unknown, target: Target): Fault {
  if (error instanceof FaultError) return error.fault.where === "" ? { ...error.fault, where: target.id } : error.fault;
  const what = error instanceof Error ? `${error.name}: ${error.message}${placeOf(error)}` : String(error);
  return {
    what: `it threw ${what}`,
    where: target.id,
    mend: `mend the rule ${target.rule}, or what it calls`,
    exit: 1,
  };
}

/** The line of the code that threw, as far as it is anybody's own. */
function placeOf(error: Error): string {
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const own = frames.find((line) => !/node:internal|[\\/]node_modules[\\/]/.test(line)) ?? frames[0];
  return own === undefined ? "" : ` (${own.trim()})`;
}
