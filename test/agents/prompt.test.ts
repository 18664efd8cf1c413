import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PromptValues, renderParts, renderPrompt } from "../../src/agents/prompt.ts";
import { error, value } from "./scripted.ts";

const values: PromptValues = {
  params: {
    book: { title: "Spin Geometry", year: 1989, scope: ["I", "II"], done: false, none: null, inner: { a: "b" } },
    "sub-unit": "s",
  },
  inputs: { audit: "## §1\n\ntext\n\n", "units/a": "" },
  contract: "CONTRACT",
  hint: "",
  defects: "- one",
};
const render = (template: string) => renderPrompt(template, values, "prompts/x.md");

describe("renderPrompt", () => {
  it.each([
    ["{{book.title}} {{ book.year }}", "Spin Geometry 1989"],
    ["{{book.scope}}", "I, II"],
    ["{{book.done}}", "false"],
    ["{{sub-unit}}", "s"],
    ["{{contract}}|{{hint}}|{{defects}}", "CONTRACT||- one"],
    ["{{inputs}}", '<input name="audit">\n## §1\n\ntext\n</input>\n\n<input name="units/a">\n\n</input>'],
    ["a { {x} } \\frac{a}{b} {}", "a { {x} } \\frac{a}{b} {}"],
  ])("fills %j", (template, expected) => {
    expect(value(render(template))).toBe(expected);
  });

  it.each([
    "book.titel",
    "titel",
    "book",
    "book.none",
    "book.inner",
    "book.title.length",
    "book-title",
    "constructor",
    "book.__proto__",
    "toString",
  ])("calls {{%s}} unknown, and says where", (name) => {
    const fault = error(render(`first {{book.title}}, then {{${name}}}`));
    expect(fault).toMatchObject({ where: "prompts/x.md", exit: 2 });
    expect(fault.what).toContain(`{{${name}}}`);
    expect(fault.mend).not.toBe("");
  });

  it("names the first unknown of several", () => {
    expect(error(render("{{one}} {{two}}")).what).toContain("{{one}}");
  });

  it("never reads what it filled in as a template, and never as a replacement pattern", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("{{book.title}}", "$&", "$1", "{{nobody}}")), (hint) => {
        expect(value(renderPrompt("<{{hint}}>", { ...values, hint }, "p"))).toBe(`<${hint}>`);
      }),
    );
  });
});

describe("renderParts", () => {
  const parts = (template: string) => value(renderParts(template, values, "prompts/x.md"));

  it.each([
    ["the heading before the first placeholder", "# Role\n\nYou.\n\n# Book\n\n{{book.title}}\n", "# Role\n\nYou.\n\n"],
    ["the paragraph, where there is no heading", "You.\n\nThis is {{book.title}}.\n", "You.\n\n"],
    ["the beginning, where it is in the first paragraph", "This is {{book.title}}.\n\nMore.\n", ""],
    ["nothing, where there is no placeholder", "# Role\n\nYou.\n", ""],
  ])("parts before %s", (_, template, stable) => {
    expect(parts(template).stable).toBe(stable);
  });

  it("leaves nothing out and says nothing twice", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("# A", "text", "", "{{book.title}}", "{{inputs}}", "## B")), (lines) => {
        const template = lines.join("\n");
        const { stable, varying } = parts(template);
        expect(stable + varying).toBe(value(renderPrompt(template, values, "x")));
        expect(stable).not.toContain("Spin Geometry");
      }),
    );
  });
});
