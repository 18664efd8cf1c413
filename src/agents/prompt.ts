/** Prompts are templates in files: stable text first, so that a model's prompt cache can hold it, what varies last. */
import { type Fault, usageFault } from "../fault.ts";
import { err, ok, type Result } from "../result.ts";

/** A rendered prompt, in two parts. */
export interface Prompt {
  /** What is the same for every target of the pass; empty where the template begins with what varies. */
  readonly stable: string;
  readonly varying: string;
}

export interface PromptValues {
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly contract: string;
  readonly hint: string;
  readonly defects: string;
}

const PLACEHOLDER = /\{\{\s*([\w.-]+)\s*\}\}/g;

/**
 * Renders a template and parts it before the paragraph that holds its first placeholder, or before that paragraph's
 * heading: what stands before is the same whatever is filled in.
 */
export function renderParts(template: string, values: PromptValues, where: string): Result<Prompt, Fault> {
  const whole = renderPrompt(template, values, where);
  if (!whole.ok) return whole;
  const first = template.search(PLACEHOLDER);
  const before = template.slice(0, first < 0 ? template.length : first);
  // From the last heading on, else from the last empty line on.
  const heading = before.lastIndexOf("\n#") + 1;
  const paragraph = before.lastIndexOf("\n\n");
  const cut = first < 0 ? template.length : heading > 0 ? heading : paragraph < 0 ? 0 : paragraph + 2;
  // A template without placeholders still needs something to say last.
  return ok(cut === template.length ? { stable: "", varying: whole.value } : split(whole.value, cut));
}

const split = (text: string, at: number): Prompt => ({ stable: text.slice(0, at), varying: text.slice(at) });

/** Fills `{{book.title}}`, `{{inputs}}`, `{{contract}}`, `{{hint}}` and `{{defects}}`; an unknown name is a fault. */
export function renderPrompt(template: string, values: PromptValues, where: string): Result<string, Fault> {
  const inputs = Object.entries(values.inputs)
    .map(([name, text]) => `<input name="${name}">\n${text.trimEnd()}\n</input>`)
    .join("\n\n");
  const fixed: Record<string, string> = {
    inputs,
    contract: values.contract,
    hint: values.hint,
    defects: values.defects,
  };
  let unknown: string | undefined;
  const text = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(fixed, name) ? fixed[name] : valueAt(values.params, name);
    if (value === undefined) unknown ??= name;
    return value ?? "";
  });
  return unknown === undefined
    ? ok(text)
    : err(
        usageFault(
          `the prompt names {{${unknown}}}, which this pass does not have`,
          where,
          "correct the name, or take it out",
        ),
      );
}

function valueAt(params: Readonly<Record<string, unknown>>, path: string): string | undefined {
  let value: unknown = params;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === undefined || typeof value === "object" ? undefined : String(value);
}
