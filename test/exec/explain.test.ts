/** `why` names a true cause: what changed, who changed it, and the way from there to here. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { acceptEdits } from "../../src/exec/accept.ts";
import { agent, call } from "../../src/exec/action.ts";
import { snapshotOf } from "../../src/exec/build.ts";
import { layOut } from "../../src/exec/engine.ts";
import { type Cause, causesOf, editDiff, explainReasons, rootsOf } from "../../src/exec/explain.ts";
import type { Address } from "../../src/graph/address.ts";
import { DEFAULT_POLICY } from "../../src/graph/evaluate.ts";
import { rule } from "../../src/rules/rule.ts";
import { file, glob, section } from "../../src/rules/source.ts";
import { outputs, scripted, use } from "../agents/scripted.ts";
import { one, type Rig, rig } from "./rig.ts";

const id = (name: string): Address => `book/x/${name}` as Address;

function explaining({ open }: Rig, name: string) {
  const engine = open();
  const snapshot = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
  const causes = causesOf(engine, snapshot, id(name));
  return {
    reasons: explainReasons(engine, snapshot, id(name)),
    causes,
    roots: rootsOf(causes),
    edit: (output: string) => editDiff(engine, id(name), output),
  };
}

/** The deepest line of causes, from the target back. */
const line = (causes: readonly Cause[]): string[] =>
  causes.length === 0
    ? []
    : [
        `${causes[0]!.target === undefined ? "" : `${causes[0]!.target}: `}${causes[0]!.text}`,
        ...line(causes[0]!.because),
      ];

/** A copies its source, B shouts what A made, C and D say it twice. */
const chain = (): Rig => {
  const step = (name: string, from: string, make: (text: string) => string) =>
    rule({
      name,
      each: one,
      inputs: () => ({ text: file(from) }),
      outputs: () => ({ made: file(`${name}.txt`) }),
      run: call(({ inputs }) => ({ outputs: { made: make(inputs.text!) } })),
    });
  const made = rig([
    step("A", "source.txt", (text) => text),
    step("B", "A.txt", (text) => text.toUpperCase()),
    step("C", "B.txt", (text) => text + text),
  ]);
  made.write("source.txt", "one\ntwo\nthree\n");
  return made;
};

describe("the cause of a stale target", () => {
  it("is a file that a person changed, with the lines that changed", async () => {
    const made = chain();
    await made.build();
    made.write("source.txt", "one\nTWO\nthree\n");
    const { reasons, roots } = explaining(made, "A");
    expect(reasons).toEqual([expect.objectContaining({ kind: "inputChanged", diff: ["- two", "+ TWO"] })]);
    expect(roots).toEqual(["source.txt was changed, and not by a target"]);
  });

  it("is followed through targets that must run first", async () => {
    const made = chain();
    await made.build();
    made.write("source.txt", "new\n");
    const { causes, roots } = explaining(made, "C");
    expect(line(causes)).toEqual([
      "book/x/B: pending",
      "book/x/A: stale",
      expect.stringContaining("input text (source.txt) changed"),
      "source.txt was changed, and not by a target",
    ]);
    expect(roots).toEqual(["source.txt was changed, and not by a target"]);
  });

  it("is a file that is gone", async () => {
    const made = chain();
    await made.build();
    fs.rmSync(made.at("source.txt"));
    const { reasons, roots } = explaining(made, "A");
    expect(reasons[0]?.diff).toEqual(["- one", "- two", "- three"]);
    expect(roots).toEqual(["source.txt was deleted, and not by a target"]);
  });

  it("is a person's edit of what another target wrote", async () => {
    const made = chain();
    await made.build();
    made.write("A.txt", "one\nmine\nthree\n");
    const { causes, reasons } = explaining(made, "B");
    expect(line(causes).at(-1)).toBe("book/x/A: a person edited A.txt, which it had written");
    expect(reasons[0]?.diff).toEqual(["- two", "+ mine"]);
    expect(explaining(made, "A").edit("A.txt")).toEqual(["- two", "+ mine"]);
  });

  it("is an edit that somebody accepted since", async () => {
    const made = chain();
    await made.build();
    made.write("A.txt", "one\nmine\nthree\n");
    const engine = made.open();
    const snapshot = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
    acceptEdits(engine, snapshot, id("A"), { by: "Ada", at: Date.now() + 1000, why: "better" });
    expect(line(explaining(made, "B").causes).at(-1)).toBe("book/x/A: Ada accepted an edit of A.txt: better");
  });

  it("is another target that has run since", async () => {
    const made = chain();
    await made.build();
    await new Promise((resolve) => setTimeout(resolve, 5));
    made.write("source.txt", "new\n");
    await made.build({ goals: ["book/x/A"] });
    expect(line(explaining(made, "B").causes).at(-1)).toMatch(/^book\/x\/A: it ran again at .*Z, by engine$/);
  });

  it("is an edit that blocks another", async () => {
    const made = chain();
    await made.build();
    made.write("A.txt", "mine");
    made.write("source.txt", "new");
    expect(explaining(made, "C").roots).toEqual([
      "source.txt was changed, and not by a target",
      "A.txt holds a person's work",
    ]);
  });

  it("is that it was never built", () => {
    const { reasons, roots } = explaining(chain(), "A");
    expect(reasons).toEqual([{ kind: "neverBuilt", text: "never built" }]);
    expect(roots).toEqual(["never built"]);
  });

  it("is the files that a glob matches", async () => {
    const made = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ all: glob("in/*.txt") }),
        outputs: () => ({ list: file("list.txt") }),
        run: call(({ inputs }) => ({ outputs: { list: inputs.all! } })),
      }),
    ]);
    made.write("in/a.txt", "a");
    await made.build();
    made.write("in/b.txt", "b");
    const { reasons, roots } = explaining(made, "A");
    expect(reasons[0]?.diff).toEqual(["+ in/b.txt"]);
    expect(roots).toEqual(["files that it matches came, went or changed"]);
  });

  it("is the files in which a search now finds something else", async () => {
    const made = rig(
      [
        rule({
          name: "A",
          each: one,
          outputs: () => ({ text: section("plan.md", "§1") }),
          run: agent({ prompt: "prompt.md" }),
        }),
      ],
      {
        provider: scripted(({ turn }) =>
          turn === 1 ? [use("search", { pattern: "spin", glob: "in/*" })] : [outputs({ text: "## §1. One\n\nfirst" })],
        ),
      },
    );
    made.write("prompt.md", "Go.");
    made.write("in/a.txt", "a spin group");
    made.write("in/b.txt", "a spin structure");
    await made.build();
    made.write("in/a.txt", "a spinor");
    made.write("in/b.txt", "nothing");
    made.write("in/c.txt", "spin");
    expect(explaining(made, "A").reasons[0]?.diff).toEqual(["- in/b.txt", "+ in/c.txt", "~ in/a.txt"]);
  });
});
