/**
 * The contract by which an agent returns its outputs: in its last message, each between `<output name="…">` and
 * `</output>` on lines of their own. Long markdown stays as it is, with nothing to escape.
 */
import { err, ok, type Result } from "../result.ts";
import { describeSchemas, type Schemas } from "./structure.ts";

/** What the agent is told about how to answer. */
export function describeContract(names: readonly string[], schemas: Schemas = {}): string {
  const blocks = names.map((name) => `<output name="${name}">\n…\n</output>`).join("\n");
  const forms = describeSchemas(schemas);
  return `End with one message that holds each of these outputs once, complete, and nothing else that matters:\n\n${blocks}${forms === "" ? "" : `\n\n${forms}`}`;
}

const OPEN = /^<output name="([^"\n]{1,100})">[ \t]*\r?$/;
const CLOSE = /^<\/output>[ \t]*\r?$/;

/**
 * The outputs that a message holds, by name. An unclosed or repeated one is an error that says which, and so is a
 * closing line with nothing open: it means that an output was cut short by a closing line of its own.
 */
export function parseOutputs(text: string): Result<Record<string, string>, string> {
  // Not an object while it grows: an output may be called `__proto__`.
  const outputs = new Map<string, string>();
  let name: string | undefined;
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    if (name === undefined) {
      name = OPEN.exec(line)?.[1];
      lines = [];
      if (name !== undefined && outputs.has(name)) return err(`output ${name} is given twice`);
      if (name === undefined && CLOSE.test(line)) {
        return err("a </output> closes nothing: an output holds such a line itself, or its opening line is missing");
      }
    } else if (CLOSE.test(line)) {
      outputs.set(name, `${lines.join("\n")}\n`);
      name = undefined;
    } else {
      lines.push(line);
    }
  }
  return name === undefined ? ok(Object.fromEntries(outputs)) : err(`output ${name} is not closed`);
}
