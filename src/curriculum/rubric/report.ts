/** Collects the verdict of one unit while the checks run in their order. */
import type { RepoPath } from "../../artifact/workspace.ts";
import type { Range } from "../unit/excerpt.ts";
import type { Unit } from "../unit/unit.ts";
import { decode } from "../unit/utf8.ts";
import type { YamlNode } from "../unit/yaml-node.ts";
import type { Finding, Verdict } from "./finding.ts";

/** One thing that a check has found, placed by its byte offset in the unit's file. */
export interface Defect {
  readonly at: number;
  readonly what: string;
  readonly text: string;
  readonly mend: string;
}

/** So many findings a check are listed. */
const MAX_LISTED = 20;
const MAX_TEXT = 160;

export class Report {
  readonly #path: RepoPath;
  readonly #unit: Unit;
  readonly #failed: string[] = [];
  readonly #findings: Finding[] = [];
  readonly #notes: Finding[] = [];
  #total = 0;

  constructor(path: RepoPath, unit: Unit) {
    this.#path = path;
    this.#unit = unit;
  }

  /**
   * Counts a check: it passes where it has found nothing.
   *
   * @param describe is called for the few that are listed only; a hostile file could have a million
   */
  check<T>(name: string, found: readonly T[], describe: (found: T) => Defect): void {
    this.#total += 1;
    if (found.length === 0) return;
    this.#failed.push(name);
    this.#findings.push(...this.#list(name, "failed", found, describe));
  }

  /** Counts a check that is passed or not, as a whole. */
  require(name: string, passes: boolean, describe: () => Defect): void {
    this.check(name, passes ? [] : [describe], (defect) => defect());
  }

  /** Says something that is off the count. */
  note<T>(name: string, found: readonly T[], describe: (found: T) => Defect): void {
    this.#notes.push(...this.#list(name, "note", found, describe));
  }

  /** Gives advice, with the paragraph of the written rubric that asks for it; off the count too. */
  advise<T>(name: string, source: string, found: readonly T[], describe: (found: T) => Defect): void {
    this.#notes.push(...this.#list(name, "advice", found, describe).map((finding) => ({ ...finding, source })));
  }

  verdict(): Verdict {
    return {
      path: this.#path,
      passed: this.#total - this.#failed.length,
      total: this.#total,
      failed: this.#failed,
      findings: [...this.#findings, ...this.#notes],
    };
  }

  #list<T>(
    check: string,
    level: Finding["level"],
    found: readonly T[],
    describe: (found: T) => Defect,
  ): readonly Finding[] {
    const more = found.length - MAX_LISTED;
    return found.slice(0, MAX_LISTED).map((one, i) => {
      const { at, what, text, mend } = describe(one);
      return {
        check,
        level,
        path: this.#path,
        ...this.#unit.place(at),
        what: own(more > 0 && i === MAX_LISTED - 1 ? `${what} (and ${more} more like this)` : what),
        text: own(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text),
        mend: own(mend),
      };
    });
  }
}

/**
 * The same text in memory of its own. V8 lets a cut string keep the whole that it was cut from: a few words quoted in
 * the verdicts of thousands of units would hold all of the units in memory.
 */
const own = (text: string): string => Buffer.from(text, "utf8").toString("utf8");

/** The offset in the unit's file of a key of the frontmatter; the frontmatter's start where it is absent. */
export const keyAt = (unit: Unit, key: string): number => unit.yamlAt(unit.frontmatter.entries.get(key)?.at ?? 0);

/** The offset in the unit's file of a value of the frontmatter. */
export const nodeAt = (unit: Unit, node: YamlNode): number => unit.yamlAt(node.at);

/** The line of the unit's file at an offset, without the white space around it. */
export const lineOf = (unit: Unit, at: number): string => unit.line(at).trim();

/** A part of the unit's body as text, without the white space around it; a character that it would cut is left out. */
export function quote(unit: Unit, { from, to }: Range): string {
  let end = Math.min(to, unit.body.length);
  while (end > from && (unit.body.charCodeAt(end) & 0xc0) === 0x80) end -= 1;
  return decode(unit.body.slice(from, end)).trim();
}
