/** A person's edits, accepted: they count as the target's own, are merged into later runs, and never get lost. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { acceptEdits } from "../../src/exec/accept.ts";
import { call } from "../../src/exec/action.ts";
import { snapshotOf } from "../../src/exec/build.ts";
import { pendingConflict, readSide, sideFile } from "../../src/exec/conflicts.ts";
import { layOut } from "../../src/exec/engine.ts";
import type { Address } from "../../src/graph/address.ts";
import { DEFAULT_POLICY } from "../../src/graph/evaluate.ts";
import { rule } from "../../src/rules/rule.ts";
import { file, section } from "../../src/rules/source.ts";
import { one, type Rig, rig } from "./rig.ts";

const A = "book/x/A" as Address;
const LINES = ["one", "two", "three", "four", "five"];

/** A copies its source, B counts the letters of what A made. */
const copying = (): Rig => {
  const made = rig([
    rule({
      name: "A",
      each: one,
      inputs: () => ({ source: file("source.txt") }),
      outputs: () => ({ copy: file("copy.txt") }),
      run: call(({ inputs }) => ({ outputs: { copy: inputs.source! } })),
    }),
    rule({
      name: "B",
      each: one,
      inputs: () => ({ copy: file("copy.txt") }),
      outputs: () => ({ length: file("length.txt") }),
      run: call(({ inputs }) => ({ outputs: { length: String(inputs.copy!.length) } })),
    }),
  ]);
  made.write("source.txt", LINES.join("\n"));
  return made;
};

const accept = ({ open }: Rig, id = A) => {
  const engine = open();
  const snapshot = snapshotOf(layOut(engine.expand), engine, ["all"], DEFAULT_POLICY);
  return acceptEdits(engine, snapshot, id, { by: "Ada", at: 0, why: "better" });
};
const lines = (changes: Readonly<Record<number, string>>): string =>
  LINES.map((line, index) => changes[index] ?? line).join("\n");

describe("an accepted edit", () => {
  it("counts as what the target left; its readers run, it does not", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 1: "TWO, at length" }));
    expect(accept(made)).toEqual({ ok: true, value: [{ target: A, output: "copy.txt", how: "edit" }] });
    expect(made.trace(A)?.accepted?.["copy.txt"]).toMatchObject({
      by: "Ada",
      at: "1970-01-01T00:00:00.000Z",
      why: "better",
    });
    const built = await made.build();
    expect(built.done).toEqual(["book/x/B"]);
    expect(built.status(A)).toEqual({ kind: "fresh", drift: [], edited: [] });
    expect((await made.build()).done).toEqual([]);
  });

  it("is merged into every later run", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 0: "mine" }));
    accept(made);
    made.write("source.txt", lines({ 4: "new" }));
    expect((await made.build()).done).toEqual([A, "book/x/B"]);
    expect(made.read("copy.txt")).toBe(lines({ 0: "mine", 4: "new" }));
    made.write("source.txt", lines({ 4: "newer" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 0: "mine", 4: "newer" }));
    expect((await made.build()).done).toEqual([]);
  });

  it("is nothing apart once the rule says the same", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 0: "mine" }));
    accept(made);
    made.write("source.txt", lines({ 0: "mine" }));
    await made.build();
    expect(made.trace(A)?.accepted).toBeUndefined();
    made.write("source.txt", lines({ 3: "new" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 3: "new" }));
    // For the source of then, the edit was accepted: what is restored holds it.
    made.write("source.txt", LINES.join("\n"));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 0: "mine" }));
  });

  it("lets a target run that the edit had blocked", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 0: "mine" }));
    made.write("source.txt", lines({ 4: "new" }));
    expect((await made.build()).status(A).kind).toBe("blockedByEdit");
    accept(made);
    expect((await made.build()).done).toEqual([A, "book/x/B"]);
    expect(made.read("copy.txt")).toBe(lines({ 0: "mine", 4: "new" }));
  });

  it("that is taken back leaves no mark", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 0: "mine" }));
    accept(made);
    made.write("copy.txt", LINES.join("\n"));
    expect(accept(made)).toMatchObject({ value: [{ how: "undone" }] });
    expect(made.trace(A)?.accepted).toBeUndefined();
    expect((await made.build()).status(A)).toEqual({ kind: "fresh", drift: [], edited: [] });
  });

  it("is restored where the output was deleted", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 0: "mine" }));
    accept(made);
    fs.rmSync(made.at("copy.txt"));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 0: "mine" }));
    made.write("source.txt", lines({ 4: "new" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 0: "mine", 4: "new" }));
  });

  it("of a section is merged as that section", async () => {
    const made = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ source: file("source.txt") }),
        outputs: () => ({ text: section("plan.md", "§2") }),
        run: call(({ inputs }) => ({ outputs: { text: `## §2. Two\n\n${inputs.source}` } })),
      }),
    ]);
    const plan = (two: string): string => `# Plan\n\n## §1. One\n\nfirst\n\n## §2. Two\n\n${two}\n\n## §3. Three\n`;
    made.write("source.txt", LINES.join("\n"));
    made.write("plan.md", "# Plan\n\n## §1. One\n\nfirst\n\n## §3. Three\n");
    await made.build();
    made.write("plan.md", plan(lines({ 0: "mine" })));
    expect(accept(made)).toMatchObject({ value: [{ output: "plan.md#§2", how: "edit" }] });
    made.write("source.txt", lines({ 4: "new" }));
    await made.build();
    expect(made.read("plan.md")).toBe(plan(lines({ 0: "mine", 4: "new" })));
  });

  it("of what was never built is refused", async () => {
    const made = copying();
    made.write("copy.txt", "mine");
    expect(accept(made)).toMatchObject({ ok: false, error: { mend: expect.stringContaining("codex adopt") } });
  });

  it("is nothing where nothing was edited", async () => {
    const made = copying();
    await made.build();
    expect(accept(made)).toEqual({ ok: true, value: [] });
  });
});

describe("an accepted edit in a chain", () => {
  /** A makes the file, B adds a line to it. */
  const chain = (): Rig => {
    const made = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ source: file("source.txt") }),
        outputs: () => ({ copy: file("copy.txt") }),
        run: call(({ inputs }) => ({ outputs: { copy: inputs.source! } })),
      }),
      rule({
        name: "B",
        each: one,
        outputs: () => ({}),
        amends: () => ["copy.txt"],
        run: call(({ view }) => ({
          outputs: {},
          amended: new Map([
            ["copy.txt", new TextEncoder().encode(`${new TextDecoder().decode(view.bytes("copy.txt" as never))}\nsix`)],
          ]),
        })),
      }),
    ]);
    made.write("source.txt", LINES.join("\n"));
    return made;
  };

  it("on top belongs to the last that wrote the file, and is woven in again", async () => {
    const made = chain();
    await made.build();
    made.write("copy.txt", `${lines({ 0: "mine" })}\nsix`);
    expect((await made.build()).status(A)).toMatchObject({ edited: ["copy.txt"] });
    expect(accept(made)).toMatchObject({ value: [{ target: "book/x/B" }] });
    const settled = await made.build();
    expect(settled.done).toEqual([]);
    expect([settled.status(A), settled.status("book/x/B")]).toEqual(
      Array(2).fill({ kind: "fresh", drift: [], edited: [] }),
    );
    made.write("source.txt", lines({ 4: "new" }));
    expect((await made.build()).done).toEqual([A, "book/x/B"]);
    expect(made.read("copy.txt")).toBe(`${lines({ 0: "mine", 4: "new" })}\nsix`);
    expect((await made.build()).done).toEqual([]);
  });

  it("below another's work belongs to the one below", async () => {
    const made = chain();
    await made.build({ goals: [A] });
    made.write("copy.txt", lines({ 0: "mine" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(`${lines({ 0: "mine" })}\nsix`);
    expect(accept(made)).toMatchObject({ value: [{ target: A }] });
    const settled = await made.build();
    expect(settled.done).toEqual([]);
    expect(settled.status(A)).toEqual({ kind: "fresh", drift: [], edited: [] });
    made.write("source.txt", lines({ 4: "new" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(`${lines({ 0: "mine", 4: "new" })}\nsix`);
  });
});

describe("a conflict", () => {
  const SIDE = sideFile(A, "copy.txt");
  const conflicting = async (): Promise<Rig & { runs: () => number }> => {
    let runs = 0;
    const made = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ source: file("source.txt") }),
        outputs: () => ({ copy: file("copy.txt") }),
        run: call(({ inputs }) => {
          runs++;
          return { outputs: { copy: inputs.source! } };
        }),
      }),
    ]);
    made.write("source.txt", LINES.join("\n"));
    await made.build();
    made.write("copy.txt", lines({ 2: "mine" }));
    accept(made);
    made.write("source.txt", lines({ 2: "new" }));
    return { ...made, runs: () => runs };
  };

  it("leaves the target's file alone, says where the markers are, and pays once", async () => {
    const made = await conflicting();
    const built = await made.build();
    expect(built.fault(A)).toMatchObject({ exit: 4, mend: expect.stringContaining("codex accept book/x/A") });
    expect(made.read("copy.txt")).toBe(lines({ 2: "mine" }));
    expect(readSide(made.host, SIDE)!.split("\n")).toEqual([
      "one",
      "two",
      "<<<<<<< yours",
      "mine",
      "||||||| what the rule had left",
      "three",
      "=======",
      "new",
      ">>>>>>> what the rule makes now",
      "four",
      "five",
    ]);
    expect(made.runs()).toBe(2);
    expect((await made.build()).fault(A).exit).toBe(4);
    expect(made.runs()).toBe(2);
  });

  it("that still has markers cannot be accepted", async () => {
    const made = await conflicting();
    await made.build();
    expect(accept(made)).toMatchObject({ ok: false, error: { where: `${SIDE}:3` } });
    expect(made.read("copy.txt")).toBe(lines({ 2: "mine" }));
  });

  it("that a person resolved is written, without another run; the choice is kept in later ones", async () => {
    const made = await conflicting();
    await made.build();
    made.write(SIDE, lines({ 2: "both" }));
    // What was begun in the side file survives a build.
    await made.build();
    expect(accept(made)).toMatchObject({ ok: true, value: [{ output: "copy.txt", how: "merge" }] });
    expect(made.read("copy.txt")).toBe(lines({ 2: "both" }));
    expect(pendingConflict(made.host, A)).toBeUndefined();
    expect((await made.build()).done).toEqual([]);
    expect(made.runs()).toBe(2);
    made.write("source.txt", lines({ 0: "newest", 2: "new" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 0: "newest", 2: "both" }));
  });

  it("is out of date when the inputs change again", async () => {
    const made = await conflicting();
    await made.build();
    made.write(SIDE, lines({ 2: "both" }));
    made.write("source.txt", LINES.join("\n"));
    expect(accept(made)).toEqual({ ok: true, value: [] });
    expect(made.read("copy.txt")).toBe(lines({ 2: "mine" }));
    await made.build();
    expect(made.read("copy.txt")).toBe(lines({ 2: "mine" }));
  });
});

describe("--overwrite-edits", () => {
  it("keeps what it writes over, and says how to get it back", async () => {
    const made = copying();
    await made.build();
    made.write("copy.txt", lines({ 0: "mine" }));
    made.write("source.txt", lines({ 4: "new" }));
    const built = await made.build({ overwriteEdits: true });
    const notice = built.events.find((event) => event.type === "notice");
    const digest = /codex cache cat ([0-9a-f]{64})/.exec(notice?.type === "notice" ? notice.text : "")?.[1];
    expect(new TextDecoder().decode(made.open().store.get(digest as never))).toBe(lines({ 0: "mine" }));
  });
});
