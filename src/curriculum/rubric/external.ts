/**
 * What a campaign's own validator says of a unit: an exit code, and `N/M checks passed` on standard output. Only the
 * reading of it; whoever runs the command passes in what it left behind.
 */
import { err, ok, type Result } from "../../result.ts";

export interface ExternalVerdict {
  readonly passed: number;
  readonly total: number;
  /** The names of the failed checks, where the validator lists them as `[✗] name`. */
  readonly failed: readonly string[];
}

const COUNT = /(?<![\d.])(\d{1,9})\/(\d{1,9}) checks passed/g;
const FAILED = /^[ \t]*\[(?:✗|x|FAIL)\][ \t]+(.*)$/gim;

/**
 * Reads a validator's output for one unit. Output that says nothing, or contradicts the exit code, is an error and never
 * a pass: the validator broke, and nobody has judged the unit.
 *
 * @param exitCode 0 for a unit that passes everything; null where the process was killed
 */
export function readExternalVerdict(exitCode: number | null, stdout: string): Result<ExternalVerdict, string> {
  if (exitCode === null) return err("the validator was killed before it was done");
  const counts = [...stdout.matchAll(COUNT)];
  const [count] = counts;
  if (count === undefined) return err(`the validator exited with ${exitCode} without saying “N/M checks passed”`);
  if (counts.length > 1) return err("the validator said “N/M checks passed” more than once for one unit");
  const passed = Number(count[1]);
  const total = Number(count[2]);
  if (passed > total) return err(`the validator counted ${passed} of ${total} checks`);
  if ((exitCode === 0) !== (passed === total)) {
    return err(`the validator exited with ${exitCode} but counted ${passed} of ${total} checks passed`);
  }
  return ok({ passed, total, failed: [...stdout.matchAll(FAILED)].map((line) => (line[1] ?? "").trim()) });
}
