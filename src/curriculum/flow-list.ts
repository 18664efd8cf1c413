/**
 * The flows of the campaign, as `manifests/books.yaml` declares them beside the books that they hang off: author flows hang
 * off a book, strand and synthesis flows off other flows, theme flows off either.
 */
import * as z from "zod";
import { FaultError, usageFault } from "../fault.ts";
import { type Book, parseBooks, slugSchema, WHOLE_BOOK } from "./books.ts";
import { cyclesOf } from "./cycles.ts";
import { declaredYaml } from "./declared-yaml.ts";
import { FLOW_KINDS } from "./flow.ts";

const flowSchema = z.strictObject({
  id: slugSchema,
  kind: z.enum(FLOW_KINDS),
  title: z.string(),
  /** The book that an author flow walks through. */
  source_book: slugSchema.optional(),
  /** The sections of the book that it covers; those of the book's scope where left out. */
  sections: z.array(z.string()).optional(),
  /** The flows that it is made of. */
  flows: z.array(slugSchema).default([]),
});

export interface FlowPlan extends Omit<z.infer<typeof flowSchema>, "source_book"> {
  /** The book that it hangs off. */
  readonly book: Book | undefined;
  readonly path: string;
}

const schema = z.looseObject({ flows: z.array(flowSchema).default([]) });

/** Reads the list of flows; throws a `FaultError` that names the flow and the key. */
export function parseFlows(text: string, where = "manifests/books.yaml"): readonly FlowPlan[] {
  const books = new Map(parseBooks(text, where).map((book) => [book.slug, book]));
  const refuse = (what: string, mend: string): never => {
    throw new FaultError(usageFault(what, where, mend));
  };
  const { flows } = declaredYaml(text, schema, where);
  const ids = new Set(flows.map(({ id }) => id));
  for (const { id, kind, source_book, flows: of } of flows) {
    if (kind === "author" && source_book === undefined)
      refuse(`the author flow ${id} names no book`, "add source_book");
    if (kind !== "author" && of.length === 0 && source_book === undefined)
      refuse(`the flow ${id} hangs off nothing`, "add flows, or source_book");
    if (source_book !== undefined && !books.has(source_book))
      refuse(`the flow ${id} names the book ${source_book}, which is not listed`, "correct source_book");
    const unknown = of.find((each) => !ids.has(each));
    if (unknown !== undefined) refuse(`the flow ${id} is made of ${unknown}, which is not listed`, "correct flows");
  }
  const [cycle] = cyclesOf(new Map(flows.map(({ id, flows: of }) => [id, of])));
  if (cycle !== undefined) refuse(`flows are made of each other: ${cycle.path.join(" of ")}`, "take one out");
  return flows.map(({ source_book, ...flow }) => ({
    ...flow,
    book: source_book === undefined ? undefined : books.get(source_book)!,
    path: `flows/${flow.id}.md`,
  }));
}

/** The sections that the flow must cover; none where the book's scope names none. */
export const sectionsOf = ({ sections, book, kind }: FlowPlan): readonly string[] =>
  sections ?? (kind === "author" ? (book?.scope ?? []).filter((section) => section !== WHOLE_BOOK) : []);
