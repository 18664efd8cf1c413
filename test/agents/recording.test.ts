import { describe, expect, it } from "vitest";
import { findRecording, recordingPath } from "../../src/agents/recording.ts";
import { error, memoryView, value } from "./scripted.ts";

const HEAD = "recording: 1\naddress: book/x/P1\nmade: { by: a person, on: 2026-11-22 }\n";
const ONE = `${HEAD}attempts:\n  - turns:\n      - outputs: { audit: { text: hello } }\n`;
const find = (files: Record<string, string>, address = "book/x/P1") =>
  findRecording(memoryView(files), "recordings", address);

describe("recordingPath", () => {
  it("leaves out the first segment", () => {
    expect(recordingPath("recordings", "book/x/P4/03.09.11")).toBe("recordings/x/P4/03.09.11.yaml");
  });
});

describe("findRecording", () => {
  it("reads turns with what was said, tools and outputs", () => {
    const turns = `${HEAD}attempts:
  - turns:
      - say: Let me look.
        tools:
          - read: { ref: content/a.md }
          - validate_unit: {}
          - search: { pattern: x, glob: "content/**" }
      - outputs: { audit: { file: P1.md } }
`;
    const found = value(find({ "recordings/x/P1.yaml": turns }));
    expect(found.path).toBe("recordings/x/P1.yaml");
    expect(found.recording.attempts[0]?.turns).toEqual([
      {
        say: "Let me look.",
        tools: [
          { read: { ref: "content/a.md" } },
          { validate_unit: {} },
          { search: { pattern: "x", glob: "content/**" } },
        ],
      },
      { outputs: { audit: { file: "P1.md" } } },
    ]);
  });

  it("says of a miss which address has none and which recordings are nearest", () => {
    const files = {
      "recordings/x/P1_audit.yaml": ONE,
      "recordings/x/P2_gap.yaml": ONE,
      "recordings/other-book/P9.yaml": ONE,
    };
    const fault = error(find(files, "book/x/P1_audti"));
    expect(fault).toMatchObject({ where: "recordings/x/P1_audti.yaml", exit: 1 });
    expect(fault.what).toContain("book/x/P1_audti");
    expect(fault.mend).toMatch(/nearest (is|are) recordings\/x\/P1_audit\.yaml/);
    // A pattern for a pass is the same pass of another book, however its name is spelt.
    expect(error(find(files, "book/zzzzzzzzzzzzzzzzzzzzz/P9")).mend).toContain("recordings/other-book/P9.yaml");
    expect(error(find({})).mend).toContain("recordings/ holds none");
  });

  it.each([
    ["a wrong address", ONE.replace("book/x/P1", "book/y/P1"), "book/y/P1"],
    ["text that is no YAML", "a: [1, 2\nb: }", "YAML"],
    ["two documents", `${ONE}---\n${ONE}`, "YAML"],
    ["a key twice", `${ONE}recording: 1\n`, "YAML"],
    ["nothing", "", ""],
    ["a list", "- 1\n", ""],
    ["another version", ONE.replace("recording: 1", "recording: 2"), "recording"],
    ["an unknown key", `${ONE}extra: 1\n`, "extra"],
    ["no attempt", `${HEAD}attempts: []\n`, "attempts"],
    ["no turn", `${HEAD}attempts: [{ turns: [] }]\n`, "attempts.0.turns"],
    [
      "an unknown tool",
      `${HEAD}attempts: [{ turns: [{ tools: [{ shell: { cmd: id } }] }] }]\n`,
      "attempts.0.turns.0.tools.0",
    ],
    ["two tools in one item", `${HEAD}attempts: [{ turns: [{ tools: [{ read: {}, list: {} }] }] }]\n`, "one tool"],
    ["an empty tool item", `${HEAD}attempts: [{ turns: [{ tools: [{}] }] }]\n`, "one tool"],
    [
      "arguments that are no mapping",
      `${HEAD}attempts: [{ turns: [{ tools: [{ read: a.md }] }] }]\n`,
      "attempts.0.turns.0.tools.0.read",
    ],
    [
      "an output without a source",
      `${HEAD}attempts: [{ turns: [{ outputs: { a: hello } }] }]\n`,
      "attempts.0.turns.0.outputs.a",
    ],
    [
      "an output with two sources",
      `${HEAD}attempts: [{ turns: [{ outputs: { a: { text: x, file: y } } }] }]\n`,
      "attempts.0.turns.0.outputs.a",
    ],
    ["an alias", `${HEAD}attempts:\n  - &a { turns: [{ say: hi }] }\n  - *a\n`, "YAML"],
  ])("refuses %s, and names the file and the place", (_, text, told) => {
    const fault = error(find({ "recordings/x/P1.yaml": text }));
    expect(fault).toMatchObject({ where: "recordings/x/P1.yaml", exit: 2 });
    expect(fault.what).toContain(told);
    expect(fault.mend).not.toBe("");
  });

  it("is not blown up by aliases upon aliases, nor by nesting", () => {
    const bomb = `${HEAD}${["a", "b", "c", "d", "e", "f", "g", "h", "i"]
      .map(
        (name, i, all) =>
          `${name}: &${name} [${Array(9)
            .fill(i === 0 ? '"x"' : `*${all[i - 1]}`)
            .join(",")}]`,
      )
      .join("\n")}\n`;
    const deep = `${HEAD}attempts: ${"[".repeat(20_000)}\n`;
    for (const text of [bomb, deep]) {
      const began = performance.now();
      expect(error(find({ "recordings/x/P1.yaml": text })).exit).toBe(2);
      expect(performance.now() - began).toBeLessThan(2000);
    }
  });

  it("makes no object from a tag, and prints no warning of its own", async () => {
    const warned: unknown[] = [];
    const note = (warning: unknown): void => void warned.push(warning);
    process.on("warning", note);
    const found = value(find({ "recordings/x/P1.yaml": ONE.replace("hello", "!!js/function 'x'") }));
    expect(found.recording.attempts[0]?.turns[0]?.outputs).toEqual({ audit: { text: "x" } });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warned).toEqual([]);
  });

  it("refuses addresses that would leave the folder", () => {
    expect(error(find({}, "book/../../etc/passwd")).exit).toBe(2);
    expect(error(find({}, "book/x\\y")).exit).toBe(2);
  });
});
