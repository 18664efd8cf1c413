/**
 * What a person is told when something that they can mend is wrong: what, where, and how to mend it. The exit
 * code says to a script what kind of thing it was (design §10).
 */
export interface Fault {
  /** One sentence: what is wrong. */
  readonly what: string;
  /** A path, `path:line`, an address or a key; empty where there is no place. */
  readonly where: string;
  /** What to do about it, as a command where one helps. */
  readonly mend: string;
  /** Process exit code, one of the codes of `src/cli/exit.ts`. */
  readonly exit: number;
}

/** A usage or configuration fault: exit code 2. */
export const usageFault = (what: string, where: string, mend: string): Fault => ({ what, where, mend, exit: 2 });

/** Carries a fault out of deep code to the one place that prints it. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.where ? `${fault.where}: ${fault.what}` : fault.what);
    this.name = "FaultError";
    this.fault = fault;
  }
}
