/**
 * The connection brief of a unit: a derived artifact. Production depends on the brief and not on the registry, so an
 * entry about something else leaves the unit alone.
 */
import type { Book } from "../../curriculum/books.ts";
import { briefOf } from "../../curriculum/brief-inputs.ts";
import type { ProducedUnit } from "../../curriculum/production.ts";
import { call } from "../../exec/action.ts";
import { rule } from "../rule.ts";
import { intermediate, section } from "../source.ts";
import { afterBatches, units } from "./collections.ts";

export const brief = rule({
  name: "P4_brief",
  each: units,
  identity: ({ unit: { conceptId, title, prerequisites, peers } }) => ({ conceptId, title, prerequisites, peers }),
  inputs: ({ book }) => ({ perspective: section(book.plan, "§1.7") }),
  after: afterBatches,
  outputs: () => ({ brief: intermediate() }),
  run: call<{ book: Book; unit: ProducedUnit }>((context) => ({
    outputs: { brief: briefOf(context.params.unit, context.inputs.perspective ?? "", context) },
  })),
});
