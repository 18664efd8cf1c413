/** A person, or anybody else, at work in the same workspace: nothing of theirs is overwritten, and no result is taken for another's. */
import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { acceptEdits } from "../../src/exec/accept.ts";
import { again, agent, call, defect, type RunOutputs } from "../../src/exec/action.ts";
import type { Address } from "../../src/graph/address.ts";
import { type Rule, rule } from "../../src/rules/rule.ts";
import { file, section, within } from "../../src/rules/source.ts";
import { outputs, scripted, use } from "../agents/scripted.ts";
import { latch, one, rig } from "./rig.ts";

const PLAN = "# Plan\n\n## §1. One\n\nfirst\n\n## §2. Two\n\nsecond\n\n## §3. Three\n\nthird\n";
/** A call during which somebody else does something. */
const first = (meanwhile: () => void, made: () => RunOutputs) =>
  call(() => {
    meanwhile();
    return made();
  });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a file that changes while a target runs", () => {
  it.each<[string, string, string, (change: () => void) => Rule]>([
    [
      "its output, written whole",
      "a.txt",
      "mine",
      (change) =>
        rule({
          name: "A",
          each: one,
          outputs: () => ({ text: file("a.txt") }),
          run: first(change, () => ({ outputs: { text: "made" } })),
        }),
    ],
    [
      "its section",
      "plan.md",
      PLAN.replace("second", "mine"),
      (change) =>
        rule({
          name: "A",
          each: one,
          outputs: () => ({ text: section("plan.md", "§2") }),
          run: first(change, () => ({ outputs: { text: "## §2. Two\n\nmade" } })),
        }),
    ],
    [
      "what it amends",
      "a.txt",
      "mine",
      (change) =>
        rule({
          name: "A",
          each: one,
          amends: () => ["a.txt"],
          outputs: () => ({}),
          run: first(change, () => ({ outputs: {}, amended: new Map([["a.txt", bytes("made")]]) })),
        }),
    ],
    [
      "a shared file",
      "plan.md",
      PLAN.replace("third", "mine"),
      (change) =>
        rule({
          name: "A",
          each: one,
          outputs: () => ({ plan: within("plan.md") }),
          run: first(change, () => ({
            outputs: {},
            writes: new Map([["plan.md", bytes(`${PLAN}\n## §4. Four\n`)]]),
            fragments: ["plan.md#§4"],
          })),
        }),
    ],
  ])("is not overwritten: %s", async (_, path, mine, making) => {
    let edits = 0;
    const made = rig([
      making(() => {
        if (edits++ === 0) made.write(path, mine);
      }),
    ]);
    const { read, build, write, trace } = made;
    if (path === "plan.md") write(path, PLAN);
    const built = await build({ overwriteEdits: true });
    expect(built.fault("book/x/A")).toMatchObject({ what: expect.stringContaining("nothing was written"), exit: 1 });
    expect(read(path)).toBe(mine);
    expect(trace("book/x/A")).toBeUndefined();
    // The next build sees it, and is told to go over it.
    expect((await build({ overwriteEdits: true })).done).toEqual(["book/x/A"]);
    expect(read(path)).not.toBe(mine);
  });

  it("keeps what others write meanwhile in the other sections", async () => {
    const rest = (first: string): string => `# Plan\n\n## §1. One\n\n${first}\n\n## §3. Three\n\nthird\n`;
    const made = rig([
      rule({
        name: "A",
        each: one,
        outputs: () => ({ text: section("plan.md", "§2") }),
        run: call(() => {
          made.write("plan.md", rest("edited"));
          return { outputs: { text: "## §2. Two\n\nmade" } };
        }),
      }),
    ]);
    made.write("plan.md", rest("first"));
    expect((await made.build()).done).toEqual(["book/x/A"]);
    expect(made.read("plan.md")).toBe(rest("edited").replace("## §3", "## §2. Two\n\nmade\n\n## §3"));
    expect((await made.build()).done).toEqual([]);
  });

  it("does not overwrite a section that somebody else adds while it runs", async () => {
    const made = rig([
      rule({
        name: "A",
        each: one,
        outputs: () => ({ text: section("plan.md", "§2") }),
        run: first(
          () => made.write("plan.md", PLAN),
          () => ({ outputs: { text: "## §2. Two\n\nmade" } }),
        ),
      }),
    ]);
    made.write("plan.md", "# Plan\n");
    expect((await made.build()).fault("book/x/A")).toMatchObject({
      where: "plan.md#§2",
      what: expect.stringContaining("nothing was written"),
    });
    expect(made.read("plan.md")).toBe(PLAN);
  });

  it("keeps a byte-order mark and odd line endings of the sections that it does not write", async () => {
    const text = "\uFEFF# Plan\r\n\r\n## §1. One\r\n\r\nfirst  \r\n\r\n## §3. Three\r\n";
    const { write, read, build } = rig([
      rule({
        name: "A",
        each: one,
        outputs: () => ({ text: section("plan.md", "§2") }),
        run: call(() => ({ outputs: { text: "## §2. Two\n\nmade" } })),
      }),
    ]);
    write("plan.md", text);
    expect((await build()).done).toEqual(["book/x/A"]);
    expect(read("plan.md")).toBe(text.replace("## §3", "## §2. Two\r\n\r\nmade\r\n\r\n## §3"));
    expect((await build()).summary).toMatchObject({ ran: 0, fresh: 1 });
  });

  it("refuses to write into a file that is no text, and leaves its bytes", async () => {
    const { at, build } = rig([
      rule({
        name: "A",
        each: one,
        outputs: () => ({ text: section("plan.md", "§2") }),
        run: call(() => ({ outputs: { text: "## §2. Two" } })),
      }),
    ]);
    const data = Buffer.from([0x23, 0x20, 0xff, 0xfe, 0x0a]);
    fs.writeFileSync(at("plan.md"), data);
    expect((await build()).failures.size).toBe(1);
    expect(fs.readFileSync(at("plan.md"))).toEqual(data);
  });
});

describe("targets that end at the same moment", () => {
  it("keep each other's sections of one file", async () => {
    const sections = [1, 2, 3, 4];
    const all = latch();
    let begun = 0;
    const { write, read, build } = rig(
      sections.map((number) =>
        rule({
          name: `N${number}`,
          each: one,
          inputs: () => ({ in: file("in.txt") }),
          outputs: () => ({ text: section("plan.md", `§${number}`) }),
          run: call(async ({ inputs }) => {
            if (++begun % sections.length === 0) all.open();
            await all.opened;
            return { outputs: { text: `## §${number}. N\n\n${inputs.in}` } };
          }),
        }),
      ),
    );
    for (const text of ["one", "two"]) {
      write("in.txt", text);
      expect([...(await build()).done].sort()).toEqual(sections.map((number) => `book/x/N${number}`));
      expect(read("plan.md")).toBe(sections.map((number) => `## §${number}. N\n\n${text}\n`).join("\n"));
    }
    expect((await build()).done).toEqual([]);
  });
});

describe("an input that changes while a build goes on", () => {
  it("is recorded as it was read: a result is never kept under another input's name", async () => {
    let meanwhile = (): void => {};
    const seen: string[] = [];
    const made = rig([
      rule({
        name: "first",
        each: one,
        inputs: () => ({ go: file("go.txt") }),
        outputs: () => ({ text: file("first.txt") }),
        run: first(
          () => meanwhile(),
          () => ({ outputs: { text: String(seen.length) } }),
        ),
      }),
      rule({
        name: "second",
        each: one,
        inputs: () => ({ first: file("first.txt"), in: file("in.txt") }),
        outputs: () => ({ text: file("out.txt") }),
        run: call(({ inputs }) => {
          seen.push(inputs.in ?? "");
          return { outputs: { text: `from ${inputs.in}` } };
        }),
      }),
    ]);
    const { write, read, build } = made;
    write("go.txt", "1");
    write("in.txt", "old");
    await build();
    // While `first` runs, a person changes what `second` will read.
    meanwhile = () => made.write("in.txt", "new");
    write("go.txt", "2");
    await build();
    expect(read("out.txt")).toBe("from new");
    expect((await build()).done).toEqual([]);
    // Back again: the result that was made from "new" is not the one for "old".
    write("in.txt", "old");
    await build();
    expect(read("out.txt")).toBe("from old");
  });

  it("changes while its reader runs: the reader is stale again, and the trace tells of what it read", async () => {
    const seen: string[] = [];
    const made = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ in: file("in.txt") }),
        outputs: () => ({ text: file("out.txt") }),
        run: call(({ inputs, attempt }) => {
          seen.push(inputs.in ?? "");
          if (seen.length === 1) made.write("in.txt", "new");
          return {
            outputs: { text: `from ${inputs.in}` },
            ...(attempt === 1 ? { defects: [defect("try again")] } : {}),
          } as RunOutputs;
        }),
        recovery: [again()],
      }),
    ]);
    made.write("in.txt", "old");
    await made.build();
    // The second attempt reads what the first did, or the result would be kept under a name that is not its own.
    expect(seen.slice(0, 2)).toEqual(["old", "old"]);
    await made.build();
    expect(made.read("out.txt")).toBe("from new");
    expect(made.trace("book/x/A")?.run.attempts).toBe(2);
    made.write("in.txt", "old");
    await made.build();
    expect(made.read("out.txt")).toBe("from old");
  });
});

describe("a person's edit of an output", () => {
  it("is kept, is seen by its readers, and is not overwritten when its writer becomes stale", async () => {
    const { write, read, build } = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ in: file("in.txt") }),
        outputs: () => ({ text: file("a.txt") }),
        run: call(({ inputs }) => ({ outputs: { text: `A ${inputs.in}` } })),
      }),
      rule({
        name: "B",
        each: one,
        inputs: () => ({ a: file("a.txt") }),
        outputs: () => ({ text: file("b.txt") }),
        run: call(({ inputs }) => ({ outputs: { text: `B ${inputs.a}` } })),
      }),
    ]);
    write("in.txt", "1");
    await build();
    write("a.txt", "mine");
    const edited = await build();
    expect(edited.done).toEqual(["book/x/B"]);
    expect(edited.status("book/x/A")).toMatchObject({ kind: "fresh", edited: ["a.txt"] });
    expect(read("b.txt")).toBe("B mine");
    write("in.txt", "2");
    const blocked = await build();
    expect(blocked.done).toEqual([]);
    expect(blocked.status("book/x/A")).toMatchObject({ kind: "blockedByEdit", edited: ["a.txt"] });
    expect(read("a.txt")).toBe("mine");
    await build({ overwriteEdits: true });
    expect([read("a.txt"), read("b.txt")]).toEqual(["A 2", "B A 2"]);
  });

  it("is not overwritten by a target that was never built", async () => {
    const { write, read, build } = rig([
      rule({
        name: "A",
        each: one,
        outputs: () => ({ text: file("a.txt") }),
        run: call(() => ({ outputs: { text: "made" } })),
      }),
    ]);
    write("a.txt", "mine");
    expect((await build()).status("book/x/A")).toMatchObject({ kind: "blockedByEdit" });
    expect(read("a.txt")).toBe("mine");
  });
});

describe("a target that does not amend any more what it amended before", () => {
  const weaving = (name: string, more: Partial<Parameters<typeof rule>[0]>) =>
    rule({
      name,
      each: one,
      inputs: () => ({ says: file(`${name}.txt`) }),
      outputs: () => ({}),
      run: call(({ inputs, view }) => {
        const text = `${new TextDecoder().decode(view.bytes("u.txt" as never))}+${name}`;
        return { outputs: {}, amended: new Map(inputs.says === "yes" ? [["u.txt", bytes(text)]] : []) };
      }),
      ...more,
    } as Parameters<typeof rule>[0]);
  const make = rule({
    name: "make",
    each: one,
    inputs: () => ({ draft: file("draft.txt") }),
    outputs: () => ({ unit: file("u.txt") }),
    run: call(({ inputs }) => ({ outputs: { unit: inputs.draft! } })),
  });

  it("leaves the file as it finds it, and nobody is taken for its editor", async () => {
    const { write, read, build } = rig([make, weaving("weave", { amends: () => ["u.txt"] })]);
    write("draft.txt", "v1");
    write("weave.txt", "yes");
    await build();
    expect(read("u.txt")).toBe("v1+weave");
    write("weave.txt", "no");
    const after = await build();
    expect(read("u.txt")).toBe("v1");
    for (const id of ["book/x/make", "book/x/weave"])
      expect(after.status(id)).toEqual({ kind: "fresh", drift: [], edited: [] });
    expect((await build()).done).toEqual([]);
    // What was made for these keys before is restored, both ways.
    write("weave.txt", "yes");
    expect((await build()).events).toContainEqual(expect.objectContaining({ type: "targetFinished", how: "restored" }));
    expect(read("u.txt")).toBe("v1+weave");
    write("weave.txt", "no");
    expect((await build()).events).toContainEqual(expect.objectContaining({ type: "targetFinished", how: "restored" }));
    expect(read("u.txt")).toBe("v1");
    write("draft.txt", "v2");
    await build();
    expect(read("u.txt")).toBe("v2");
  });

  it("leaves it there where the store has lost what was before it, and is still its author", async () => {
    const { at, write, read, build } = rig([make, weaving("weave", { amends: () => ["u.txt"] })]);
    write("draft.txt", "v1");
    write("weave.txt", "yes");
    await build();
    fs.rmSync(at(".codex"), { recursive: true });
    write("weave.txt", "no");
    const after = await build();
    expect(read("u.txt")).toBe("v1+weave");
    expect(after.status("book/x/make")).toEqual({ kind: "fresh", drift: [], edited: [] });
    expect((await build()).done).toEqual([]);
  });

  it("keeps a person's accepted edit of it", async () => {
    const { write, read, build, open } = rig([make, weaving("weave", { amends: () => ["u.txt"] })]);
    write("draft.txt", "one\ntwo\nthree\nv1");
    write("weave.txt", "yes");
    await build();
    write("u.txt", read("u.txt").replace("one", "ONE"));
    const again = await build();
    const accepted = acceptEdits(open(), again.snapshot, "book/x/weave" as Address, { by: "me", at: 0, why: "better" });
    expect(accepted).toMatchObject({ ok: true, value: [{ target: "book/x/weave", output: "u.txt" }] });
    write("weave.txt", "no");
    await build();
    expect(read("u.txt")).toBe("ONE\ntwo\nthree\nv1");
  });

  it("stays in a file on which others that may amend it have built", async () => {
    const { write, read, build } = rig([
      make,
      weaving("first", { mayAmend: () => ["u.txt"], after: () => ["book/x/make"] }),
      weaving("second", { mayAmend: () => ["u.txt"], after: () => ["book/x/make", "book/x/first"] }),
    ]);
    write("draft.txt", "v1");
    write("first.txt", "yes");
    write("second.txt", "yes");
    await build();
    expect(read("u.txt")).toBe("v1+first+second");
    write("second.txt", "no");
    await build();
    expect(read("u.txt")).toBe("v1+first");
    write("second.txt", "yes");
    write("first.txt", "no");
    await build();
    const last = await build();
    expect(last.done).toEqual([]);
    expect(last.status("book/x/make")).toEqual({ kind: "fresh", drift: [], edited: [] });
  });
});

describe("an agent's edits", () => {
  it("are written with the outputs, in one commit, or not at all", async () => {
    const provider = scripted(({ turn }) =>
      turn === 1
        ? [use("propose_edit", { path: "u.md", find: "alpha", replace: "beta" })]
        : [outputs({ report: "done" })],
    );
    const check = ({ after }: { after: { bytes(path: never): Uint8Array | undefined } }) =>
      new TextDecoder().decode(after.bytes("u.md" as never)).includes("beta") && bad ? [defect("no beta")] : [];
    let bad = true;
    const { write, read, build, trace } = rig(
      [
        rule({
          name: "W",
          each: one,
          amends: () => ["u.md"],
          outputs: () => ({ report: file("r.md") }),
          run: agent({ prompt: "p.md", tools: ["propose_edit"] }),
          check,
        }),
      ],
      { provider },
    );
    write("p.md", "x");
    write("u.md", "alpha\n");
    expect((await build()).fault("book/x/W").what).toContain("no beta");
    expect(read("u.md")).toBe("alpha\n");
    expect(() => read("r.md")).toThrow();
    bad = false;
    expect((await build()).done).toEqual(["book/x/W"]);
    expect([read("u.md"), read("r.md")]).toEqual(["beta\n", "done\n"]);
    expect(Object.keys(trace("book/x/W")?.amends ?? {})).toEqual(["u.md"]);
    expect((await build()).done).toEqual([]);
  });
});
