/** Lists that people keep as YAML under `manifests/`: read whole or refused, with the line or key to correct. */
import { parse } from "yaml";
import type * as z from "zod";
import { FaultError, usageFault } from "../fault.ts";

/**
 * Reads a text in the schema's form; throws a `FaultError` that names the line or the key.
 * @param where the file, as the fault names it.
 */
export function declaredYaml<S extends z.ZodType>(text: string, schema: S, where: string): z.output<S> {
  let data: unknown;
  try {
    // Aliases would let a short text stand for one that fills the memory.
    data = parse(text, { maxAliasCount: 0, logLevel: "error" });
  } catch (error) {
    throw new FaultError(usageFault((error as Error).message.split("\n")[0]!, where, "correct the YAML"));
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const what = `${issue.path.join(".") || "the list"}: ${issue.message}`;
  throw new FaultError(usageFault(what, where, "correct this entry"));
}
