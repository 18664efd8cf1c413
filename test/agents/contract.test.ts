import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeContract, parseOutputs } from "../../src/agents/contract.ts";
import { error, value } from "./scripted.ts";

/** Lines such as a hostile or merely unlucky agent might write. */
const hostileLine = fc.oneof(
  fc.string({ maxLength: 20 }).map((line) => line.replaceAll("\n", " ")),
  fc.constantFrom(
    "</output>",
    "</output> ",
    "</output>\r",
    " </output>",
    '<output name="a">',
    '<output name="a">\r',
    '<output name="__proto__">',
    '<output name="constructor">',
    '<output name="">',
    '<output name="a>">',
    "<output name='a'>",
    "```",
    "",
    "\u2028",
    "\u0000",
  ),
);
const hostile = fc.array(hostileLine, { maxLength: 12 }).map((lines) => lines.join("\n"));

const names = fc.oneof(
  fc.constantFrom("unit", "units/03.09.11", "__proto__", "constructor", "toString"),
  fc.stringMatching(/^[^"\n]{1,100}$/),
);
/** Text that does not hold the closing line. */
const body = hostile.map((lines) =>
  lines
    .split("\n")
    .filter((line) => !/^<\/output>[ \t]*\r?$/.test(line))
    .join("\n"),
);

describe("parseOutputs", () => {
  it("reads outputs between their lines and ignores what stands around them", () => {
    const said =
      'Here.\n<output name="unit">\n# A\n\n- b\n</output>\nand\n<output name="proposals">\r\n{}\r\n</output>\r\nBye.';
    expect(value(parseOutputs(said))).toEqual({ unit: "# A\n\n- b\n", proposals: "{}\r\n" });
    expect(value(parseOutputs("nothing here"))).toEqual({});
    expect(value(parseOutputs('<output name="a">\n</output>'))).toEqual({ a: "\n" });
    expect(value(parseOutputs('  <output name="a">\n<output name="">\n<output>'))).toEqual({});
  });

  it("keeps an opening line that stands inside an output as text", () => {
    expect(value(parseOutputs('<output name="a">\n<output name="b">\n</output>'))).toEqual({
      a: '<output name="b">\n',
    });
  });

  it.each([
    ['<output name="a">\nx', "output a is not closed"],
    ['<output name="a">\n</output>\n<output name="a">\n</output>', "output a is given twice"],
    // The text held the closing line itself: all after it would be lost without a word.
    [
      '<output name="a">\none\n</output>\ntwo\n</output>',
      "a </output> closes nothing: an output holds such a line itself, or its opening line is missing",
    ],
    ["</output>", "a </output> closes nothing: an output holds such a line itself, or its opening line is missing"],
  ])("refuses %j", (said, problem) => {
    expect(error(parseOutputs(said))).toBe(problem);
  });

  it("gives back any names and texts, whatever they are called and hold", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(names, body), { selector: ([name]) => name, maxLength: 4 }), (given) => {
        const said = given.map(([name, text]) => `<output name="${name}">\n${text}\n</output>`).join("\nchatter\n");
        const read = value(parseOutputs(said));
        expect(Object.keys(read).sort()).toEqual(given.map(([name]) => name).sort());
        for (const [name, text] of given) expect(Object.getOwnPropertyDescriptor(read, name)?.value).toBe(`${text}\n`);
      }),
    );
  });

  it("never throws and never invents: each output is a run of whole lines of the message", () => {
    fc.assert(
      fc.property(hostile, (said) => {
        const read = parseOutputs(said);
        if (!read.ok) return;
        for (const text of Object.values(read.value)) {
          expect(`\n${said}\n`).toContain(text === "\n" ? "\n" : `\n${text}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("is linear: a megabyte of opening lines takes no time", () => {
    const said = '<output name="a">\n'.repeat(60_000);
    const began = performance.now();
    expect(error(parseOutputs(said))).toBe("output a is not closed");
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe("describeContract", () => {
  it("shows the form that parseOutputs reads", () => {
    const read = value(parseOutputs(describeContract(["unit", "proposals"])));
    expect(Object.keys(read)).toEqual(["unit", "proposals"]);
  });
});
