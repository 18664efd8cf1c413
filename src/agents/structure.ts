/**
 * Outputs with a form: JSON that a zod schema describes. The agent is told the schema, and what does not fit it is told
 * once within the session, which is cheaper than a new attempt.
 */
import * as z from "zod";

/** Schemas by output name. */
export type Schemas = Readonly<Record<string, z.ZodType>>;

/** What is wrong with the form of an output; empty where nothing is, or where no form is asked for. */
export type Structure = (name: string, text: string) => readonly string[];

const DEFECTS = 10;

/** Judges outputs by their schemas. */
export const structureOf =
  (schemas: Schemas): Structure =>
  (name, text) => {
    if (!Object.hasOwn(schemas, name)) return [];
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return [`not readable as JSON: ${(error as Error).message}`];
    }
    const parsed = schemas[name]!.safeParse(value);
    if (parsed.success) return [];
    const defects = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "it"}: ${message}`);
    return defects.length <= DEFECTS
      ? defects
      : [...defects.slice(0, DEFECTS), `and ${defects.length - DEFECTS} more such defects`];
  };

/** What the agent is told of the forms, as part of the contract. */
export function describeSchemas(schemas: Schemas): string {
  return Object.entries(schemas)
    .map(
      ([name, schema]) =>
        `The output ${name} is JSON, without a code fence, that fits this schema:\n\n${JSON.stringify(z.toJSONSchema(schema), null, 2)}`,
    )
    .join("\n\n");
}
