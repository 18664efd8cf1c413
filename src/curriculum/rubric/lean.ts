/** Checks of what a unit says about its formalisation in Lean. */
import type { Unit } from "../unit/unit.ts";
import { countWords, encode } from "../unit/utf8.ts";
import { field, isTruthy, stringOf, textOf } from "../unit/yaml-node.ts";
import { partOf } from "./domains.ts";
import { type Defect, keyAt, lineOf, type Report } from "./report.ts";
import type { WorkspaceFacts } from "./workspace-facts.ts";

const LONG_NOTE = 30;
const SHORT_NOTE = 5;

/** Whether the unit's subject is one that Mathlib could cover, so that the gap must be explained at length. */
function isFormal(id: string): boolean {
  const part = partOf(id);
  if (id.startsWith("20.01.")) return true;
  return /^(?:[01]\d|3[7-9]|4[0-7])$/.test(part);
}

export function checkLean(report: Report, unit: Unit, facts: WorkspaceFacts): void {
  const status = textOf(field(unit.frontmatter, "lean_status"));
  if (status === "full" || status === "partial") checkModule(report, unit, facts, status);
  else if (status === "none") checkNone(report, unit);
  else {
    report.require("lean_status is full | partial | none", false, () =>
      defect(unit, "lean_status", "unknown `lean_status`", "set `lean_status` to full, partial or none"),
    );
  }
}

function defect(unit: Unit, key: string, what: string, mend: string): Defect {
  const at = keyAt(unit, key);
  return { at, what, text: unit.frontmatter.entries.has(key) ? lineOf(unit, at) : "", mend };
}

function checkModule(report: Report, unit: Unit, facts: WorkspaceFacts, status: "full" | "partial"): void {
  const node = field(unit.frontmatter, "lean_module");
  const declared = isTruthy(node);
  report.require(`lean_status: ${status} has lean_module declared`, declared, () =>
    defect(unit, "lean_module", "the unit names no Lean module", "set `lean_module`, or `lean_status: none`"),
  );
  if (!declared) return;
  const file = `lean/${stringOf(node).replaceAll(".", "/")}.lean`;
  report.require("lean_module file exists at expected path", facts.exists(file), () =>
    defect(unit, "lean_module", `there is no ${file}`, `write ${file}, or correct \`lean_module\``),
  );
}

function checkNone(report: Report, unit: Unit): void {
  const unnamed = !isTruthy(field(unit.frontmatter, "lean_module"));
  report.require("lean_status: none has no lean_module declared", unnamed, () =>
    defect(
      unit,
      "lean_module",
      "a unit without formalisation names a module",
      "delete `lean_module`, or correct `lean_status`",
    ),
  );
  const gap = field(unit.frontmatter, "lean_mathlib_gap");
  const least = isFormal(stringOf(field(unit.frontmatter, "id"))) ? LONG_NOTE : SHORT_NOTE;
  const note = encode(isTruthy(gap) ? stringOf(gap) : "");
  const words = countWords(note, 0, note.length);
  report.require("lean_status: none has lean/formalization note", words >= least, () =>
    defect(
      unit,
      "lean_mathlib_gap",
      `the note on the gap in Mathlib has ${words} words, fewer than ${least}`,
      `say in \`lean_mathlib_gap\`, in at least ${least} words, what a formalisation would need`,
    ),
  );
}
