/** The headings of one text with the two questions that references ask of them: by number, and by title. */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";
import { groupBy } from "./group.ts";
import { type Heading, headings, numbered } from "./markdown.ts";

export class Outline {
  readonly headings: readonly Heading[];
  readonly #byNumber: ReadonlyMap<string, readonly Heading[]>;
  readonly #byTitle: ReadonlyMap<string, readonly Heading[]>;

  constructor(text: string) {
    this.headings = headings(text);
    this.#byNumber = groupBy(
      this.headings.filter((heading) => heading.number !== undefined),
      (heading) => heading.number as string,
    );
    this.#byTitle = groupBy(this.headings, (heading) => heading.title);
  }

  /** The heading numbered so. */
  numbered(number: string): Result<Heading | undefined, Fault> {
    return highest(this.#byNumber.get(number) ?? [], `§${number}`);
  }

  /** The heading whose title is that text, written with its number or without. */
  titled(title: string): Result<Heading | undefined, Fault> {
    const split = numbered(title);
    const candidates = [
      ...(this.#byTitle.get(title) ?? []),
      ...(split.number === undefined ? [] : (this.#byTitle.get(split.title) ?? [])).filter(
        (heading) => heading.number === split.number,
      ),
    ];
    return highest(candidates, JSON.stringify(title));
  }
}

/**
 * Of several headings that answer to one name the highest-ranking is meant: real plans repeat a number below its own
 * section (`### §2.1 …` with `#### §2.1 totals`) and number inner lists anew (`##### §1 …`). Two of the same rank
 * cannot be told apart.
 */
export function highest(candidates: readonly Heading[], name: string): Result<Heading | undefined, Fault> {
  const level = candidates.reduce((least, heading) => Math.min(least, heading.level), 7);
  const [first, second] = candidates.filter((heading) => heading.level === level);
  if (second) return err(ambiguous(name, first!.line, second.line));
  return ok(first);
}

/** The fault of a name that two places answer to. Lines are 1-based. */
export function ambiguous(name: string, firstLine: number, secondLine: number): Fault {
  return usageFault(
    `${name} is ambiguous: lines ${firstLine} and ${secondLine} both answer to it`,
    `line ${secondLine}`,
    "rename one of them",
  );
}
