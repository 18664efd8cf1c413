/** Something that must never be. A simulation ends with it, and its seed shows it again. */

export type Invariant =
  | "paid once"
  | "budget"
  | "single integrator"
  | "legal states"
  | "person's edits"
  | "append-only log"
  | "half-written output"
  | "all or nothing"
  | "own answer"
  | "journal before request"
  | "converges"
  | "at rest";

export class Violation extends Error {
  readonly invariant: Invariant;
  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`);
    this.name = "Violation";
    this.invariant = invariant;
  }
}
