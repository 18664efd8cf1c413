import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/artifact/digest.ts";
import { parseRef, type Ref } from "../../src/artifact/ref.ts";
import type { RepoPath } from "../../src/artifact/workspace.ts";
import { call, type RunOutputs } from "../../src/exec/action.ts";
import { restage, type Staged, stage, undeclared } from "../../src/exec/stage.ts";
import type { Target } from "../../src/graph/target.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { rule } from "../../src/rules/rule.ts";
import { file, within } from "../../src/rules/source.ts";
import { error, memoryView, value } from "../agents/scripted.ts";
import { bareTarget, one, rig } from "./rig.ts";

const ref = (text: string): Ref => value(parseRef(text));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textAt = (staged: Staged, path: string): string | undefined => {
  const found = staged.files.get(path as RepoPath);
  return found && new TextDecoder("utf-8", { ignoreBOM: true }).decode(found);
};

/** A target with these outputs: `name` → a reference, `product`, or `within <path>`. */
function target(outputs: Readonly<Record<string, string>>, more: Partial<Target> = {}): Target {
  return {
    ...bareTarget("book/x/A"),
    outputs: Object.entries(outputs).map(([name, what]) =>
      what === "product"
        ? { kind: "product", name }
        : what.startsWith("within ")
          ? { kind: "scope", name, ref: ref(what.slice(7)) }
          : { kind: "ref", name, ref: ref(what) },
    ),
    ...more,
  };
}

const traceOf = (staged: Staged, changes: Partial<Trace> = {}): Trace => ({
  key: digestOf("k"),
  parts: {},
  soft: {},
  reads: [],
  outputs: staged.outputs,
  products: {},
  amends: Object.fromEntries(
    [...staged.amended].map(([path, after]) => [path, { before: "x" as Digest, after: digestOf(after) }]),
  ),
  run: { at: "", seconds: 0, usd: 0, attempts: 1, agent: "engine" },
  ...changes,
});

const writes = (files: Readonly<Record<string, string>>): ReadonlyMap<RepoPath, Uint8Array> =>
  new Map(Object.entries(files).map(([path, text]) => [path as RepoPath, bytes(text)]));

const PLAN = "# Plan\n\n## §1. One\n\nfirst\n\n## §3. Three\n\nthird\n";

describe("stage", () => {
  it("puts files, fragments and intermediates where they belong, and keeps every other byte", () => {
    const view = memoryView({ "plan.md": PLAN });
    const staged = value(
      stage(
        target({ file: "a.txt", two: "plan.md#§2", draft: "product" }),
        { outputs: { file: "A", two: "## §2. Two\n\nsecond\n", draft: "D" } },
        view,
        view,
        undefined,
      ),
    );
    expect(textAt(staged, "a.txt")).toBe("A");
    expect(textAt(staged, "plan.md")).toBe(PLAN.replace("## §3", "## §2. Two\n\nsecond\n\n## §3"));
    expect([...staged.files.keys()].sort()).toEqual(["a.txt", "plan.md"]);
    expect([...staged.products]).toEqual([["draft", bytes("D")]]);
    expect(Object.keys(staged.outputs)).toEqual(["a.txt", "plan.md#§2"]);
    expect(staged.outputs["a.txt"]).toBe(digestOf("A"));
    expect(staged.texts.get("plan.md#§2")).toEqual(bytes("## §2. Two\n\nsecond"));
  });

  it("puts two fragments into one file", () => {
    const view = memoryView({ "plan.md": PLAN });
    const staged = value(
      stage(
        target({ two: "plan.md#§2", four: "plan.md#§4" }),
        { outputs: { two: "## §2. Two", four: "## §4. Four" } },
        view,
        view,
        undefined,
      ),
    );
    expect(textAt(staged, "plan.md")).toBe(`${PLAN.replace("## §3", "## §2. Two\n\n## §3")}\n## §4. Four\n`);
  });

  it("makes a file that holds only the fragment where there is none", () => {
    const view = memoryView({});
    expect(
      textAt(
        value(stage(target({ two: "new/plan.md#§2" }), { outputs: { two: "## §2. Two" } }, view, view, undefined)),
        "new/plan.md",
      ),
    ).toBe("## §2. Two\n");
    expect(
      textAt(value(stage(target({ a: "a.json#/x" }), { outputs: { a: '{"y": 1}' } }, view, view, undefined)), "a.json"),
    ).toContain('"y": 1');
  });

  it.each<[string, Readonly<Record<string, string>>, RunOutputs, string, string]>([
    ["an output that was not given", { a: "a.txt" }, { outputs: {} }, "book/x/A", "did not give its output a"],
    ["an intermediate that was not given", { a: "product" }, { outputs: {} }, "book/x/A", "did not give its output a"],
    ["a section without its heading", { two: "plan.md#§2" }, { outputs: { two: "text" } }, "plan.md#§2", "heading"],
    [
      "a section that would open a fence",
      { two: "plan.md#§2" },
      { outputs: { two: "## §2. Two\n\n```\n" } },
      "plan.md#§2",
      "",
    ],
    ["a value that is no JSON", { a: "a.json#/x" }, { outputs: { a: "{" } }, "a.json#/x", ""],
    ["a fragment of a file that is no text", { a: "bin.md#§1" }, { outputs: { a: "## §1. One" } }, "bin.md", "UTF-8"],
    [
      "a fragment that it says it wrote and did not",
      { s: "within shared.md" },
      { outputs: {}, writes: writes({ "shared.md": "# S\n" }), fragments: ["shared.md#§9"] },
      "book/x/A",
      "shared.md#§9, which is not there",
    ],
    [
      "a fragment that is twice there",
      { s: "within shared.md" },
      { outputs: {}, writes: writes({ "shared.md": "## A\n\n## A\n" }), fragments: ["shared.md#A"] },
      "shared.md#A",
      "",
    ],
  ])("refuses %s", (_, outputs, made, where, what) => {
    const view = memoryView({ "plan.md": PLAN, "bin.md": new Uint8Array([0x23, 0xff]), "shared.md": "# S\n" });
    const fault = error(stage(target(outputs), made, view, view, undefined));
    expect(fault.where).toBe(where);
    expect(fault.what).toContain(what);
    expect(fault.mend).not.toBe("");
  });
});

const SHARED = "# Shared\n\n## A\n\na\n\n## Z\n\nz\n";
const withSection = (text: string, name: string, body: string): string =>
  text.replace("## Z", `## ${name}\n\n${body}\n\n## Z`);
const scope = target({ s: "within shared.md" });

describe("shared files", () => {
  it("are taken as the run wrote them where it saw them as they are", () => {
    const view = memoryView({ "shared.md": SHARED });
    const made = {
      outputs: {},
      writes: writes({ "shared.md": withSection(SHARED, "M", "m") }),
      fragments: ["shared.md#M"],
    };
    const staged = value(stage(scope, made, view, view, undefined));
    expect(textAt(staged, "shared.md")).toBe(withSection(SHARED, "M", "m"));
    expect(Object.keys(staged.outputs)).toEqual(["shared.md#M"]);
    expect(value(stage(scope, made, memoryView({}), memoryView({}), undefined)).files.size).toBe(1);
  });

  it("keep what the run was not shown: only its own fragments are taken", () => {
    // What a descendant wrote is on the disk, and hidden from the run.
    const disk = withSection(SHARED, "N", "a descendant's");
    const seen = memoryView({ "shared.md": SHARED });
    const made = {
      outputs: {},
      writes: writes({ "shared.md": withSection(SHARED, "M", "m") }),
      fragments: ["shared.md#M"],
    };
    const staged = value(stage(scope, made, seen, memoryView({ "shared.md": disk }), undefined));
    const text = textAt(staged, "shared.md")!;
    expect(text).toContain("## M\n\nm\n");
    expect(text).toContain("## N\n\na descendant's\n");
    expect(text).toContain("## A\n\na\n");
    expect(text).toContain("## Z\n\nz\n");
  });

  it("lose what the target owned and does not make any more, and nothing else", () => {
    const disk = withSection(withSection(SHARED, "M", "m"), "Old", "old");
    const seen = memoryView({ "shared.md": SHARED });
    const previous = traceOf({
      files: new Map(),
      outputs: { "shared.md#M": digestOf("m"), "shared.md#Old": digestOf("old"), "other.md#Old": digestOf("x") },
      texts: new Map(),
      products: new Map(),
      amended: new Map(),
    });
    const made = {
      outputs: {},
      writes: writes({ "shared.md": withSection(SHARED, "M", "new") }),
      fragments: ["shared.md#M"],
    };
    const staged = value(
      stage(scope, made, seen, memoryView({ "shared.md": disk, "other.md": "## Old\n\nkeep\n" }), previous),
    );
    expect(textAt(staged, "shared.md")).toBe(withSection(SHARED, "M", "new"));
    // It may not write there any more: what stands there is somebody else's by now.
    expect(staged.files.has("other.md" as RepoPath)).toBe(false);
  });

  it("lose it also where the run writes nothing there any more", () => {
    const disk = withSection(SHARED, "Old", "old");
    const previous = traceOf({
      files: new Map(),
      outputs: { "shared.md#Old": digestOf("old") },
      texts: new Map(),
      products: new Map(),
      amended: new Map(),
    });
    const staged = value(
      stage(scope, { outputs: {} }, memoryView({ "shared.md": SHARED }), memoryView({ "shared.md": disk }), previous),
    );
    expect(textAt(staged, "shared.md")).toBe(SHARED);
    expect(staged.outputs).toEqual({});
  });

  it("lose nothing where the fragment is gone already, or the file is", () => {
    const previous = traceOf({
      files: new Map(),
      outputs: { "shared.md#Old": digestOf("old"), "gone.md#Old": digestOf("old") },
      texts: new Map(),
      products: new Map(),
      amended: new Map(),
    });
    const view = memoryView({ "shared.md": SHARED });
    const staged = value(
      stage(target({ s: "within shared.md", g: "within gone.md" }), { outputs: {} }, view, view, previous),
    );
    expect([...staged.files].map(([path, text]) => [path, new TextDecoder().decode(text)])).toEqual([]);
  });
});

describe("undeclared", () => {
  const declared = target(
    { a: "a.txt", s: "within shared.md", d: "product" },
    { amends: [{ path: "u.md" as RepoPath }], mayAmend: [{ path: "v.md" as RepoPath }] },
  );
  const amended = (path: string) => new Map([[path as RepoPath, bytes("x")]]);

  it.each<[string, RunOutputs]>([
    ["declared outputs", { outputs: { a: "", d: "" } }],
    ["fewer than declared: that is for stage to say", { outputs: {} }],
    [
      "its shared file and fragments of it",
      { outputs: {}, writes: writes({ "shared.md": "" }), fragments: ["shared.md#§1", "shared.md#/x"] },
    ],
    ["what it amends and may amend", { outputs: {}, amended: new Map([...amended("u.md"), ...amended("v.md")]) }],
  ])("allows %s", (_, made) => {
    expect(undeclared(declared, made)).toBeUndefined();
  });

  it.each<[string, RunOutputs, string]>([
    ["an output by another name", { outputs: { a: "", b: "" } }, "the output b"],
    [
      "an output called __proto__",
      { outputs: JSON.parse('{"__proto__": "x"}') as Record<string, string> },
      "__proto__",
    ],
    ["another file", { outputs: {}, writes: writes({ "b.txt": "" }) }, "b.txt"],
    ["a declared file as if it were shared", { outputs: {}, writes: writes({ "a.txt": "" }) }, "a.txt"],
    ["a shared file by another spelling", { outputs: {}, writes: writes({ "./shared.md": "" }) }, "./shared.md"],
    ["a path out of the workspace", { outputs: {}, writes: writes({ "../x": "" }) }, "../x"],
    ["a fragment of another file", { outputs: {}, fragments: ["a.txt#§1"] }, "a.txt#§1"],
    ["a whole shared file as its own", { outputs: {}, fragments: ["shared.md"] }, "shared.md"],
    ["a fragment that is none", { outputs: {}, fragments: ["../shared.md#§1"] }, "../shared.md#§1"],
    ["an amendment of its output", { outputs: {}, amended: amended("a.txt") }, "a.txt"],
    ["an amendment of a shared file", { outputs: {}, amended: amended("shared.md") }, "shared.md"],
  ])("refuses %s, and says what and how to mend it", (_, made, what) => {
    const fault = undeclared(declared, made);
    expect(fault).toMatchObject({ where: "book/x/A", exit: 1 });
    expect(fault?.what).toContain(`${what}. Nothing was written`);
    expect(fault?.mend).toContain("declare it");
  });
});

describe("restage", () => {
  const names = fc.uniqueArray(fc.constantFrom("B", "C", "D", "E"), { maxLength: 3 });
  const bodies = fc.stringMatching(/^[a-z ]{1,10}$/);
  const run = fc.record({ sections: names, body: bodies, file: bodies, plan: bodies, amended: fc.boolean() });
  type Run = typeof run extends fc.Arbitrary<infer R> ? R : never;
  const all = target(
    { f: "a.txt", two: "plan.md#§2", s: "within shared.md" },
    { amends: [{ path: "u.md" as RepoPath }] },
  );
  const madeBy = ({ sections, body, file: text, plan, amended }: Run, seen: string): RunOutputs => ({
    outputs: { f: text, two: `## §2. Two\n\n${plan}x` },
    writes: writes({ "shared.md": sections.reduce((shared, name) => withSection(shared, name, `${body}x`), seen) }),
    fragments: sections.map((name) => `shared.md#${name}`),
    ...(amended ? { amended: new Map([["u.md" as RepoPath, bytes(`${body}!`)]]) } : {}),
  });
  const lay = (files: Record<string, string>, staged: Staged): Record<string, string> => ({
    ...files,
    ...Object.fromEntries([...staged.files].map(([path, text]) => [path, new TextDecoder().decode(text)])),
  });
  /** What sections a text has, whatever their order and the blank lines between them. */
  const sectionsOf = (text: string): string[] =>
    text
      .split(/^(?=## )/m)
      .map((part) => part.trim())
      .sort();

  it("makes again from the store what stage made: the same fragments and the same rest, whoever wrote in between", () => {
    fc.assert(
      fc.property(run, run, (first, second) => {
        const start = { "plan.md": PLAN, "shared.md": SHARED, "u.md": "u" };
        const one = value(stage(all, madeBy(first, SHARED), memoryView(start), memoryView(start), undefined));
        const afterOne = lay(start, one);
        // The second run is not shown what the first wrote.
        const two = value(stage(all, madeBy(second, SHARED), memoryView(start), memoryView(afterOne), traceOf(one)));
        const afterTwo = lay(afterOne, two);
        const restored = restage(
          all,
          traceOf(one),
          one.texts,
          one.products,
          new Map(),
          memoryView(afterTwo),
          traceOf(two),
        )!;
        expect(restored.outputs).toEqual(one.outputs);
        const afterThree = lay(afterTwo, restored);
        expect(sectionsOf(afterThree["shared.md"]!)).toEqual(sectionsOf(afterOne["shared.md"]!));
        expect(afterThree["plan.md"]).toBe(afterOne["plan.md"]);
        expect(afterThree["a.txt"]).toBe(afterOne["a.txt"]);
        if (first.amended) expect(afterThree["u.md"]).toBe(afterOne["u.md"]);
        expect([...restored.amended.keys()]).toEqual(first.amended ? ["u.md"] : []);
      }),
    );
  });

  it("gives a file back to the byte where it is as it was before", () => {
    const view = memoryView({ "shared.md": SHARED });
    const odd = "# Shared\n\n\n## A\n\na\n## M\n\nm\n## Z\n\nz\n";
    const made = value(
      stage(
        scope,
        { outputs: {}, writes: writes({ "shared.md": odd }), fragments: ["shared.md#M"] },
        view,
        view,
        undefined,
      ),
    );
    const restored = restage(
      scope,
      traceOf(made),
      made.texts,
      made.products,
      new Map([["shared.md" as RepoPath, bytes(odd)]]),
      view,
      undefined,
    );
    expect(textAt(restored!, "shared.md")).toBe(odd);
  });

  it.each<[string, (made: Staged) => Partial<Parameters<typeof traceOf>[1]>]>([
    ["another digest", (made) => ({ outputs: { ...made.outputs, "plan.md#§2": digestOf("other") } })],
    ["an output without a text", (made) => ({ outputs: { ...made.outputs, "more.md": digestOf("more") } })],
  ])("gives up where it would not come out the same: %s", (_, change) => {
    const view = memoryView({ "plan.md": PLAN });
    const two = target({ two: "plan.md#§2" });
    const made = value(stage(two, { outputs: { two: "## §2. Two" } }, view, view, undefined));
    expect(restage(two, traceOf(made), made.texts, made.products, new Map(), view, undefined)).toBeDefined();
    expect(
      restage(two, traceOf(made, change(made)), made.texts, made.products, new Map(), view, undefined),
    ).toBeUndefined();
    // Nor where the file has no place for it any more.
    expect(
      restage(
        two,
        traceOf(made),
        made.texts,
        made.products,
        new Map(),
        memoryView({ "plan.md": "## §2. Two\n\n## §2. Two again\n" }),
        undefined,
      ),
    ).toBeUndefined();
  });
});

describe("fragments of a shared file, through builds", () => {
  it("come and go with what the run makes, when it runs and when it is restored", async () => {
    const { write, read, build } = rig([
      rule({
        name: "A",
        each: one,
        inputs: () => ({ wish: file("wish.txt") }),
        outputs: () => ({ shared: within("shared.md") }),
        run: call(({ inputs, view }) => {
          const names = (inputs.wish ?? "").split(" ").filter((name) => name !== "");
          const seen = new TextDecoder().decode(view.bytes("shared.md" as RepoPath));
          if (names.length === 0) return { outputs: {} };
          return {
            outputs: {},
            writes: writes({ "shared.md": names.reduce((text, name) => withSection(text, name, name), seen) }),
            fragments: names.map((name) => `shared.md#${name}`),
          };
        }),
      }),
    ]);
    write("shared.md", SHARED);
    const headings = (): string[] => [...read("shared.md").matchAll(/^## (.*)$/gm)].map((match) => match[1]!).sort();
    const wish = async (text: string): Promise<string> => {
      write("wish.txt", text);
      const { summary, failures } = await build();
      return failures.size > 0
        ? [...failures.values()][0]!.what
        : summary.ran === 1
          ? "ran"
          : summary.restored === 1
            ? "restored"
            : "fresh";
    };
    expect([await wish("B C"), headings()]).toEqual(["ran", ["A", "B", "C", "Z"]]);
    expect([await wish("B"), headings()]).toEqual(["ran", ["A", "B", "Z"]]);
    expect([await wish("B C"), headings()]).toEqual(["restored", ["A", "B", "C", "Z"]]);
    expect([await wish("B"), headings()]).toEqual(["restored", ["A", "B", "Z"]]);
    expect([await wish(""), headings()]).toEqual(["ran", ["A", "Z"]]);
    expect([await wish("C"), headings()]).toEqual(["ran", ["A", "C", "Z"]]);
    expect([await wish(""), headings()]).toEqual(["restored", ["A", "Z"]]);
    expect(read("shared.md")).toBe(SHARED);
  });
});
