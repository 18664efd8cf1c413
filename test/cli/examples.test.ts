/** The examples of `--help`: each begins with its own command, and none is left over from one that is gone. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXAMPLES, examplesOf } from "../../src/cli/examples.ts";

const main = readFileSync(new URL("../../src/cli/program.ts", import.meta.url), "utf8");
const reference = readFileSync(new URL("../../docs/reference/cli.md", import.meta.url), "utf8");

test.each(Object.entries(EXAMPLES))("%s", (command, examples) => {
  expect(main).toContain(`.command("${command}")`);
  const section = reference.split(/^## codex /m).find((text) => text.startsWith(`${command}\n`));
  for (const [text] of examples) {
    expect(text).toMatch(new RegExp(`^codex ${command}\\b`));
    for (const [option] of text.matchAll(/(?<= )--?[a-z][a-z-]*/g))
      expect(section, text).toMatch(new RegExp(`${option}\\b`));
  }
  expect(examplesOf(command)).toMatch(/^\nExamples:\n {2}codex/);
});

test("a command without examples has none", () => expect(examplesOf("nothing")).toBe(""));
